"""How units came to be labelled: drawn at random, or chosen by a search, a classifier or somebody's click."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, Document, Unit
from annotator.learning.values import Example
from annotator.services.current import COUNTED
from annotator.services.votes import Material

#: Ways in which what a unit says has no part; scores on any others are wrong in either direction.
RANDOM = ("sequential", "all", "random", "documents", "stratified")


@dataclass(frozen=True, slots=True)
class Origin:
    """A labelled unit's outlet, how it was selected (None where labels were imported), and whether by chance."""

    outlet: str | None
    selection: str | None
    is_random: bool


def is_drawn() -> ColumnElement[bool]:
    """Return the condition on ``unit`` that chance alone chose it to be labelled, once at least.

    A label that was imported, or decided, says nothing of how its unit was chosen: such a unit counts as drawn unless
    somebody labelled it because it had been chosen.
    """
    act, other = aliased(Annotation), aliased(Annotation)
    # Skips count, too: how a unit was chosen must not hang on what somebody said.
    drawn = exists().where(act.unit_id == Unit.id, act.selection_mode.in_(RANDOM))
    chosen = exists().where(other.unit_id == Unit.id, other.kind.in_(COUNTED), other.selection_mode.is_not(None))
    return or_(drawn, ~chosen)


def of_material(session: Session, project_id: int, material: Mapping[str, Material]) -> dict[str, Material]:
    """Tell of each example where it comes from; texts are known by their document's group and their words."""
    known = _origins(session, project_id)
    return {name: replace(found, examples=_told(found.examples, known)) for name, found in material.items()}


def _told(examples: Iterable[Example], known: Mapping[tuple[str, str], Origin]) -> tuple[Example, ...]:
    nothing = Origin(None, None, is_random=True)
    found = ((example, known.get((example.group, example.text), nothing)) for example in examples)
    return tuple(
        replace(example, outlet=origin.outlet, selection=origin.selection, is_random=origin.is_random)
        for example, origin in found
    )


def _origins(session: Session, project_id: int) -> dict[tuple[str, str], Origin]:
    found: dict[tuple[str, str], Origin] = {}
    for row in session.execute(_labelled(project_id)):
        before = found.get((row.group, row.text))
        # The first says how it was chosen, unless chance chose it later on.
        if before is None or (row.is_drawn and not before.is_random):
            found[row.group, row.text] = Origin(row.outlet, row.selection_mode, bool(row.is_drawn))
    return found


def _labelled(project_id: int) -> Select[tuple[str, str, str | None, str | None, bool]]:
    return (
        select(
            Document.near_duplicate_group.label("group"),
            func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
            Document.outlet,
            Annotation.selection_mode,
            is_drawn().label("is_drawn"),
        )
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Annotation.project_id == project_id,
            # Whatever the act: how a unit was chosen must not hang on what somebody said.
            Annotation.kind.in_(COUNTED),
            Document.is_reserved.is_not(True),
            Unit.kind == "sentence",
        )
        .order_by(Annotation.kind == "adjudication", Annotation.id)
    )
