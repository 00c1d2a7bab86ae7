"""Writes tables as Parquet; the only writer that needs PyArrow, which is imported with it."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from typing import IO, Any

import orjson
import pyarrow as pa
from pyarrow import parquet as pq

#: Rows that are written as one group, unless they are large: readers want large groups, memory small ones.
GROUP_ROWS = 50_000
GROUP_BYTES = 32 << 20

TEXT, TEXTS, NUMBER, SHARE, FLAG = pa.string(), pa.list_(pa.string()), pa.int64(), pa.float64(), pa.bool_()


class ParquetWriter:
    """Writes record batches, gathered into row groups whose borders depend on nothing but the rows."""

    def __init__(self, stream: IO[bytes], schema: pa.Schema) -> None:
        self._file = pq.ParquetWriter(stream, schema, compression="zstd")
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Take a batch; what has been gathered is written once it is a group."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        if self._waiting:
            self._write_group()
        self._file.close()

    def abandon(self) -> None:
        """Let go of a file that will not be finished, whatever its stream says."""
        with suppress(OSError, ValueError):
            self._file.close()
        self._file.is_open = False

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._waiting, schema=self._schema)
        self._file.write_table(table, row_group_size=max(self._rows, 1))
        self._waiting = []
        self._rows = self._bytes = 0


def shares_type(names: Sequence[str]) -> pa.DataType:
    """Return the type of numbers by name."""
    return pa.struct([(name, pa.float64()) for name in names])


def record_type(fields: Mapping[str, pa.DataType]) -> pa.DataType:
    """Return the type of lists of records."""
    return pa.list_(pa.struct(list(fields.items())))


def added_schema(schema: pa.Schema, fields: Mapping[str, pa.DataType], metadata: Mapping[str, str]) -> pa.Schema:
    """Return a schema with more columns and more of what is told about the table."""
    for name, kind in fields.items():
        schema = schema.append(pa.field(name, kind))
    told: dict[Any, Any] = dict(schema.metadata or {})
    return schema.with_metadata(told | {key.encode(): value.encode() for key, value in metadata.items()})


def added_columns(batch: pa.RecordBatch, columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with more columns, as ``schema`` says."""
    arrays = [pa.array(values, schema.field(name).type) for name, values in columns.items()]
    return pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=schema)


def inferred_schema(rows: Sequence[Mapping[str, Any]]) -> pa.Schema:
    """Return the columns of rows that came without types: numbers, true or false, and text for all else."""
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, set()).update(() if value is None else (type(value),))
    return pa.schema([(name, _inferred_type(found)) for name, found in kinds.items()])


def _inferred_type(kinds: Set[type]) -> pa.DataType:
    if kinds == {int}:
        return pa.int64()
    if kinds and kinds <= {int, float}:
        return pa.float64()
    return pa.bool_() if kinds == {bool} else pa.string()


class MisfitError(ValueError):
    """A value that its column cannot hold: the row's place among those given, and the column."""

    def __init__(self, place: int, column: str) -> None:
        super().__init__(place, column)
        self.place = place
        self.column = column


def typed_batch(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Return rows that came without types as a batch; in a column of text, what is none is written as JSON.

    Raises
    ------
    MisfitError
        If a value is not of its column's type, or no column has its name.
    """
    names = set(schema.names)
    for place, row in enumerate(rows):
        for name in row.keys() - names:
            raise MisfitError(place, name)
    arrays = [_typed_array(field, [row.get(field.name) for row in rows]) for field in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


#: PyArrow itself would cut a fraction off to make a whole number, and round a whole number to make a fraction.
_FITS: dict[pa.DataType, Callable[[Any], bool]] = {
    pa.int64(): lambda value: type(value) is int and -(2**63) <= value < 2**63,
    pa.float64(): lambda value: type(value) is float or (type(value) is int and abs(value) <= 2**53),
    pa.bool_(): lambda value: type(value) is bool,
}


def _typed_array(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    if field.type == pa.string():
        told = [value if value is None or isinstance(value, str) else orjson.dumps(value).decode() for value in values]
        return pa.array(told, pa.string())
    fits = _FITS[field.type]
    for place, value in enumerate(values):
        if value is not None and not fits(value):
            raise MisfitError(place, field.name)
    return pa.array(values, field.type)
