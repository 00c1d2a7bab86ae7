"""Write the rows of an import, a few hundred per transaction; all of them stay pending."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, DuplicateBand, Original, Speaker, Turn, Unit
from annotator.db.engines import Database
from annotator.errors import ConflictError
from annotator.services.batches import CHUNK_ROWS, beat
from annotator.services.projects import lock_project
from annotator.services.understanding import Understood
from annotator.words import say

_DOCUMENT, _ORIGINAL, _BAND, _DOCUMENT_SPEAKER, _SPEAKER, _TURN, _UNIT = (
    cast("Table", record.__table__)
    for record in (Document, Original, DuplicateBand, DocumentSpeaker, Speaker, Turn, Unit)
)


@dataclass(slots=True)
class _Progress:
    """A document on its way in, with the numbers the database has given so far."""

    made: Understood
    document_id: int = 0
    turn_ids: list[int] | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """As much of a document as fits into one transaction; turns come before the units in them."""

    of: _Progress
    is_first: bool
    turns: slice
    units: slice
    rows: int


class Staging:
    """Takes documents in and writes them whenever enough rows have come together."""

    def __init__(self, database: Database, *, project_id: int, batch_id: int) -> None:
        self._database = database
        self._project_id = project_id
        self._batch_id = batch_id
        self._waiting: list[_Part] = []
        self._rows = 0
        self.documents = 0
        self.units = 0
        self.characters = 0

    def add(self, made: Understood) -> None:
        """Take one document in."""
        made.document.update(project_id=self._project_id, batch_id=self._batch_id, position=self.documents)
        self.documents += 1
        self.units += len(made.units)
        self.characters += len(made.source.text)
        for part in _parts(_Progress(made)):
            if self._rows + part.rows > CHUNK_ROWS:
                self.flush()
            self._waiting.append(part)
            self._rows += part.rows

    def flush(self) -> None:
        """Write what is waiting, in one transaction.

        Raises
        ------
        ConflictError
            If another import has brought one of the ids meanwhile, or this one has been removed.
        """
        parts, self._waiting, self._rows = self._waiting, [], 0
        if not parts:
            return
        try:
            with self._database.transaction() as session:
                beat(session, self._batch_id)
                self._write(session, parts)
        except IntegrityError as error:
            raise ConflictError(
                say(
                    "An id in this file is used twice, or was brought into the project by another import "
                    "meanwhile; import the file again to see which."
                )
            ) from error

    def _write(self, session: Session, parts: list[_Part]) -> None:
        begun = [part.of for part in parts if part.is_first]
        if begun:
            self._write_documents(session, begun)
        self._write_turns(session, parts)
        rows = [row for part in parts for row in self._unit_rows(part)]
        if rows:
            session.execute(insert(_UNIT), rows)

    def _write_documents(self, session: Session, begun: list[_Progress]) -> None:
        ids = _numbered(session, _DOCUMENT, [progress.made.document for progress in begun])
        for progress, number in zip(begun, ids, strict=True):
            progress.document_id = number
        originals = [
            {**progress.made.original, "document_id": progress.document_id}
            for progress in begun
            if progress.made.original is not None
        ]
        if originals:
            session.execute(insert(_ORIGINAL), originals)
        bands = [
            {"document_id": progress.document_id, "project_id": self._project_id, "band": band, "value": value}
            for progress in begun
            for band, value in enumerate(progress.made.bands)
        ]
        if bands:
            session.execute(insert(_BAND), bands)

    def _write_turns(self, session: Session, parts: list[_Part]) -> None:
        # Looked up anew each time: somebody may have merged two speakers since the last transaction.
        speakers = self._speaker_ids(session, parts)
        appearances = [row for part in parts if part.is_first for row in _appearances(part.of, speakers)]
        if appearances:
            session.execute(insert(_DOCUMENT_SPEAKER), appearances)
        rows = [row for part in parts for row in _turn_rows(part, speakers)]
        ids = iter(_numbered(session, _TURN, rows) if rows else [])
        for part in parts:
            turns = part.of.turn_ids = part.of.turn_ids or []
            turns.extend(next(ids) for _ in part.of.made.turns[part.turns])

    def _speaker_ids(self, session: Session, parts: list[_Part]) -> dict[str, int]:
        names = list(dict.fromkeys(speaker.name for part in parts for speaker in part.of.made.speakers))
        if not names:
            return {}
        query = select(_SPEAKER.c.name, _SPEAKER.c.id).where(
            _SPEAKER.c.project_id == self._project_id, _SPEAKER.c.name.in_(names)
        )
        if len(session.execute(query).all()) < len(names):
            # One import after the other adds names (PostgreSQL; SQLite has one writer anyway).
            lock_project(session, self._project_id)
        # Nobody merges them away before they are written.
        known = dict(session.execute(query.with_for_update(read=True, key_share=True)).all())
        fresh = [{"project_id": self._project_id, "name": name} for name in names if name not in known]
        if fresh:
            ids = _numbered(session, _SPEAKER, fresh)
            known |= {row["name"]: number for row, number in zip(fresh, ids, strict=True)}
        return known

    def _unit_rows(self, part: _Part) -> Iterator[dict[str, Any]]:
        progress = part.of
        turns = progress.turn_ids or []
        for unit in progress.made.units[part.units]:
            turn = unit["turn"]
            yield {
                "project_id": self._project_id,
                "document_id": progress.document_id,
                "turn_id": None if turn is None else turns[turn],
                "kind": "sentence",
                "external_id": unit["external_id"],
                "position": unit["position"],
                "start": unit["start"],
                "end": unit["end"],
            }


def _parts(progress: _Progress) -> Iterator[_Part]:
    """Cut a document into parts of at most as many rows as a transaction may hold."""
    made = progress.made
    head = 2 + len(made.bands) + 2 * len(made.speakers)
    turn = unit = 0
    is_first = True
    while is_first or turn < len(made.turns) or unit < len(made.units):
        room = max(1, CHUNK_ROWS - (head if is_first else 0))
        turns = slice(turn, min(turn + room, len(made.turns)))
        room -= turns.stop - turns.start
        units = slice(unit, min(unit + room, len(made.units)))
        rows = (head if is_first else 0) + turns.stop - turns.start + units.stop - units.start
        yield _Part(progress, is_first, turns, units, rows)
        turn, unit, is_first = turns.stop, units.stop, False


def _appearances(progress: _Progress, speakers: dict[str, int]) -> Iterator[dict[str, Any]]:
    for position, speaker in enumerate(progress.made.speakers):
        yield {
            "document_id": progress.document_id,
            "speaker_id": speakers[speaker.name],
            "position": position,
            "aliases": list(speaker.aliases),
            "role": speaker.role,
            "is_byline": speaker.byline,
        }


def _turn_rows(part: _Part, speakers: dict[str, int]) -> Iterator[dict[str, Any]]:
    made = part.of.made
    for turn in made.turns[part.turns]:
        speaker = turn["speaker"]
        yield {
            "document_id": part.of.document_id,
            "speaker_id": None if speaker is None else speakers[made.speakers[speaker].name],
            **{name: turn[name] for name in ("position", "label", "note", "start", "end")},
        }


def _numbered(session: Session, table: Table, rows: Iterable[dict[str, Any]]) -> list[int]:
    """Insert rows and return the numbers the database gave them, in the same order."""
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.execute(statement, list(rows)).scalars())
