import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from annotator.db import SignInLimit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import TooManyAttemptsError
from annotator.services import limits


def take(database: Database, *keys: str) -> limits.Attempt:
    with database.transaction() as session:
        return limits.take_attempt(session, *keys)


def rows(database: Database) -> list[SignInLimit]:
    with database.reading() as session:
        return list(session.scalars(select(SignInLimit)))


def age(database: Database, by: timedelta) -> None:
    """Let the attempts so far be older."""
    with database.transaction() as session:
        for row in session.scalars(select(SignInLimit)):
            row.attempts = [at - by.total_seconds() for at in row.attempts]
        session.execute(update(SignInLimit).values(last_at=now() - by))


def test_ten_attempts_are_allowed_and_the_eleventh_is_told_how_long_to_wait(database: Database):
    for _ in range(10):
        take(database, "name:ada")
    with pytest.raises(TooManyAttemptsError, match="wait 5 min") as caught:
        take(database, "name:ada")
    assert 295 <= caught.value.wait_seconds <= 301
    take(database, "name:grace")


def test_the_window_slides(database: Database):
    for _ in range(5):
        take(database, "a")
    age(database, timedelta(minutes=4))
    for _ in range(5):
        take(database, "a")
    with pytest.raises(TooManyAttemptsError, match="wait 1 min"):
        take(database, "a")
    age(database, timedelta(minutes=2))
    for _ in range(5):
        take(database, "a")
    with pytest.raises(TooManyAttemptsError):
        take(database, "a")


def test_one_key_that_is_full_refuses_and_leaves_the_others_as_they_were(database: Database):
    for _ in range(10):
        take(database, "address:1")
    with pytest.raises(TooManyAttemptsError):
        take(database, "address:1", "name:ada")
    for _ in range(10):
        take(database, "name:ada")


def test_what_succeeded_is_given_back_and_nothing_else(database: Database):
    failed, succeeded = take(database, "a", "b"), take(database, "a")
    with database.transaction() as session:
        limits.give_back(session, succeeded)
    kept = {tuple(row.attempts) for row in rows(database)}
    assert kept == {(failed.at,)}


def test_of_thirty_at_once_ten_get_through(database: Database):
    found: list[bool] = []
    barrier = threading.Barrier(6)

    def try_it() -> None:
        barrier.wait()
        for _ in range(5):
            try:
                take(database, "name:ada", "address:1")
                found.append(True)
            except TooManyAttemptsError:
                found.append(False)

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found.count(True), len(found)) == (10, 30)


def test_neither_names_nor_addresses_are_kept_and_old_rows_go(database: Database):
    take(database, limits.name_key("Ada"), limits.address_key("192.0.2.7"))
    assert not [row for row in rows(database) if "ada" in row.key_hash or "192" in row.key_hash]
    age(database, timedelta(minutes=6))
    take(database, "b")
    assert len(rows(database)) == 1


def test_names_count_together_however_they_are_written_and_ipv6_by_its_network():
    assert limits.name_key(" ADA  Lovelace") == limits.name_key("ada lovelace")
    assert limits.address_key("2001:db8::1") == limits.address_key("2001:db8::2:1")
    assert limits.address_key("2001:db8::1") != limits.address_key("2001:db8:0:1::1")
    assert limits.address_key("192.0.2.1") != limits.address_key("192.0.2.2")
    assert limits.address_key(None) == limits.address_key("")[:8] + "None"
