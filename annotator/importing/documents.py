"""Turns rows into documents that the application still has to split."""

from collections.abc import Iterable, Iterator, Mapping

from annotator.importing.fields import read_fields
from annotator.importing.layout import Layout, layout_of
from annotator.importing.lines import SPLIT_IT
from annotator.importing.normalising import flaw_in
from annotator.importing.problems import Problems
from annotator.importing.values import MAX_TEXT, ImportedDocument, TableColumns
from annotator.words import say

#: So many keys of an object are named.
MOST_KEYS = 12


class Ids:
    """The ids seen so far with their lines, to name both lines of a duplicate."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}

    def clash(self, id: str | None, line: int) -> int | None:
        """Remember the id; return the earlier line that has it."""
        if id is None:
            return None
        earlier = self._lines.setdefault(id, line)
        return None if earlier == line else earlier


class Documents:
    """Makes one document of each row, whatever columns the row has."""

    def __init__(self, problems: Problems, columns: TableColumns | None = None) -> None:
        self._problems = problems
        self._columns = columns
        self._ids = Ids()
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def layout(self, header: tuple[str, ...]) -> Layout:
        """Return what the columns are, worked out once per header."""
        if header not in self._layouts:
            self._layouts[header] = layout_of(header, self._columns)
        return self._layouts[header]

    def document(self, line: int, row: Mapping[str, str]) -> ImportedDocument | None:
        """Return the row's document, or None with its problems noted."""
        layout = self.layout(tuple(row))
        before = len(self._problems)
        text = self.text(line, row, layout)
        fields = read_fields(layout.cells(row), lambda _, sentence: self._problems.add(line, sentence))
        if earlier := self._ids.clash(fields.get("id"), line):
            self._problems.add(
                line,
                say("the id “{id}” is also that of line {earlier}; make it unique.", id=fields["id"], earlier=earlier),
            )
        if text is None or len(self._problems) > before:
            return None
        return ImportedDocument(text=text, variables=layout.other(row), name=self._problems.name, line=line, **fields)

    def text(self, line: int, row: Mapping[str, str], layout: Layout) -> str | None:
        """Return the text of a row, or note why it cannot be one."""
        column = layout.fields.get("text")
        if column is None:
            self._problems.add(
                line, say("no key holds the text; the keys are: {keys}. Call the right one “text”.", keys=_keys(row))
            )
            return None
        text = row[column]
        if not text.strip():
            self._problems.add(line, say("the text is empty; fill it in or remove the row."))
        elif flaw := text_flaw(text):
            self._problems.add(line, say("the text cannot be kept: {flaw}.", flaw=flaw))
        else:
            return text
        return None


def _keys(row: Mapping[str, str]) -> str:
    """Return an object's keys as they are listed to people, the first few of many."""
    names = list(row)
    if len(names) > MOST_KEYS:
        return say("{keys} and {more:,} more", keys=", ".join(names[:MOST_KEYS]), more=len(names) - MOST_KEYS)
    return ", ".join(names) or say("none")


def text_flaw(text: str) -> str | None:
    """Say why ``text`` cannot be a document's text, as the end of a sentence; None if it can."""
    if len(text) > MAX_TEXT:
        return say("it holds {count:,} characters; {advice}", count=len(text), advice=SPLIT_IT)
    return flaw_in(text)


def documents_of(
    rows: Iterable[tuple[int, Mapping[str, str]]], problems: Problems, columns: TableColumns | None
) -> Iterator[ImportedDocument]:
    """Yield one document a row, as the rows come."""
    made = Documents(problems, columns)
    for line, row in rows:
        document = made.document(line, row)
        if document is not None:
            yield document
