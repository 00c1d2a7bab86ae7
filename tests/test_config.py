from pathlib import Path

import pytest

from annotator.config import read_settings
from annotator.errors import InvalidInputError


def test_everything_lies_in_the_home_folder(tmp_path: Path):
    settings = read_settings({"ANNOTATOR_HOME": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path / 'annotator.sqlite'}"
    folders = {settings.models, settings.exports, settings.queue, settings.key_file}
    assert {path.parent for path in folders} == {tmp_path}


def test_home_on_the_command_line_wins(tmp_path: Path):
    assert read_settings({"ANNOTATOR_HOME": "/elsewhere"}, home=tmp_path).home == tmp_path


def test_working_directory_is_the_home_unless_another_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"ANNOTATOR_HOME": ""}).home == tmp_path


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+pg8000"])
def test_postgresql_is_reached_by_the_one_driver_there_is(scheme: str, tmp_path: Path):
    settings = read_settings({"ANNOTATOR_DATABASE_URL": f"{scheme}://ann:pw@db:5433/study"}, home=tmp_path)
    assert settings.database_url == "postgresql+pg8000://ann:pw@db:5433/study"
    assert not settings.is_sqlite


def test_another_sqlite_file_can_be_named(tmp_path: Path):
    assert read_settings({"ANNOTATOR_DATABASE_URL": "sqlite:////data/x.db"}, home=tmp_path).is_sqlite


@pytest.mark.parametrize(
    "url",
    [
        *("mysql://me@host/x", "nonsense", "sqlite://", "sqlite:///:memory:", "sqlite://host/file", "postgresql://"),
        *("postgresql://host/x", "postgresql://me@host/", "postgresql://me@host:port/x", "postgresql://me@:5432/x"),
        *("postgresql://me@host:99999/x", "postgresql://me@[::1/x"),
    ],
)
def test_bad_database_url_is_told_in_one_sentence_without_its_password(url: str, tmp_path: Path):
    with pytest.raises(InvalidInputError, match=r"^ANNOTATOR_DATABASE_URL .*\.$") as caught:
        read_settings({"ANNOTATOR_DATABASE_URL": url.replace("me@", "me:secret@")}, home=tmp_path)
    assert len(caught.value.problems) == 1
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("TRUE", True), ("yes", True), ("0", False), ("", False)])
def test_switch_is_read(written: str, meant: bool, tmp_path: Path):
    assert read_settings({"ANNOTATOR_BEHIND_TLS": written}, home=tmp_path).behind_tls is meant


def test_switch_that_is_neither_on_nor_off_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInputError, match=r"ANNOTATOR_BEHIND_TLS is “maybe”; it must be 1 or 0\."):
        read_settings({"ANNOTATOR_BEHIND_TLS": "maybe"}, home=tmp_path)


def test_the_folder_of_an_embedding_is_named_and_need_not_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"ANNOTATOR_EMBEDDING": "potion"}, home=tmp_path).embedding == tmp_path / "potion"
    assert read_settings({"ANNOTATOR_EMBEDDING": " "}, home=tmp_path).embedding is None
    assert read_settings({}, home=tmp_path).embedding is None
