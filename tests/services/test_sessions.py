from datetime import timedelta

import pytest
from sqlalchemy import update

from annotator.db import UserSession
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.services import accounts, entering, sessions


@pytest.fixture
def ada(database: Database) -> int:
    with database.transaction() as session:
        return accounts.create_user(session, "Ada").id


def start(database: Database, user_id: int, browser: str) -> str:
    with database.transaction() as session:
        return sessions.start_session(session, user_id, browser=browser)


def browsers(database: Database, user_id: int, secret: str) -> list[tuple[str | None, bool]]:
    with database.reading() as session:
        return [(one.browser, one.is_this) for one in sessions.sessions_of(session, user_id, secret=secret)]


def test_the_browser_that_asks_comes_first_and_ended_ones_are_left_out(database: Database, ada: int):
    here, _, gone = (start(database, ada, name) for name in ("Firefox, Linux", "Safari, iPhone", "Edge, Windows"))
    with database.transaction() as session:
        sessions.sign_out(session, gone)
    assert browsers(database, ada, here) == [("Firefox, Linux", True), ("Safari, iPhone", False)]


def test_signing_out_elsewhere_leaves_this_browser_and_other_people(database: Database, ada: int):
    with database.transaction() as session:
        grace = accounts.create_user(session, "Grace").id
    here, there, hers = start(database, ada, "a"), start(database, ada, "b"), start(database, grace, "c")
    with database.transaction() as session:
        sessions.sign_out_elsewhere(session, ada, secret=here)
    with database.reading() as session:
        found = [entering.find_visit(session, secret) for secret in (here, there, hers)]
        assert [visit and visit.user.name for visit in found] == ["Ada", None, "Grace"]


def test_presence_is_due_every_few_minutes(database: Database, ada: int):
    secret = start(database, ada, "a")
    with database.transaction() as session:
        session.execute(update(UserSession).values(seen_at=now() - timedelta(minutes=6)))
    with database.transaction() as session:
        visit = entering.find_visit(session, secret)
        assert visit is not None
        assert sessions.is_presence_due(visit.seen_at)
        sessions.note_presence(session, visit.session_id)
    with database.reading() as session:
        again = entering.find_visit(session, secret)
        assert again is not None
        assert not sessions.is_presence_due(again.seen_at)


def test_a_session_from_before_all_this_was_kept_is_listed_and_still_counts(database: Database, ada: int):
    secret = start(database, ada, "a")
    with database.transaction() as session:
        session.execute(update(UserSession).values(seen_at=None, browser=None))
    with database.reading() as session:
        (found,) = sessions.sessions_of(session, ada, secret=secret)
        assert (found.browser, found.seen_at) == (None, found.started_at)
        visit = entering.find_visit(session, secret)
        assert visit is not None
        assert sessions.is_presence_due(visit.seen_at)
