"""Who is there, and how they get in by a one-time link."""

import re
import unicodedata
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotator.db import Event, SignInLink, User, UserSession
from annotator.db.base import now
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services.sessions import hash_secret, new_secret, start_session
from annotator.words import say

LINK_VALID = timedelta(days=1)
FIRST_USER = "owner"
MAX_NAME = 60
#: Joiners as Persian and the scripts of India need them: between letters, and seen by what these look like.
_JOINED = re.compile("(?<=[\u0600-\u0dff])[\u200c\u200d](?=[\u0600-\u0dff])")


def one_line(text: str) -> str:
    """Return what somebody typed on one line, without characters that cannot be seen or stored."""
    kept = "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def checked_name(name: str) -> str:
    """Return the name as it is kept.

    Raises
    ------
    InvalidInputError
        If it is empty, too long, or holds what nobody can see or type.
    """
    plain = one_line(name)
    if not plain or len(plain) > MAX_NAME:
        raise InvalidInputError(say("A name has 1 to {most} characters.", most=MAX_NAME))
    # Characters that are not seen would let one person look like another.
    if any(unicodedata.category(one) in ("Cf", "Co", "Cn") for one in _JOINED.sub("", plain)):
        raise InvalidInputError(say("A name holds only characters that can be seen."))
    return plain


def _reading(name: str) -> str:
    """Return what a name shares with those that are taken for it."""
    return _JOINED.sub("", name).casefold()


def create_user(
    session: Session, name: str, *, is_administrator: bool = False, password_hash: str | None = None
) -> User:
    """Add a person.

    Raises
    ------
    ConflictError
        If the name is taken, also in capitals or joined otherwise.
    InvalidInputError
        If it is none.
    """
    name = checked_name(name)
    user = User(name=name, is_administrator=is_administrator, password_hash=password_hash)
    taken = ConflictError(say("There is a user named “{name}” already; choose another name.", name=name))
    # Two who choose names at once take turns: one may look like the other.
    session.execute(select(User.id).order_by(User.id).limit(1).with_for_update(key_share=True))
    # In Python: to SQLite, only the letters of English have capitals.
    if _reading(name) in map(_reading, session.scalars(select(User.name))):
        raise taken
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
    except IntegrityError as error:
        raise taken from error
    return user


def first_user(session: Session) -> User:
    """Return the person who set this up, making them if nobody is there yet."""
    first = select(User).where(User.disabled_at.is_(None)).order_by(User.id).limit(1)
    user = session.scalar(first)
    if user is not None:
        return user
    try:
        return create_user(session, FIRST_USER, is_administrator=True)
    except ConflictError:
        # Another server that starts at the same moment made them.
        user = session.scalar(first)
        if user is None:
            raise
        return user


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
    secret = new_secret()
    session.add(SignInLink(user_id=user.id, secret_hash=hash_secret(secret), expires_at=now() + LINK_VALID))
    return secret


def withdraw_links(session: Session, user_id: int) -> None:
    """Make the sign-in links of a person that were not used worth nothing."""
    unused = update(SignInLink).where(SignInLink.user_id == user_id, SignInLink.used_at.is_(None))
    session.execute(unused.values(used_at=now()))


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


def sign_in_with_link(session: Session, secret: str, *, browser: str | None = None) -> str:
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
        raise link_is_gone()
    session.add(Event(kind="signed-in", user_id=user_id))
    return start_session(session, user_id, browser=browser)


def link_is_gone() -> NotFoundError:
    """Return what somebody is told whose sign-in link does not work."""
    return NotFoundError(
        say(
            "This sign-in link has been used or is too old; "
            "ask for another, or make one with “annotator user link NAME”."
        )
    )
