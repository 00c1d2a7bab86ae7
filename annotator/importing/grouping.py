"""Gathers ready-made units, whose lines may lie scattered, into documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.importing.documents import text_flaw
from annotator.importing.problems import Problems
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.words import say

LabelKey = tuple[str | None, str, str | None]


@dataclass(slots=True, kw_only=True)
class UnitRow:
    """What one line says about one unit and its document."""

    line: int
    id: str | None = None
    document: str | None = None
    text: str | None = None
    labels: tuple[ImportedLabel, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None


@dataclass(slots=True)
class _Unit:
    id: str | None
    text: str | None
    line: int
    labels: dict[LabelKey, ImportedLabel] = field(default_factory=dict)


@dataclass(slots=True)
class _Document:
    line: int
    id: str | None
    fields: dict[str, Any]
    variables: dict[str, str]
    split: str | None
    units: list[_Unit] = field(default_factory=list)


class Grouping:
    """Documents in the order in which they were first named, units in the order of their first lines.

    Of several rows of a unit, annotator, question and target the later counts. A variable on which the rows
    of a document disagree says something about the row, not about the document, and is left out. A unit
    that comes again with another document stays in its first.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._documents: dict[object, _Document] = {}
        self._units: dict[str, tuple[_Document, _Unit]] = {}

    def add(self, row: UnitRow) -> None:
        """Take in one line."""
        known = self._units.get(row.id) if row.id is not None else None
        unit = self._again(*known, row) if known else self._new(row)
        unit.labels.update({(label.annotator, label.question, label.target): label for label in row.labels})

    def _again(self, document: _Document, unit: _Unit, row: UnitRow) -> _Unit:
        """Take in a further row of a unit, noting where its text contradicts an earlier one."""
        if row.document in (None, document.id):
            self._merge(document, row)
        if unit.text is None:
            unit.text = row.text
        elif row.text is not None and row.text != unit.text:
            self._tell(
                row.line,
                say(
                    "the unit “{unit}” has another text in line {line}; make its id unique, or the texts equal.",
                    unit=row.id,
                    line=unit.line,
                ),
            )
        return unit

    def _new(self, row: UnitRow) -> _Unit:
        name = row.document or row.id
        key = row.line if name is None else name
        if key in self._documents:
            self._merge(self._documents[key], row)
        else:
            self._documents[key] = _Document(row.line, name, dict(row.fields), dict(row.variables), row.split)
        unit = _Unit(row.id, row.text, row.line)
        self._documents[key].units.append(unit)
        if row.id is not None:
            self._units[row.id] = self._documents[key], unit
        return unit

    def _merge(self, document: _Document, row: UnitRow) -> None:
        for name, value in row.fields.items():
            document.fields.setdefault(name, value)
        for name in [name for name, value in document.variables.items() if row.variables.get(name) != value]:
            del document.variables[name]
        if row.split != document.split:
            self._tell(
                row.line,
                say(
                    "the document “{document}” is in the split “{split}” here and in “{other}” in line "
                    "{line}; keep a document's units in one split.",
                    document=document.id,
                    split=row.split or "",
                    other=document.split or "",
                    line=document.line,
                ),
            )

    def _tell(self, line: int, sentence: str) -> None:
        self._problems.add(line, sentence)

    def documents(self) -> Iterator[ImportedDocument]:
        """Yield the documents gathered; their texts are the units' texts, one a line."""
        for document in self._documents.values():
            made = self._finish(document)
            if made is not None:
                yield made

    def _finish(self, document: _Document) -> ImportedDocument | None:
        units, texts, position = [], [], 0
        for unit in document.units:
            start = end = None
            if unit.text is not None:
                start, end = position, position + len(unit.text)
                position = end + 1
                texts.append(unit.text)
            labels = tuple(unit.labels.values())
            units.append(ImportedUnit(id=unit.id, start=start, end=end, text=unit.text, line=unit.line, labels=labels))
        text = "\n".join(texts)
        if flaw := text_flaw(text):
            self._tell(
                document.line, say("the text of the document that begins here cannot be kept: {flaw}.", flaw=flaw)
            )
            return None
        variables = {**document.variables, **({"split": document.split} if document.split else {})}
        return ImportedDocument(
            id=document.id, text=text, variables=variables, name=self._problems.name, line=document.line,
            units=tuple(units), **document.fields,
        )  # fmt: skip
