import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from annotator.cli import main
from annotator.config import read_settings
from annotator.db import Document, ImportBatch, Unit
from annotator.db.engines import Database

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command in a home folder that has the project "Study"."""

    def run_command(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])

    assert run_command("project", "create", "Study").exit_code == 0
    return run_command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with two good files, a bad one and a hidden one."""
    folder = tmp_path / "news"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("It rains. It pours.", encoding="utf-8")
    (folder / "deep" / "b.jsonl").write_text('{"text": "One. Two."}\n{"text": "Three."}\n', encoding="utf-8")
    (folder / "c.jsonl").write_text('{"text": "Fine."}\n{"text": ""}\nno json\n', encoding="utf-8")
    (folder / ".hidden.txt").write_text("Nothing.", encoding="utf-8")
    return folder


def held(home: Path) -> tuple[int, int, int]:
    """Return the numbers of documents, sentences and batches."""
    database = Database(read_settings({}, home=home))
    with database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Document, Unit, ImportBatch)]
    database.dispose()
    return tuple(counts)  # type: ignore[return-value]


def test_each_file_of_a_folder_comes_in_whole_or_not_at_all(run: Run, home: Path, folder: Path) -> None:
    result = run("import", "--project", "Study", folder)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "a.txt: 1 document, 2 sentences",
        "c.jsonl: refused, 2 problems",
        "b.jsonl: 2 documents, 3 sentences",
        "Imported 2 files with 3 documents and 5 sentences; refused 1 file.",
    ]
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["c.jsonl, line 2", "c.jsonl, line 3"]
    assert held(home) == (3, 5, 2)


def test_machine_readable_result_is_all_that_is_printed(run: Run, folder: Path) -> None:
    result = run("import", "--project", "Study", "--json", folder)
    record = json.loads(result.stdout)
    assert (record["accepted"], record["refused"], record["documents"], record["units"]) == (2, 1, 3, 5)
    assert {row["name"]: len(row["problems"]) for row in record["files"]} == {"a.txt": 0, "c.jsonl": 2, "b.jsonl": 0}


def test_dry_run_shows_what_is_understood_and_needs_no_project(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("KERIM HAS: Good evening.\n\nKERIM A: It rains.\n\nKERIM HAS: Bye.\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["--home", str(home), "import", "--project", "No", "--dry-run", str(path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "talk",
        "  transcript",
        "  Kerim Has, 2 turns, printed as KERIM HAS",
        "  Kerim A, 1 turn, printed as KERIM A",
        "  3 turns, 3 sentences",
        "  | Good evening.",
        "  | It rains.",
        "  | Bye.",
        "  “Kerim A” looks like “Kerim Has”; are they the same person?",
        "talk.txt: 1 document, 3 sentences",
    ]
    assert not home.exists()


def test_dry_run_tells_what_is_wrong_and_fails(run: Run, home: Path, folder: Path) -> None:
    result = run("import", "--project", "Study", "--dry-run", folder / "c.jsonl")
    assert result.exit_code == 1
    assert "c.jsonl, line 2" in result.stderr
    assert held(home) == (0, 0, 0)


def test_table_of_ready_made_units_with_labels(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text(
        "sid,body,about,opinion,by\n1,It rains. Much.,Sky,against,Ann\n1,,Sky,favor,Bob\n", encoding="utf-8"
    )
    columns = ("--text-column", "body", "--id-column", "sid", "--target-column", "about", "--annotator-column", "by")
    result = run("import", "--project", "Study", *columns, "--label-column", "opinion", "--question", "stance", path)
    assert result.stdout == "units.csv: 1 document, 1 sentence, 2 annotations\n"
    assert result.exit_code == 0


def test_rows_can_be_documents_whose_text_has_another_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('story\n"One. Two."\n"Three."\n', encoding="utf-8")
    result = run("import", "--project", "Study", "--text-column", "story", "--whole-documents", path)
    assert result.stdout == "news.csv: 2 documents, 3 sentences\n"


def test_unknown_project_and_missing_file_are_told_in_a_sentence(run: Run, tmp_path: Path, folder: Path) -> None:
    unknown = run("import", "--project", "Other", folder / "a.txt")
    missing = run("import", "--project", "Study", tmp_path / "nowhere.txt")
    assert (unknown.exit_code, missing.exit_code) == (1, 1)
    assert unknown.stderr == "There is no project “Other”; there is: “Study”.\n"
    assert missing.stderr == f"{tmp_path / 'nowhere.txt'}: there is no such file or folder.\n"


def test_same_ids_again_are_refused_with_their_lines(run: Run, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}\n', encoding="utf-8")
    assert run("import", "--project", "Study", path).exit_code == 0
    again = run("import", "--project", "Study", path)
    assert again.exit_code == 1
    assert [line.split(":")[0] for line in again.stderr.splitlines()] == ["x.jsonl, line 1", "x.jsonl, line 2"]
    assert held(home) == (2, 2, 1)


def test_exported_project_can_be_imported_as_another(run: Run, tmp_path: Path, folder: Path) -> None:
    run("import", "--project", "Study", folder / "a.txt")
    out = tmp_path / "out"
    assert run("export", "--project", "Study", "--format", "jsonl", "--output", out).exit_code == 0
    for number, path in enumerate((out, out / "units.jsonl")):
        result = run("import", "--project", f"Copy {number}", path)
        assert result.stdout == "out: 1 document, 2 sentences\n", result.stderr
    assert run("import", "--project", "Study", "--dry-run", out).exit_code == 1


def test_next_import_sweeps_up_after_one_that_was_killed(run: Run, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("It rains.", encoding="utf-8")
    run("import", "--project", "Study", path)
    database = Database(read_settings({}, home=home))
    with database.transaction() as session:
        batch = session.scalars(select(ImportBatch)).one()
        left = ImportBatch(project_id=batch.project_id, name="killed")
        left.heartbeat_at = batch.heartbeat_at.replace(year=2020)
        session.add(left)
    database.dispose()
    run("import", "--project", "Study", path)
    assert held(home) == (2, 2, 2)


def test_projects_are_listed_with_what_they_hold(run: Run, folder: Path) -> None:
    run("import", "--project", "Study", folder / "a.txt")
    run("project", "create", "Second", "--codebook", "generic-frames")
    assert run("project", "list").stdout.splitlines() == [
        "Second: documents 0, sentences 0",
        "Study: documents 1, sentences 2",
    ]
    rows = json.loads(run("project", "list", "--json").stdout)
    assert [(row["slug"], row["sentences"]) for row in rows] == [("second", 0), ("study", 2)]


def test_project_with_a_name_that_is_taken_is_refused(run: Run) -> None:
    result = run("project", "create", "Study")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "already" in result.stderr


def test_starting_the_import_does_not_load_numpy_or_flask() -> None:
    code = (
        "import sys, annotator.cli.importing, annotator.services.documents, annotator.services.imports;"
        "print([name for name in ('numpy', 'flask', 'sklearn', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == "[]\n"
