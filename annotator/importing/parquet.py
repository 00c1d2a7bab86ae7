"""Reads a corpus as Parquet, batch by batch; the only reader that needs PyArrow, which is imported with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from annotator.errors import InvalidInputError
from annotator.importing.corpus_lines import PART_ROWS, Part
from annotator.words import say

#: Read in pieces of this size: a row group may be as large as the file.
BUFFER_BYTES = 1 << 20


class ParquetCorpus:
    """A Parquet file that is open for reading.

    Raises
    ------
    InvalidInputError
        If it is a pipe, which cannot be read from its end, or not a Parquet file.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        if not path.is_file():
            raise InvalidInputError(
                say("{file}: Parquet is read from its end, so it has to be a file; use JSON Lines here.", file=name)
            )
        with _damage_named(name):
            self._file = pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False)
            self.schema: pa.Schema = self._file.schema_arrow
            self.rows: int = self._file.metadata.num_rows

    def cut(self, columns: Sequence[str] | None, *, rows: int = PART_ROWS) -> Iterator[Part]:
        """Yield the rows of these columns (all with None) in parts, each a record batch in Arrow's own format."""
        done = 0
        batches = self._file.iter_batches(batch_size=rows, columns=columns)
        try:
            while True:
                with _damage_named(self._name):
                    batch = next(batches, None)
                if batch is None:
                    return
                done += batch.num_rows
                yield Part(done - batch.num_rows + 1, pack(batch), done)
        finally:
            self._file.close(force=True)


def pack(batch: pa.RecordBatch) -> bytes:
    """Return a record batch as bytes that know their columns."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def unpack(content: bytes) -> pa.RecordBatch:
    """Return the record batch of `pack`."""
    with pa.ipc.open_stream(content) as reader:
        return reader.read_next_batch()


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column holds texts, maybe each distinct one once."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def texts_of(batch: pa.RecordBatch, column: str) -> list[str | None]:
    """Return the texts of a column; what is not UTF-8 in it comes with replacement characters."""
    values = batch.column(column)
    try:
        found: list[str | None] = values.to_pylist()
    except UnicodeDecodeError:
        raw = values.cast(pa.string()).cast(pa.binary()).to_pylist()
        found = [None if text is None else text.decode(errors="replace") for text in raw]
    return found


def plain_rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return a batch as objects; of times, what is finer than Python's microseconds is left out."""
    columns = [
        column.cast(pa.timestamp("us", column.type.tz), safe=False) if pa.types.is_timestamp(column.type) else column
        for column in batch.columns
    ]
    rows: list[dict[str, Any]] = pa.RecordBatch.from_arrays(columns, batch.schema.names).to_pylist()
    return rows


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    """Turn what PyArrow says of a damaged file into a sentence."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(
            say("{file}: this is no Parquet file, or a damaged one; write it again.", file=name)
        ) from error
