import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import ConflictError
from annotator.exporting.table import write_csv, write_csv_file

STRINGS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
AWKWARD = st.lists(
    st.sampled_from(["👩‍👩‍👧", "שלום", "\u202e", '"', ",", ";", "\n", "\r", "\r\n", "\t", " ", "'", "=1", "-1", "@"])
).map("".join)
CELLS = st.one_of(STRINGS, AWKWARD)
ROWS = st.lists(st.fixed_dictionaries({"unit": CELLS, "text": CELLS, "comment": CELLS}))


def written(rows, columns, **options):
    stream = io.BytesIO()
    write_csv(stream, rows, columns=columns, **options)
    return stream.getvalue()


def read_back(content, encoding="utf-8"):
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline=""), strict=True))


@given(ROWS)
def test_exact_table_reads_back_as_it_was(rows):
    assert read_back(written(rows, ("unit", "text", "comment"))) == rows


@given(st.lists(CELLS))
def test_exact_table_of_one_column_loses_no_empty_cell(cells):
    rows = [{"a": cell} for cell in cells]
    assert read_back(written(rows, ("a",))) == rows


@given(ROWS)
def test_safe_table_has_no_cell_a_spreadsheet_would_run(rows):
    content = written(rows, ("unit", "text", "comment"), spreadsheet_safe=True)
    assert content.startswith(b"\xef\xbb\xbf")
    for row, given_row in zip(read_back(content, "utf-8-sig"), rows, strict=True):
        for name, cell in row.items():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert cell in (given_row[name], f"'{given_row[name]}")


@pytest.mark.parametrize("safe", [False, True])
def test_negative_codes_survive_as_numbers(safe):
    rows = [{"code": -1, "share": -0.1, "flag": True, "none": None}]
    content = written(rows, ("code", "share", "flag", "none"), spreadsheet_safe=safe)
    assert content.removeprefix(b"\xef\xbb\xbf") == b"code,share,flag,none\r\n-1,-0.1,true,\r\n"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_exactly(number):
    (row,) = read_back(written([{"p": number}], ("p",)))
    assert float(row["p"]) == number


def test_text_that_looks_like_a_number_is_exact_only_in_the_exact_table():
    assert b"\r\n-1\r\n" in written([{"a": "-1"}], ("a",))
    assert b"\r\n'-1\r\n" in written([{"a": "-1"}], ("a",), spreadsheet_safe=True)


def test_file_appears_whole_and_is_not_overwritten(tmp_path):
    path = tmp_path / "out" / "table.csv"
    assert write_csv_file(path, [{"a": "1"}], columns=("a",)) == 1
    with pytest.raises(ConflictError, match=r"table\.csv: this exists already"):
        write_csv_file(path, [], columns=("a",))
    assert path.read_bytes() == b"a\r\n1\r\n"
    write_csv_file(path, [], columns=("a",), replace=True)
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]
    assert path.read_bytes() == b"a\r\n"


def test_nothing_is_left_when_the_rows_break_off(tmp_path):
    def rows():
        yield {"a": "1"}
        raise KeyError("gone")

    with pytest.raises(KeyError):
        write_csv_file(tmp_path / "table.csv", rows(), columns=("a",))
    assert list(tmp_path.iterdir()) == []
