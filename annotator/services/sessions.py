"""Browsers that are signed in: rows that can be listed and ended. They say who somebody is, never what they may."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from annotator.db import Event, User, UserSession
from annotator.db.base import now

SESSION_VALID = timedelta(days=30)
#: How exactly it is known when somebody was last here; more would be a write with every label.
PRESENCE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """One browser in which a person is signed in."""

    browser: str | None
    started_at: datetime
    seen_at: datetime
    is_this: bool


def hash_secret(secret: str) -> str:
    """Return what the tables keep of a secret."""
    # The secrets are 256 random bits, so a plain hash is enough to make a stolen table useless.
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """Return 256 random bits that can stand in an address."""
    return secrets.token_urlsafe(32)


def start_session(session: Session, user_id: int, *, browser: str | None = None) -> str:
    """Return the secret of a new session."""
    secret, moment = new_secret(), now()
    session.add(
        UserSession(
            user_id=user_id,
            secret_hash=hash_secret(secret),
            created_at=moment,
            seen_at=moment,
            expires_at=moment + SESSION_VALID,
            browser=browser,
        )
    )
    return secret


def sessions_of(session: Session, user_id: int, *, secret: str) -> list[SignedIn]:
    """Return where a person is signed in, here first; ``secret`` is that of the browser that asks."""
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, *_is_alive())
        .order_by(func.coalesce(UserSession.seen_at, UserSession.created_at).desc(), UserSession.id.desc())
    )
    here = hash_secret(secret)
    found = [
        SignedIn(
            browser=row.browser,
            started_at=row.created_at,
            seen_at=row.seen_at or row.created_at,
            is_this=row.secret_hash == here,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.is_this)


def sign_out(session: Session, secret: str) -> None:
    """End this session; the cookie that names it is worth nothing from now on."""
    session.execute(update(UserSession).where(UserSession.secret_hash == hash_secret(secret)).values(revoked_at=now()))


def end_sessions(session: Session, user_id: int, *, but: str | None = None) -> None:
    """End a person's sessions, all but the one with the secret ``but``."""
    ending = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if but is not None:
        ending = ending.where(UserSession.secret_hash != hash_secret(but))
    session.execute(ending.values(revoked_at=now()))


def sign_out_elsewhere(session: Session, user_id: int, *, secret: str) -> None:
    """End all sessions of a person but the one that asks for it."""
    end_sessions(session, user_id, but=secret)
    session.add(Event(kind="signed-out-elsewhere", user_id=user_id))


def is_presence_due(seen_at: datetime | None) -> bool:
    """Tell whether it is time to note again that somebody is here."""
    return seen_at is None or seen_at < now() - PRESENCE_EVERY


def note_presence(session: Session, session_id: int) -> None:
    """Note that something was just sent from this browser."""
    session.execute(update(UserSession).where(UserSession.id == session_id).values(seen_at=now()))


def last_seen() -> ColumnElement[datetime]:
    """Return the expression for when the person of a row of ``user_account`` last signed in or sent something."""
    return (
        select(func.max(func.coalesce(UserSession.seen_at, UserSession.created_at)))
        .where(UserSession.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )


def _is_alive() -> tuple[ColumnElement[bool], ...]:
    return (UserSession.revoked_at.is_(None), UserSession.expires_at > now())
