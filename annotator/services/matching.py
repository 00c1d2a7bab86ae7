"""Which sentences of a document meet the filters of its reader."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Annotator, CurrentAnnotation, Document, Project, Speaker, Turn, Unit
from annotator.services import codebooks, sighted_targets
from annotator.services.given import Given, Sight, units_given
from annotator.services.masks import Curtain
from annotator.services.reading import WINDOW
from annotator.services.visibility import visible_annotations


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a sentence must meet, all of it; empty texts ask nothing.

    ``target`` is met by a sentence that names the target and by one with a label about it; together with a stance,
    only by the stance toward it.
    """

    #: ``question:label``
    label: str = ""
    target: str = ""
    speaker: str = ""
    annotator: str = ""

    def __bool__(self) -> bool:
        return self != Filters()

    def as_dict(self) -> dict[str, str]:
        """Return only what is asked, to make addresses of."""
        asked = {"label": self.label, "target": self.target, "speaker": self.speaker, "annotator": self.annotator}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class Matches:
    """The sentences that meet the filters: those in view, and how many come before and after, with the nearest."""

    in_view: frozenset[str]
    earlier: int
    later: int
    nearest_earlier: str | None
    nearest_later: str | None

    @property
    def total(self) -> int:
        """How many there are in the whole document."""
        return len(self.in_view) + self.earlier + self.later


def find_matches(
    session: Session,
    project: Project,
    document: Document,
    filters: Filters,
    sight: Sight,
    *,
    position: int,
    masked: Collection[str] = (),
) -> Matches:
    """Return the matches of a document, of which the part is in view in which ``position`` is."""
    rows = _by_database(session, project, document, filters, sight)
    if filters.target:
        about = set(session.scalars(_about_target(session, project, document, filters, sight)))
        if not _is_stance(session, project, filters.label):
            about |= _naming(session, project, document, filters.target, sight, rows, Curtain(session, masked))
        rows = [row for row in rows if row.id in about]
    first = position // WINDOW * WINDOW
    before = [row.external_id for row in rows if row.position < first]
    after = [row.external_id for row in rows if row.position >= first + WINDOW]
    here = frozenset(row.external_id for row in rows if first <= row.position < first + WINDOW)
    return Matches(here, len(before), len(after), before[-1] if before else None, after[0] if after else None)


def annotators_in_sight(session: Session, document: Document, sight: Sight) -> list[str]:
    """Return the codes of those whose labels of a document one may see."""
    seen = (
        select(Annotator.code)
        .join(Annotation, Annotation.annotator_id == Annotator.id)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == CurrentAnnotation.unit_id)
        .where(Unit.document_id == document.id, visible_annotations(sight.seat, phase=sight.phase))
    )
    return list(session.scalars(seen.distinct().order_by(Annotator.code)))


def _given(filters: Filters, *, with_target: bool) -> Given:
    question, _, label = filters.label.partition(":")
    return Given(
        label=(question, label) if filters.label else None,
        target=filters.target if with_target else None,
        annotator=filters.annotator or None,
    )


def _by_database(
    session: Session, project: Project, document: Document, filters: Filters, sight: Sight
) -> Sequence[Any]:
    query = select(Unit.id, Unit.external_id, Unit.position, Unit.start, Unit.end).where(
        Unit.document_id == document.id, Unit.kind == "sentence", Unit.withdrawn_at.is_(None)
    )
    given = _given(filters, with_target=False)
    if given:
        query = query.where(Unit.id.in_(units_given(session, project.id, given, sight)))
    if filters.speaker:
        said = select(Turn.id).join(Speaker, Speaker.id == Turn.speaker_id)
        query = query.where(Unit.turn_id.in_(said.where(Speaker.name == filters.speaker)))
    return session.execute(query.order_by(Unit.position)).all()


def _about_target(session: Session, project: Project, document: Document, filters: Filters, sight: Sight) -> Any:
    given = units_given(session, project.id, _given(filters, with_target=True), sight)
    return select(Unit.id).where(Unit.document_id == document.id, Unit.id.in_(given))


def _is_stance(session: Session, project: Project, label: str) -> bool:
    """Tell whether a label is one of a stance, which is toward its target and not toward whoever else is named."""
    if not label:
        return False
    question = codebooks.published(session, project.id).codebook.question(label.partition(":")[0])
    return question is not None and question.type == "stance"


def _naming(
    session: Session,
    project: Project,
    document: Document,
    target: str,
    sight: Sight,
    rows: Sequence[Any],
    curtain: Curtain,
) -> set[int]:
    """Return the sentences that name the target."""
    finder = sighted_targets.finder(sighted_targets.targets_in_sight(session, project.id, sight.seat))
    text = session.scalars(select(Document.text).where(Document.id == document.id)).one()
    return {
        row.id
        for row in rows
        if any(mention.key == target for mention in finder.find(curtain.shown(document.id, text[row.start : row.end])))
    }
