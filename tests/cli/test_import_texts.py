"""Texts that a data set left out, put back from a folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from annotator.cli import main
from annotator.config import read_settings
from annotator.db import Original, Project
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.sample import load_sample
from annotator.services import accounts
from annotator.services.sample import create_sample_project

Run = Callable[..., Result]
SAMPLE_TEXTS = Path(accounts.__file__).parents[1] / "sample" / "texts"


def run_in(home: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return run_in(tmp_path / "home")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def export(run: Run, project: str, path: Path, *options: str) -> Path:
    result = run("export", "--project", project, "--format", "jsonl", "--output", path, *options)
    assert result.exit_code == 0, result.output
    return path


def projects_in(home: Path) -> list[str]:
    database = Database(read_settings({}, home=home))
    with database.reading() as session:
        names = list(session.scalars(select(Project.name).order_by(Project.name)))
    database.dispose()
    return names


def test_sample_without_texts_comes_back_byte_for_byte(run: Run, tmp_path: Path) -> None:
    database = open_database(read_settings({}, home=tmp_path / "home"))
    with database.transaction() as session:
        user_id = accounts.first_user(session).id
    create_sample_project(database, user_id)
    database.dispose()
    name = load_sample().name
    whole, bare = export(run, name, tmp_path / "whole"), export(run, name, tmp_path / "bare", "--no-text")
    assert (bare / "documents.jsonl").stat().st_size < (whole / "documents.jsonl").stat().st_size / 2
    other = run_in(tmp_path / "other")
    result = other("import", "--project", name, bare, "--texts", SAMPLE_TEXTS)
    assert (result.exit_code, result.stderr) == (0, "")
    assert files(export(other, name, tmp_path / "again")) == files(whole)


@pytest.fixture
def bare(run: Run, tmp_path: Path) -> Path:
    """Export, without texts, a file with Windows' line ends and a table of two documents."""
    news = tmp_path / "news"
    news.mkdir()
    (news / "talk.txt").write_bytes(b"\xef\xbb\xbfANN LEE: It rains.\r\n\r\nBOB OAK: It pours.\r\n")
    (news / "two.csv").write_text('title,text\nFirst,"One. Two."\nSecond,Three.\n', encoding="utf-8")
    run("project", "create", "Study")
    assert run("import", "--project", "Study", news).exit_code == 0
    return export(run, "Study", tmp_path / "bare", "--no-text")


def test_texts_in_tables_and_files_are_found(run: Run, bare: Path, tmp_path: Path) -> None:
    result = run("import", "--project", "Copy", bare, "--texts", tmp_path / "news")
    assert result.stdout == "bare: 3 documents, 5 sentences\n", result.stderr
    first = files(export(run, "Study", tmp_path / "first"))
    second = files(export(run, "Copy", tmp_path / "second"))
    assert {name for name in first if first[name] != second[name]} == {"project.json", "README.md", "manifest.json"}


def test_plain_texts_do_where_the_files_are_gone(run: Run, bare: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a").write_bytes(b"ANN LEE: It rains.\r\n\r\nBOB OAK: It pours.\r\n\n")
    (plain / "b.txt").write_text("One. Two.\n", encoding="utf-8")
    (plain / "c.md").write_text("Three.", encoding="utf-8")
    (plain / "picture.png").write_bytes(b"\x89PNG\0\xff")
    assert run("import", "--project", "Copy", bare, "--texts", plain).exit_code == 0
    database = Database(read_settings({}, home=tmp_path / "home"))
    with database.reading() as session:
        # Of the file itself, with its byte order mark, nobody knows the bytes any more.
        assert len(session.scalars(select(Original)).all()) == 1
    database.dispose()


def test_what_is_missing_is_named_and_nothing_is_imported(run: Run, bare: Path, tmp_path: Path) -> None:
    (tmp_path / "news" / "two.csv").unlink()
    result = run("import", "--project", "Copy", bare, "--texts", tmp_path / "news")
    assert result.exit_code == 1
    assert ["(“First”)" in line or "(“Second”)" in line for line in result.stderr.splitlines()] == [True, True]
    assert f"is not in {tmp_path / 'news'}; put the file there" in result.stderr
    assert projects_in(tmp_path / "home") == ["Study"]


def test_without_the_option_the_sentence_names_it(run: Run, bare: Path, tmp_path: Path) -> None:
    result = run("import", "--project", "Copy", bare)
    assert result.exit_code == 1
    assert result.stderr == (
        "bare: the texts of 3 documents were left out of this data set; "
        "put them back with “annotator import … --texts FOLDER”, where the folder holds them.\n"
    )
    assert projects_in(tmp_path / "home") == ["Study"]


def test_a_folder_that_is_not_there_is_told(run: Run, bare: Path, tmp_path: Path) -> None:
    result = run("import", "--project", "Copy", bare, "--texts", tmp_path / "nowhere")
    assert (result.exit_code, result.stderr) == (1, f"{tmp_path / 'nowhere'}: there is no such file or folder.\n")


def test_texts_go_with_data_sets_only(run: Run, bare: Path, tmp_path: Path) -> None:
    result = run("import", "--project", "Study", tmp_path / "news", "--texts", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("--texts goes with a data set")


def test_a_zip_without_texts_takes_them_too(run: Run, bare: Path, tmp_path: Path) -> None:
    path = Path(shutil.make_archive(str(tmp_path / "bare"), "zip", bare))
    assert run("import", "--project", "Copy", path, "--texts", tmp_path / "news").exit_code == 0
