"""The whole way by commands alone: files in, labels, a classifier, a data set out, and the same again elsewhere."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection, create_engine, inspect, text

from annotator.cli import main
from bad_files import BAD_FILES

Run = Callable[..., Result]
TALK = """ANNA BELL, HOST: Good evening. The harbour of Lund is to close.

CARL DUNN: It is. I am told so by everybody in the hall.

ANNA BELL: Thank you for being with us.
"""
#: Sentences for and against a target, ten each, so that there is something to learn.
UNITS = "".join(
    f"f{n},The council {verb} the harbour in its {n}. meeting.,Harbour,favor,d{n % 4}\n"
    f"a{n},Residents {word} the harbour on day {n}.,Harbour,against,d{n % 4}\n"
    for n, (verb, word) in enumerate(zip(["praised", "welcomed"] * 5, ["attacked", "condemned"] * 5, strict=True))
)


def run_in(home: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Run commands in a home folder that was set up."""
    run = run_in(home)
    assert run("init").exit_code == 0
    return run


@pytest.fixture
def study(run: Run) -> Run:
    """The same with the project "Study"."""
    assert run("project", "create", "Study").exit_code == 0
    return run


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A transcript, a folder, a table of labelled units, and documents as JSON Lines."""
    folder = tmp_path / "sources"
    (folder / "news" / "deep").mkdir(parents=True)
    (folder / "talk.txt").write_text(TALK, encoding="utf-8")
    (folder / "news" / "a.txt").write_text("It rains. It pours.\n", encoding="utf-8")
    (folder / "news" / "deep" / "b.md").write_text("Nobody came. 😀 لا أحد.\n", encoding="utf-8")
    (folder / "units.csv").write_text(f"id,sentence,about,opinion,doc\n{UNITS}", encoding="utf-8")
    (folder / "more.jsonl").write_text(
        '{"id": "x1", "title": "First", "text": "One. Two.", "outlet": "Post"}\n{"text": "Three."}\n', encoding="utf-8"
    )
    return folder


def fill(run: Run, sources: Path) -> None:
    columns = ("--text-column", "sentence", "--id-column", "id", "--target-column", "about", "--document-column", "doc")
    labels = ("--label-column", "opinion", "--question", "stance")
    for arguments in (
        (sources / "talk.txt",),
        (sources / "news",),
        (sources / "units.csv", *columns, *labels),
        (sources / "more.jsonl",),
    ):
        result = run("import", "--project", "Study", *arguments)
        assert (result.exit_code, result.stderr) == (0, ""), result.output


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_whole_way(study: Run, sources: Path, tmp_path: Path) -> None:
    fill(study, sources)
    (row,) = json.loads(study("project", "list", "--json").stdout)
    assert (row["documents"], row["sentences"]) == (9, 32)
    card = json.loads(study("train", "--project", "Study", "--question", "stance", "--json").stdout)
    assert card["number"] == 1
    for name, file in (("csv", "table.csv"), ("csv-spreadsheet", "sheet.csv"), ("jsonl", "set"), ("jsonl", "set.zip")):
        assert study("export", "--project", "Study", "--format", name, "--output", tmp_path / file).exit_code == 0
    table = (tmp_path / "table.csv").read_text(encoding="utf-8")
    assert table.count(",Harbour,") == 20
    other = run_in(tmp_path / "other")
    for number, file in enumerate(("set", "set.zip")):
        assert other("init").exit_code == 0
        # The same name in another home folder the first time; beside that one, only another.
        name = "Study" if number == 0 else "Second"
        assert other("import", "--project", name, tmp_path / file).exit_code == 0
        again = tmp_path / f"again-{number}"
        assert other("export", "--project", name, "--format", "jsonl", "--output", again).exit_code == 0
        first, second = files(tmp_path / "set"), files(again)
        differing = {name for name in first | second if first.get(name) != second.get(name)}
        assert differing == (set() if number == 0 else {"project.json", "README.md", "manifest.json"})
    for commands in (study, other):
        doctor = commands("doctor")
        assert doctor.exit_code == 0, doctor.output


def test_evaluate_prints_all_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text(f"id,sentence,about,opinion,doc\n{UNITS}", encoding="utf-8")
    columns = ("--text-column", "sentence", "--label-column", "opinion", "--target-column", "about")
    arguments = ("evaluate", "--train", path, "--test", path, "--question-type", "stance", *columns, "--json")
    result = run_in(tmp_path / "home")(*arguments)
    assert result.exit_code == 0, result.output
    wanted = {"n_train", "n_test", "accuracy", "macro_f1", "micro_f1", "f_avg", "ece", "per_label", "intervals"}
    assert wanted | {"majority", "cpu_seconds", "peak_mb"} <= json.loads(result.stdout).keys()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("project", "list"), 0),
        (("--help",), 0),
        (("train", "--project", "Nowhere"), 1),
        (("export", "--project", "Nowhere", "--format", "csv", "--output", "x.csv"), 1),
        (("import", "--project", "Nowhere", "nowhere.txt"), 1),
        (("import", "nowhere.txt"), 2),
        (("export", "--project", "Nowhere", "--format", "nix", "--output", "x"), 2),
        (("conjure",), 2),
        (("serve", "--port", "99999"), 2),
    ],
)
def test_exit_status_tells_success_failure_and_misuse(run: Run, arguments: tuple[str, ...], status: int) -> None:
    result = run(*arguments)
    assert result.exit_code == status, result.output
    assert bool(result.stderr) == (status > 0)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("what", BAD_FILES)
def test_bad_file_gets_one_sentence_and_changes_nothing(study: Run, home: Path, tmp_path: Path, what: str) -> None:
    name, content, words = BAD_FILES[what]
    (tmp_path / name).write_bytes(content)
    before = rows(home)
    result = study("import", "--project", "Study", tmp_path / name)
    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines() if what != "binary" else result.stderr.splitlines()[:1]
    assert all(word in sentence for word in words), sentence
    assert rows(home) == before


BAD_CODEBOOKS = {
    "unknown key": (
        "    colour: red\n    labels: [{name: good}, {name: bad}]\n",
        "line 5",
        '"colour" is not known',
    ),
    "one key for two labels": (
        "    labels:\n      - {name: good, key: q}\n      - {name: bad, key: q}\n",
        "line 7",
        '"q" already gives question "Tone", label "good"; choose another',
    ),
    "a key of the page": ("    labels: [{name: good, key: u}, {name: bad}]\n", "line 5", "choose another"),
    "no YAML": ("    labels: [{name: good\n", "line ", "codebook.yaml"),
}


@pytest.mark.parametrize("what", BAD_CODEBOOKS)
def test_bad_codebook_gets_one_sentence_and_makes_no_project(run: Run, home: Path, tmp_path: Path, what: str) -> None:
    questions, line, words = BAD_CODEBOOKS[what]
    path = tmp_path / "codebook.yaml"
    path.write_text(f"name: Mine\nquestions:\n  - name: Tone\n    type: choice\n{questions}", encoding="utf-8")
    before = rows(home)
    result = run("project", "create", "Mine", "--codebook", path)
    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith(f"codebook.yaml, {line}"), sentence
    assert words in sentence
    assert rows(home) == before


def test_port_in_use_is_named_and_nothing_is_set_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_in(tmp_path / "home")("serve", "--port", port)
    assert result.exit_code == 1
    assert result.stderr == f"Port {port} is in use already; stop what runs there or choose another with --port.\n"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", [("init",), ("serve", "--port", "0"), ("project", "list")])
def test_home_folder_that_cannot_be_written_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "home").write_text("I am a file.")
    result = run_in(tmp_path / "home")(*command)
    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith(f"The home folder {tmp_path / 'home'} cannot be written (")
    assert "choose another with --home or ANNOTATOR_HOME" in sentence
    assert (tmp_path / "home").read_text() == "I am a file."


@pytest.mark.parametrize("command", [("init",), ("serve", "--port", "0"), ("project", "list"), ("doctor",)])
def test_database_of_a_newer_version_is_left_alone(study: Run, home: Path, command: tuple[str, ...]) -> None:
    with opened(home) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    before = rows(home)
    result = study(*command)
    assert result.exit_code == 1
    (sentence,) = result.stderr.splitlines()
    assert f"{home / 'annotator.sqlite'} was written by a newer version of Annotator (tables 9999" in sentence
    assert "upgrade Annotator or name another home folder" in sentence
    assert rows(home) == before


def opened(home: Path) -> Connection:
    return create_engine(f"sqlite:///{home / 'annotator.sqlite'}").connect()


def rows(home: Path) -> dict[str, list[object]]:
    """Return everything in the database."""
    connection = opened(home)
    tables: Iterator[str] = iter(inspect(connection).get_table_names())
    found = {name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"'))] for name in tables}
    connection.close()
    connection.engine.dispose()
    return found
