"""Each hostile file is refused in a sentence that names the file and the line."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InvalidInputError
from annotator.importing.reading import read_documents
from annotator.importing.values import MAX_TEXT, TableColumns

REFUSED = {
    "empty.csv": (b"", 1, "is empty"),
    "header-only.csv": (b"text,title\n", 1, "header but no rows"),
    "no-text.csv": (b"headline,words\na,b\n", 1, r"the columns are: headline, words\. .*--text-column"),
    "twice.csv": (b"text,title,text\na,b,c\n", 1, "columns 1 and 3 are both called “text”"),
    "ragged.csv": (b"text,title\na,b\nc\nd,e\n", 3, "the row has 1 cell, the header 2"),
    "wide.csv": (b"text,title\na,b,c\n", 2, "the row has 3 cells, the header 2"),
    "cut.csv": (b'text,title\na,b\nc,"d\ne\nf\n', 3, "quote opened in this line is never closed"),
    "cut-later.csv": (b'text,title\n"a\nb","c\nd\n', 3, "quote opened in this line is never closed"),
    "junk-after-quote.csv": (b'text\n"a" b\n', 2, "follows a closing quote"),
    "mac.csv": (b"text,title\ra,b\r", 1, "carriage return"),
    "nul.csv": (b"text\nok\na\0b\n", 3, "byte 2 of the line is NUL"),
    "latin.csv": ("text\nok\nné\n".encode("latin-1"), 3, r"byte 2 of the line \(0xE9\) is not UTF-8"),
    "utf16.csv": ("text\na\n".encode("utf-16"), 1, "UTF-16; save the file as UTF-8"),
    "workbook.csv": (b"PK\x03\x04rest", 1, "a zip file or a workbook"),
    "ids.csv": (b"id,text\n7,a\n8,b\n7,c\n", 4, "the id “7” is also that of line 2"),
    "blank.csv": (b"text,title\n ,b\n", 2, "the text is empty"),
    "date.csv": (b"text,date\na,05.08.2022\n", 2, "“05.08.2022” can be read in two ways"),
    "url.csv": (b"text,url\na,javascript:alert(1)\n", 2, "must begin with http"),
    "language.csv": (b"text,language\na,English language\n", 2, "a code such as en"),
    "kind.csv": (b"text,kind\na,poem\n", 2, "transcript or article"),
    "empty.txt": (b" \n", 1, "is empty"),
    "latin.txt": ("ok\nné\n".encode("latin-1"), 2, r"byte 2 of the line \(0xE9\)"),
    "nul.txt": (b"ok\n\0", 2, "NUL"),
    "scan.txt": (b"%PDF-1.7", 1, "a PDF"),
    "empty.jsonl": (b"\n", 1, "is empty"),
    "broken.jsonl": (b'{"text": "a"}\n{"text": \n', 2, "not valid JSON"),
    "list.jsonl": (b'{"text": "a"}\n[1]\n', 2, "must be a JSON object"),
    "nan.jsonl": (b'{"text": "a", "x": NaN}\n', 1, "NaN is no JSON number"),
    "infinite.jsonl": (b'{"text": "a", "x": 1e999}\n', 1, "too large"),
    "huge.jsonl": (b'{"text": "a", "x": 184467440737095516160}\n', 1, "64 bits"),
    "keys.jsonl": (b'{"text": "a", "text": "b"}\n', 1, 'the key "text" occurs twice'),
    "surrogate.jsonl": (b'{"text": "a\\ud83d"}\n', 1, "half of a surrogate pair"),
    "nul.jsonl": (b'{"text": "a\\u0000"}\n', 1, "NUL"),
    "deep.jsonl": (b'{"text": "a", "x": ' + b"[" * 70 + b"]" * 70 + b"}\n", 1, "deeper than 64"),
    "very-deep.jsonl": (b'{"text": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", 1, "deeper than 64"),
    "number.jsonl": (b'{"text": 5}\n', 1, '"text" must be a string'),
    "no-text.jsonl": (b'{"title": "b", "story": "c"}\n', 1, "no key holds the text; the keys are: title, story"),
    "ids.jsonl": (b'{"id": 7, "text": "a"}\n{"id": "7", "text": "b"}\n', 2, "also that of line 1"),
    "native.jsonl": (b'{"document": "d", "text": "a", "annotations": []}\n', 1, "part of a native data set"),
    "empty.json": (b"", 1, "is empty"),
    "empty-list.json": (b"[\n]", 2, "list is empty"),
    "object.json": (b'{"text": "a"}', 1, "must be a list of objects"),
    "cut.json": (b'[\n{"text": "a"},\n{"text": "b"}\n', 4, "must be a , or ]"),
    "keys.json": (b'[\n{"text": "a"},\n{"a": 1, "a": 2}]', 3, "occurs twice"),
    "broken.json": (b'[\n{"text": "a"},\n{"text": \n}]', 4, "not valid JSON"),
    "after.json": (b'[\n{"text": "a"}\n]\n{}', 4, "follows the end of the list"),
    "deep.json": (b'[\n{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]", 2, "nested"),
    "strings.json": (b'[\n"a"]', 2, "must be a JSON object"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_file_is_refused_with_file_and_line(tmp_path, name):
    content, line, sentence = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        list(read_documents(path))
    assert caught.value.problems[0].startswith(f"{name}, line {line}: ")
    assert caught.match(sentence)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("one.txt", b"", b""),
        ("one.csv", b"id,text\n1,", b"\n2,b\n"),
        ("one.jsonl", b'{"text": "', b'"}\n{"text": "b"}\n'),
    ],
)
def test_fifty_megabytes_in_one_line_are_refused_in_little_memory(tmp_path, name, before, after):
    path = tmp_path / name
    path.write_bytes(before + b"x" * 50_000_000 + after)
    tracemalloc.start()
    with pytest.raises(InvalidInputError, match=rf"{name}, line [12]: .* holds 50,000,\d+ characters; .*split it"):
        list(read_documents(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 2**20


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("one.txt", b"", b""), ("one.csv", b"text\n", b"\n"), ("one.jsonl", b'{"text": "', b'"}')],
)
def test_longest_document_is_accepted_and_one_character_more_is_not(tmp_path, name, before, after):
    path = tmp_path / name
    path.write_bytes(before + b"x" * MAX_TEXT + after)
    assert [len(document.text) for document in read_documents(path)] == [MAX_TEXT]
    path.write_bytes(before + b"x" * (MAX_TEXT + 1) + after)
    with pytest.raises(InvalidInputError, match=r"5,000,00. ?.*split it"):
        list(read_documents(path))


def test_runaway_quote_over_many_lines_is_refused_where_it_opened(tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b'text\nok\n"' + b"word\n" * (MAX_TEXT // 4))
    with pytest.raises(InvalidInputError, match=r"long\.csv, line 3: a cell that begins in this line holds more than"):
        list(read_documents(path))


def test_all_problems_are_told_up_to_fifty_and_the_rest_counted(tmp_path):
    path = tmp_path / "many.csv"
    path.write_text("text,date\n" + "a,never\n" * 120)
    with pytest.raises(InvalidInputError) as caught:
        list(read_documents(path))
    assert len(caught.value.problems) == 51
    assert caught.value.problems[49].startswith("many.csv, line 51: ")
    assert caught.value.problems[50] == "many.csv: and 70 more."


def test_good_rows_come_before_the_error_at_the_end(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("text,title\na,b\nc\nd,e\n")
    documents = read_documents(path)
    assert [next(documents).line, next(documents).line] == [2, 4]
    with pytest.raises(InvalidInputError, match="line 3"):
        next(documents)


def test_reading_stops_where_a_file_is_nothing_but_problems(tmp_path):
    path = tmp_path / "many.json"
    path.write_text("[" + "{},\n" * 100_000 + "{}]")
    with pytest.raises(InvalidInputError) as caught:
        list(read_documents(path))
    assert caught.value.problems[0].startswith("many.json, line 1: no key holds the text; the keys are: none")
    assert caught.value.problems[-1] == "many.json: and 9,950 more at least; reading stopped there."


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize("filling", [b"[]," * 600_000, b'"a":{},' * 1_100_000])
def test_small_values_that_fill_the_memory_are_refused(tmp_path, name, filling):
    path = tmp_path / name
    path.write_bytes(b'[{"text": "a", "x": [' + filling + b"0]}]")
    with pytest.raises(InvalidInputError, match=rf"{name}, line 1: the JSON holds too many values"):
        list(read_documents(path))


def test_table_of_countless_columns_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a," * 100_000 + b"text\n")
    with pytest.raises(InvalidInputError, match=r"a\.csv, line 1: the header has 100,001 columns"):
        list(read_documents(path))


SEEDS = [content for content, _, _ in REFUSED.values() if len(content) < 1_000]


@given(
    st.sampled_from(["a.txt", "a.csv", "a.tsv", "a.jsonl", "a.json"]),
    st.one_of(st.binary(max_size=60), st.tuples(st.sampled_from(SEEDS), st.integers(0, 60), st.binary(max_size=3))),
)
def test_any_bytes_are_read_or_refused_with_the_name_of_the_file(tmp_path_factory, name, content):
    if isinstance(content, tuple):
        seed, at, inserted = content
        content = seed[:at] + inserted + seed[at:]
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(content)
    for columns in (None, TableColumns(text="text", id="id", labels=("title",), document="x"), TableColumns(id="id")):
        try:
            documents = list(read_documents(path, columns=columns))
        except InvalidInputError as error:
            assert all(problem.startswith(f"{name}") for problem in error.problems)
        else:
            assert documents


def test_binary_file_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "picture.txt"
    path.write_bytes(b"\x89PNG\n" + b"\0\xff\n" * 500)
    with pytest.raises(InvalidInputError) as caught:
        list(read_documents(path))
    assert len(caught.value.problems) <= 2
