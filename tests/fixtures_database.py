"""A fresh database for every test, on SQLite and on PostgreSQL: a copy of one that was migrated once."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.config import Settings, read_settings
from annotator.db import Project
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.services.projects import create_project
from fixtures_postgresql import copy_database, execute

BACKENDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgresql),
]


def fill(settings: Settings) -> None:
    """Migrate an empty database and put the empty project "Study" into it."""
    database = open_database(settings)
    with database.transaction() as session:
        create_project(session, "Study", codebook=None, owner=None)
    database.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file that the tests on SQLite copy."""
    settings = read_settings({}, home=tmp_path_factory.mktemp("template"))
    fill(settings)
    return settings.home / "annotator.sqlite"


@pytest.fixture(scope="session")
def migrated_template(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make the database that the tests on PostgreSQL copy; return its name."""
    name = f"template_{uuid.uuid4().hex}"
    execute(postgresql_server, f"CREATE DATABASE {name}")
    home = tmp_path_factory.mktemp("template")
    fill(read_settings({"ANNOTATOR_DATABASE_URL": f"{postgresql_server}/{name}"}, home=home))
    return name


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Name the database the test runs on."""
    return str(request.param)


@pytest.fixture
def sqlite_settings(tmp_path: Path, migrated_file: Path) -> Settings:
    """Settings of a home folder with a migrated SQLite file."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_file, home / migrated_file.name)
    return read_settings({}, home=home)


@pytest.fixture
def postgresql_settings(tmp_path: Path, postgresql_server: str, migrated_template: str) -> Iterator[Settings]:
    """Settings of a home folder whose database is a migrated one on the server."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    name = f"test_{uuid.uuid4().hex}"
    copy_database(postgresql_server, migrated_template, name)
    yield read_settings({"ANNOTATOR_DATABASE_URL": f"{postgresql_server}/{name}"}, home=home)
    execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(backend: str, request: pytest.FixtureRequest) -> Settings:
    """Settings of a home folder of its own."""
    found: Settings = request.getfixturevalue(f"{backend}_settings")
    return found


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """Open a database that holds the empty project "Study"."""
    database = Database(settings)
    yield database
    database.dispose()


@pytest.fixture
def sqlite_database(sqlite_settings: Settings) -> Iterator[Database]:
    """Open one on SQLite, for what only happens there or what need not run twice."""
    database = Database(sqlite_settings)
    yield database
    database.dispose()


@pytest.fixture
def project(database: Database) -> Project:
    """Return the project as it was at the start of the test."""
    with database.reading() as session:
        project = session.query(Project).one()
        session.expunge(project)
    return project
