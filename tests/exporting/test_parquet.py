import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from annotator.exporting import parquet
from annotator.exporting.parquet import (
    MisfitError,
    ParquetWriter,
    added_columns,
    added_schema,
    inferred_schema,
    typed_batch,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = {
    "text": TEXT,
    "whole": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False),
    "switch": st.booleans(),
}
ROWS = st.lists(
    st.fixed_dictionaries({"id": TEXT}, optional={name: st.none() | kind for name, kind in VALUES.items()}), min_size=1
)


def write(schema, batches):
    stream = io.BytesIO()
    writer = ParquetWriter(stream, schema)
    for batch in batches:
        writer.write(batch)
    writer.close()
    return stream.getvalue()


@given(ROWS)
def test_rows_without_types_are_read_back_as_they_were(rows):
    schema = inferred_schema(rows)
    content = write(schema, [typed_batch(rows, schema)])
    read = pq.read_table(io.BytesIO(content)).to_pylist()
    assert read == [{name: row.get(name) for name in schema.names} for row in rows]


def test_what_has_no_one_type_becomes_json():
    rows = [{"a": [1, {"b": None}], "c": "x"}, {"a": None, "c": 5}]
    assert typed_batch(rows, inferred_schema(rows)).to_pylist() == [
        {"a": '[1,{"b":null}]', "c": "x"},
        {"a": None, "c": "5"},
    ]


@pytest.mark.parametrize(
    ("first", "later"),
    [(1, 1.5), (1, True), (1, 2**63), (1, "x"), (True, 1), (0.5, 2**53 + 1), (0.5, "x")],
)
def test_a_value_that_does_not_fit_is_named_and_never_changed(first, later):
    with pytest.raises(MisfitError) as misfit:
        typed_batch([{"a": first}, {"a": later}], inferred_schema([{"a": first}]))
    assert (misfit.value.place, misfit.value.column) == (1, "a")


def test_a_column_that_comes_late_is_named():
    with pytest.raises(MisfitError) as misfit:
        typed_batch([{"a": 1}, {"b": 1}], inferred_schema([{"a": 1}]))
    assert (misfit.value.place, misfit.value.column) == (1, "b")


def test_row_groups_do_not_depend_on_how_the_rows_came(monkeypatch):
    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    schema = pa.schema([("n", pa.int64())])
    batches = [pa.RecordBatch.from_pydict({"n": [n] * 5}, schema) for n in range(5)]
    content = write(schema, batches)
    groups = pq.ParquetFile(io.BytesIO(content)).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [10, 10, 5]


def test_columns_and_what_is_told_are_added_to_what_was_there():
    batch = pa.RecordBatch.from_pydict({"a": [1, 2]}).replace_schema_metadata({"old": "1"})
    schema = added_schema(batch.schema, {"b": parquet.shares_type(["x", "y"])}, {"new": "2"})
    both = added_columns(batch, {"b": [{"x": 0.25, "y": None}, None]}, schema)
    assert both.to_pylist() == [{"a": 1, "b": {"x": 0.25, "y": None}}, {"a": 2, "b": None}]
    assert schema.metadata == {b"old": b"1", b"new": b"2"}


def test_a_file_that_will_not_be_finished_is_let_go():
    stream = io.BytesIO()
    writer = ParquetWriter(stream, pa.schema([("n", pa.int64())]))
    stream.close()
    writer.abandon()
