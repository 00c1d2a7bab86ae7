"""Answers one part of a corpus: bytes in, bytes out, in either kind of file; what is wrong is noted by line."""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from annotator.importing.corpus_lines import Part, read_part
from annotator.importing.problems import FoundProblemsError, Problems
from annotator.services.corpus_answers import Answerer
from annotator.services.corpus_orders import Order
from annotator.services.corpus_sentences import Sentence, flaw_of, sentence_of, taken
from annotator.words import joined, say

Kind = Literal["lines", "parquet"]


@dataclass(frozen=True, slots=True)
class Form:
    """The kind of the file that is read and of the one that is written.

    Of Parquet, ``kept`` is the schema of what is kept of the corpus, ``schema`` that of all that is written.
    """

    source: Kind
    target: Kind
    kept: Any = None
    schema: Any = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a part: its bytes in the output, how far it reaches, and what there is to tell."""

    content: bytes
    rows: int
    empty: int
    end: int
    strangers: Counter[str] = field(default_factory=Counter)
    problems: tuple[str, ...] = ()
    more: int = 0


@dataclass(slots=True)
class _Rows:
    """What is kept of the rows of a part, as objects or as a record batch; their sentences and their numbers."""

    kept: Any
    sentences: list[Sentence]
    numbers: Sequence[int]


def answer_part(answerer: Answerer, form: Form, part: Part, *, only_check: bool = False) -> Answered:
    """Answer the sentences of a part, or only look for what is wrong with it."""
    problems = Problems(answerer.order.name)
    strangers: Counter[str] = Counter()
    read = _read_batch if form.source == "parquet" else _read_objects
    rows = read(part, answerer.order, problems)
    content = b""
    if not len(problems) and not only_check:
        columns = answerer.columns(rows.sentences, strangers)
        write = _as_batch if form.target == "parquet" else _as_lines
        content = write(rows, columns, form, problems)
    told, more = _told(problems)
    empty = sum(sentence.is_empty for sentence in rows.sentences)
    return Answered(content, len(rows.sentences), empty, part.end, strangers, told, more)


def _told(problems: Problems) -> tuple[tuple[str, ...], int]:
    try:
        problems.raise_any()
    except FoundProblemsError as error:
        return tuple(error.problems), error.more
    return (), 0


def _read_objects(part: Part, order: Order, problems: Problems) -> _Rows:
    rows = _Rows([], [], [])
    numbers, added = [], set(order.added)
    for line, row in read_part(part, problems):
        kept = order.columns.keep(row)
        flaw = flaw_of(row, order.columns) or next((taken(name) for name in kept if name in added), None)
        if flaw is not None:
            problems.add(line, flaw)
            continue
        rows.kept.append(kept)
        rows.sentences.append(sentence_of(row, order.columns))
        numbers.append(line)
    rows.numbers = numbers
    return rows


def _read_batch(part: Part, order: Order, problems: Problems) -> _Rows:
    from annotator.importing.parquet import texts_of, unpack

    batch, columns = unpack(part.content), order.columns
    found: dict[str, Sequence[object]] = {columns.text: texts_of(batch, columns.text)}
    if columns.target is not None and columns.target != columns.text:
        found[columns.target] = batch.column(columns.target).to_pylist()
    needed = replace(columns, id=None)
    kept = batch if columns.id is None else batch.select([columns.id])
    rows = _Rows(kept, [], range(part.first, part.first + batch.num_rows))
    for number, values in zip(rows.numbers, zip(*found.values(), strict=True), strict=True):
        row = dict(zip(found, values, strict=True))
        flaw = flaw_of(row, needed)
        if flaw is not None:
            where = say("{file}, row {row:,}", file=problems.name, row=number)
            problems.add_told(joined((where, flaw), ": "))
        else:
            rows.sentences.append(sentence_of(row, needed))
    return rows


def _as_lines(rows: _Rows, columns: Mapping[str, Sequence[Any]], form: Form, problems: Problems) -> bytes:
    kept = rows.kept
    if form.source == "parquet":
        from annotator.importing.parquet import plain_rows

        kept = plain_rows(rows.kept)
    names, end = list(columns), orjson.OPT_APPEND_NEWLINE
    return b"".join(
        orjson.dumps(row | dict(zip(names, values, strict=True)), _as_text, end)
        for row, values in zip(kept, zip(*columns.values(), strict=True), strict=True)
    )


def _as_text(value: object) -> str:
    """Return what JSON has no word for, such as an exact decimal; bytes as base64."""
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _as_batch(rows: _Rows, columns: Mapping[str, Sequence[Any]], form: Form, problems: Problems) -> bytes:
    from annotator.exporting.parquet import MisfitError, added_columns, typed_batch
    from annotator.importing.parquet import pack

    batch = rows.kept
    if form.source == "lines":
        try:
            batch = typed_batch(rows.kept, form.kept)
        except MisfitError as error:
            problems.add(rows.numbers[error.place], _misfit(error.column))
            return b""
    return pack(added_columns(batch, columns, form.schema))


def _misfit(name: str) -> str:
    return say(
        "the value of “{column}” is of another kind than in the first lines, and Parquet has one kind for each column; "
        "make them alike, or write JSON Lines (.jsonl).",
        column=name,
    )
