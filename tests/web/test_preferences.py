"""What people choose for themselves, on its page."""

import pytest

from annotator.db import User
from annotator.services.accounts import find_user
from annotator.services.preferences import Preferences, read_preferences


@pytest.fixture
def reader(site):
    return site.visitor("reader")


def chosen(site, name="reader") -> Preferences:
    with site.database.reading() as session:
        return read_preferences(session.get_one(User, find_user(session, name).id))


def test_the_name_in_the_bar_leads_to_the_page(reader):
    page = reader.get("/projects").text
    assert '<a class="person" href="/preferences"' in page
    form = reader.get("/preferences").text
    assert 'lang="de"' in form
    assert "Deutsch" in form


def test_a_language_shows_at_once_and_only_to_the_person(site, reader):
    answer = site.send(reader, "/preferences", language="de")
    assert answer.headers["Location"] == "/preferences"
    page = reader.get("/preferences").text
    assert '<html lang="de"' in page
    assert "Die persönlichen Einstellungen sind gespeichert." in page
    assert chosen(site) == Preferences(language="de")
    assert '<html lang="en"' in site.visitor("owner").get("/projects").text


def test_the_browsers_language_can_be_chosen_again(site, reader):
    site.send(reader, "/preferences", language="de", advance="y")
    assert chosen(site) == Preferences(language="de", advance=True)
    site.send(reader, "/preferences", language="")
    assert chosen(site) == Preferences()
    assert "The preferences are saved." in reader.get("/preferences").text


def test_a_language_that_is_not_there_is_refused(site, reader):
    assert site.send(reader, "/preferences", language="xx").status_code == 422
    assert chosen(site) == Preferences()


def test_a_language_that_is_gone_falls_back(site, reader):
    with site.database.transaction() as session:
        find_user(session, "reader").preferences = {"language": "tlh", "advance": True}
    page = reader.get("/preferences").text
    assert '<html lang="en"' in page
    assert "checked" in page


def test_nobody_chooses_for_others(site):
    assert site.visitor(None).get("/preferences").headers["Location"] == "/sign-in"
