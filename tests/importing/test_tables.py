import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.importing.reading import read_documents
from annotator.importing.tables import sniff_delimiter
from annotator.importing.values import TableColumns

EVERYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
#: Emoji with joiners, right-to-left text and marks, quotes, separators and line ends.
AWKWARD = st.lists(
    st.sampled_from(["👩‍👩‍👧", "שלום", "\u202e", '"', '""', ",", ";", "\t", "\n", "\r\n", "é", "x", "=1"])
)
TEXTS = st.one_of(EVERYTHING, AWKWARD.map("".join)).filter(str.strip)


def write(path, rows, **options):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, **options).writerows(rows)


@given(rows=st.lists(st.tuples(TEXTS, EVERYTHING), min_size=1), delimiter=st.sampled_from(",;\t"))
def test_written_texts_and_variables_are_read_back(tmp_path_factory, rows, delimiter):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write(path, [("text", "topic"), *rows], delimiter=delimiter)
    documents = list(read_documents(path))
    assert [(document.text, document.variables.get("topic", "")) for document in documents] == rows


def test_aliases_are_fields_and_other_columns_variables_in_order(tmp_path):
    path = tmp_path / "a.csv"
    header = ("zeta", "Headline", "Body", "source", "byline", "date", "url", "language", "kind", "alpha", "id")
    row = ("z", "T", "One.\nTwo.", "NPR", "Ada", "5 Aug 2022", "https://x.org/1", "en-US", "Transcript", "a", "n1")
    write(path, [header, row])
    (document,) = read_documents(path)
    assert (document.id, document.title, document.text, document.outlet) == ("n1", "T", "One.\nTwo.", "NPR")
    assert (document.author, document.date, document.date_precision) == ("Ada", "2022-08-05", "day")
    assert (document.url, document.language, document.kind) == ("https://x.org/1", "en-US", "transcript")
    assert list(document.variables.items()) == [("zeta", "z"), ("alpha", "a")]
    assert (document.line, document.original, document.units) == (2, None, None)


def test_line_is_where_a_row_of_several_lines_begins(tmp_path):
    path = tmp_path / "a.csv"
    write(path, [("text",), ("a\nb\nc",), ("d",)])
    assert [document.line for document in read_documents(path)] == [2, 5]


def test_byte_order_mark_and_empty_rows_of_spreadsheets_are_passed_over(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbftext;title\r\na;b\r\n;\r\n\r\nc;d\r\n")
    assert [(document.line, document.text) for document in read_documents(path)] == [(2, "a"), (5, "c")]


def test_nameless_column_is_called_by_its_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",text\n0,a\n")
    (document,) = read_documents(path)
    assert document.variables == {"column 1": "0"}


def test_delimiter_inside_quotes_does_not_count():
    assert sniff_delimiter('"a;b;c;d",text\n') == ","
    assert sniff_delimiter("text\n") == ","


def test_text_column_can_be_named_for_documents(tmp_path):
    path = tmp_path / "a.csv"
    write(path, [("content", "story"), ("short", "The long one.")])
    (document,) = read_documents(path, columns=TableColumns(text="story", ready_made=False))
    assert (document.text, document.units, document.variables) == ("The long one.", None, {"content": "short"})


def test_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    path = tmp_path / "a.csv"
    write(path, [("text", "label"), ("a", "b")])
    with pytest.raises(InvalidInputError, match=r"line 1: there is no column “frame”; the columns are: text, label\."):
        list(read_documents(path, columns=TableColumns(text="text", labels=("frame",))))
