import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import annotator.db
from annotator.config import Settings, read_settings
from annotator.db import Base
from annotator.db.engines import Database
from annotator.db.upgrading import HEAD, _check_home, open_database
from annotator.errors import InvalidInputError


def refusal(settings: Settings) -> str:
    """Return the one sentence with which a database is refused."""
    with pytest.raises(InvalidInputError) as caught:
        open_database(settings)
    (problem,) = caught.value.problems
    assert problem.endswith(".")
    assert "Traceback" not in problem
    return problem


def test_migrated_tables_are_those_of_the_records(database: Database):
    with database.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_survive_the_migration(database: Database):
    names = {table.name: {str(entry.name) for entry in table.constraints} for table in Base.metadata.sorted_tables}
    found = inspect(database.writer)
    for table, wanted in names.items():
        checks = {str(entry["name"]) for entry in found.get_check_constraints(table)}
        assert checks == {name for name in wanted if name.startswith("ck_")}


def test_newest_version_known_is_the_newest_migration():
    folder = Path(annotator.db.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_opening_again_changes_nothing(database: Database):
    again = open_database(database.settings)
    with again.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM project")) == 1
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    again.dispose()


def test_database_of_a_newer_version_is_refused(database: Database):
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "newer version of Annotator (tables 9999, known here: " in refusal(database.settings)


@pytest.mark.parametrize("table", ["annotation", "answer"])
def test_missing_trigger_is_noticed_at_the_start(database: Database, table: str):
    on = "" if database.settings.is_sqlite else f" ON {table}"
    with database.transaction() as session:
        session.execute(text(f"DROP TRIGGER {table}_refuses_update{on}"))
    assert f"({table}_refuses_update)" in refusal(database.settings)


@pytest.mark.postgresql
def test_trigger_that_was_switched_off_is_noticed_at_the_start(postgresql_settings: Settings):
    database = Database(postgresql_settings)
    with database.transaction() as session:
        session.execute(text("ALTER TABLE answer DISABLE TRIGGER answer_refuses_delete"))
    assert "(answer_refuses_delete)" in refusal(postgresql_settings)
    database.dispose()


def test_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "annotator.sqlite").write_bytes(b"Dear diary, " * 1000)
    assert "is not a database of this program" in refusal(read_settings({}, home=tmp_path))


def test_database_cut_short_is_refused(sqlite_settings: Settings):
    file = sqlite_settings.home / "annotator.sqlite"
    file.write_bytes(file.read_bytes()[:5000])
    assert str(file) in refusal(sqlite_settings)


def test_home_that_cannot_be_written_is_refused(tmp_path: Path):
    # Not by permissions: they do not bind root.
    (tmp_path / "file").touch()
    assert "cannot be written" in refusal(read_settings({}, home=tmp_path / "file"))
    assert "cannot be written" in refusal(read_settings({}, home=tmp_path / "file" / "below"))


def test_file_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}"
    assert "cannot be opened" in refusal(read_settings({"ANNOTATOR_DATABASE_URL": url}, home=tmp_path))


def test_server_that_does_not_answer_is_refused(tmp_path: Path):
    url = "postgresql://nobody:secret@127.0.0.1:1/x"
    problem = refusal(read_settings({"ANNOTATOR_DATABASE_URL": url}, home=tmp_path))
    assert problem.startswith("The PostgreSQL database cannot be opened: ")
    assert "secret" not in problem


@pytest.mark.postgresql
def test_database_that_the_server_does_not_have_is_refused(postgresql_server: str, tmp_path: Path):
    settings = read_settings({"ANNOTATOR_DATABASE_URL": f"{postgresql_server}/nowhere"}, home=tmp_path)
    assert 'database "nowhere" does not exist' in refusal(settings)


@pytest.mark.postgresql
def test_server_that_forgets_what_it_confirmed_is_refused(postgresql_settings: Settings):
    database = Database(postgresql_settings)
    name = postgresql_settings.database_url.rpartition("/")[2]
    with database.transaction() as session:
        session.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    database.dispose()
    assert "synchronous_commit = off" in refusal(postgresql_settings)


def test_several_that_start_at_once_make_the_tables_once(tmp_path: Path):
    start_together(read_settings({}, home=tmp_path))
    with sqlite3.connect(tmp_path / "annotator.sqlite") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    connection.close()


@pytest.mark.postgresql
def test_several_that_start_at_once_make_the_tables_once_on_postgresql(postgresql_url: str, tmp_path: Path):
    start_together(read_settings({"ANNOTATOR_DATABASE_URL": postgresql_url}, home=tmp_path))


def start_together(settings: Settings) -> None:
    """Open an empty home folder in three processes at once."""
    code = (
        "import pathlib, sys; from annotator.config import read_settings; "
        "from annotator.db.upgrading import open_database; sys.stdin.readline(); "
        f"open_database(read_settings({{'ANNOTATOR_DATABASE_URL': {settings.database_url!r}}}, "
        f"home=pathlib.Path({str(settings.home)!r})))"
    )
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [re.sub(r"(?s)^(.*\n)?(.+)\n$", r"\2", process.communicate(timeout=60)[1]) for process in started] == [
        ""
    ] * 3


def test_home_is_tried_by_several_servers_at_once_without_getting_in_each_others_way(tmp_path: Path):
    settings = read_settings({}, home=tmp_path)
    with ThreadPoolExecutor(6) as threads:
        tries = [threads.submit(_check_home, settings) for _ in range(600)]
    assert [found for found in (one.exception() for one in tries) if found is not None] == []
