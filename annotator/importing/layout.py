"""Decides which columns of a table are fields of a document and which are variables."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.importing.fields import ALIASES
from annotator.importing.values import TableColumns
from annotator.words import all_of, say


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns by document field, and the remaining columns, which become variables."""

    fields: Mapping[str, str]
    variables: tuple[str, ...]

    def cells(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return the cells of a row by field, but the text as it stands."""
        return {name: row[column] for name, column in self.fields.items() if name != "text"}

    def other(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return the filled variables of a row, in the order of the columns."""
        return {name: row[name] for name in self.variables if row[name]}


def layout_of(header: tuple[str, ...], columns: TableColumns | None) -> Layout:
    """Return what the columns of ``header`` are; in a table of ready-made units only named ids are ids."""
    named = columns.named() if columns else ()
    free = [column for column in header if column not in named]
    by_case = {column.casefold(): column for column in reversed(free)}
    fields: dict[str, str] = {}
    for field, aliases in ALIASES.items():
        given = _given(field, columns) if _given(field, columns) in header else None
        found = given or next((by_case[alias] for alias in aliases if alias in by_case), None)
        if found is not None and (given or not _needs_naming(field, columns)):
            fields[field] = found
    taken = {*fields.values(), *named}
    return Layout(fields, tuple(column for column in header if column not in taken))


def missing_columns(header: tuple[str, ...], columns: TableColumns | None) -> str | None:
    """Say which column the table lacks, which it has and what to do; None if all are there."""
    named = columns.named() if columns else ()
    absent = [name for name in named if name not in header]
    have = ", ".join(header)
    if absent:
        what = all_of([f"“{name}”" for name in absent])
        return say("there is no column {what}; the columns are: {columns}. Name one of them.", what=what, columns=have)
    if "text" in layout_of(header, columns).fields or (columns and columns.ready_made and columns.id):
        return None
    return say(
        "no column holds the text (text, body or content); the columns are: {columns}. "
        "Say which one it is with --text-column (and, if a row is a document to be split, --whole-documents).",
        columns=have,
    )


def _given(field: str, columns: TableColumns | None) -> str | None:
    if columns is None or field not in ("text", "id"):
        return None
    return columns.text if field == "text" else columns.id


def _needs_naming(field: str, columns: TableColumns | None) -> bool:
    """Tell whether the column counts only if named: an "id" may just number the rows of a table of units."""
    return field == "id" and columns is not None and columns.ready_made
