"""Write a data set: the long table as CSV, or the native folder that can be imported again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Document, Event, Project
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.exporting import datasheet, folder, native, splits, table
from annotator.services import chain, data_lines, data_rows, long_table, projects, reviewing
from annotator.services.data_facts import Facts
from annotator.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is written: ``split`` are the shares of train, dev and test, ``with_text`` whether texts go out."""

    split: tuple[float, float, float] | None = None
    seed: int = 0
    with_text: bool = True


def export_data_set(
    database: Database, project_name: str, *, format_name: str, path: Path, options: ExportOptions | None = None
) -> None:
    """Write a project's data set to a file or folder; it appears under its name when it is complete.

    Everything is read from one moment of the database, so labels given meanwhile do not tear it.

    Raises
    ------
    InvalidInputError
        If the format is unknown.
    ConflictError
        If something is at ``path`` already.
    """
    if format_name not in FORMATS:
        raise InvalidInputError(
            say("“{format}” is no export format; there is: {known}.", format=format_name, known=", ".join(FORMATS))
        )
    options = options or ExportOptions()
    with database.reading() as session:
        project = projects.find_project(session, project_name)
        project_id = project.id
        session.expunge(project)
        FORMATS[format_name](session, project, path, options)
    with database.transaction() as session:
        session.add(Event(kind="exported", project_id=project_id, details={"format": format_name}))


def _csv(session: Session, project: Project, path: Path, options: ExportOptions, *, safe: bool = False) -> None:
    rows = _table_rows(session, project, options)
    table.write_csv_file(path, rows, columns=long_table.COLUMNS, spreadsheet_safe=safe)


def _csv_spreadsheet(session: Session, project: Project, path: Path, options: ExportOptions) -> None:
    _csv(session, project, path, options, safe=True)


def _native(session: Session, project: Project, path: Path, options: ExportOptions) -> None:
    facts = Facts()
    with folder.DataSetWriter(path, zipped=path.suffix == ".zip") as out:
        out.add_json(native.PROJECT, data_lines.project_file(session, project))
        for version in data_lines.versions(session, project):
            out.add_text(native.codebook_name(version.number), version.source)
            facts.codebooks.append(version.number)
        _documents_and_units(session, project, options, out=out, facts=facts)
        out.add_lines(native.HISTORY, chain.history(session, project.id))
        out.add_text(native.README, datasheet.datasheet(_facts(project, options, facts)))


def _documents_and_units(
    session: Session, project: Project, options: ExportOptions, *, out: folder.DataSetWriter, facts: Facts
) -> None:
    split_of = _splits(session, project, options)
    names = reviewing.target_names(session, project.id)
    with out.lines(native.DOCUMENTS) as add_document, out.lines(native.UNITS) as add_unit:
        for row in data_rows.documents(session, project, with_originals=True):
            line = data_lines.document_line(row)
            facts.add_document(line)
            add_document(line if options.with_text else native.without_text(line))
            for unit in row.units:
                line = data_lines.unit_line(unit, document=row.document, split=split_of(row.document), names=names)
                facts.add_unit(line)
                add_unit(line if options.with_text else native.without_text(line))


def _facts(project: Project, options: ExportOptions, facts: Facts) -> dict[str, Any]:
    return {
        **facts.counted(),
        "project": project.name,
        "with_text": options.with_text,
        "split": options.split,
        "seed": options.seed,
    }


def _table_rows(session: Session, project: Project, options: ExportOptions) -> Iterator[dict[str, Any]]:
    split_of = _splits(session, project, options)
    names = reviewing.target_names(session, project.id)
    estimates = long_table.estimates_by_unit(session, project.id, names)
    notes = long_table.notes_by_unit(session, project)
    for row in data_rows.documents(session, project):
        split = split_of(row.document)
        for unit in row.units:
            known, note = estimates.get(unit.external_id, {}), notes.get(unit.external_id)
            lines = long_table.table_rows(
                unit, document=row.document, split=split, names=names, estimates=known, note=note
            )
            for line in lines:
                yield line if options.with_text else {**line, "text": None, "span_text": None}


def _splits(session: Session, project: Project, options: ExportOptions) -> Callable[[Document], str | None]:
    """Return the split of each document: drawn anew where shares are given, else what an import brought."""
    if options.split is None:
        return lambda document: document.split
    groups = session.execute(
        select(Document.external_id, Document.near_duplicate_group).where(
            Document.project_id == project.id, ~Document.is_pending
        )
    )
    drawn = splits.assign_splits(dict(groups.all()), shares=options.split, seed=options.seed)
    return lambda document: drawn[document.external_id]


#: Adding a format is adding a writer in ``annotator/exporting`` and a line here.
FORMATS: dict[str, Callable[[Session, Project, Path, ExportOptions], None]] = {
    "csv": _csv,
    "csv-spreadsheet": _csv_spreadsheet,
    "jsonl": _native,
}
