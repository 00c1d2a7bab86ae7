"""Files on their way in: a batch stays pending until all its rows are there, and nothing of a broken one remains."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Select, Table, delete, exists, select, update
from sqlalchemy.orm import Session

from annotator.db import (
    Document,
    DocumentSpeaker,
    DuplicateBand,
    ImportBatch,
    Original,
    Project,
    Speaker,
    Turn,
    Unit,
)
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, NotFoundError
from annotator.words import say

#: Rows one write transaction may hold, so that nobody who labels meanwhile has to wait.
CHUNK_ROWS = 500
#: An import that has said nothing for this long has died.
SILENT_FOR = timedelta(minutes=10)
#: The heartbeat of a batch that is being removed; whoever still works on it must stop.
_CONDEMNED = datetime(1970, 1, 1, tzinfo=UTC)
_DOCUMENTS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Batch:
    """A file on its way in, and what its project decides by; ``reserved`` documents are named, not drawn."""

    id: int
    project_id: int
    name: str
    seed: int
    reserved_share: float
    reserved: frozenset[str] = frozenset()


def open_batch(session: Session, project_id: int, *, name: str, reserved: Collection[str] = ()) -> Batch:
    """Announce a file.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    project = session.get(Project, project_id)
    if project is None:
        raise NotFoundError(say("This project does not exist."))
    row = ImportBatch(project_id=project_id, name=name)
    session.add(row)
    session.flush()
    return Batch(row.id, project_id, name, project.seed, project.reserved_share, frozenset(reserved))


def beat(session: Session, batch_id: int) -> None:
    """Say that the import is alive.

    Raises
    ------
    ConflictError
        If it was silent for so long that it has been removed.
    """
    alive = update(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.heartbeat_at > _CONDEMNED)
    if _changed(session, alive.values(heartbeat_at=now())) == 0:
        raise ConflictError(
            say("This import was interrupted for so long that what it had stored was removed; import the file again.")
        )


def remove_batch(database: Database, batch_id: int) -> None:
    """Remove a pending batch and all its rows, a few documents at a time; one that is done stays."""
    with database.transaction() as session:
        pending = update(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.state == "pending")
        if _changed(session, pending.values(heartbeat_at=_CONDEMNED)) == 0:
            return
    while _remove_documents(database, batch_id):
        pass
    with database.transaction() as session:
        session.execute(delete(ImportBatch).where(ImportBatch.id == batch_id))


def sweep_pending(database: Database, *, silent_for: timedelta = SILENT_FOR) -> int:
    """Remove what imports that died have left; return how many there were."""
    silent = ImportBatch.heartbeat_at < now() - silent_for
    with database.reading() as session:
        left = list(session.scalars(select(ImportBatch.id).where(ImportBatch.state == "pending", silent)))
    for batch_id in left:
        remove_batch(database, batch_id)
    return len(left)


def _remove_documents(database: Database, batch_id: int) -> bool:
    """Remove some documents of the batch; tell whether there were any."""
    with database.transaction() as session:
        some = select(Document.id).where(Document.batch_id == batch_id).limit(_DOCUMENTS_AT_ONCE)
        ids = list(session.scalars(some))
        if not ids:
            return False
        speakers = list(session.scalars(_speakers_of(ids)))
        for record in (Unit, Turn, DocumentSpeaker, DuplicateBand, Original):
            session.execute(_of(cast("Table", record.__table__), ids))
        session.execute(delete(Document).where(Document.id.in_(ids)))
        # Nobody but these documents may have brought a speaker in.
        unused = ~exists().where(DocumentSpeaker.speaker_id == Speaker.id)
        session.execute(delete(Speaker).where(Speaker.id.in_(speakers), unused))
    return True


def _speakers_of(document_ids: list[int]) -> Select[int]:
    """Select who speaks in documents, held: another import may just be bringing them in, too."""
    there = exists().where(DocumentSpeaker.speaker_id == Speaker.id, DocumentSpeaker.document_id.in_(document_ids))
    return select(Speaker.id).where(there).order_by(Speaker.id).with_for_update()


def _of(table: Table, document_ids: list[int]) -> Delete:
    return delete(table).where(table.c.document_id.in_(document_ids))


def _changed(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
