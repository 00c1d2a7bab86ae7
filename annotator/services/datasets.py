"""Import a native data set: the whole project comes back as it was, with its history and its chain."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import InterfaceError, OperationalError, StatementError
from sqlalchemy.orm import Session

from annotator.db import (
    Document,
    DocumentSpeaker,
    DuplicateBand,
    Event,
    ImportBatch,
    Original,
    Project,
    Speaker,
    Turn,
    Unit,
)
from annotator.db.base import now, table
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, StorageFullError
from annotator.importing.native import MAX_BYTES, DataSet, open_data_set
from annotator.importing.texts import put_back, texts_for
from annotator.importing.values import TableColumns
from annotator.services import codebooks, histories, restored_projects, rounds
from annotator.services.batches import CHUNK_ROWS, beat, remove_batch
from annotator.services.chain import parse_timestamp
from annotator.services.near_duplicates import bands_of
from annotator.words import say


def import_data_set(
    database: Database,
    path: Path,
    *,
    project_name: str | None = None,
    user_id: int | None = None,
    name: str | None = None,
    texts: Path | None = None,
    columns: TableColumns | None = None,
    limit: int = MAX_BYTES,
) -> str:
    """Import an exported folder or zip as a new project (or into one that is empty) and return its slug.

    Documents come in chunks that stay invisible; codebooks, targets and acts come in one transaction with what
    makes all of it visible, so that an import that fails leaves nothing. Texts that were left out are looked for
    in the folder ``texts``, tables there being read with ``columns``. ``limit`` bounds the bytes when unpacked.

    Raises
    ------
    InvalidInputError
        If a file is damaged, the chain of acts does not hold, or texts are missing.
    ConflictError
        If the project is there already and holds documents.
    """
    source = name or path.name
    with ExitStack() as stack:
        stack.enter_context(_contradictions(source))
        data = stack.enter_context(open_data_set(path, name=name, limit=limit))
        found = stack.enter_context(texts_for(data, texts, source=source, columns=columns))
        histories.check_chain(data.history(), source=source)
        begun = _begin(database, project_name or data.project["name"], source=source, user_id=user_id)
        stack.callback(_abandon, database, begun)
        units = _write_documents(database, put_back(data.documents(), found), data.units(), begun)
        with database.transaction() as session:
            slug = _publish(session, data, begun, units=units, user_id=user_id)
        begun.is_done = True
    return slug


@dataclass(slots=True)
class _Begun:
    """An import under way: its project, whether that was made for it, and the batch of its documents."""

    name: str
    project_id: int
    is_new: bool
    batch_id: int
    is_done: bool = False


def _begin(database: Database, name: str, *, source: str, user_id: int | None) -> _Begun:
    with database.transaction() as session:
        project, is_new = restored_projects.begin_project(session, name, user_id=user_id)
        batch = ImportBatch(project_id=project.id, name=source)
        session.add(batch)
        session.flush()
        return _Begun(source, project.id, is_new, batch.id)


def _abandon(database: Database, begun: _Begun) -> None:
    """Remove what an import has left that did not get through; where even that fails, the sweeper does it later."""
    if begun.is_done:
        return
    codebooks.forget(database.writer, begun.project_id)
    with suppress(OperationalError, StorageFullError):
        remove_batch(database, begun.batch_id)
        if begun.is_new:
            with database.transaction() as session:
                restored_projects.remove_project(session, begun.project_id)


@contextmanager
def _contradictions(source: str) -> Iterator[None]:
    """Tell of rows that contradict each other, as the database found them to do, in words."""
    try:
        yield
    except StatementError as error:
        if isinstance(error, OperationalError | InterfaceError):
            raise
        reason = str(error.orig).split("\n")[0][:200]
        raise InvalidInputError(
            say("{source}: the data set contradicts itself ({reason}); export it again.", source=source, reason=reason)
        ) from error


def _write_documents(
    database: Database, documents: Iterator[dict[str, Any]], units: Iterator[dict[str, Any]], begun: _Begun
) -> dict[str, int]:
    """Write documents and units, some hundred rows at a time; return the units' numbers by external id."""
    writer = _Writer(project_id=begun.project_id, batch_id=begun.batch_id)
    for kind, rows in (("document", documents), ("unit", units)):
        for chunk in _chunks(rows):
            with database.transaction() as session:
                beat(session, begun.batch_id)
                writer.documents(session, chunk) if kind == "document" else writer.units(session, chunk)
    return writer.unit_ids


