"""A corpus in, the same with answers out; without a database, since none is needed for it."""

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from annotator.errors import AnnotatorError, ConflictError, InvalidInputError, StorageFullError
from annotator.learning import store
from annotator.services.corpus import Done, answer_corpus, load_classifiers
from annotator.services.corpus_orders import Columns, Order
from annotator.text.mentions import MentionFinder
from corpora import EAST, TARGETS, WEST, make_order, make_rows, read_lines, write_lines

ADDED = [
    "tone_suggested", "tone_probability", "tone_probabilities", "tone_classifier",
    "frames_suggested", "frames_probabilities", "frames_classifier", "stance_suggested", "stance_classifier",
]  # fmt: skip
ROWS = make_rows(90)


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Order:
    return make_order(tmp_path_factory.mktemp("models"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "corpus.jsonl", ROWS)


def answer(order: Order, source: Path, kind: str = "jsonl", **options) -> tuple[Path, Done]:
    output = source.with_name(f"answers-{len(list(source.parent.iterdir()))}.{kind}")
    return output, answer_corpus(order, source, output, **options)


def refusals(order: Order, source: Path, kind: str = "jsonl", **options) -> list[str]:
    """Return what is told of a corpus that cannot be used, and make sure that it leaves nothing behind."""
    before = sorted(source.parent.iterdir())
    with pytest.raises(AnnotatorError) as told:
        answer_corpus(order, source, source.with_name(f"refused.{kind}"), **options)
    assert sorted(source.parent.iterdir()) == before
    return list(told.value.problems)


def test_rows_come_out_as_they_were_in_their_order_with_answers(order, corpus):
    output, done = answer(order, corpus)
    rows = read_lines(output)
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == ROWS
    assert all(list(row) == [*ROWS[0], *ADDED] for row in rows)
    assert (done.rows, done.empty) == (90, 3)


def test_answers_are_those_the_page_shows_for_one_sentence(order, corpus):
    tone, frames, stance = load_classifiers(order)
    labels = {asked.name: asked.labels for asked in order.asked}
    finder = MentionFinder([(uuid, (name, *aliases)) for uuid, name, aliases in TARGETS])
    names = {uuid: name for uuid, name, _ in TARGETS}
    for row in read_lines(answer(order, corpus)[0]):
        if not (row["text"] or "").strip():
            continue
        (one,), (several,) = tone.suggest(row["text"]), frames.suggest(row["text"])
        shown = {labels["tone"][label.label]: label.probability for label in one.labels}
        assert row["tone_probabilities"] == pytest.approx(shown, abs=2e-6)
        assert row["tone_suggested"] == labels["tone"][one.chosen[0]]
        assert row["tone_probability"] == row["tone_probabilities"][row["tone_suggested"]]
        assert row["frames_suggested"] == [labels["frames"][label] for label in several.chosen]
        named = {mention.key for mention in finder.find(row["text"])}
        toward = stance.suggest(row["text"], targets=[uuid for uuid in (EAST, WEST) if uuid in named])
        found = [(one["target"], one["label"]) for one in row["stance_suggested"]]
        assert found == [(names[one.target], one.chosen[0]) for one in toward]
        for given, one in zip(row["stance_suggested"], toward, strict=True):
            assert given["probabilities"] == pytest.approx({s.label: s.probability for s in one.labels}, abs=2e-6)


def test_a_sentence_without_text_gets_no_answer(order, corpus):
    rows = [row for row in read_lines(answer(order, corpus)[0]) if not (row["text"] or "").strip()]
    assert len(rows) == 3
    assert all(row[name] is None for row in rows for name in ADDED)


def test_a_sentence_that_names_no_target_has_no_stances(order, tmp_path):
    texts = ("It rains.", "The East is praised, the West attacked.")
    source = write_lines(tmp_path / "c.jsonl", [{"text": text} for text in texts])
    none, both = read_lines(answer(order, source)[0])
    assert (none["stance_suggested"], none["stance_classifier"]) == ([], 3)
    assert [one["target"] for one in both["stance_suggested"]] == ["the East", "the West"]


def test_targets_may_be_given(order, tmp_path):
    given = ("The West", ["ostland", "the West"], EAST, None, [], "Atlantis")
    source = write_lines(tmp_path / "c.jsonl", [{"text": "The East is praised.", "about": one} for one in given])
    output, done = answer(replace(order, columns=Columns(target="about")), source)
    found = [[one["target"] for one in row["stance_suggested"]] for row in read_lines(output)]
    assert found == [["the West"], ["the East", "the West"], ["the East"], [], [], []]
    assert done.strangers == {"Atlantis": 1}


def test_a_given_name_is_the_target_of_that_name_before_one_with_that_alias(order, tmp_path):
    targets = ((EAST, "the East", ("the West", "there")), (WEST, "the West", ("there",)))
    order = replace(order, targets=targets, columns=Columns(target="about"))
    source = write_lines(tmp_path / "c.jsonl", [{"text": "x", "about": one} for one in ("the West", "there")])
    found = [row["stance_suggested"][0]["target"] for row in read_lines(answer(order, source)[0])]
    assert found == ["the West", "the East"]


def test_an_id_alone_may_be_kept(order, corpus):
    output, _ = answer(replace(order, columns=Columns(id="id")), corpus)
    assert all(list(row) == ["id", *ADDED] for row in read_lines(output))


def test_output_does_not_depend_on_where_parts_begin(order, corpus):
    outputs = {answer(order, corpus, part_rows=rows)[0].read_bytes() for rows in (1, 7, 2_000)}
    assert len(outputs) == 1


@pytest.mark.parametrize("id", [None, "id"])
def test_both_kinds_of_file_hold_the_same_whichever_is_read(order, corpus, id):
    order = replace(order, columns=Columns(id=id))
    pq.write_table(pa.Table.from_pylist(ROWS), corpus.with_suffix(".parquet"))
    sources = (corpus, corpus.with_suffix(".parquet"))
    lines = [read_lines(answer(order, source)[0]) for source in sources]
    tables = [pq.read_table(answer(order, source, "parquet")[0]) for source in sources]
    assert lines[0] == lines[1] == tables[0].to_pylist() == tables[1].to_pylist()
    assert tables[0].schema.equals(tables[1].schema)


def test_a_table_says_which_classifiers_answered(order, corpus):
    output, _ = answer(order, corpus, "parquet")
    told = json.loads(pq.read_schema(output).metadata[b"annotator"])
    assert told["questions"]["frames"] == {
        "classifier": 2, "codebook": 1, "sha256": order.asked[1].sha256, "early": False,
    }  # fmt: skip


def test_columns_of_a_table_are_kept_whatever_they_hold(order, tmp_path):
    table = pa.table({"text": pa.array(["a", "b"]).dictionary_encode(), "b": [b"\0", None], "n.n": [{"x": [1]}, None]})
    pq.write_table(table, tmp_path / "c.parquet")
    output, _ = answer(order, tmp_path / "c.parquet", "parquet")
    assert pq.read_table(output).select(table.schema.names).equals(table)


def test_what_json_has_no_word_for_is_written_as_text(order, tmp_path):
    when = datetime(2026, 5, 4, 10, 21, 7, tzinfo=UTC)
    columns = {
        "text": ["a"],
        "when": pa.array([when], pa.timestamp("ns", "UTC")),
        "raw": [b"\xff"],
        "sum": [Decimal("1.10")],
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    (row,) = read_lines(answer(order, tmp_path / "c.parquet")[0])
    assert (row["when"], row["raw"], row["sum"]) == ("2026-05-04T10:21:07+00:00", "/w==", "1.10")


def test_a_table_without_rows_stays_one(order, tmp_path):
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "c.parquet")
    output, done = answer(order, tmp_path / "c.parquet", "parquet")
    assert (pq.read_schema(output).names, done.rows) == (["text", *ADDED], 0)


DAMAGED = {
    "no JSON": ("{oops}", "line 3: this is not valid JSON"),
    "no object": ("[1]", "line 3: this must be a JSON object, {…}, but is a list."),
    "no text": ('{"words": "x"}', "line 3: there is no column “text”; there is: words."),
    "another kind": ('{"text": 5}', "line 3: “text” must be a text, but is a number."),
    "too long": (
        json.dumps({"text": "x" * 100_001}),
        "line 3: the text holds 100,001 characters; a sentence has at most",
    ),
    "an answer's place": ('{"text": "x", "tone_suggested": 1}', "line 3: there is a column “tone_suggested” already"),
    "NUL": ('{"text": "\\u0000"}', "line 3: in a string, character 1 is a NUL"),
}


@pytest.mark.parametrize("what", DAMAGED)
@pytest.mark.parametrize("part_rows", [1, 2_000])
def test_a_damaged_line_is_told_with_its_number_and_nothing_is_written(order, tmp_path, what, part_rows):
    line, words = DAMAGED[what]
    (tmp_path / "corpus.jsonl").write_text(f'{{"text": "x"}}\n\n{line}\n{{"text": "y"}}\n', encoding="utf-8")
    (problem,) = refusals(order, tmp_path / "corpus.jsonl", part_rows=part_rows)
    assert problem.startswith(f"corpus.jsonl, {words}"), problem


def test_all_damaged_lines_are_told_at_once(order, tmp_path):
    lines = ['{"text": "x"}' if n % 3 else "{oops}" for n in range(1, 301)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = refusals(order, tmp_path / "corpus.jsonl", part_rows=10)
    assert [problem.split(":")[0] for problem in told[:3]] == [f"corpus.jsonl, line {line}" for line in (3, 6, 9)]
    assert told[-1] == "corpus.jsonl: and 50 more."
    assert len(told) == 51


@pytest.mark.parametrize("column", ["text", "id", "target"])
def test_a_column_that_is_missing_from_the_start_is_told_once(order, corpus, column):
    pq.write_table(pa.Table.from_pylist(ROWS), corpus.with_suffix(".parquet"))
    order = replace(order, columns=Columns(**{column: "nix"}))
    end = "there is no column “nix”; there is: id, text, year, score."
    assert refusals(order, corpus) == [f"corpus.jsonl, line 1: {end}"]
    assert refusals(order, corpus.with_suffix(".parquet")) == [f"corpus.jsonl: {end}"]


def test_two_columns_of_one_name_are_told(order, tmp_path):
    pq.write_table(pa.table([["a"], ["b"]], names=["text", "text"]), tmp_path / "c.parquet")
    assert refusals(order, tmp_path / "c.parquet") == ["corpus.jsonl: two columns are called “text”; rename one."]


def test_targets_that_are_no_names_are_told(order, tmp_path):
    order = replace(order, columns=Columns(target="about"))
    pq.write_table(pa.table({"text": ["a"], "about": [5]}), tmp_path / "c.parquet")
    write_lines(tmp_path / "c.jsonl", [{"text": "a", "about": [5]}])
    end = "“about” must be a target's name or a list of names."
    assert refusals(order, tmp_path / "c.parquet") == [f"corpus.jsonl, row 1: {end}"]
    assert refusals(order, tmp_path / "c.jsonl") == [f"corpus.jsonl, line 1: {end}"]


def test_a_column_of_numbers_holds_no_texts(order, tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "c.parquet")
    order = replace(order, columns=Columns(text="year"))
    assert refusals(order, tmp_path / "c.parquet") == ["corpus.jsonl: the column “year” holds no texts."]


def test_a_row_of_a_table_that_cannot_be_used_is_told(order, tmp_path):
    pq.write_table(pa.table({"text": ["x", "y" * 100_001]}), tmp_path / "c.parquet")
    (problem,) = refusals(order, tmp_path / "c.parquet", "parquet")
    assert problem.startswith("corpus.jsonl, row 2: the text holds 100,001 characters")


def test_lines_that_do_not_fit_into_a_table_are_told(order, tmp_path):
    source = write_lines(tmp_path / "c.jsonl", [{"text": "x", "n": 1}] * 2 + [{"text": "y", "n": 1.5}])
    (problem,) = refusals(order, source, "parquet", part_rows=2)
    assert problem.startswith("corpus.jsonl, line 3: the value of “n” is of another kind than in the first lines")


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\n \n", "there are only blank lines")])
def test_an_empty_file_is_told(order, tmp_path, content, words):
    (tmp_path / "c.jsonl").write_bytes(content)
    (problem,) = refusals(order, tmp_path / "c.jsonl")
    assert words in problem


def test_a_file_that_is_not_there_is_told(order, tmp_path):
    assert refusals(order, tmp_path / "c.jsonl") == [
        f"{tmp_path / 'c.jsonl'} cannot be read (No such file or directory)."
    ]


@pytest.mark.parametrize("name", ["c.csv", "c", "c.jsonl.gz"])
def test_a_name_that_stands_for_no_kind_is_told(order, tmp_path, name):
    (tmp_path / name).write_bytes(b"{}")
    assert refusals(order, tmp_path / name) == [
        f"{name}: the name must end in .jsonl (JSON Lines) or .parquet (Parquet)."
    ]


def test_what_exists_is_not_overwritten(order, corpus):
    with pytest.raises(ConflictError, match="this exists already"):
        answer_corpus(order, corpus, corpus)
    assert read_lines(corpus) == ROWS


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_full_disk_is_told_and_leaves_nothing(order, tmp_path, kind):
    source = write_lines(tmp_path / "c.jsonl", make_rows(2_000))
    with files_of_at_most(30_000), pytest.raises(StorageFullError, match="the disk is full; free some space"):
        answer_corpus(order, source, tmp_path / f"out.{kind}")
    assert [path.name for path in tmp_path.iterdir()] == ["c.jsonl"]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_folder_that_cannot_be_written_is_told(order, corpus):
    output = corpus / "below-a-file.jsonl"
    with pytest.raises(InvalidInputError, match=r"below-a-file\.jsonl cannot be written"):
        answer_corpus(order, corpus, output)


def test_a_damaged_classifier_is_told_before_anything_is_read(order, corpus, tmp_path):
    os.mkdir(tmp_path / "copy")
    for file in (store.CARD, store.ARRAYS):
        (tmp_path / "copy" / file).write_bytes((order.asked[1].folder / file).read_bytes()[:-1])
    asked = (order.asked[0], replace(order.asked[1], folder=tmp_path / "copy"))
    (problem,) = refusals(replace(order, asked=asked), corpus)
    assert problem == f"The classifier in {tmp_path / 'copy'} is not the one that was stored: train it again."


def test_progress_tells_how_far_it_is(order, corpus):
    told = []
    answer(order, corpus, part_rows=40, progress=lambda end, total, rows: told.append((end / total, rows)))
    assert [rows for _, rows in told] == [40, 80, 90]
    assert [share for share, _ in told] == sorted({share for share, _ in told})
    assert told[-1][0] == 1
