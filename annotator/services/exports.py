"""Write a data set: the long table as CSV, or the native folder that can be imported again."""

from collections.abc import Callable, Iterator, Mapping
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
        raise InvalidInputError(f"“{format_name}” is no export format; there is: {', '.join(FORMATS)}.")
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
    split_of = _splits(session, project, options)
    names = reviewing.target_names(session, project.id)
    counts = _Counts()
    counts.codebooks = [version.number for version in data_lines.versions(session, project)]
    with folder.DataSetWriter(path, zipped=path.suffix == ".zip") as out:
        out.add_json(native.PROJECT, data_lines.project_file(session, project))
        for version in data_lines.versions(session, project):
            out.add_text(native.codebook_name(version.number), version.source)
        out.add_lines(native.DOCUMENTS, _document_lines(session, project, options, counts))
        units = (
            data_lines.unit_line(unit, document=row.document, split=split_of(row.document), names=names)
            for row in data_rows.documents(session, project)
            for unit in row.units
        )
        out.add_lines(native.UNITS, _without_text(counts.watch(units), options))
        out.add_lines(native.HISTORY, chain.history(session, project.id))
        out.add_text(native.README, datasheet.datasheet(counts.facts(project, options)))


def _document_lines(
    session: Session, project: Project, options: ExportOptions, counts: "_Counts"
) -> Iterator[dict[str, Any]]:
    lines = (data_lines.document_line(session, row) for row in data_rows.documents(session, project, with_units=False))
    return _without_text(lines, options)


def _without_text(rows: Iterator[dict[str, Any]], options: ExportOptions) -> Iterator[dict[str, Any]]:
    return rows if options.with_text else (native.without_text(row) for row in rows)


def _table_rows(session: Session, project: Project, options: ExportOptions) -> Iterator[dict[str, Any]]:
    split_of = _splits(session, project, options)
    names = reviewing.target_names(session, project.id)
    for row in data_rows.documents(session, project):
        for unit in row.units:
            for line in long_table.table_rows(unit, document=row.document, split=split_of(row.document), names=names):
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


class _Counts:
    """What the datasheet tells, counted while the units go by."""

    def __init__(self) -> None:
        self.units = 0
        self.labelled = 0
        self.gold = 0
        self.labels: dict[str, dict[str, int]] = {}
        self.annotators: dict[str, int] = {}
        self.documents: set[str] = set()
        self.codebooks: list[int] = []
        self.outlets: dict[str, int] = {}
        self.dates: tuple[str, str] | None = None

    def watch_documents(self, rows: Iterator[data_rows.DocumentRow]) -> Iterator[data_rows.DocumentRow]:
        """Pass documents through and count them."""
        for row in rows:
            document = row.document
            if document.outlet:
                self.outlets[document.outlet] = self.outlets.get(document.outlet, 0) + 1
            if document.date:
                first, last = self.dates or (document.date, document.date)
                self.dates = (min(first, document.date), max(last, document.date))
            yield row

    def watch(self, units: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Pass units through and count them."""
        for unit in units:
            self.units += 1
            self.documents.add(unit["document"])
            self.labelled += any(act["answers"] is not None for act in unit["annotations"])
            self.gold += unit["gold"] is not None
            for act in unit["annotations"]:
                self.annotators[act["annotator"]] = self.annotators.get(act["annotator"], 0) + 1
                self._count(act["answers"] or {})
            yield unit

    def _count(self, answers: Mapping[str, Any]) -> None:
        for question, given in answers.items():
            if question == "targets_offered" or given is None:
                continue
            counts = self.labels.setdefault(question, {})
            for item in given if isinstance(given, list) else [given]:
                name = item if isinstance(item, str) else item.get("label", "marked")
                counts[name] = counts.get(name, 0) + 1

    def facts(self, project: Project, options: ExportOptions) -> dict[str, Any]:
        """Return the facts for the datasheet."""
        return {
            "project": project.name,
            "documents": len(self.documents),
            "codebooks": self.codebooks,
            "dates": self.dates,
            "outlets": self.outlets,
            "units": self.units,
            "labelled_units": self.labelled,
            "gold_units": self.gold,
            "labels": self.labels,
            "annotators": self.annotators,
            "with_text": options.with_text,
            "split": options.split,
            "seed": options.seed,
        }


#: Adding a format is adding a writer in ``annotator/exporting`` and a line here.
FORMATS: dict[str, Callable[[Session, Project, Path, ExportOptions], None]] = {
    "csv": _csv,
    "csv-spreadsheet": _csv_spreadsheet,
    "jsonl": _native,
}
