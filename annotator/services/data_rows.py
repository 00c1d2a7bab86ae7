"""The rows of a data set: documents and units as they leave the database, streamed in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from annotator.codebook.values import Codebook
from annotator.db import (
    Annotation,
    Annotator,
    CodebookVersion,
    CurrentAnnotation,
    Document,
    DocumentSpeaker,
    Original,
    Project,
    Turn,
    Unit,
)
from annotator.services import chain, gold
from annotator.services.answers import answers_from_rows
from annotator.services.succession import Succession, succession
from annotator.services.visibility import visible_annotations

#: Documents read at a time; with their units this stays a few megabytes.
CHUNK = 100

GOLD = gold.GOLD
#: Turn and speaker of a unit outside any turn.
_NOWHERE = (None, None)


class GivenAct(NamedTuple):
    """An act that counts for a unit, with its answers by stable ids and the codebook they follow."""

    annotator: str
    kind: str
    act: str
    codebook_number: int
    codebook: Codebook
    at: str
    answers: dict[str, Any]
    comment: str | None
    is_flagged: bool
    selection: dict[str, Any] | None
    suggestions: dict[str, Any] | None
    counting: Succession

    @property
    def newest(self) -> Codebook:
        """The codebook under which answers count."""
        return self.counting.editions[-1].codebook

    @property
    def is_newest(self) -> bool:
        """Whether it was given under the codebook in force."""
        return self.codebook_number == self.counting.editions[-1].number

    @property
    def counted(self) -> dict[str, Any]:
        """The answers as they count under the newest codebook."""
        return self.counting.counted(self.answers, self.codebook_number)

    def counts_as(self, question: str, label: str) -> str | None:
        """Return what a label of this act counts as under the newest codebook, None for nothing."""
        return self.counting.label(question, label, self.codebook_number)


class UnitRow(NamedTuple):
    """A unit with its text and the acts that count for it."""

    external_id: str
    kind: str
    position: int
    start: int
    end: int
    withdrawn_at: datetime | None
    text: str
    speaker: str | None
    turn: int | None
    acts: Sequence[GivenAct]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its turns, speakers, units and, where asked for, its original bytes."""

    document: Document
    turns: Sequence[Turn]
    speakers: Sequence[DocumentSpeaker]
    original: Original | None = None
    units: list[UnitRow] = field(default_factory=list)

    def speaker_name(self, speaker_id: int | None) -> str | None:
        """Return the canonical name of a speaker of this document."""
        return next((entry.speaker.name for entry in self.speakers if entry.speaker_id == speaker_id), None)


def documents(session: Session, project: Project, *, with_originals: bool = False) -> Iterator[DocumentRow]:
    """Yield the documents of a project in their order; memory stays flat."""
    position = -1
    while True:
        chunk = list(
            session.scalars(
                select(Document)
                .options(undefer(Document.text))
                .where(Document.project_id == project.id, ~Document.is_pending, Document.position > position)
                .order_by(Document.position)
                .limit(CHUNK)
            )
        )
        if not chunk:
            return
        yield from _rows(session, project, chunk, with_originals=with_originals)
        position = chunk[-1].position
        session.expunge_all()


def _rows(session: Session, project: Project, chunk: list[Document], *, with_originals: bool) -> Iterator[DocumentRow]:
    ids = [document.id for document in chunk]
    turns = _by_document(session.scalars(select(Turn).where(Turn.document_id.in_(ids)).order_by(Turn.position)))
    entries = select(DocumentSpeaker).where(DocumentSpeaker.document_id.in_(ids)).order_by(DocumentSpeaker.position)
    speakers = _by_document(session.scalars(entries))
    units, withdrawn = _units(session, ids), _withdrawn(session, ids)
    acts = _acts(session, project, ids)
    originals = _originals(session, ids) if with_originals else {}
    for document in chunk:
        row = DocumentRow(
            document, turns.get(document.id, []), speakers.get(document.id, []), originals.get(document.id)
        )
        places = {turn.id: (index, row.speaker_name(turn.speaker_id)) for index, turn in enumerate(row.turns)}
        text = document.text
        for number, _, turn_id, start, end, external_id, kind, position in units.get(document.id, []):
            turn, speaker = places.get(turn_id, _NOWHERE)
            given = acts.get(number, [])
            gone = withdrawn.get(number)
            row.units.append(
                UnitRow(external_id, kind, position, start, end, gone, text[start:end], speaker, turn, given)
            )
        yield row


def _by_document(rows: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows.all():
        found.setdefault(row.document_id, []).append(row)
    return found


def _originals(session: Session, document_ids: list[int]) -> dict[int, Original]:
    found = session.scalars(select(Original).where(Original.document_id.in_(document_ids)))
    return {original.document_id: original for original in found}


def _units(session: Session, document_ids: list[int]) -> dict[int, list[Any]]:
    columns = (Unit.id, Unit.document_id, Unit.turn_id, Unit.start, Unit.end)
    query = select(*columns, Unit.external_id, Unit.kind, Unit.position).where(Unit.document_id.in_(document_ids))
    return _by_document(session.execute(query.order_by(Unit.document_id, Unit.kind.desc(), Unit.position)))


def _withdrawn(session: Session, document_ids: list[int]) -> dict[int, datetime]:
    # Few units are: reading this moment of every unit would cost a tenth of an export.
    query = select(Unit.id, Unit.withdrawn_at).where(Unit.document_id.in_(document_ids), Unit.withdrawn_at.is_not(None))
    return {number: moment for number, moment in session.execute(query) if moment is not None}


def _acts_query(document_ids: list[int]) -> Select[Any]:
    return (
        select(
            Annotation.id,
            Annotation.unit_id,
            Annotation.kind,
            Annotation.act,
            Annotation.comment,
            Annotation.is_flagged,
            Annotation.recorded_at,
            Annotation.selection_mode,
            Annotation.selection_probability,
            Annotation.suggestions_shown,
            Annotator.code,
            CodebookVersion.number,
        )
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == CurrentAnnotation.unit_id)
        .join(Annotator, Annotator.id == Annotation.annotator_id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        # An export is taken by somebody who may see everything: the policy asked before.
        .where(Unit.document_id.in_(document_ids), visible_annotations(None, phase="open"), gold.is_in_force())
        .order_by(Annotation.sequence)
    )


def _acts(session: Session, project: Project, document_ids: list[int]) -> dict[int, list[GivenAct]]:
    acts = session.execute(_acts_query(document_ids)).all()
    if not acts:
        return {}
    counting = succession(session, project.id)
    rows = chain.answers_of(session, [act.id for act in acts])
    found: dict[int, list[GivenAct]] = {}
    for act in acts:
        codebook = counting.codebook(act.number)
        given = rows.get(act.id, {}).get("final", [])
        selection = {"mode": act.selection_mode, "probability": act.selection_probability}
        found.setdefault(act.unit_id, []).append(
            GivenAct(
                annotator=act.code,
                kind=act.kind,
                act=act.act,
                codebook_number=act.number,
                codebook=codebook,
                at=chain.timestamp(act.recorded_at) or "",
                answers=answers_from_rows(given, codebook=codebook, known=counting.known),
                comment=act.comment,
                is_flagged=act.is_flagged,
                selection=selection if act.selection_mode else None,
                suggestions=act.suggestions_shown,
                counting=counting,
            )
        )
    return found
