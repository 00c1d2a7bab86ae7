"""A document as it is read: turns with their speakers, and the sentences in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, Speaker, Turn, Unit
from annotator.errors import NotFoundError
from annotator.services.masks import NOTHING_MASKED, Masks
from annotator.words import say

#: Sentences shown at once; only giant documents have more.
WINDOW = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceView:
    """One sentence, with offsets into the document's text."""

    external_id: str
    text: str
    start: int
    end: int
    is_withdrawn: bool
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """What one person says; everything is None where nobody in particular speaks."""

    speaker: str | None = None
    role: str | None = None
    is_byline: bool = False
    label: str | None = None
    note: str | None = None
    sentences: tuple[SentenceView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingView:
    """Part of a document, and the first sentences of the parts before and after it."""

    turns: tuple[TurnView, ...]
    previous_unit: str | None
    next_unit: str | None


def reading_view(
    session: Session, document: Document, *, start_unit: str | None = None, masks: Masks = NOTHING_MASKED
) -> ReadingView:
    """Return the part of a document in which ``start_unit`` is; the first one without it.

    Raises
    ------
    NotFoundError
        If the document has no such sentence.
    """
    first = 0 if start_unit is None else position_of(session, document, start_unit) // WINDOW * WINDOW
    units = list(
        session.scalars(
            select(Unit)
            .where(Unit.document_id == document.id, Unit.kind == "sentence")
            .where(Unit.position.between(first, first + WINDOW - 1))
            .order_by(Unit.position)
        )
    )
    following = _unit_at(session, document, first + WINDOW)
    sentences = _by_turn(units, _text(session, document, units), masks)
    turns = _turns(session, document, units, is_first=first == 0, is_last=following is None)
    views = [_turn_view(turn, sentences.pop(turn["id"], ()), masks) for turn in turns]
    # Ready-made units have no turns: they stand together as nobody's.
    views += [TurnView(sentences=tuple(rest)) for rest in sentences.values()]
    previous = _unit_at(session, document, first - WINDOW) if first else None
    return ReadingView(turns=tuple(views), previous_unit=previous, next_unit=following)


def position_of(session: Session, document: Document, external_id: str) -> int:
    """Return where a sentence is in a document.

    Raises
    ------
    NotFoundError
        If it is not there.
    """
    position = session.scalar(
        select(Unit.position).where(Unit.document_id == document.id, Unit.external_id == external_id)
    )
    if position is None:
        raise NotFoundError(say("This sentence is not in the document."))
    return position


def speakers_of(session: Session, document: Document) -> list[str]:
    """Return who speaks in a document, in the order in which they appear."""
    query = select(Speaker.name).join(DocumentSpeaker, DocumentSpeaker.speaker_id == Speaker.id)
    spoken = select(Turn.id).where(Turn.document_id == document.id, Turn.speaker_id == Speaker.id).exists()
    query = query.where(DocumentSpeaker.document_id == document.id, spoken)
    return list(session.scalars(query.order_by(DocumentSpeaker.position)))


def neighbours(session: Session, document: Document) -> tuple[Document | None, Document | None]:
    """Return the documents before and after one, in the order in which they came."""
    others = select(Document).where(Document.project_id == document.project_id, ~Document.is_pending).limit(1)
    before = others.where(Document.position < document.position).order_by(Document.position.desc())
    after = others.where(Document.position > document.position).order_by(Document.position)
    return session.scalar(before), session.scalar(after)


def _unit_at(session: Session, document: Document, position: int) -> str | None:
    return session.scalar(
        select(Unit.external_id)
        .where(Unit.document_id == document.id, Unit.kind == "sentence", Unit.position >= position)
        .order_by(Unit.position)
        .limit(1)
    )


def _text(session: Session, document: Document, units: list[Unit]) -> tuple[int, str]:
    """Return the stretch of text the units lie in, and where it begins; both databases count code points."""
    start, end = min((unit.start for unit in units), default=0), max((unit.end for unit in units), default=0)
    text = session.scalar(select(func.substr(Document.text, start + 1, end - start)).where(Document.id == document.id))
    return start, text or ""


def _by_turn(units: list[Unit], part: tuple[int, str], masks: Masks) -> dict[int | None, list[SentenceView]]:
    begin, text = part
    found: dict[int | None, list[SentenceView]] = {}
    for unit in units:
        view = SentenceView(
            external_id=unit.external_id,
            text=masks.text(text[unit.start - begin : unit.end - begin]),
            start=unit.start,
            end=unit.end,
            is_withdrawn=unit.withdrawn_at is not None,
            position=unit.position + 1,
        )
        found.setdefault(unit.turn_id, []).append(view)
    return found


def _turns(
    session: Session, document: Document, units: list[Unit], *, is_first: bool, is_last: bool
) -> Sequence[RowMapping]:
    """Return the turns in view; those without a sentence, such as notes, come along."""
    query = (
        select(Turn.id, Turn.label, Turn.note, Speaker.name, DocumentSpeaker.role, DocumentSpeaker.is_byline)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .outerjoin(
            DocumentSpeaker,
            (DocumentSpeaker.speaker_id == Turn.speaker_id) & (DocumentSpeaker.document_id == Turn.document_id),
        )
        .where(Turn.document_id == document.id)
        .order_by(Turn.position)
    )
    if units and not is_first:
        query = query.where(Turn.end > units[0].start)
    if units and not is_last:
        query = query.where(Turn.start < units[-1].end)
    return session.execute(query).mappings().all()


def _turn_view(turn: RowMapping, sentences: Sequence[SentenceView], masks: Masks) -> TurnView:
    is_named = not masks.hides("speaker")
    return TurnView(
        speaker=turn["name"] if is_named else None,
        role=turn["role"] if is_named else None,
        is_byline=bool(turn["is_byline"]),
        label=turn["label"] if is_named else None,
        note=masks.text(turn["note"]),
        sentences=tuple(sentences),
    )
