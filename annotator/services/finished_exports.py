"""Exports asked for on the page: written by a job into ``exports/<project>/``, listed and fetched from there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Job, Project
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import NotAllowedError, NotFoundError
from annotator.services import exports, jobs, visibility
from annotator.words import say

KIND = "export"
SUFFIXES = {"csv": ".csv", "csv-spreadsheet": "-spreadsheet.csv", "jsonl": ".zip"}


@dataclass(frozen=True, slots=True)
class FinishedExport:
    """A data set that can be fetched; ``size`` in bytes."""

    name: str
    size: int
    finished_at: datetime


def check_may_export(session: Session, project: Project, user_id: int) -> None:
    """Make sure that a data set, in which everybody's answers stand, does not reach who labels on their own.

    Raises
    ------
    NotAllowedError
        If they do.
    """
    if visibility.labels_blind(session, project, user_id):
        raise NotAllowedError(
            say(
                "You label in a blind round, and a data set holds what the others said. Close the round first, or let "
                "somebody export who does not label in it."
            )
        )


def request_export(session: Session, project: Project, *, format_name: str, options: exports.ExportOptions) -> Job:
    """Put an export in line; the same one that waits already is returned instead of a second."""
    return jobs.enqueue(
        session,
        project.id,
        f"{KIND}:{format_name}",
        format=format_name,
        split=None if options.split is None else list(options.split),
        seed=options.seed,
        with_text=options.with_text,
    )


def run_export(database: Database, job: Job) -> str:
    """Write the data set a job asks for and return the name of its file."""
    with database.reading() as session:
        slug = session.get_one(Project, job.project_id).slug
    format_name, split = job.arguments["format"], job.arguments["split"]
    name = f"{slug}-{now():%Y%m%d-%H%M%S}{SUFFIXES[format_name]}"
    folder = folder_of(database.settings.exports, slug)
    folder.mkdir(parents=True, exist_ok=True)
    options = exports.ExportOptions(
        split=None if split is None else (split[0], split[1], split[2]),
        seed=job.arguments["seed"],
        with_text=job.arguments["with_text"],
    )
    exports.export_data_set(database, slug, format_name=format_name, path=folder / name, options=options)
    return name


def finished(exports_folder: Path, project: Project) -> list[FinishedExport]:
    """Return the data sets of a project, newest first."""
    folder = folder_of(exports_folder, project.slug)
    files = [file for file in folder.glob("*") if file.is_file() and not file.name.startswith(".")]
    found = [
        FinishedExport(file.name, file.stat().st_size, datetime.fromtimestamp(file.stat().st_mtime, tz=UTC))
        for file in files
    ]
    return sorted(found, key=lambda export: (export.finished_at, export.name), reverse=True)


def find_finished(exports_folder: Path, project: Project, name: str) -> Path:
    """Return the file of a finished export.

    Raises
    ------
    NotFoundError
        If there is none of this name.
    """
    if name not in {export.name for export in finished(exports_folder, project)}:
        raise NotFoundError(say("There is no such export any more; make it again."))
    return folder_of(exports_folder, project.slug) / name


def unfinished(session: Session, project: Project) -> list[Job]:
    """Return the exports that are being written or could not be, the newest of each format."""
    newest: dict[str, Job] = {}
    query = select(Job).where(Job.project_id == project.id, Job.kind.startswith(f"{KIND}:"))
    for job in session.scalars(query.order_by(Job.id.desc()).limit(20)):
        newest.setdefault(job.kind, job)
    return [job for job in newest.values() if job.state != "done"]


def folder_of(exports_folder: Path, slug: str) -> Path:
    """Return where a project's exports are kept."""
    return exports_folder / slug
