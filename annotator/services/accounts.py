"""Who is there, and how they get in: one-time links and sessions that can be revoked."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from annotator.db import Event, SignInLink, User, UserSession
from annotator.db.base import now
from annotator.errors import ConflictError, NotFoundError
from annotator.words import say

LINK_VALID = timedelta(days=1)
SESSION_VALID = timedelta(days=30)
FIRST_USER = "owner"


def create_user(session: Session, name: str, *, is_administrator: bool = False) -> User:
    """Add a person.

    Raises
    ------
    ConflictError
        If the name is taken.
    """
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise ConflictError(say("There is a user named “{name}” already; choose another name.", name=name))
    user = User(name=name, is_administrator=is_administrator)
    session.add(user)
    session.flush()
    return user


def first_user(session: Session) -> User:
    """Return the person who set this up, making them if nobody is there yet."""
    user = session.scalar(select(User).where(User.disabled_at.is_(None)).order_by(User.id).limit(1))
    return user or create_user(session, FIRST_USER, is_administrator=True)


def find_user(session: Session, name: str) -> User:
    """Return the person of this name.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    user = session.scalar(select(User).where(User.name == name, User.disabled_at.is_(None)))
    if user is None:
        names = ", ".join(session.scalars(select(User.name).order_by(User.name)))
        raise NotFoundError(
            say("There is no user “{name}”; known are: {known}.", name=name, known=names or say("none yet"))
        )
    return user


def user_names(session: Session) -> list[str]:
    """Return the names of everybody who can sign in, by name."""
    return list(session.scalars(select(User.name).where(User.disabled_at.is_(None)).order_by(User.name)))


def has_anybody_signed_in(session: Session) -> bool:
    """Tell whether any sign-in link was ever used."""
    return session.scalar(select(UserSession.id).limit(1)) is not None


def create_sign_in_link(session: Session, user: User) -> str:
    """Return the secret of a new link that signs this person in once, within a day."""
    secret = secrets.token_urlsafe(32)
    session.add(SignInLink(user_id=user.id, secret_hash=hash_secret(secret), expires_at=now() + LINK_VALID))
    return secret


def link_owner(session: Session, secret: str) -> str | None:
    """Return the name of the person an unused link is for, or None."""
    return session.scalar(
        select(User.name)
        .join(SignInLink, SignInLink.user_id == User.id)
        .where(
            SignInLink.secret_hash == hash_secret(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now(),
            User.disabled_at.is_(None),
        )
    )


def sign_in_with_link(session: Session, secret: str) -> str:
    """Use the link up and return the secret of a new session.

    Raises
    ------
    NotFoundError
        If the link was used, has expired or never was.
    """
    moment = now()
    # One statement decides, so that two clicks at once cannot both win.
    user_id = session.scalar(
        update(SignInLink)
        .where(
            SignInLink.secret_hash == hash_secret(secret),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > moment,
            SignInLink.user_id.in_(select(User.id).where(User.disabled_at.is_(None))),
        )
        .values(used_at=moment)
        .returning(SignInLink.user_id)
    )
    if user_id is None:
        raise NotFoundError(
            say("This sign-in link has been used or is too old; make a new one with “annotator user link NAME”.")
        )
    session_secret = secrets.token_urlsafe(32)
    session.add(
        UserSession(user_id=user_id, secret_hash=hash_secret(session_secret), expires_at=moment + SESSION_VALID)
    )
    session.add(Event(kind="signed-in", user_id=user_id))
    return session_secret


def user_of_session(session: Session, secret: str) -> User | None:
    """Return the person this session belongs to, or None when it has ended."""
    found = session.scalar(
        select(UserSession).where(
            UserSession.secret_hash == hash_secret(secret),
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now(),
        )
    )
    return found.user if found is not None and found.user.disabled_at is None else None


def sign_out(session: Session, secret: str) -> None:
    """End this session; the cookie that names it is worth nothing from now on."""
    session.execute(update(UserSession).where(UserSession.secret_hash == hash_secret(secret)).values(revoked_at=now()))


def hash_secret(secret: str) -> str:
    """Return what the tables keep of a secret."""
    # The secrets are 256 random bits, so a plain hash is enough to make a stolen table useless.
    return hashlib.sha256(secret.encode()).hexdigest()
