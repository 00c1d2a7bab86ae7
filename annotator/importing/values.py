"""What a reader hands over: documents, ready-made units and their labels as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DatePrecision = Literal["day", "month", "year"]
DocumentKind = Literal["transcript", "article"]

#: Characters a document may have; longer ones are refused before they fill the memory.
MAX_TEXT = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLabel:
    """The labels one annotator gave a unit for one question (and one target)."""

    annotator: str | None = None
    question: str
    labels: tuple[str, ...]
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedUnit:
    """A unit that came ready-made; where it has a text, that is ``document.text[start:end]``."""

    id: str | None = None
    start: int | None = None
    end: int | None = None
    text: str | None = None
    line: int
    labels: tuple[ImportedLabel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedDocument:
    """A document as a file gives it; ``units`` is None where the application has to split the text.

    ``original`` is there only where one file is one document. ``line`` is where the document begins in
    the file ``name``, and ``date`` is ISO 8601, as long as ``date_precision`` says.
    """

    id: str | None = None
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    url: str | None = None
    date: str | None = None
    date_precision: DatePrecision | None = None
    language: str | None = None
    kind: DocumentKind | None = None
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)
    original: bytes | None = None
    name: str
    line: int | None = None
    units: tuple[ImportedUnit, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumns:
    """Which columns of a table are what; all but ``question`` are names of columns.

    The labels of all ``labels`` columns of a row answer ``question``; without it each column answers the
    question that ``questions`` names in its place, or the one of its own name. ``ready_made=False`` says that a row
    is a document still to be split, and only ``text`` and ``id`` are used.
    """

    text: str | None = None
    id: str | None = None
    target: str | None = None
    labels: tuple[str, ...] = ()
    question: str | None = None
    questions: tuple[str, ...] = ()
    annotator: str | None = None
    document: str | None = None
    split: str | None = None
    ready_made: bool = True

    def by_question(self) -> dict[str, tuple[str, ...]]:
        """Return which columns of labels answer which question."""
        if self.question is not None:
            return {self.question: self.labels}
        found: dict[str, tuple[str, ...]] = {}
        for question, column in zip(self.questions or self.labels, self.labels, strict=True):
            found[question] = (*found.get(question, ()), column)
        return found

    def named(self) -> tuple[str, ...]:
        """Return the names of columns that were given, without repeats."""
        single = (self.text, self.id, self.target, self.annotator, self.document, self.split)
        return tuple(dict.fromkeys(name for name in (*single, *self.labels) if name is not None))
