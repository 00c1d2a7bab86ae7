"""The text in view beside the unit being labelled: turns, sentences, and the labels given so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, Speaker, Turn, Unit
from annotator.services import reviewing
from annotator.services.labelling import UnitView
from annotator.services.masks import Masks
from annotator.services.seats import Seat

#: Sentences shown around the current one; longer documents are read in the reader.
WINDOW = 150


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A sentence of the text in view."""

    external_id: str
    text: str
    labelled: tuple[reviewing.Labelled, ...]


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn of the text in view."""

    speaker: str | None
    role: str | None
    note: str | None
    sentences: tuple[SentenceView, ...]


def view_text(session: Session, seat: Seat, unit: UnitView) -> list[TurnView]:
    """Return the text around a unit by turns, with the labels that may be seen."""
    text = session.scalar(select(Document.text).where(Document.id == unit.document_id)) or ""
    rows = session.execute(
        select(Unit.id, Unit.external_id, Unit.start, Unit.end, Unit.turn_id, Turn.note, *_speaker_columns())
        .select_from(Unit)
        .outerjoin(Turn, Turn.id == Unit.turn_id)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .outerjoin(
            DocumentSpeaker,
            (DocumentSpeaker.document_id == Unit.document_id) & (DocumentSpeaker.speaker_id == Turn.speaker_id),
        )
        .where(
            Unit.document_id == unit.document_id,
            Unit.kind == "sentence",
            Unit.withdrawn_at.is_(None),
            Unit.position.between(unit.position - 1 - WINDOW, unit.position - 1 + WINDOW),
        )
        .order_by(Unit.position)
    ).all()
    labelled = reviewing.labels_of_units(
        session, seat.project_id, [row.id for row in rows], seat=seat, phase=seat.phase
    )
    return _turns(rows, text=text, labelled=labelled, masks=unit.masks)


def _turns(
    rows: Sequence[Any], *, text: str, labelled: dict[int, list[reviewing.Labelled]], masks: Masks
) -> list[TurnView]:
    turns: list[tuple[Any, list[SentenceView]]] = []
    for row in rows:
        if not turns or turns[-1][0].turn_id != row.turn_id:
            turns.append((row, []))
        given = reviewing.masked_marks(labelled.get(row.id, ()), masks)
        turns[-1][1].append(SentenceView(row.external_id, masks.text(text[row.start : row.end]), given))
    named = not masks.hides("speaker")
    return [
        TurnView(row.speaker if named else None, row.role if named else None, masks.text(row.note), tuple(sentences))
        for row, sentences in turns
    ]


def _speaker_columns() -> tuple[Any, ...]:
    return (Speaker.name.label("speaker"), DocumentSpeaker.role)
