"""Notes for the codebook that were written while deciding, and which of them are dealt with.

A note is a line of the log, and so is every change of mind about it: nothing is rewritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Event, Project, Unit, User
from annotator.db.base import new_uuid
from annotator.errors import NotFoundError
from annotator.services import chain, gold, unsettled
from annotator.services.chain import parse_timestamp
from annotator.services.unsettled import Listed
from annotator.words import say

#: What the log calls a note, and one that was dealt with or is open again.
NOTE = "codebook-note"
MARKED = "codebook-note-marked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookNote:
    """What an adjudicator suggests to write into the codebook, and the unit that made them think of it."""

    id: str
    at: datetime
    text: str
    unit: str
    codebook: int
    by: str | None
    #: When it was marked as dealt with; None as long as it is open.
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A note with its sentence and the decision on it; without one if the sentence was withdrawn since."""

    note: CodebookNote
    sentence: Listed | None


def add_note(session: Session, project: Project, user: User, *, unit: str, codebook: int, text: str) -> None:
    """Write a note down."""
    details = {"id": new_uuid(), "unit": unit, "codebook": codebook, "note": text}
    session.add(Event(kind=NOTE, project_id=project.id, user_id=user.id, details=details))


def list_notes(session: Session, project: Project) -> list[CodebookNote]:
    """Return the notes, the newest first."""
    done = {event.details["note"]: event for event in session.scalars(_events(project, MARKED))}
    names = dict(session.execute(select(User.id, User.name)).all())
    found = [
        CodebookNote(
            # Notes from before they had ids go by their place in the log.
            id=event.details.get("id", str(event.id)),
            at=event.at,
            text=event.details["note"],
            unit=event.details["unit"],
            codebook=event.details["codebook"],
            by=names.get(event.user_id or 0),
        )
        for event in session.scalars(_events(project, NOTE))
    ]
    return [_marked(note, done.get(note.id)) for note in reversed(found)]


def _events(project: Project, kind: str) -> Select[Any]:
    return select(Event).where(Event.project_id == project.id, Event.kind == kind).order_by(Event.at, Event.id)


def _marked(note: CodebookNote, mark: Event | None) -> CodebookNote:
    return replace(note, done_at=mark.at) if mark is not None and mark.details["is_done"] else note


def open_notes(session: Session, project: Project) -> list[CodebookNote]:
    """Return the notes that nobody has dealt with, the newest first."""
    return [note for note in list_notes(session, project) if note.done_at is None]


def with_sentences(
    session: Session, project: Project, notes: Sequence[CodebookNote], *, masked: frozenset[str] = frozenset()
) -> list[Noted]:
    """Return notes with their sentences and the gold labels of these."""
    units = {note.unit for note in notes}
    query = select(Unit.id).where(
        Unit.project_id == project.id, Unit.external_id.in_(units), Unit.withdrawn_at.is_(None)
    )
    is_gold = Annotation.kind == gold.GOLD
    listed = unsettled.list_units(session, project, list(session.scalars(query)), visible=is_gold, masked=masked)
    sentences = {one.unit: one for one in listed}
    return [Noted(note, sentences.get(note.unit)) for note in notes]


def mark_note(session: Session, project: Project, user: User, note_id: str, *, is_done: bool) -> None:
    """Say that a note was dealt with, or that it is open again.

    Raises
    ------
    NotFoundError
        If the project has no such note.
    """
    known = {note.id: note for note in list_notes(session, project)}
    if note_id not in known:
        raise NotFoundError(say("This note is not in the project."))
    if (known[note_id].done_at is not None) != is_done:
        details = {"note": note_id, "is_done": is_done}
        session.add(Event(kind=MARKED, project_id=project.id, user_id=user.id, details=details))


def note_records(session: Session, project: Project) -> list[dict[str, Any]]:
    """Return the notes as a data set tells them, the oldest first; people stay out of it."""
    return [
        {
            "id": note.id,
            "note": note.text,
            "unit": note.unit,
            "codebook": note.codebook,
            "at": chain.timestamp(note.at),
            "done_at": chain.timestamp(note.done_at),
        }
        for note in reversed(list_notes(session, project))
    ]


def restore_notes(session: Session, project: Project, about: Mapping[str, Any]) -> None:
    """Write down the notes of a data set, with the times at which they were written and dealt with."""
    for entry in about.get("codebook_notes", []):
        details = {name: entry[name] for name in ("id", "unit", "codebook", "note")}
        session.add(Event(kind=NOTE, project_id=project.id, at=parse_timestamp(entry["at"]), details=details))
        if entry["done_at"]:
            mark = {"note": entry["id"], "is_done": True}
            done_at = parse_timestamp(entry["done_at"])
            session.add(Event(kind=MARKED, project_id=project.id, at=done_at, details=mark))
    session.flush()
