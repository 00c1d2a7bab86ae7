import csv
from pathlib import Path

import pytest

from annotator.errors import InvalidInputError
from annotator.importing.reading import read_documents
from annotator.importing.values import ImportedLabel, TableColumns

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the data for measuring are not here")


def read(tmp_path, *rows, **columns):
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return list(read_documents(path, columns=TableColumns(**columns)))


def test_row_without_ids_is_a_document_of_one_unit(tmp_path):
    first, second = read(tmp_path, ("s", "x"), ("One.", "1"), ("Two.", "2"), text="s")
    assert (first.text, first.variables, first.id) == ("One.", {"x": "1"}, None)
    (unit,) = second.units
    assert (unit.start, unit.end, unit.text, unit.line, unit.id) == (0, 4, "Two.", 3, None)


def test_scattered_rows_of_a_document_come_together(tmp_path):
    rows = (("d1", "a", "One."), ("d2", "b", "Else."), ("d1", "c", "Two 👩‍👧."))
    first, second = read(tmp_path, ("d", "i", "s"), *rows, text="s", id="i", document="d")
    assert (first.id, first.text) == ("d1", "One.\nTwo 👩‍👧.")
    assert [first.text[unit.start : unit.end] for unit in first.units] == ["One.", "Two 👩‍👧."]
    assert [unit.line for unit in first.units] == [2, 4]
    assert second.id == "d2"


def test_later_row_of_unit_and_annotator_counts(tmp_path):
    rows = (("u", "ann", "biased"), ("u", "ben", "biased"), ("u", "ann", "fair"))
    (document,) = read(tmp_path, ("i", "who", "label"), *rows, id="i", annotator="who", labels=("label",))
    assert document.units[0].labels == (
        ImportedLabel(annotator="ann", question="label", labels=("fair",)),
        ImportedLabel(annotator="ben", question="label", labels=("biased",)),
    )
    assert (document.id, document.text, document.units[0].text, document.units[0].start) == ("u", "", None, None)


def test_targets_of_one_unit_are_kept_apart(tmp_path):
    rows = (("u", "T.", "Putin", "against"), ("u", "T.", "Erdogan", "favor"))
    (document,) = read(
        tmp_path, ("i", "s", "t", "l"), *rows, id="i", text="s", target="t", labels=("l",), question="stance"
    )
    (unit,) = document.units
    assert [(label.question, label.target, label.labels) for label in unit.labels] == [
        ("stance", "Putin", ("against",)),
        ("stance", "Erdogan", ("favor",)),
    ]


def test_several_label_columns_and_a_bar_answer_one_question(tmp_path):
    rows = (("One.", "economic|moral", "moral"), ("Two.", "", ""))
    first, second = read(tmp_path, ("s", "f1", "f2"), *rows, text="s", labels=("f1", "f2"), question="frames")
    assert first.units[0].labels == (ImportedLabel(question="frames", labels=("economic", "moral")),)
    assert second.units[0].labels == ()


def test_split_is_kept_as_a_variable(tmp_path):
    (document,) = read(tmp_path, ("s", "part"), ("One.", "test"), text="s", split="part")
    assert document.variables == {"split": "test"}


def test_variable_that_differs_within_a_document_is_left_out(tmp_path):
    rows = (("d", "One.", "news", "1"), ("d", "Two.", "news", "2"))
    (document,) = read(tmp_path, ("d", "s", "topic", "row"), *rows, text="s", document="d")
    assert document.variables == {"topic": "news"}


def test_column_that_only_looks_like_a_date_stays_a_variable(tmp_path):
    (document,) = read(tmp_path, ("s", "date", "outlet"), ("One.", "9/10/16", "NPR"), text="s")
    assert (document.date, document.outlet, document.variables) == (None, "NPR", {"date": "9/10/16"})


def test_unit_that_comes_again_with_another_document_stays_in_its_first(tmp_path):
    rows = (("u", "One.", "d1", "a"), ("u", "One.", "d2", "b"))
    (document,) = read(tmp_path, ("i", "s", "d", "l"), *rows, text="s", id="i", document="d", labels=("l",))
    assert (document.id, document.units[0].labels[0].labels) == ("d1", ("b",))


@pytest.mark.parametrize(
    ("rows", "columns", "sentence"),
    [
        ((("u", "One."), ("u", "Two.")), {"id": "a", "text": "b"}, "line 3: the unit “u” has another text in line 2"),
        ((("", " "),), {"id": "a", "text": "b"}, "the table has a header but no rows|neither a text nor an id"),
        ((("x", ""),), {"text": "b"}, "line 2: the row has neither a text nor an id"),
    ],
)
def test_contradicting_rows_are_refused(tmp_path, rows, columns, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        read(tmp_path, ("a", "b"), *rows, **columns)


def test_split_that_divides_a_document_is_refused(tmp_path):
    rows = (("d", "One.", "train"), ("d", "Two.", "test"))
    with pytest.raises(InvalidInputError, match=r"a\.csv, line 3: the document “d” is in the split “test” here"):
        read(tmp_path, ("d", "s", "p"), *rows, document="d", text="s", split="p")


@needs_data
def test_experts_of_babe_are_kept_apart_and_units_without_text_are_kept():
    columns = TableColumns(id="item", annotator="coder", labels=("opinion",))
    documents = list(read_documents(DATA / "babe" / "sg2_raw.csv", columns=columns))
    labels = [label for document in documents for label in document.units[0].labels]
    assert {document.text for document in documents} == {""}
    assert len(documents) == 3694
    assert len({(document.id, label.annotator) for document in documents for label in document.units[0].labels}) == len(
        labels
    )


@needs_data
def test_newsmtsc_keeps_its_rows_and_articles():
    columns = TableColumns(
        id="gid", text="text", document="doc", target="mention", labels=("label",), question="attitude"
    )
    documents = list(read_documents(DATA / "newsmtsc" / "dev_rw.csv", columns=columns))
    assert sum(len(document.units) for document in documents) == 343
    assert all(unit.labels[0].target for document in documents for unit in document.units)
