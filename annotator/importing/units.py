"""Turns the rows of a table of ready-made units into documents with units and labels."""

from collections.abc import Iterable, Iterator, Mapping

from annotator.importing.fields import read_fields
from annotator.importing.grouping import Grouping, UnitRow
from annotator.importing.layout import Layout, layout_of
from annotator.importing.problems import Problems
from annotator.importing.values import ImportedDocument, ImportedLabel, TableColumns
from annotator.words import say

#: Separates several labels in one cell.
LABEL_SEPARATOR = "|"

Rows = Iterable[tuple[int, Mapping[str, str]]]


def units_of(rows: Rows, problems: Problems, columns: TableColumns) -> Iterator[ImportedDocument]:
    """Yield documents of ready-made units.

    Rows are gathered in memory where several can belong together: where documents or units have names.
    Otherwise each row is passed on at once as a document of one unit. Columns such as date are fields where
    they can be read as such and variables where not: such a table may mean something else by them.
    """
    read = (row for row in _read(rows, problems, columns) if row is not None)
    if columns.document or columns.id:
        yield from gathered(read, problems)
    else:
        for row in read:
            yield from gathered((row,), problems)


def gathered(rows: Iterable[UnitRow], problems: Problems) -> Iterator[ImportedDocument]:
    """Yield the documents of the rows once all of them are read."""
    grouping = Grouping(problems)
    for row in rows:
        grouping.add(row)
    yield from grouping.documents()


def _read(rows: Rows, problems: Problems, columns: TableColumns) -> Iterator[UnitRow | None]:
    layouts: dict[tuple[str, ...], Layout] = {}
    for line, row in rows:
        header = tuple(row)
        if header not in layouts:
            layouts[header] = layout_of(header, columns)
        yield _unit_row(line, row, layouts[header], columns, problems)


def _unit_row(
    line: int, row: Mapping[str, str], layout: Layout, columns: TableColumns, problems: Problems
) -> UnitRow | None:
    cells = layout.cells(row)
    id = cells.pop("id", "").strip() or None
    text = row[layout.fields["text"]] if "text" in layout.fields else ""
    if not text.strip() and id is None:
        problems.add(line, say("the row has neither a text nor an id; fill one in or remove the row."))
        return None
    strange: list[str] = []
    fields = read_fields(cells, lambda field, _: strange.append(field))
    return UnitRow(
        line=line,
        id=id,
        document=_cell(row, columns.document),
        text=text if text.strip() else None,
        labels=tuple(_labels(row, columns)),
        fields=fields,
        variables={**layout.other(row), **{layout.fields[name]: cells[name] for name in strange}},
        split=_cell(row, columns.split),
    )


def _cell(row: Mapping[str, str], column: str | None) -> str | None:
    return (row.get(column, "").strip() or None) if column else None


def _labels(row: Mapping[str, str], columns: TableColumns) -> Iterator[ImportedLabel]:
    """Yield the labels of a row by question; an empty cell is no answer."""
    if not columns.labels:
        return
    annotator, target = _cell(row, columns.annotator), _cell(row, columns.target)
    for question, names in columns.by_question().items():
        given = [part.strip() for name in names for part in row.get(name, "").split(LABEL_SEPARATOR)]
        labels = tuple(dict.fromkeys(filter(None, given)))
        if labels:
            yield ImportedLabel(annotator=annotator, question=question, labels=labels, target=target)
