"""Bring files in: each one as a whole or not at all, without holding up those who label meanwhile."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from annotator.db import Document, Event, ImportBatch
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, StorageFullError
from annotator.importing.reading import read_documents
from annotator.importing.values import ImportedDocument, TableColumns
from annotator.services import appending, reserving, rounds
from annotator.services.batches import Batch, beat, open_batch, remove_batch
from annotator.services.imported_labels import ImportedLabels
from annotator.services.incoming import Incoming
from annotator.services.near_duplicates import NearDuplicate, bands_of, join_groups
from annotator.services.previews import Preview, preview, preview_documents
from annotator.services.projects import lock_project
from annotator.services.speakers import SpeakerCorrections
from annotator.services.staging import Staging
from annotator.services.understanding import understand
from annotator.words import say

__all__ = [
    "ImportResult",
    "Preview",
    "Progress",
    "RecordLabels",
    "import_documents",
    "import_file",
    "next_position",
    "preview",
    "preview_documents",
]

#: Called with the numbers of documents and of characters taken in so far.
Progress = Callable[[int, int], None]
#: Called in the last transaction, before places are made, to record labels that come with the documents.
RecordLabels = Callable[[Session, Batch], None]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import has brought."""

    name: str
    documents: int
    units: int
    annotations: int = 0
    duplicates: tuple[NearDuplicate, ...] = ()


def import_file(
    database: Database,
    project_id: int,
    path: Path,
    *,
    name: str,
    format: str | None = None,
    columns: TableColumns | None = None,
    corrections: SpeakerCorrections | None = None,
    user_id: int | None = None,
    reserved: Collection[str] = (),
    progress: Progress | None = None,
) -> ImportResult:
    """Import one file, all of it or nothing.

    Raises
    ------
    InvalidInputError
        With all that is wrong with the file.
    ConflictError
        If another import got in between.
    """
    return import_documents(
        database,
        project_id,
        read_documents(path, format=format, columns=columns, name=name),
        name=name,
        corrections=corrections,
        user_id=user_id,
        reserved=reserved,
        progress=progress,
    )


def import_documents(
    database: Database,
    project_id: int,
    documents: Iterable[ImportedDocument],
    *,
    name: str,
    corrections: SpeakerCorrections | None = None,
    user_id: int | None = None,
    reserved: Collection[str] = (),
    progress: Progress | None = None,
    record_labels: RecordLabels | None = None,
) -> ImportResult:
    """Import documents from anywhere as one batch; ``reserved`` names ids that go into the reserved sample."""
    with _batch(database, project_id, name=name, reserved=reserved) as batch:
        staging = Staging(database, project_id=project_id, batch_id=batch.id)
        incoming = Incoming(database, batch, documents)
        labels = ImportedLabels(database, batch)
        for document in incoming:
            answers = labels.read(document, problems=incoming.problems)
            if len(incoming.problems):
                continue
            if incoming.is_about_known_units(document):
                labels.take_known(document, answers)
                continue
            made = understand(document, corrections=corrections or SpeakerCorrections())
            made.bands = bands_of(document.text)
            made.document["is_reserved"] = reserving.for_document(batch, made.external_id)
            labels.take(made, answers)
            staging.add(made)
            if progress is not None:
                progress(staging.documents, staging.characters)
        staging.flush()
        recorders = [*([labels.record] if labels.acts else []), *([record_labels] if record_labels else [])]
        duplicates = _publish(database, batch, staging, recorders, user_id=user_id)
    return ImportResult(name, staging.documents, staging.units, labels.acts, tuple(duplicates))


@contextmanager
def _batch(database: Database, project_id: int, *, name: str, reserved: Collection[str]) -> Iterator[Batch]:
    """Open a batch; unless the block ends well, nothing of it stays."""
    with database.transaction() as session:
        batch = open_batch(session, project_id, name=name, reserved=reserved)
    is_done = False
    try:
        yield batch
        is_done = True
    finally:
        if not is_done:
            # Where even that fails, the sweeper removes the rest later.
            with suppress(OperationalError, StorageFullError):
                remove_batch(database, batch.id)


def _publish(
    database: Database,
    batch: Batch,
    staging: Staging,
    recorders: Collection[RecordLabels],
    *,
    user_id: int | None,
) -> list[NearDuplicate]:
    """Make everything visible at once."""
    while True:
        imports_before = _imports_done(database, batch)
        duplicates = join_groups(database, batch)
        with database.transaction() as session:
            if recorders:
                # In this order everywhere: the head, then the project.
                appending.take_head(session, batch.project_id)
            project = lock_project(session, batch.project_id)
            if _count_done(session, batch) != imports_before:
                # Another import became visible meanwhile: its documents may repeat ours.
                continue
            _show(session, batch, documents=staging.documents)
            # Before the places: what comes with gold labels needs none.
            for record in recorders:
                record(session, batch)
            rounds.make_places(session, project, batch_id=batch.id)
            details = {"name": batch.name, "documents": staging.documents, "units": staging.units}
            session.add(Event(kind="imported", project_id=batch.project_id, user_id=user_id, details=details))
            return duplicates


def _show(session: Session, batch: Batch, *, documents: int) -> None:
    beat(session, batch.id)
    stored = session.scalar(select(func.count()).select_from(Document).where(Document.batch_id == batch.id))
    if stored != documents:
        raise ConflictError(say("Part of this import was removed while it went on; import the file again."))
    reserving.settle(session, batch)
    first = next_position(session, batch.project_id)
    session.execute(
        update(Document)
        .where(Document.batch_id == batch.id)
        .values(is_pending=False, position=Document.position + first)
    )
    session.execute(update(ImportBatch).where(ImportBatch.id == batch.id).values(state="done", finished_at=now()))


def next_position(session: Session, project_id: int) -> int:
    """Return the place after the last visible document; visible documents are numbered without gaps."""
    last = session.scalar(
        select(Document.position)
        .where(Document.project_id == project_id, ~Document.is_pending)
        .order_by(Document.position.desc())
        .limit(1)
    )
    return 0 if last is None else last + 1


def _imports_done(database: Database, batch: Batch) -> int:
    with database.reading() as session:
        return _count_done(session, batch)


def _count_done(session: Session, batch: Batch) -> int:
    done = (ImportBatch.project_id == batch.project_id, ImportBatch.state == "done")
    return session.scalar(select(func.count()).select_from(ImportBatch).where(*done)) or 0
