"""The people of a project: who is there in which role, another role, and out again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotator, Assignment, Event, Membership, Project, User
from annotator.db.people import ROLES
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import appending, current, invitations, projects, sessions
from annotator.services.policy import LABELLING
from annotator.services.seats import RELABEL
from annotator.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who belongs to a project; ``code`` is None until they label."""

    uuid: str
    name: str
    role: str
    code: str | None
    joined_at: datetime
    seen_at: datetime | None
    is_disabled: bool


def members_of(session: Session, project: Project) -> list[Member]:
    """Return everybody in the project, owners first; for those only who may know who is behind a code."""
    order = case({role: number for number, role in enumerate(ROLES)}, value=Membership.role)
    rows = session.execute(
        select(User, Membership, Annotator.code, sessions.last_seen())
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(Annotator, (Annotator.user_id == User.id) & (Annotator.project_id == Membership.project_id))
        .where(Membership.project_id == project.id)
        .order_by(order, User.name)
    )
    return [
        Member(
            uuid=user.uuid,
            name=user.name,
            role=membership.role,
            code=code,
            joined_at=membership.created_at,
            seen_at=seen_at,
            is_disabled=user.disabled_at is not None,
        )
        for user, membership, code, seen_at in rows
    ]


def codes_of(session: Session, project: Project, uuids: Collection[str]) -> tuple[str, ...]:
    """Return the codes of these members, giving one to who has not labelled yet; others than members have none."""
    wanted = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.project_id == project.id, User.uuid.in_(uuids))
        .order_by(User.id)
    )
    return tuple(projects.annotator_of(session, project, user).code for user in session.scalars(wanted))


def change_role(session: Session, project: Project, actor: User, uuid: str, role: str) -> str:
    """Give a member another role and return their name.

    It counts from their next request on, since every request looks it up.

    Raises
    ------
    InvalidInputError
        If there is no such role.
    NotFoundError
        If there is no such member.
    ConflictError
        If no owner would be left.
    """
    if role not in ROLES:
        raise InvalidInputError(say("Choose a role."))
    user, membership = _find(session, project, uuid)
    if membership.role != role:
        if membership.role == "owner":
            _keep_an_owner(session, project, user)
            invitations.revoke_all_made_by(session, user.id, project_id=project.id)
        details: dict[str, Any] = {"person": uuid, "from": membership.role, "to": role}
        membership.role = role
        if role not in LABELLING:
            details |= _held(session, user.id, project.id)
            give_places_back(session, user.id, project_id=project.id)
        session.add(Event(kind="role-changed", user_id=actor.id, project_id=project.id, details=details))
    if role == "annotator":
        projects.annotator_of(session, project, user)
    return user.name


def remove_member(session: Session, project: Project, actor: User, uuid: str) -> str:
    """Take a person out of the project and return their name; their labels stay, what they held is free again.

    Raises
    ------
    NotFoundError
        If there is no such member.
    ConflictError
        If no owner would be left.
    """
    user, membership = _find(session, project, uuid)
    if membership.role == "owner":
        _keep_an_owner(session, project, user)
    session.delete(membership)
    session.flush()
    details = {"person": uuid, "role": membership.role, **_held(session, user.id, project.id)}
    give_places_back(session, user.id, project_id=project.id)
    invitations.revoke_all_made_by(session, user.id, project_id=project.id)
    if not user.is_administrator and not projects.projects_of(session, user):
        # Nothing is left for them here. Elsewhere they go on: an owner has no say over other projects.
        sessions.end_sessions(session, user.id)
    session.add(Event(kind="removed", user_id=actor.id, project_id=project.id, details=details))
    return user.name


def give_places_back(session: Session, user_id: int, *, project_id: int | None = None) -> None:
    """Free the places a person holds and has not finished, in one project or in all."""
    numbers = _take_heads(session, user_id, project_id)
    held = _is_held_by(user_id, project_id)
    # What was made for this annotator alone is of no use to others.
    gone = session.execute(delete(Assignment).where(*held, Assignment.is_personal).returning(Assignment.id)).all()
    session.execute(update(Assignment).where(*held).values(state="open", annotator_id=None, lease_ends_at=None))
    for number in numbers if gone else ():
        current.count_units(session, number)


def _take_heads(session: Session, user_id: int, project_id: int | None) -> Sequence[int]:
    # In this order everywhere: the head, then places, then rounds.
    theirs = select(Annotator.project_id).where(Annotator.user_id == user_id)
    if project_id is not None:
        theirs = theirs.where(Annotator.project_id == project_id)
    numbers = session.scalars(theirs.order_by(Annotator.project_id)).all()
    for number in numbers:
        appending.take_head(session, number)
    return numbers


def _is_held_by(user_id: int, project_id: int | None) -> tuple[ColumnElement[bool], ...]:
    theirs = select(Annotator.id).where(Annotator.user_id == user_id)
    if project_id is not None:
        theirs = theirs.where(Annotator.project_id == project_id)
    # What is to be given anew stays theirs, should they come back: nobody else has given it.
    is_theirs_to_give = Assignment.selection_mode == RELABEL
    return Assignment.annotator_id.in_(theirs), Assignment.state == "claimed", ~is_theirs_to_give


def _held(session: Session, user_id: int, project_id: int) -> dict[str, Any]:
    """Return what the log keeps of the places somebody gives back: by it their unsent answers are known again."""
    places = select(Assignment.unit_id, Assignment.round_id, Assignment.id).where(*_is_held_by(user_id, project_id))
    held = [list(place) for place in session.execute(places.order_by(Assignment.id))]
    return {"held": held} if held else {}


def gave_back(session: Session, project_id: int, uuid: str, unit_id: int) -> tuple[int, int] | None:
    """Return the round and the place on a unit that a person gave back when they left; None if there was none."""
    logged = (
        select(Event.details)
        .where(Event.project_id == project_id, Event.kind.in_(("removed", "role-changed")))
        .where(Event.details["person"].as_string() == uuid)
        .order_by(Event.id.desc())
    )
    for details in session.scalars(logged):
        for unit, round_id, place in details.get("held", ()):
            if unit == unit_id:
                return round_id, place
    return None


def _find(session: Session, project: Project, uuid: str) -> tuple[User, Membership]:
    # Two owners who change who takes part do so one after the other.
    appending.take_head(session, project.id)
    found = session.execute(
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.project_id == project.id, User.uuid == uuid)
    ).one_or_none()
    if found is None:
        raise NotFoundError(say("There is no such person in this project."))
    return found[0], found[1]


def _keep_an_owner(session: Session, project: Project, leaving: User) -> None:
    """Refuse if nobody else could manage the project; two owners who dismiss each other take turns."""
    owners = session.scalars(
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.project_id == project.id, Membership.role == "owner", User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update(of=Membership)
    ).all()
    if not set(owners) - {leaving.id}:
        raise ConflictError(say("“{name}” is the only owner; make somebody else an owner first.", name=leaving.name))
