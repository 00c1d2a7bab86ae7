"""Finds the sentence in a row of a corpus, and says what keeps a row from being answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.importing.strict_json import kind_of
from annotator.services.corpus_orders import Columns
from annotator.words import say

Row = Mapping[str, object]

#: A longer text is no sentence; it would take memory and time that nobody reckons with.
MOST_CHARACTERS = 100_000
COLUMNS_NAMED = 12


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a corpus: its text, None or empty if there is none, and the targets it was given, if any were."""

    text: str | None
    targets: tuple[str, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be answered."""
        return not (self.text or "").strip()


def sentence_of(row: Row, columns: Columns) -> Sentence:
    """Return the sentence of a row that has no flaw."""
    text = row[columns.text]
    given = None if columns.target is None else tuple(filter(None, map(_stripped, _listed(row[columns.target]))))
    return Sentence(text if isinstance(text, str) else None, given)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _stripped(name: object) -> str:
    return name.strip() if isinstance(name, str) else ""


def flaw_of(row: Row, columns: Columns) -> str | None:
    """Say what keeps a row from being answered, as the end of a sentence; None if nothing does."""
    for name in columns.named:
        if name not in row:
            return missing(name, list(row))
    text = row[columns.text]
    if isinstance(text, str):
        if len(text) > MOST_CHARACTERS:
            return _too_long(len(text))
    elif text is not None:
        return say("“{column}” must be a text, but is {kind}.", column=columns.text, kind=kind_of(text))
    if columns.target and not all(one is None or isinstance(one, str) for one in _listed(row[columns.target])):
        return say("“{column}” must be a target's name or a list of names.", column=columns.target)
    return None


def missing(name: str, have: Sequence[str]) -> str:
    """Say that a column is not there, and which are."""
    columns = ", ".join(have[:COLUMNS_NAMED])
    return say("there is no column “{column}”; there is: {columns}.", column=name, columns=columns)


def taken(name: str) -> str:
    """Say that an answer has no place."""
    return say(
        "there is a column “{column}” already, where an answer should go; rename it, or keep an id alone "
        "(--id-column).",
        column=name,
    )


def _too_long(length: int) -> str:
    return say(
        "the text holds {length:,} characters; a sentence has at most {most:,}: split it.",
        length=length,
        most=MOST_CHARACTERS,
    )
