import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from annotator.db import Event, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, TooManyAttemptsError
from annotator.services import accounts, entering, passwords, signing_in

GOOD, OTHER = "correct horse battery staple", "four other words entirely"
KEPT = passwords.hash_password(GOOD)


@pytest.fixture
def ada(database: Database) -> int:
    """Return the number of a person named Ada who has a password."""
    with database.transaction() as session:
        return accounts.create_user(session, "Ada", password_hash=KEPT).id


def sign_in(database: Database, name: str = "Ada", password: str = GOOD, address: str = "192.0.2.1") -> str | None:
    return signing_in.sign_in_with_password(database, name, password, address=address, browser="Firefox")


def signed_in(database: Database, secret: str | None) -> str | None:
    with database.reading() as session:
        visit = entering.find_visit(session, secret or "")
        return visit and visit.user.name


def password_of(database: Database, name: str = "Ada") -> str | None:
    with database.reading() as session:
        return session.scalar(select(User.password_hash).where(User.name == name))


def events(database: Database) -> list[tuple[str, int | None, dict]]:
    with database.reading() as session:
        rows = session.scalars(select(Event).where(Event.project_id.is_(None)).order_by(Event.id))
        return [(row.kind, row.user_id, row.details) for row in rows]


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Watch which hashes are verified."""
    found: list[str] = []
    hasher = passwords._hasher()

    class Watched:
        hash, check_needs_rehash = hasher.hash, hasher.check_needs_rehash

        def verify(self, kept: str, password: str) -> bool:
            found.append(kept)
            return hasher.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", lambda: Watched())
    return found


def test_the_password_signs_in(database: Database, ada: int):
    assert signed_in(database, sign_in(database)) == "Ada"
    assert events(database) == [("signed-in", ada, {"with": "password"})]


def test_a_wrong_password_and_an_unknown_name_are_answered_alike_and_take_one_hash_each(
    database: Database, ada: int, verified: list[str]
):
    with database.transaction() as session:
        accounts.create_user(session, "Without")
        accounts.create_user(session, "Gone", password_hash=KEPT).disabled_at = now()
    tries = [("Ada", OTHER), ("Nobody", GOOD), ("Without", GOOD), ("Gone", GOOD), ("\x00", GOOD), ("x" * 99, GOOD)]
    assert [sign_in(database, name, password) for name, password in tries] == [None] * 6
    assert verified == [KEPT] + [passwords.OF_NOBODY] * 5


def test_what_was_typed_is_not_logged(database: Database, ada: int):
    sign_in(database, "Ada", OTHER)
    sign_in(database, GOOD, OTHER)
    assert events(database) == [("sign-in-failed", ada, {}), ("sign-in-failed", None, {})]


def test_after_ten_failures_nothing_is_hashed_any_more(database: Database, ada: int, verified: list[str]):
    for number in range(10):
        sign_in(database, "Ada", OTHER, address=f"192.0.2.{number}")
    with pytest.raises(TooManyAttemptsError):
        sign_in(database, "ada", GOOD, address="192.0.2.99")
    assert len(verified) == 10


def test_an_address_that_tries_many_names_is_stopped_and_others_are_not(database: Database, ada: int):
    for number in range(10):
        sign_in(database, f"Nobody {number}", OTHER)
    with pytest.raises(TooManyAttemptsError):
        sign_in(database)
    assert sign_in(database, address="192.0.2.2") is not None


def test_a_class_signs_in_from_one_address(database: Database):
    with database.transaction() as session:
        for number in range(12):
            accounts.create_user(session, f"Pupil {number}", password_hash=KEPT)
    assert all(sign_in(database, f"Pupil {number}") for number in range(12))


def test_nothing_is_hashed_while_the_database_is_held(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    with sqlite_database.transaction() as session:
        ada = accounts.create_user(session, "Ada", password_hash=KEPT).id
    held: list[bool] = []
    for name in ("is_right", "hash_password"):
        real = getattr(passwords, name)

        def watched(*given: str, real=real):
            held.append(sqlite_database._turn.locked())  # type: ignore[attr-defined]
            return real(*given)

        monkeypatch.setattr(passwords, name, watched)
    secret = sign_in(sqlite_database) or ""
    signing_in.change_password(sqlite_database, ada, present=GOOD, new=OTHER, secret=secret)
    assert held == [False] * 3


def test_a_hash_of_other_costs_is_renewed_at_the_next_sign_in(database: Database, ada: int):
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(GOOD)
    with database.transaction() as session:
        session.execute(update(User).values(password_hash=cheap))
    assert sign_in(database, password=OTHER) is None
    assert password_of(database) == cheap
    assert sign_in(database) is not None
    renewed = password_of(database)
    assert renewed is not None
    assert not passwords.is_outdated(renewed)
    assert sign_in(database) is not None


def test_who_is_disabled_while_the_password_is_verified_does_not_get_in(
    database: Database, ada: int, monkeypatch: pytest.MonkeyPatch
):
    def disable(_password: str, _kept: str | None) -> bool:
        with database.transaction() as session:
            session.execute(update(User).values(disabled_at=now()))
        return True

    monkeypatch.setattr(passwords, "is_right", disable)
    assert sign_in(database) is None


def test_a_new_password_ends_all_other_sessions_and_links(database: Database, ada: int):
    here, there = sign_in(database), sign_in(database)
    with database.transaction() as session:
        link = accounts.create_sign_in_link(session, accounts.find_user(session, "Ada"))
    signing_in.change_password(database, ada, present=GOOD, new=OTHER, secret=here or "")
    assert (signed_in(database, here), signed_in(database, there)) == ("Ada", None)
    with database.transaction() as session, pytest.raises(NotFoundError):
        accounts.sign_in_with_link(session, link)
    assert sign_in(database) is None
    assert sign_in(database, password=OTHER) is not None
    assert ("password-changed", ada, {}) in events(database)


def test_the_present_password_is_asked_for_and_counted(database: Database, ada: int):
    for _ in range(10):
        with pytest.raises(NotAllowedError, match="not your present password"):
            signing_in.change_password(database, ada, present=OTHER, new=OTHER, secret="")
    with pytest.raises(TooManyAttemptsError):
        signing_in.change_password(database, ada, present=GOOD, new=OTHER, secret="")
    assert password_of(database) == KEPT


def test_who_has_no_password_is_asked_for_none(database: Database):
    with database.transaction() as session:
        grace = accounts.create_user(session, "Grace").id
    with pytest.raises(InvalidInputError, match="10 to 200 characters"):
        signing_in.change_password(database, grace, present="", new="short", secret="")
    signing_in.change_password(database, grace, present="", new=GOOD, secret="")
    assert signed_in(database, sign_in(database, "Grace")) == "Grace"


def test_of_two_who_change_a_password_at_once_the_second_is_told(
    database: Database, ada: int, monkeypatch: pytest.MonkeyPatch
):
    real = passwords.hash_password

    def meanwhile(password: str) -> str:
        with database.transaction() as session:
            session.execute(update(User).values(password_hash=KEPT + "x"))
        return real(password)

    monkeypatch.setattr(passwords, "hash_password", meanwhile)
    with pytest.raises(ConflictError):
        signing_in.change_password(database, ada, present=GOOD, new=OTHER, secret="")
