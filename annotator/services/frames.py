"""What a round can be drawn from, and the draw: which units, with which inclusion probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import CurrentAnnotation, Document, Project, Speaker, Turn, Unit
from annotator.services import codebooks, searching, trainings
from annotator.services.criteria import Criteria
from annotator.services.current import COUNTED
from annotator.services.given import Sight
from annotator.services.plans import MARGIN, MAX_TRAINING, MIXED, Plan
from annotator.services.suggesting import Shelf
from annotator.statistics import sampling


@dataclass(frozen=True, slots=True)
class Frame:
    """The units that can be drawn in reading order, with their document and stratum.

    ``reserved`` are those of the test sample, ``ranked`` those a classifier would choose, the first one first.
    """

    documents: Mapping[int, int]
    strata: Mapping[int, Any] = field(default_factory=dict)
    reserved: frozenset[int] = frozenset()
    ranked: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a unit came into a round: selected by what, and the inclusion probability of each of its places."""

    mode: str
    probabilities: tuple[float | None, ...]


def drawable(session: Session, project: Project, plan: Plan) -> list[ColumnElement[bool]]:
    """Return the conditions on units, joined with their documents, under which a plan can draw them.

    A classifier chooses among what nobody has dealt with; a unit that has a label needs no other to be learned.
    """
    conditions = [
        Unit.project_id == project.id,
        Unit.withdrawn_at.is_(None),
        Document.is_pending.is_(False),
        Unit.kind.in_(kinds(codebooks.published(session, project.id).codebook, plan)),
    ]
    pointer = exists().where(CurrentAnnotation.unit_id == Unit.id)
    if plan.is_training:
        conditions.append(pointer.where(CurrentAnnotation.kind == trainings.ADJUDICATION))
    elif plan.is_by_classifier:
        conditions.append(~pointer.where(CurrentAnnotation.kind.in_(COUNTED)))
    return conditions


def kinds(codebook: Codebook, plan: Plan) -> set[str]:
    """Return what is labelled: questions about a whole text are asked only where whole texts are drawn."""
    asked: set[str] = {question.unit for question in codebook.questions}
    if plan.is_by_classifier:
        return asked & {"sentence"}
    return asked if plan.selection in ("all", "documents") else asked - {"document"}


def read_frame(session: Session, project: Project, plan: Plan, *, shelf: Shelf) -> Frame:
    """Read the units that can be drawn."""
    stratum = _STRATA.get(plan.strata or "", Unit.kind)
    query = select(Unit.id, Unit.document_id, Document.is_reserved, stratum.label("stratum")).join(
        Document, Document.id == Unit.document_id
    )
    if plan.strata == "speaker":
        query = query.outerjoin(Turn, Turn.id == Unit.turn_id).outerjoin(Speaker, Speaker.id == Turn.speaker_id)
    if plan.selection == "search":
        query = query.where(Unit.id.in_(found(session, project, plan, shelf=shelf)))
    query = query.where(*drawable(session, project, plan)).order_by(Document.position, Unit.position)
    rows = session.execute(query).all()
    months = slice(7 if plan.strata == "month" else None)
    return Frame(
        documents={row.id: row.document_id for row in rows},
        strata={row.id: (row.stratum or "")[months] for row in rows},
        reserved=frozenset(row.id for row in rows if row.is_reserved),
    )


def found(session: Session, project: Project, plan: Plan, *, shelf: Shelf) -> list[int]:
    """Return the units that a round's search finds, by what its owner may see: at most as many as a queue can have."""
    if plan.criteria is None:
        return []
    criteria, everything = Criteria.read(plan.criteria), Sight(None, "open")
    most = searching.MOST_IN_QUEUE
    walk = searching.walk(session, project, criteria, everything, shelf=shelf, most=most)
    return [unit for _, unit in walk.found]


def draw_places(frame: Frame, plan: Plan, draw: Random) -> dict[int, Drawn]:
    """Return the units drawn, each with the inclusion probabilities of its places; None where they were chosen.

    The first place is as probable as the unit, the others only as probable as that several label it.
    """
    units = _draw_units(frame, plan, draw)
    shared = sampling.simple(list(units), round(plan.overlap * len(units)), draw) if plan.annotators > 1 else {}
    drawn: dict[int, Drawn] = {}
    for unit, (mode, probability) in units.items():
        others = plan.annotators - 1 if unit in shared else 0
        further = None if probability is None else probability * shared.get(unit, 0)
        drawn[unit] = Drawn(mode, (probability, *[further] * others))
    return drawn


def _draw_units(frame: Frame, plan: Plan, draw: Random) -> dict[int, tuple[str, float | None]]:
    units = list(frame.documents)
    size = len(units) if plan.size is None else plan.size
    if plan.is_training:
        size = min(size, MAX_TRAINING)
    if plan.selection == MIXED:
        return _mixed(frame, min(size, len(units)), plan.random_share, draw)
    if plan.is_by_classifier:
        return dict.fromkeys(frame.ranked[:size], (plan.selection, None))
    if plan.selection == "search":
        return dict.fromkeys(sampling.simple(units, size, draw), (plan.selection, None))
    if plan.selection == "documents":
        drawn = sampling.clusters(frame.documents, size, draw)
    elif plan.selection == "stratified":
        drawn = sampling.stratified(frame.strata, size, draw, equal=plan.is_equal)
    else:
        drawn = sampling.simple(units, size, draw)
    return {unit: (plan.selection, probability) for unit, probability in drawn.items()}


def _mixed(frame: Frame, size: int, share: float, draw: Random) -> dict[int, tuple[str, float | None]]:
    """Draw a part at random, and let the classifier choose the rest among the others.

    Chance comes first: its part is then a random sample of all, whatever the classifier thinks of them.
    """
    by_chance = sampling.simple(list(frame.documents), round(size * share), draw)
    others = (unit for unit in frame.ranked if unit not in by_chance)
    chosen = [unit for unit, _ in zip(others, range(size - len(by_chance)), strict=False)]
    return {
        **{unit: ("random", probability) for unit, probability in by_chance.items()},
        **dict.fromkeys(chosen, (MARGIN, None)),
    }


_STRATA: dict[str, Any] = {"outlet": Document.outlet, "month": Document.date, "speaker": Speaker.name}
