"""A site with a project, somebody in each role, somebody from elsewhere, and who runs the server."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from annotator.codebook.builtin import builtin_codebooks
from annotator.config import Settings, read_settings
from annotator.db import Membership
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.services import accounts, projects
from annotator.web import create_app

#: What the form of the settings sends as it stands, besides what a test is about.
PACE = {"retrain_every": "20", "retrain_minutes": "0"}
PEOPLE = ("owner", "reader", "annotator", "adjudicator", "outsider")


@dataclass(frozen=True)
class Site:
    """The application and its database."""

    app: Flask
    database: Database
    settings: Settings

    def link(self, name: str) -> str:
        """Return the path that signs a person in."""
        with self.database.transaction() as session:
            return "/sign-in/" + accounts.create_sign_in_link(session, accounts.find_user(session, name))

    def visitor(self, name: str | None) -> FlaskClient:
        """Return a browser in which this person, or nobody, is signed in."""
        client = self.app.test_client()
        if name is not None:
            link = self.link(name)
            client.post(link, data={"csrf_token": self.token(client)})
        return client

    def token(self, client: FlaskClient) -> str:
        """Return this browser's CSRF token, as a page brings it."""
        page = client.get("/sign-in", follow_redirects=True).text
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found, "the page has no token"
        return found[1]

    def send(self, client: FlaskClient, path: str, **data: Any) -> TestResponse:
        """Send a form with the token."""
        return client.post(path, data={"csrf_token": self.token(client), **data})


@pytest.fixture(scope="session")
def web_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the database that the tests copy."""
    settings = read_settings({}, home=tmp_path_factory.mktemp("web"))
    database = open_database(settings)
    populate(database)
    database.dispose()
    return settings.home / "annotator.sqlite"


def populate(database: Database) -> None:
    """Make the people, and two projects."""
    with database.transaction() as session:
        people = {name: accounts.create_user(session, name) for name in PEOPLE}
        accounts.create_user(session, "administrator", is_administrator=True)
        codebook = builtin_codebooks()["sentence-bias"]
        study = projects.create_project(session, "Study", codebook=codebook, owner=people["owner"])
        projects.create_project(session, "Elsewhere", codebook=codebook, owner=people["outsider"])
        for role in ("reader", "annotator", "adjudicator"):
            session.add(Membership(project_id=study.id, user_id=people[role].id, role=role))


@pytest.fixture
def site(tmp_path: Path, web_file: Path) -> Iterator[Site]:
    """Open a copy of it."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(web_file, home / web_file.name)
    settings = read_settings({}, home=home)
    database = Database(settings)
    yield Site(create_app(settings, database), database, settings)
    database.dispose()


@pytest.fixture
def owner(site: Site) -> FlaskClient:
    """Return the owner's browser."""
    return site.visitor("owner")
