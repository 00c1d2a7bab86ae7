import os

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from annotator.errors import InvalidInputError
from annotator.importing.parquet import ParquetCorpus, is_text, pack, texts_of, unpack

TABLE = pa.table({"id": [1, 2, 3], "text": ["a", None, "😀"], "with.dot": [{"x": [1]}, None, {"x": []}]})


def test_parts_hold_the_rows_in_their_order(tmp_path):
    pq.write_table(TABLE, tmp_path / "c.parquet")
    corpus = ParquetCorpus(tmp_path / "c.parquet", "c.parquet")
    parts = list(corpus.cut(None, rows=2))
    assert [(part.first, part.end) for part in parts] == [(1, 2), (3, 3)]
    assert pa.Table.from_batches([unpack(part.content) for part in parts]).equals(TABLE)
    assert corpus.rows == 3


def test_only_the_columns_that_are_needed_are_read(tmp_path):
    pq.write_table(TABLE, tmp_path / "c.parquet")
    (part,) = ParquetCorpus(tmp_path / "c.parquet", "c.parquet").cut(["text"])
    assert unpack(part.content).schema.names == ["text"]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_texts_are_texts_however_they_are_stored(kind):
    batch = pa.RecordBatch.from_pydict({"t": pa.array(["a", None, "b", "a"]).cast(kind)})
    assert is_text(kind)
    assert texts_of(unpack(pack(batch)), "t") == ["a", None, "b", "a"]


def test_what_is_not_utf8_is_read_with_replacements():
    wrong = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff"))
    assert texts_of(pa.RecordBatch.from_arrays([wrong], ["t"]), "t") == ["a\ufffd"]


@pytest.mark.parametrize("keep", [0, 3, 40])
def test_a_damaged_file_is_named(tmp_path, keep):
    pq.write_table(TABLE, tmp_path / "c.parquet")
    content = (tmp_path / "c.parquet").read_bytes()
    (tmp_path / "c.parquet").write_bytes(content[:keep])
    with pytest.raises(InvalidInputError, match=r"^c\.parquet: this is no Parquet file, or a damaged one"):
        ParquetCorpus(tmp_path / "c.parquet", "c.parquet")


def test_damage_in_the_middle_is_named_when_it_is_met(tmp_path):
    pq.write_table(TABLE, tmp_path / "c.parquet", compression="zstd")
    content = bytearray((tmp_path / "c.parquet").read_bytes())
    content[4:60] = b"\xff" * 56
    (tmp_path / "c.parquet").write_bytes(content)
    corpus = ParquetCorpus(tmp_path / "c.parquet", "c.parquet")
    with pytest.raises(InvalidInputError, match="damaged"):
        list(corpus.cut(None))


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "c.parquet")
    with pytest.raises(InvalidInputError, match="it has to be a file; use JSON Lines here"):
        ParquetCorpus(tmp_path / "c.parquet", "c.parquet")
