"""Signing in with a password, and changing it. Passwords are hashed between two transactions, never inside one."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Event, User
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotAllowedError
from annotator.services import accounts, limits, passwords, sessions
from annotator.words import say


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Who somebody says they are, as the tables knew them before the password was looked at."""

    attempt: limits.Attempt
    user_id: int | None
    kept: str | None


def sign_in_with_password(
    database: Database, name: str, password: str, *, address: str | None, browser: str | None = None
) -> str | None:
    """Return the secret of a new session; None, after as long, for a wrong password and for a name nobody has.

    Raises
    ------
    TooManyAttemptsError
        If it was tried too often under this name or from this address.
    """
    with database.transaction() as session:
        claimed = _claim(session, name, address)
    is_right = passwords.is_right(password, claimed.kept)
    kept = claimed.kept
    if is_right and kept is not None and passwords.is_outdated(kept):
        kept = passwords.hash_password(password)
    with database.transaction() as session:
        secret = _let_in(session, claimed, kept, browser) if is_right else None
        if secret is None:
            # Without the name that was typed: people type their password there.
            session.add(Event(kind="sign-in-failed", user_id=claimed.user_id))
    return secret


def change_password(database: Database, user_id: int, *, present: str, new: str, secret: str) -> None:
    """Give a person a new password and end all their sessions but the one with this secret.

    Raises
    ------
    InvalidInputError
        If the new password is none.
    NotAllowedError
        If the present one is not right; whoever has none is not asked.
    ConflictError
        If it was changed meanwhile.
    TooManyAttemptsError
        If it was tried too often.
    """
    with database.transaction() as session:
        attempt = limits.take_attempt(session, f"password:{user_id}")
        user = session.get_one(User, user_id)
        kept = user.password_hash
        # What is refused here leaves no trace: it says nothing about the present password.
        passwords.check_password(new, name=user.name)
    if kept is not None and not passwords.is_right(present, kept):
        raise NotAllowedError(say("This is not your present password."))
    hashed = passwords.hash_password(new)
    with database.transaction() as session:
        _set_password(session, user_id, before=kept, after=hashed, secret=secret)
        limits.give_back(session, attempt)


def _claim(session: Session, name: str, address: str | None) -> _Claimed:
    attempt = limits.take_attempt(session, limits.name_key(name), limits.address_key(address))
    try:
        user = session.scalar(select(User).where(User.name == accounts.checked_name(name), User.disabled_at.is_(None)))
    except InvalidInputError:
        user = None
    return _Claimed(attempt, user.id if user else None, user.password_hash if user else None)


def _let_in(session: Session, claimed: _Claimed, kept: str | None, browser: str | None) -> str | None:
    user = session.get(User, claimed.user_id, with_for_update=True)
    if user is None or user.disabled_at is not None or user.password_hash != claimed.kept:
        # Disabled, or given another password, while this one was being verified.
        return None
    user.password_hash = kept
    limits.give_back(session, claimed.attempt)
    session.add(Event(kind="signed-in", user_id=user.id, details={"with": "password"}))
    return sessions.start_session(session, user.id, browser=browser)


def _set_password(session: Session, user_id: int, *, before: str | None, after: str, secret: str) -> None:
    user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    if user.password_hash != before:
        raise ConflictError(say("Your password was changed elsewhere meanwhile."))
    user.password_hash = after
    sessions.end_sessions(session, user_id, but=secret)
    accounts.withdraw_links(session, user_id)
    session.add(Event(kind="password-changed", user_id=user_id))
