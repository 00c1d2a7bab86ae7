"""``annotator suggest`` from a project's labels to a file of answers."""

import builtins
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from corpora import read_lines, write_lines

Suggest = Callable[..., Result]
UNITS = "".join(
    f"f{n},The council {verb} the harbour in its {n}. meeting.,Harbour,favor,d{n % 4}\n"
    f"a{n},Residents {word} the harbour on day {n}.,Harbour,against,d{n % 4}\n"
    for n, (verb, word) in enumerate(zip(["praised", "welcomed"] * 5, ["attacked", "condemned"] * 5, strict=True))
)
CODEBOOK = """
name: Harbour
targets: [{name: Harbour, aliases: [the port]}]
questions: [{name: stance, type: stance, labels: [{name: favor}, {name: against}]}]
"""
ROWS = [
    {"id": "1", "text": "They praised the Harbour again.", "outlet": "Post"},
    {"id": "2", "text": "It rains.", "outlet": "Post"},
    {"id": "3", "text": "", "outlet": "Sun"},
    {"id": "4", "text": "Residents attacked the port.", "outlet": "Sun"},
]


def invoke(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the project "Study", which has a classifier, and "Empty", which has none."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    (folder / "units.csv").write_text(f"id,sentence,about,opinion,doc\n{UNITS}", encoding="utf-8")
    columns = ("--text-column", "sentence", "--id-column", "id", "--target-column", "about", "--document-column", "doc")
    labels = ("--label-column", "opinion", "--question", "stance")
    for arguments in (
        ("project", "create", "Study", "--codebook", folder / "codebook.yaml"),
        ("project", "create", "Empty"),
        ("import", "--project", "Study", folder / "units.csv", *columns, *labels),
        ("train", "--project", "Study"),
    ):
        result = invoke(folder, *arguments)
        assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "corpus.jsonl", ROWS)


@pytest.fixture
def suggest(home: Path, corpus: Path) -> Suggest:
    output = corpus.with_name("answers.jsonl")
    defaults = {"--project": "Study", "--input": corpus, "--output": output}

    def run(*flags: str, **options: object) -> Result:
        given = defaults | {f"--{name.replace('_', '-')}": value for name, value in options.items()}
        return invoke(home, "suggest", *(part for pair in given.items() for part in pair), *flags)

    return run


def test_a_corpus_comes_out_with_answers(suggest, corpus):
    result = suggest()
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Wrote {corpus.with_name('answers.jsonl')}: 4 sentences in ")
    assert result.stdout.splitlines()[1:] == [
        "Some labels of stance had few examples when classifier 1 learned: see its card.",
        "1 of them have no text and got no answer.",
    ]
    rows = read_lines(corpus.with_name("answers.jsonl"))
    assert [{name: row[name] for name in ROWS[0]} for row in rows] == ROWS
    first, second, third, fourth = (row["stance_suggested"] for row in rows)
    assert [(one["target"], one["label"]) for one in first] == [("Harbour", "favor")]
    assert (second, third) == ([], None)
    assert [(one["target"], one["label"]) for one in fourth] == [("Harbour", "against")]
    assert [row["stance_classifier"] for row in rows] == [1, 1, None, 1]


def test_json_is_all_that_is_printed(suggest):
    result = suggest("--json", target_column="outlet", id_column="id")
    assert (result.exit_code, result.stderr) == (0, "")
    told = json.loads(result.stdout)
    assert (told["rows"], told["without_text"]) == (4, 1)
    assert told["unknown_targets"] == {"Post": 2, "Sun": 2}
    assert told["columns"] == ["stance_suggested", "stance_classifier"]
    assert told["questions"]["stance"].keys() == {"classifier", "codebook", "sha256", "early"}


def test_a_target_column_that_holds_others_names_is_told(suggest):
    told = suggest(target_column="outlet").stdout.splitlines()
    assert told[-1] == "Targets the project does not know, in 4 places: “Post” (2), “Sun” (2)."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"project": "Empty"}, "The project has no classifier yet; train one with “annotator train”."),
        ({"project": "Nowhere"}, "There is no project “Nowhere”"),
        ({"question": "frames"}, "No classifier answers “frames”; there is one for “stance”."),
        ({"classifier": 7}, "There is no classifier 7 in this project."),
        ({"text_column": "words"}, "corpus.jsonl, line 1: there is no column “words”; there is: id, text, outlet."),
        ({"cluster": "nowhere"}, "There is no cluster at nowhere; give the address that “dask scheduler” prints"),
        ({"output": "x.csv"}, "x.csv: the name must end in .jsonl (JSON Lines) or .parquet (Parquet)."),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(suggest, corpus, options, words):
    result = suggest(**options)
    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith(words)
    assert list(corpus.parent.iterdir()) == [corpus]


def test_without_dask_it_is_told_what_to_install(suggest, monkeypatch):
    real = builtins.__import__

    def without_dask(name: str, *arguments: object, **options: object) -> object:
        if name == "annotator.services.cluster":
            raise ModuleNotFoundError("No module named 'distributed'", name="distributed")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_dask)
    result = suggest(cluster="tcp://127.0.0.1:8786")
    assert result.exit_code == 1
    assert result.stderr == '--cluster needs Dask; install it with: pip install "annotator[cluster]"\n'


def test_an_output_that_is_there_is_kept(suggest, corpus):
    corpus.with_name("answers.jsonl").write_text("mine")
    result = suggest()
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "this exists already" in result.stderr
    assert corpus.with_name("answers.jsonl").read_text() == "mine"


def test_what_is_killed_half_way_leaves_nothing_under_the_name(home, suggest, corpus):
    pipe, output = corpus.with_name("pipe.jsonl"), corpus.with_name("answers.jsonl")
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "annotator", "--home", str(home), "suggest", "--project", "Study"]
    process = subprocess.Popen([*command, "--input", str(pipe), "--output", str(output)])
    with pipe.open("wb", buffering=0) as lines:
        lines.write(corpus.read_bytes() * 500)  # more than a part, so that some of it is answered
        while not any(part.stat().st_size for part in corpus.parent.glob(".answers.jsonl-*.part/file")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.wait()
    assert not output.exists()
    assert suggest().exit_code == 0
    assert len(read_lines(output)) == len(ROWS)
