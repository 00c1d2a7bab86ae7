"""Everybody on this server, for those who run it: let in again, keep out, share the work of running it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import Event, Membership, User
from annotator.db.base import now
from annotator.errors import ConflictError, NotFoundError
from annotator.services import accounts, invitations, members, sessions
from annotator.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account; what they do in which project is not the administrator's business."""

    uuid: str
    name: str
    projects: int
    has_password: bool
    is_administrator: bool
    is_disabled: bool
    seen_at: datetime | None


def everybody(session: Session) -> list[Person]:
    """Return everybody who has an account, by name."""
    count = (
        select(func.count()).select_from(Membership).where(Membership.user_id == User.id).correlate(User)
    ).scalar_subquery()
    rows = session.execute(select(User, count, sessions.last_seen()).order_by(func.lower(User.name), User.id))
    return [
        Person(
            uuid=user.uuid,
            name=user.name,
            projects=number,
            has_password=user.password_hash is not None,
            is_administrator=user.is_administrator,
            is_disabled=user.disabled_at is not None,
            seen_at=seen_at,
        )
        for user, number, seen_at in rows
    ]


def disable_person(session: Session, actor: User, uuid: str) -> str:
    """Keep a person out from now on, whichever way they came in, and return their name; their labels stay.

    Raises
    ------
    NotFoundError
        If there is no such person.
    ConflictError
        If it is oneself, or no administrator would be left.
    """
    user = _find(session, uuid)
    if user.id == actor.id:
        raise ConflictError(say("You cannot disable yourself; another administrator can."))
    if user.is_administrator:
        _keep_an_administrator(session, user)
    if user.disabled_at is None:
        user.disabled_at = now()
        # In the order in which a project lets somebody go: of two who do both at once one waits for the other.
        members.give_places_back(session, user.id)
        invitations.revoke_all_made_by(session, user.id)
        sessions.end_sessions(session, user.id)
        accounts.withdraw_links(session, user.id)
        _log(session, "disabled", actor, user)
    return user.name


def enable_person(session: Session, actor: User, uuid: str) -> str:
    """Let a person in again and return their name; their password and their projects are as they were.

    Raises
    ------
    NotFoundError
        If there is no such person.
    """
    user = _find(session, uuid)
    if user.disabled_at is not None:
        user.disabled_at = None
        _log(session, "enabled", actor, user)
    return user.name


def make_link(session: Session, actor: User, uuid: str) -> tuple[str, str]:
    """Return the name of a person who cannot get in, and the secret of a one-time link for them.

    Raises
    ------
    NotFoundError
        If there is no such person.
    ConflictError
        If the person is disabled.
    """
    user = _find(session, uuid)
    if user.disabled_at is not None:
        raise ConflictError(say("“{name}” is disabled; enable the account first.", name=user.name))
    _log(session, "link-made", actor, user)
    return user.name, accounts.create_sign_in_link(session, user)


def set_administrator(session: Session, actor: User, uuid: str, *, is_administrator: bool) -> str:
    """Let a person run the server, or no longer, and return their name.

    Raises
    ------
    NotFoundError
        If there is no such person.
    ConflictError
        If no administrator would be left, or the person is disabled.
    """
    user = _find(session, uuid)
    if user.is_administrator == is_administrator:
        return user.name
    if user.disabled_at is not None:
        raise ConflictError(say("“{name}” is disabled; enable the account first.", name=user.name))
    if not is_administrator:
        _keep_an_administrator(session, user)
    user.is_administrator = is_administrator
    _log(session, "administrator-made" if is_administrator else "administrator-withdrawn", actor, user)
    return user.name


def _find(session: Session, uuid: str) -> User:
    user = session.scalar(select(User).where(User.uuid == uuid))
    if user is None:
        raise NotFoundError(say("There is no such person."))
    return user


def _keep_an_administrator(session: Session, leaving: User) -> None:
    """Refuse if nobody else could run the server; two who dismiss each other take turns."""
    left = session.scalars(
        select(User.id)
        .where(User.is_administrator.is_(True), User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update(key_share=True)
    ).all()
    if not set(left) - {leaving.id}:
        raise ConflictError(say("“{name}” is the only administrator; make somebody else one first.", name=leaving.name))


def _log(session: Session, kind: str, actor: User, user: User) -> None:
    session.add(Event(kind=kind, user_id=actor.id, details={"person": user.uuid}))
