"""Invitation links: an owner makes one, whoever has it joins the project in its role, and then it is used up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotator.db import Event, Invitation, Membership, Project, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.db.people import ROLES
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, limits, passwords, projects, sessions
from annotator.services.sessions import hash_secret, new_secret
from annotator.words import say

INVITATION_VALID = timedelta(days=14)
MOST_USES = 100
MAX_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an invitation is for, as the person who follows it is told."""

    project_id: int
    project: str
    slug: str
    role: str
    expires_at: datetime


def invite(session: Session, project: Project, user: User, *, role: str, note: str = "", uses: int = 1) -> str:
    """Return the secret of a new invitation; nobody can ever read it again.

    Raises
    ------
    InvalidInputError
        If the role, the note or the number of uses cannot be.
    NotFoundError
        If the person is no owner any more.
    """
    _stay_owner(session, project, user)
    if role not in ROLES:
        raise InvalidInputError(say("Choose a role."))
    if not 1 <= uses <= MOST_USES:
        raise InvalidInputError(say("An invitation is for 1 to {most} people.", most=MOST_USES))
    note = accounts.one_line(note)
    if len(note) > MAX_NOTE:
        raise InvalidInputError(say("The note has at most {most} characters.", most=MAX_NOTE))
    secret, moment = new_secret(), now()
    invitation = Invitation(
        project_id=project.id, role=role, note=note or None, secret_hash=hash_secret(secret), max_uses=uses, uses=0,
        made_by_id=user.id, created_at=moment, expires_at=moment + INVITATION_VALID,
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    details = {"invitation": invitation.uuid, "role": role, "uses": uses}
    session.add(Event(kind="invited", user_id=user.id, project_id=project.id, details=details))
    return secret


def _stay_owner(session: Session, project: Project, user: User) -> None:
    """Make sure that an owner who is just dismissed leaves no link behind; whoever dismisses them waits meanwhile."""
    role = select(Membership.role).where(Membership.project_id == project.id, Membership.user_id == user.id)
    if session.scalar(role.with_for_update(read=True)) != "owner":
        raise NotFoundError(say("There is no such project, or you have not been invited to it."))


def find_offer(session: Session, secret: str) -> Offer:
    """Return what an open invitation is for; looking does not use it up.

    Raises
    ------
    NotFoundError
        If there is none, or it was used, revoked, or is too old: each in words of its own.
    """
    found = session.execute(
        select(Invitation, Project)
        .join(Project, Project.id == Invitation.project_id)
        .where(Invitation.secret_hash == hash_secret(secret))
    ).one_or_none()
    if found is None:
        raise NotFoundError(say("There is no such invitation; check that the whole link was copied."))
    invitation, project = found
    _check_open(invitation)
    return Offer(
        project_id=project.id,
        project=project.name,
        slug=project.slug,
        role=invitation.role,
        expires_at=invitation.expires_at,
    )


def joined_already(session: Session, secret: str, user_id: int) -> str | None:
    """Return the slug of the invitation's project if the person belongs to it, whatever became of the link."""
    return session.scalar(
        select(Project.slug)
        .join(Invitation, Invitation.project_id == Project.id)
        .join(Membership, Membership.project_id == Project.id)
        .where(Invitation.secret_hash == hash_secret(secret), Membership.user_id == user_id)
    )


def join_project(session: Session, secret: str, user: User) -> None:
    """Make a person a member and count one use of the invitation.

    Raises
    ------
    NotFoundError
        If the invitation is not open any more.
    ConflictError
        If the person is a member already; the invitation stays as it is.
    """
    invitation = _use(session, secret)
    project = session.get_one(Project, invitation.project_id)
    try:
        with session.begin_nested():
            session.add(Membership(project_id=project.id, user_id=user.id, role=invitation.role))
            session.flush()
    except IntegrityError as error:
        raise ConflictError(
            say("You belong to “{project}” already; its owners can change your role.", project=project.name)
        ) from error
    if invitation.role == "annotator":
        # Their code at once, so that work can be planned for them. Others get one when they first label.
        projects.annotator_of(session, project, user)
    details = {"invitation": invitation.uuid, "role": invitation.role}
    session.add(Event(kind="joined", user_id=user.id, project_id=project.id, details=details))


def join_as_new_person(
    database: Database, secret: str, *, name: str, password: str, address: str | None, browser: str | None = None
) -> tuple[str, Offer]:
    """Make an account, let it join, and return the secret of its session and what it has joined.

    Without a password the person gets in by one-time links later on.

    Raises
    ------
    NotFoundError, ConflictError, InvalidInputError, TooManyAttemptsError
        If the invitation, the name or the password cannot be used, or this was tried too often from this address.
    """
    with database.transaction() as session:
        offer = find_offer(session, secret)
        attempt = limits.take_attempt(session, limits.address_key(address))
        if password:
            passwords.check_password(password, name=accounts.checked_name(name))
    hashed = passwords.hash_password(password) if password else None
    with database.transaction() as session:
        user = accounts.create_user(session, name, password_hash=hashed)
        join_project(session, secret, user)
        limits.give_back(session, attempt)
        return sessions.start_session(session, user.id, browser=browser), offer


def open_invitations(session: Session, project: Project) -> list[Invitation]:
    """Return the invitations that can still be followed, the newest first."""
    return list(
        session.scalars(
            select(Invitation)
            .where(
                Invitation.project_id == project.id,
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > now(),
                Invitation.uses < Invitation.max_uses,
            )
            .order_by(Invitation.id.desc())
        )
    )


def revoke_invitation(session: Session, project: Project, user: User, uuid: str) -> None:
    """Make an invitation worth nothing.

    Raises
    ------
    NotFoundError
        If the project has none of this id.
    """
    invitation = session.scalar(
        select(Invitation).where(Invitation.project_id == project.id, Invitation.uuid == uuid).with_for_update()
    )
    if invitation is None:
        raise NotFoundError(say("There is no such invitation in this project."))
    if invitation.revoked_at is None:
        invitation.revoked_at = now()
        details = {"invitation": uuid}
        session.add(Event(kind="invitation-revoked", user_id=user.id, project_id=project.id, details=details))


def revoke_all_made_by(session: Session, user_id: int, *, project_id: int | None = None) -> None:
    """Make worthless what somebody has handed out, so that nobody who had to go comes back by a link of their own."""
    revoking = update(Invitation).where(Invitation.made_by_id == user_id, Invitation.revoked_at.is_(None))
    if project_id is not None:
        revoking = revoking.where(Invitation.project_id == project_id)
    session.execute(revoking.values(revoked_at=now()))


def _use(session: Session, secret: str) -> Invitation:
    """Count one use; one statement decides, so that of two who follow the last use at once one gets in."""
    used: Invitation | None = session.scalar(
        update(Invitation)
        .where(
            Invitation.secret_hash == hash_secret(secret),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now(),
            Invitation.uses < Invitation.max_uses,
        )
        .values(uses=Invitation.uses + 1)
        .returning(Invitation)
    )
    if used is None:
        find_offer(session, secret)
        raise NotFoundError(_used())
    return used


def _check_open(invitation: Invitation) -> None:
    if invitation.revoked_at is not None:
        raise NotFoundError(say("This invitation was withdrawn; ask the person who sent it."))
    if invitation.uses >= invitation.max_uses:
        raise NotFoundError(_used())
    if invitation.expires_at <= now():
        raise NotFoundError(
            say(
                "This invitation is older than {days} days; ask the person who sent it for a new one.",
                days=INVITATION_VALID.days,
            )
        )


def _used() -> str:
    return say("This invitation has been used; if it was by you, sign in. Else ask the person who sent it for another.")
