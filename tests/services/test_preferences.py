"""What people choose for themselves."""

import pytest

from annotator.db import User
from annotator.services.accounts import create_user
from annotator.services.preferences import Preferences, hold_preferences, read_preferences, write_preferences
from at_once import alone, meanwhile


def test_nothing_is_chosen_at_first():
    assert read_preferences(User(name="ada")) == Preferences(language=None, advance=False)


def test_what_is_written_is_read(database):
    with database.transaction() as session:
        number = create_user(session, "ada").id
        write_preferences(session, number, Preferences(language="de", advance=True))
    with database.reading() as session:
        assert read_preferences(session.get_one(User, number)) == Preferences(language="de", advance=True)


def test_what_this_version_does_not_know_is_kept(database):
    with database.transaction() as session:
        number = create_user(session, "ada").id
        session.get_one(User, number).preferences = {"theme": "dark"}
        write_preferences(session, number, Preferences(advance=True))
    with database.reading() as session:
        stored = session.get_one(User, number).preferences
    assert stored == {"theme": "dark", "language": None, "advance": True}


@pytest.mark.parametrize(
    "stored", [None, [], "de", {"language": 3}, {"language": ""}, {"language": "x" * 100}, {"advance": "yes"}]
)
def test_what_has_another_form_counts_as_not_chosen(stored):
    assert read_preferences(User(name="ada", preferences=stored)) == Preferences()


def test_two_tabs_keep_what_the_other_has_chosen(database):
    with database.transaction() as session:
        number = create_user(session, "ada").id

    def choose_keys(session):
        hold_preferences(session, number).preferences = {"keys": {}}

    meanwhile(
        database,
        choose_keys,
        alone(database, lambda session: write_preferences(session, number, Preferences(advance=True))),
    )
    with database.reading() as session:
        stored = session.get_one(User, number).preferences
    assert stored == {"keys": {}, "language": None, "advance": True}
