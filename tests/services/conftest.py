"""A fresh database for every test: a copy of a file that was migrated once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.config import Settings, read_settings
from annotator.db import Project
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.services.projects import create_project


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file that the tests copy."""
    settings = read_settings({}, home=tmp_path_factory.mktemp("template"))
    database = open_database(settings)
    with database.transaction() as session:
        create_project(session, "Study", codebook=None, owner=None)
    database.dispose()
    return settings.home / "annotator.sqlite"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a home folder of its own."""
    home = tmp_path / "home"
    home.mkdir()
    return read_settings({}, home=home)


@pytest.fixture
def database(settings: Settings, migrated_file: Path) -> Iterator[Database]:
    """Open a copy that holds the empty project "Study"."""
    shutil.copy(migrated_file, settings.home / migrated_file.name)
    database = Database(settings)
    yield database
    database.dispose()


@pytest.fixture
def project(database: Database) -> Project:
    """Return the project as it was at the start of the test."""
    with database.reading() as session:
        project = session.query(Project).one()
        session.expunge(project)
    return project
