import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from annotator.db import Event, SignInLink, User, UserSession
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, entering, sessions
from at_once import alone, meanwhile


@pytest.fixture
def link(database: Database) -> str:
    """Return the secret of a link for a person named Ada."""
    with database.transaction() as session:
        return accounts.create_sign_in_link(session, accounts.create_user(session, "Ada"))


def sign_in(database: Database, link: str) -> str:
    with database.transaction() as session:
        return accounts.sign_in_with_link(session, link)


def owner(database: Database, link: str) -> str | None:
    with database.reading() as session:
        return accounts.link_owner(session, link)


def signed_in(database: Database, secret: str) -> str | None:
    with database.reading() as session:
        visit = entering.find_visit(session, secret)
        return visit and visit.user.name


def disable(database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(User).values(disabled_at=now()))


def test_link_signs_in_once(database: Database, link: str):
    assert owner(database, link) == "Ada"
    assert signed_in(database, sign_in(database, link)) == "Ada"
    assert owner(database, link) is None
    with pytest.raises(NotFoundError, match="has been used or is too old"):
        sign_in(database, link)


def test_of_two_who_use_a_link_at_once_one_wins(database: Database, link: str):
    found: list[str] = []
    barrier = threading.Barrier(4)

    def use() -> None:
        barrier.wait()
        try:
            found.append(signed_in(database, sign_in(database, link)) or "")
        except NotFoundError:
            found.append("refused")

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["Ada", "refused", "refused", "refused"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 1


def test_link_expires(database: Database, link: str):
    with database.transaction() as session:
        session.execute(update(SignInLink).values(expires_at=now() - timedelta(seconds=1)))
    assert owner(database, link) is None
    with pytest.raises(NotFoundError):
        sign_in(database, link)


def test_session_ends_on_sign_out_and_others_stay(database: Database, link: str):
    with database.transaction() as session:
        another = accounts.create_sign_in_link(session, accounts.find_user(session, "Ada"))
    first, second = sign_in(database, link), sign_in(database, another)
    with database.transaction() as session:
        sessions.sign_out(session, first)
    assert (signed_in(database, first), signed_in(database, second)) == (None, "Ada")


def test_session_expires(database: Database, link: str):
    secret = sign_in(database, link)
    with database.transaction() as session:
        session.execute(update(UserSession).values(expires_at=now() - timedelta(seconds=1)))
    assert signed_in(database, secret) is None


def test_disabled_person_is_out_at_once_and_cannot_come_back(database: Database, link: str):
    with database.transaction() as session:
        another = accounts.create_sign_in_link(session, accounts.find_user(session, "Ada"))
    secret = sign_in(database, link)
    disable(database)
    assert signed_in(database, secret) is None
    assert owner(database, another) is None
    with pytest.raises(NotFoundError):
        sign_in(database, another)
    with database.reading() as session, pytest.raises(NotFoundError, match="There is no user “Ada”"):
        accounts.find_user(session, "Ada")


def test_secrets_are_not_kept(database: Database, link: str):
    secret = sign_in(database, link)
    with database.reading() as session:
        kept = [*session.scalars(select(SignInLink.secret_hash)), *session.scalars(select(UserSession.secret_hash))]
        assert not {link, secret} & set(kept)
        assert session.scalars(select(Event.details).where(Event.kind == "signed-in")).one() == {}


def test_names_are_taken_once(database: Database, link: str):
    with database.transaction() as session, pytest.raises(ConflictError, match="a user named “Ada” already"):
        accounts.create_user(session, "Ada")


def test_first_user_is_made_once(database: Database):
    with database.transaction() as session:
        assert accounts.first_user(session).id == accounts.first_user(session).id
        assert accounts.user_names(session) == ["owner"]


def test_names_that_differ_in_capitals_only_are_one(database: Database, link: str):
    with database.transaction() as session, pytest.raises(ConflictError):
        accounts.create_user(session, "ADA")


@pytest.mark.parametrize(("name", "other"), [("Åse", "åse"), ("نی\u200cکی", "نیکی"), ("Жук", "ЖУК")])
def test_names_in_other_scripts_that_read_alike_are_one(database: Database, name: str, other: str):
    with database.transaction() as session:
        accounts.create_user(session, name)
        with pytest.raises(ConflictError):
            accounts.create_user(session, other)


@pytest.mark.parametrize("name", ["نی\u200cکی", "ක්\u200dරිෂාන්", "क्\u200dष"])
def test_names_are_kept_with_the_joiners_their_script_needs(database: Database, name: str):
    with database.transaction() as session:
        assert accounts.create_user(session, name).name == name


@pytest.mark.parametrize("name", ["", " \t", "x" * 61, "A\u200bda", "A\u202eda", "A\u200dda", "نی\u200c"])
def test_names_that_nobody_can_read_are_refused(database: Database, name: str):
    with database.transaction() as session, pytest.raises(InvalidInputError):
        accounts.create_user(session, name)


def test_names_are_kept_as_they_read(database: Database):
    with database.transaction() as session:
        assert accounts.create_user(session, "  Zoe\u0308\x00 Müller ").name == "Zoë Müller"


def test_of_two_who_choose_names_alike_the_second_is_told(database: Database, link: str):
    with pytest.raises(ConflictError, match="already"):
        meanwhile(
            database,
            lambda session: accounts.create_user(session, "Anna"),
            alone(database, lambda session: accounts.create_user(session, "anna")),
        )


def test_two_servers_that_start_at_once_make_one_first_user(database: Database):
    made: list[int] = []
    other = meanwhile(
        database,
        lambda session: made.append(accounts.first_user(session).id),
        alone(database, lambda session: accounts.first_user(session).id),
    )
    assert made == [other]
