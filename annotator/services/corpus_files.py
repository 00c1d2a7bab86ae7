"""Opens the corpus and the file of its answers, each JSON Lines or Parquet by its name."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import orjson

from annotator import __version__
from annotator.errors import InvalidInputError
from annotator.importing.corpus_lines import Part, cut_lines, read_part
from annotator.importing.problems import Problems, place
from annotator.learning.classifier import Classifier
from annotator.services.corpus_answers import FROM_OTHERS, label_names
from annotator.services.corpus_orders import Order
from annotator.services.corpus_parts import Form, Kind
from annotator.services.corpus_sentences import missing, taken
from annotator.words import joined, say

SUFFIXES: dict[str, Kind] = {".jsonl": "lines", ".ndjson": "lines", ".parquet": "parquet"}
#: What the answers came from, told in the file of those that are Parquet.
METADATA = "annotator"


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus cut into parts, how long it is (None if nobody knows), and what the answers are to be written as."""

    parts: Generator[Part]
    total: int | None
    form: Form


def kind_by_name(path: Path) -> Kind:
    """Return the kind of file that a name stands for.

    Raises
    ------
    InvalidInputError
        If it stands for none.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise InvalidInputError(
            say("{file}: the name must end in .jsonl (JSON Lines) or .parquet (Parquet).", file=path.name)
        )
    return kind


def open_source(
    path: Path, order: Order, classifiers: Sequence[Classifier], problems: Problems, *, target: Kind, rows: int
) -> Source:
    """Open a corpus and look whether its columns are there; its parts are to be closed.

    Raises
    ------
    InvalidInputError
        If it cannot be read, is empty, or lacks a column.
    """
    if kind_by_name(path) == "parquet":
        return _open_parquet(path, order, classifiers, target=target, rows=rows)
    parts = _readable(path, cut_lines(path, problems, rows=rows))
    first = next(parts, None)
    if first is None:
        empty = say("the file is empty; it needs one JSON object a line.")
        raise InvalidInputError(joined((place(order.name, 1), empty), ": "))
    # What is damaged here is told when the part is answered.
    read = list(read_part(first, Problems(order.name)))
    for line, row in read[:1]:
        _refuse_columns(order, list(row), where=place(order.name, line))
    form = Form("lines", target)
    if target == "parquet":
        from annotator.exporting.parquet import inferred_schema

        form = _with_schemas(form, inferred_schema([order.columns.keep(row) for _, row in read]), order, classifiers)
    return Source(_again(first, parts), path.stat().st_size if path.is_file() else None, form)


def _readable(path: Path, parts: Iterator[Part]) -> Generator[Part]:
    try:
        yield from parts
    except OSError as error:
        raise InvalidInputError(
            say("{file} cannot be read ({reason}).", file=path, reason=error.strerror or error)
        ) from error


def _again(first: Part, rest: Iterator[Part]) -> Generator[Part]:
    yield first
    yield from rest


def _refuse_columns(order: Order, have: Sequence[str], *, where: str) -> None:
    """Raise InvalidInputError if a column that was named is not among these, or an answer would overwrite one."""
    flaws = [missing(name, have) for name in order.columns.named if name not in have]
    kept = have if order.columns.id is None else [order.columns.id]
    flaws += [taken(name) for name in kept if name in order.added]
    if flaws:
        raise InvalidInputError(*(joined((where, flaw), ": ") for flaw in flaws))


def _open_parquet(path: Path, order: Order, classifiers: Sequence[Classifier], *, target: Kind, rows: int) -> Source:
    from annotator.importing.parquet import ParquetCorpus

    corpus = ParquetCorpus(path, order.name)
    _refuse_columns(order, corpus.schema.names, where=order.name)
    _refuse_schema(order, corpus.schema)
    kept, form = corpus.schema, Form("parquet", target)
    if order.columns.id is not None:
        kept = kept.empty_table().select([order.columns.id]).schema
    if target == "parquet":
        form = _with_schemas(form, kept, order, classifiers)
    wanted = None if order.columns.id is None else order.columns.named
    return Source(_readable(path, corpus.cut(wanted, rows=rows)), corpus.rows, form)


def _refuse_schema(order: Order, schema: Any) -> None:
    """Raise InvalidInputError if the columns of a table are not what they have to be."""
    from annotator.importing.parquet import is_text

    file, column = order.name, order.columns.text
    twice = next((name for name in schema.names if schema.names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInputError(say("{file}: two columns are called “{column}”; rename one.", file=file, column=twice))
    if not is_text(schema.field(column).type):
        raise InvalidInputError(say("{file}: the column “{column}” holds no texts.", file=file, column=column))


def _with_schemas(form: Form, kept: Any, order: Order, classifiers: Sequence[Classifier]) -> Form:
    """Return the form with the columns of Parquet: what is kept and the answers' own."""
    from annotator.exporting.parquet import added_schema

    told = {METADATA: orjson.dumps({"version": __version__, "questions": order.described()}).decode()}
    return replace(form, kept=kept, schema=added_schema(kept, _types(order, classifiers), told))


def _types(order: Order, classifiers: Sequence[Classifier]) -> dict[str, Any]:
    from annotator.exporting.parquet import FLAG, NUMBER, SHARE, TEXT, TEXTS, record_type, shares_type

    types: dict[str, Any] = {}
    for asked, classifier in zip(order.asked, classifiers, strict=True):
        shares = shares_type(label_names(asked, classifier.labels))
        told = {"target": TEXT, "label": TEXT, "probability": SHARE, "probabilities": shares}
        stance = record_type(told if classifier.mentioned is None else told | {FROM_OTHERS: FLAG})
        by_kind = {"stance": [stance], "choices": [TEXTS, shares]}
        kinds = [*by_kind.get(asked.kind, [TEXT, SHARE, shares]), NUMBER]
        types |= dict(zip(asked.columns, kinds, strict=True))
    return types


@contextmanager
def writing(form: Form, stream: IO[bytes]) -> Iterator[Callable[[bytes], object]]:
    """Give what writes the contents of parts to a stream, one after the other."""
    if form.target == "lines":
        yield stream.write
        return
    from annotator.exporting.parquet import ParquetWriter
    from annotator.importing.parquet import unpack

    writer = ParquetWriter(stream, form.schema)
    try:
        yield lambda content: writer.write(unpack(content))
        writer.close()
    except BaseException:
        writer.abandon()
        raise
