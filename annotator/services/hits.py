"""The sentences a search has found, as they are shown: their document and speaker, what is lit, their labels."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import Document, Project, Speaker, Turn, Unit
from annotator.services import reviewing, sighted_targets
from annotator.services.criteria import Criteria
from annotator.services.given import Sight
from annotator.services.masks import Curtain, Masks
from annotator.text.queries import read_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One sentence; ``pieces`` are its text, cut where what was looked for begins and ends."""

    unit: str
    document: str
    title: str | None
    outlet: str | None
    date: str | None
    speaker: str | None
    language: str | None
    position: int
    pieces: tuple[tuple[str, bool], ...]
    labelled: tuple[reviewing.Labelled, ...]


def read_hits(
    session: Session,
    project: Project,
    unit_ids: Sequence[int],
    criteria: Criteria,
    sight: Sight,
    *,
    masked: Collection[str] = (),
) -> list[Hit]:
    """Return these units in their order, with what this person may see of their labels."""
    rows = session.execute(
        select(
            Unit.id,
            Unit.external_id,
            Unit.position,
            Document.id.label("document_id"),
            Document.external_id.label("document"),
            Document.title,
            Document.outlet,
            Document.date,
            Document.language,
            Speaker.name.label("speaker"),
            func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
        )
        .join(Document, Document.id == Unit.document_id)
        .outerjoin(Turn, Turn.id == Unit.turn_id)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .where(Unit.id.in_(unit_ids))
        .order_by(Document.position, Unit.position)
    ).all()
    labelled = reviewing.labels_of_units(session, project.id, unit_ids, seat=sight.seat, phase=sight.phase)
    lit = _Light(session, project, criteria, sight)
    curtain = Curtain(session, masked)
    return [_hit(row, labelled.get(row.id, ()), lit, curtain.masks(row.document_id)) for row in rows]


def _hit(row: Any, labelled: Sequence[reviewing.Labelled], lit: "_Light", masks: Masks) -> Hit:
    return Hit(
        unit=row.external_id,
        document=row.document,
        title=masks.text(row.title),
        outlet=None if masks.hides("outlet") else row.outlet,
        date=row.date,
        speaker=None if masks.hides("speaker") else row.speaker,
        language=row.language,
        position=row.position + 1,
        pieces=lit.pieces(masks.text(row.text)),
        labelled=tuple(reviewing.masked_marks(labelled, masks)),
    )


class _Light:
    """Lights the words and the target that were looked for."""

    def __init__(self, session: Session, project: Project, criteria: Criteria, sight: Sight) -> None:
        self._query = read_query(criteria.words)
        self._target = criteria.target
        self._finder = sighted_targets.finder(sighted_targets.targets_in_sight(session, project.id, sight.seat))

    def pieces(self, text: str) -> tuple[tuple[str, bool], ...]:
        """Cut a sentence where what is lit begins and ends."""
        spans = self._query.spans(text)
        if self._target:
            named = self._finder.find(text)
            spans += [(mention.start, mention.end) for mention in named if mention.key == self._target]
        found: list[tuple[str, bool]] = []
        at = 0
        for start, end in sorted(spans):
            if end > at:
                start = max(start, at)
                found += [(text[at:start], False), (text[start:end], True)]
                at = end
        return tuple((piece, is_lit) for piece, is_lit in [*found, (text[at:], False)] if piece)