class _Writer:
    """Turns lines of the files into rows, and remembers the numbers the database gave them."""

    def __init__(self, *, project_id: int, batch_id: int) -> None:
        self._project_id = project_id
        self._batch_id = batch_id
        self._documents: dict[str, tuple[int, list[int]]] = {}
        self._speakers: dict[str, int] = {}
        self.unit_ids: dict[str, int] = {}

    def documents(self, session: Session, lines: list[dict[str, Any]]) -> None:
        """Write documents with their speakers, turns, originals and duplicate bands."""
        for line in lines:
            document = Document(**self._document(line))
            session.add(document)
            session.flush()
            self._speakers_of(session, document, line["speakers"])
            turns = self._turns(session, document, line["turns"])
            self._documents[line["id"]] = (document.id, turns)
            self._original(session, document, line["original"])
            bands = bands_of(line["text"])
            session.add_all(
                DuplicateBand(document_id=document.id, project_id=self._project_id, band=band, value=value)
                for band, value in enumerate(bands)
            )

    def units(self, session: Session, lines: list[dict[str, Any]]) -> None:
        """Write units."""
        rows = []
        for line in lines:
            document_id, turns = self._documents[line["document"]]
            rows.append(
                {
                    "project_id": self._project_id,
                    "document_id": document_id,
                    "turn_id": None if line["turn"] is None else turns[line["turn"]],
                    "external_id": line["id"],
                    "kind": line["kind"],
                    "position": line["position"],
                    "start": line["start"],
                    "end": line["end"],
                    "withdrawn_at": parse_timestamp(line["withdrawn_at"]),
                }
            )
        added = insert(table(Unit)).returning(table(Unit).c.id, sort_by_parameter_order=True)
        ids = session.execute(added, rows).scalars()
        self.unit_ids.update(zip((line["id"] for line in lines), ids, strict=True))

    def _document(self, line: Mapping[str, Any]) -> dict[str, Any]:
        same = ("position", "kind", "title", "outlet", "author", "url", "date", "date_precision", "language")
        more = ("variables", "text", "text_sha256", "segmenter", "extractor", "near_duplicate_group", "split")
        return {
            **{name: line[name] for name in same + more},
            "project_id": self._project_id,
            "batch_id": self._batch_id,
            "external_id": line["id"],
            "is_reserved": line["reserved"],
            "order_key": line["order"],
        }

    def _speakers_of(self, session: Session, document: Document, entries: list[dict[str, Any]]) -> None:
        for position, entry in enumerate(entries):
            if entry["name"] not in self._speakers:
                speaker = Speaker(project_id=self._project_id, name=entry["name"])
                session.add(speaker)
                session.flush()
                self._speakers[entry["name"]] = speaker.id
            session.add(
                DocumentSpeaker(
                    document_id=document.id,
                    speaker_id=self._speakers[entry["name"]],
                    position=position,
                    aliases=entry["aliases"],
                    role=entry["role"],
                    is_byline=entry["byline"],
                )
            )

    def _turns(self, session: Session, document: Document, entries: list[dict[str, Any]]) -> list[int]:
        rows = [
            Turn(
                document_id=document.id,
                speaker_id=None if entry["speaker"] is None else self._speakers[entry["speaker"]],
                position=position,
                label=entry["label"],
                note=entry["note"],
                start=entry["start"],
                end=entry["end"],
            )
            for position, entry in enumerate(entries)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]

    def _original(self, session: Session, document: Document, entry: Mapping[str, Any] | None) -> None:
        if entry is not None:
            content = _content(entry, document.external_id)
            session.add(Original(document_id=document.id, name=entry["name"], sha256=entry["sha256"], content=content))


def _content(entry: Mapping[str, Any], document: str) -> bytes:
    """Return the bytes of a document's file."""
    try:
        return base64.b64decode(entry["content"], validate=True)
    except ValueError as error:
        raise InvalidInputError(
            say("The file of the document “{document}” is damaged; export it again.", document=document)
        ) from error


def _publish(session: Session, data: DataSet, begun: _Begun, *, units: dict[str, int], user_id: int | None) -> str:
    """Fill the project, write the acts and make everything visible, at once."""
    project = session.get_one(Project, begun.project_id)
    beat(session, begun.batch_id)
    restored_projects.fill_project(session, project, data, user_id=user_id)
    session.execute(update(Document).where(Document.batch_id == begun.batch_id).values(is_pending=False))
    histories.append_history(session, project, data.history(), units=units)
    rounds.make_places(session, project, batch_id=begun.batch_id)
    histories.seat_annotators(session, project)
    session.execute(update(ImportBatch).where(ImportBatch.id == begun.batch_id).values(state="done", finished_at=now()))
    details = {"name": begun.name, "units": len(units)}
    session.add(Event(kind="imported", project_id=project.id, user_id=user_id, details=details))
    return project.slug


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
