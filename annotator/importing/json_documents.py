"""Turns JSON objects into documents: plain ones, ones with their units, and single units of documents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from annotator.errors import InvalidInputError
from annotator.importing.documents import Documents
from annotator.importing.fields import read_fields
from annotator.importing.grouping import Grouping, UnitRow
from annotator.importing.json_rows import JsonRow, cell_of
from annotator.importing.json_units import labels_in, strings_in, units_in
from annotator.importing.layout import layout_of
from annotator.importing.problems import Problems, place
from annotator.importing.units import units_of
from annotator.importing.values import ImportedDocument, TableColumns
from annotator.words import say

_UNIT_KEYS = ("document", "text", "id", "labels", "split")


def documents_in(
    rows: Iterable[JsonRow], problems: Problems, columns: TableColumns | None
) -> Iterator[ImportedDocument]:
    """Yield the documents of JSON objects; with ``columns`` their keys are taken as a table's columns."""
    if columns is not None:
        yield from _as_table(rows, problems, columns)
        return
    made, grouping = Documents(problems), Grouping(problems)
    for line, row in rows:
        where = place(problems.name, line)
        try:
            if "document" in row:
                grouping.add(_unit_row(line, row, where, problems))
            elif document := made.document(line, _flat(row, where)):
                yield _with_units(document, row, where)
        except InvalidInputError as error:
            problems.take(error)
    yield from grouping.documents()


def _as_table(rows: Iterable[JsonRow], problems: Problems, columns: TableColumns) -> Iterator[ImportedDocument]:
    """Read objects like rows; keys may be missing in some, but each named one must be in some."""
    seen: set[str] = set()

    def cells() -> Iterator[tuple[int, Mapping[str, str]]]:
        for line, row in rows:
            seen.update(row)
            yield line, {key: cell_of(value) for key, value in row.items()}

    if columns.ready_made:
        yield from units_of(cells(), problems, columns)
    else:
        made = Documents(problems, columns)
        yield from (document for line, row in cells() if (document := made.document(line, row)))
    for name in columns.named():
        if name not in seen and not len(problems):
            problems.add(
                1,
                say(
                    "no object has the key “{name}”; the keys are: {keys}. Name one of them.",
                    name=name,
                    keys=", ".join(sorted(seen)),
                ),
            )


def _flat(row: Mapping[str, object], where: str) -> dict[str, str]:
    """Return the cells of a document's row, those inside ``variables`` beside the others."""
    variables = row.get("variables", {})
    if not isinstance(variables, dict):
        raise InvalidInputError(say('{where}: "variables" must be an object of names and values.', where=where))
    own = {key: value for key, value in row.items() if key not in ("units", "variables")}
    if not isinstance(own.get("text", ""), str):
        raise InvalidInputError(say('{where}: "text" must be a string.', where=where))
    clash = next((key for key in variables if key in own), None)
    if clash:
        raise InvalidInputError(
            say(
                '{where}: "{clash}" occurs both beside and inside "variables"; keep one of them.',
                where=where,
                clash=clash,
            )
        )
    return {key: cell_of(value) for key, value in {**own, **variables}.items()}


def _with_units(document: ImportedDocument, row: Mapping[str, object], where: str) -> ImportedDocument:
    if "annotations" in row:
        raise InvalidInputError(
            say("{where}: this is a part of a native data set; import its whole folder or zip.", where=where)
        )
    if "units" not in row:
        return document
    return replace(document, units=units_in(row["units"], document, where))


def _unit_row(line: int, row: Mapping[str, object], where: str, problems: Problems) -> UnitRow:
    if "annotations" in row:
        raise InvalidInputError(
            say("{where}: this is a part of a native data set; import its whole folder or zip.", where=where)
        )
    texts = strings_in(row, ("document", "id", "text", "split"), where)
    if not texts["id"] and not (texts["text"] or "").strip():
        raise InvalidInputError(say("{where}: the unit has neither a text nor an id; fill one in.", where=where))
    other = {key: value for key, value in row.items() if key not in _UNIT_KEYS}
    cells = _flat(other, where)
    layout = layout_of(tuple(cells), None)
    return UnitRow(
        line=line,
        id=texts["id"],
        document=texts["document"],
        text=texts["text"] if (texts["text"] or "").strip() else None,
        labels=labels_in(row.get("labels", []), where),
        fields=read_fields(layout.cells(cells), lambda _, sentence: problems.add(line, sentence)),
        variables=layout.other(cells),
        split=texts["split"],
    )
