import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.importing.reading import read_documents
from annotator.importing.strict_json import loads
from annotator.importing.values import ImportedLabel, TableColumns

STRINGS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
INTEGERS = st.integers(-(2**63), 2**64 - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | STRINGS | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(STRINGS, inner), max_leaves=20)


def read(tmp_path, *rows, name="a.jsonl", columns=None):
    path = tmp_path / name
    text = json.dumps(rows, indent=1) if name.endswith(".json") else "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return list(read_documents(path, columns=columns))


@given(VALUES, st.sampled_from([None, (",", ":")]), st.booleans())
def test_ordinary_json_loads_as_it_was_written(value, separators, ascii_only):
    assert loads(json.dumps(value, separators=separators, ensure_ascii=ascii_only), where="a") == value


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a": 1, "a": 1}', '[{"b":{"a":null,"a":null}}]'])
def test_duplicate_keys_are_refused_however_the_line_is_written(text):
    with pytest.raises(InvalidInputError, match=r'^x, line 3: the key "a" occurs twice'):
        loads(text, where="x, line 3")


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1" * 5000, "-Infinity", "-1e400"])
def test_numbers_no_database_holds_are_refused(number):
    with pytest.raises(InvalidInputError, match=r"^x: "):
        loads(f'{{"a":{number}}}', where="x")


def test_escaped_backslash_before_u0000_is_ordinary_text():
    assert loads(r'"\\u0000"', where="x") == "\\u0000"


@given(st.integers(60, 68))
def test_nesting_is_bounded_at_sixty_four(depth):
    text = "[" * depth + "]" * depth
    if depth <= 64:
        loads(text, where="x")
    else:
        with pytest.raises(InvalidInputError, match="deeper than 64"):
            loads(text, where="x")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_object_is_a_document_and_its_other_keys_are_variables(tmp_path, name):
    first, second = read(
        tmp_path,
        {"id": 5, "body": "One.", "date": "2022", "page": 3, "tags": ["a", "b"], "x": None, "variables": {"y": True}},
        {"text": "Two.", "title": "T"},
        name=name,
    )
    assert (first.id, first.text, first.date, first.date_precision) == ("5", "One.", "2022", "year")
    assert first.variables == {"page": "3", "tags": "a|b", "y": "true"}
    assert (second.text, second.title, second.line) == ("Two.", "T", 2 if name == "a.jsonl" else second.line)


def test_element_of_a_list_knows_its_line(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('\n[ {"text":\n "a"},\n\n{"text": "b"} ]\n')
    assert [document.line for document in read_documents(path)] == [2, 5]


def test_units_of_a_document_are_placed_by_offsets_or_by_text(tmp_path):
    label = {"annotator": "ann", "question": "frames", "labels": ["economic"], "target": None}
    units = [{"id": "u1", "start": 0, "end": 4, "text": "One.", "labels": [label]}, {"text": "One."}]
    (document,) = read(tmp_path, {"text": "One. One.", "units": units})
    assert [(unit.id, unit.start, unit.end, unit.text) for unit in document.units] == [
        ("u1", 0, 4, "One."),
        (None, 5, 9, "One."),
    ]
    assert document.units[0].labels == (ImportedLabel(annotator="ann", question="frames", labels=("economic",)),)


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ({"start": 0, "end": 99}, "0 to 99 is no stretch of the text of 4 characters"),
        ({"start": 2, "end": 2}, "no stretch"),
        ({"start": True, "end": 2}, "whole numbers"),
        ({"start": 0, "end": 4, "text": "Two."}, "not what stands at 0 to 4"),
        ({"text": "Two."}, "not found in the document"),
        ({"start": 0, "end": 4, "labels": [{"label": "x"}]}, 'needs its "question"'),
        ({"start": 0, "end": 4, "labels": [{"question": "q", "labels": "x"}]}, "must be a list of strings"),
        ("One.", '"units" must be a list of objects'),
    ],
)
def test_unit_that_does_not_fit_is_refused(tmp_path, unit, sentence):
    with pytest.raises(InvalidInputError, match=rf"^a\.jsonl, line 1.*{sentence}"):
        read(tmp_path, {"text": "One.", "units": [unit]})


def test_lines_that_are_units_come_together_by_document(tmp_path):
    labels = [{"question": "stance", "label": "favor", "target": "NATO"}]
    first, second = read(
        tmp_path,
        {"document": "d", "id": "u1", "text": "One.", "outlet": "NPR", "split": "dev", "labels": labels},
        {"document": "e", "id": "u2", "text": "Else."},
        {"document": "d", "id": "u3", "text": "Two.", "split": "dev"},
    )
    assert (first.id, first.text, first.outlet, first.variables) == ("d", "One.\nTwo.", "NPR", {"split": "dev"})
    assert first.units[0].labels == (ImportedLabel(question="stance", labels=("favor",), target="NATO"),)
    assert [unit.line for unit in first.units] == [1, 3]
    assert second.id == "e"


def test_columns_can_be_named_for_objects_too(tmp_path):
    columns = TableColumns(text="s", labels=("frames",), id="n")
    (document,) = read(tmp_path, {"n": 1, "s": "One.", "frames": ["a", "b"]}, columns=columns)
    assert (document.id, document.units[0].labels[0].labels) == ("1", ("a", "b"))
    with pytest.raises(InvalidInputError, match="no object has the key “s”; the keys are: n"):
        read(tmp_path, {"n": 1}, columns=columns)


def test_problems_of_all_lines_are_told(tmp_path):
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, {"text": ""}, {"text": "a"}, [1], {"text": "a", "url": "ftp://x"})
    assert [problem.split(":")[0] for problem in caught.value.problems] == [f"a.jsonl, line {n}" for n in (1, 3, 4)]
