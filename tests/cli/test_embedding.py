"""A sentence embedding by command: measured beside the rest, set for an installation, used for a corpus."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.learning.embedding import read_embedding
from corpora import read_lines, write_lines
from embeddings import DIMENSIONS, examples_in_own_words, make_embedding, vectors_of_words

NEW = "wyxxyw"
CODEBOOK = """
name: Tone
questions: [{name: tone, type: choice, labels: [{name: favor}, {name: against}]}]
"""
COLUMNS = ("--text-column", "sentence", "--label-column", "label")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    known = vectors_of_words()
    blame = known[next(iter(known))]
    return make_embedding(tmp_path_factory.mktemp("embedding") / "tiny", known | {NEW: blame})


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "units.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "sentence", "label", "doc"])
        writer.writerows(
            [number, one.text, one.labels[0], one.group] for number, one in enumerate(examples_in_own_words())
        )
    return path


def evaluate(table: Path, *more: object) -> Result:
    options = ["--train", table, "--question-type", "choice", *COLUMNS, "--group-column", "doc", "--folds", "3", *more]
    return CliRunner().invoke(main, ["evaluate", *map(str, options)])


def test_the_score_with_it_stands_beside_the_one_without(table: Path, folder: Path) -> None:
    result = evaluate(table, "--embedding", folder, "--json")
    assert result.exit_code == 0, result.output
    found, plain = json.loads(result.stdout), json.loads(evaluate(table, "--json").stdout)
    told = found["embedding"]
    assert {name: told[name] for name in ("name", "sha256", "dimensions")} == read_embedding(folder).described()
    assert told["dimensions"] == DIMENSIONS
    assert told["without"]["macro_f1"] == plain["macro_f1"] < 0.65
    assert found["macro_f1"] > 0.95
    assert "embedding" not in plain


def test_it_is_told_in_words(table: Path, folder: Path) -> None:
    result = evaluate(table, "--embedding", folder)
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("Embedding")]
    assert line.startswith("Embedding tiny (8 dimensions, SHA-256 ")
    assert "used in 3 of 3 trainings, weights " in line
    assert "without it, +0." in line


@pytest.mark.parametrize("name", ["somebody/some-embedding", "."])
def test_what_is_no_embedding_is_told_in_one_sentence(
    table: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = evaluate(table, "--embedding", name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "embedding" in result.stderr


def test_stance_with_mentions_has_no_place_for_it(table: Path, folder: Path) -> None:
    options = ("--target-column", "doc", "--start-column", "id", "--end-column", "id", "--embedding", folder)
    result = CliRunner().invoke(
        main, ["evaluate", "--train", str(table), "--question-type", "stance", *COLUMNS, *map(str, options)]
    )
    assert result.exit_code == 1
    assert "leave out --embedding" in result.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, table: Path, folder: Path) -> Path:
    """A home with a project whose classifier was trained with the embedding."""
    home = tmp_path_factory.mktemp("home")
    (home / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    columns = (*COLUMNS, "--id-column", "id", "--document-column", "doc", "--question", "tone")
    for arguments in (
        ("project", "create", "Study", "--codebook", home / "codebook.yaml"),
        ("import", "--project", "Study", table, *columns),
    ):
        result = invoke(home, None, *arguments)
        assert result.exit_code == 0, result.output
    return home


def invoke(home: Path, embedding: Path | None, *arguments: object) -> Result:
    environ = {"ANNOTATOR_EMBEDDING": "" if embedding is None else str(embedding)}
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)], env=environ)


def test_an_installation_trains_and_answers_a_corpus_with_it(home: Path, folder: Path, tmp_path: Path) -> None:
    trained = invoke(home, folder, "train", "--project", "Study")
    assert trained.exit_code == 0, trained.output
    assert "sentence embedding tiny (8 dimensions), weight " in trained.stdout
    assert "all labels: cross-validated macro F1 1.00 with it, 0." in trained.stdout
    corpus = write_lines(tmp_path / "corpus.jsonl", [{"id": "1", "text": f"the minister {NEW} talks"}])
    options = ("suggest", "--project", "Study", "--input", corpus, "--output", tmp_path / "answers.jsonl")
    for embedding, told in ((None, "set ANNOTATOR_EMBEDDING to its folder"), (tmp_path / "gone", "There is no folder")):
        refused = invoke(home, embedding, *options)
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
        assert told in refused.stderr
    result = invoke(home, folder, *options)
    assert result.exit_code == 0, result.output
    (row,) = read_lines(tmp_path / "answers.jsonl")
    assert row["tone_suggested"] == "against"
    assert row["tone_probability"] > 0.9
