"""Set up a study: its codebook, its first round, its targets, who may enter."""

import re
import secrets
import unicodedata

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotator.db import (
    Annotator,
    ChainHead,
    Document,
    Event,
    Membership,
    Project,
    Round,
    Target,
    User,
)
from annotator.db.base import now
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import codebooks
from annotator.words import say

MAIN_ROUND = "main"
#: Letters and digits that are not mistaken for each other.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
MAX_NAME = 200


def create_project(session: Session, name: str, *, codebook: str | None, owner: User | None) -> Project:
    """Create a project with its first codebook version (the file's text) and its round "main".

    Raises
    ------
    ConflictError
        If the name is taken.
    InvalidInputError
        If the name or the codebook cannot be used.
    """
    project = _new_project(session, name)
    session.add(ChainHead(project_id=project.id))
    session.add(Round(project_id=project.id, name=MAIN_ROUND))
    if codebook is not None:
        codebooks.publish_codebook(session, project, codebook, user_id=owner.id if owner else None)
    if owner is not None:
        session.add(Membership(project_id=project.id, user_id=owner.id, role="owner"))
    session.add(Event(kind="project-created", project_id=project.id, user_id=owner.id if owner else None))
    session.flush()
    return project


def _new_project(session: Session, name: str) -> Project:
    name = _checked_name(session, name)
    project = Project(name=name, slug=_free_slug(session, name), seed=secrets.randbelow(2**31))
    try:
        with session.begin_nested():
            session.add(project)
    except IntegrityError:
        # Somebody took the name or the slug at the same moment: by now both can be seen.
        return _new_project(session, name)
    return project


def _checked_name(session: Session, name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise InvalidInputError(say("A project needs a name of 1 to {most} characters.", most=MAX_NAME))
    if session.scalar(select(Project.id).where(Project.name == name)) is not None:
        raise ConflictError(say("There is a project named “{name}” already; choose another name.", name=name))
    return name


def _free_slug(session: Session, name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "project"
    taken = set(session.scalars(select(Project.slug).where(Project.slug.startswith(base))))
    number = 2
    slug = base
    while slug in taken or slug == "new":
        slug, number = f"{base}-{number}", number + 1
    return slug


def projects_of(session: Session, user: User) -> list[Project]:
    """Return the projects this person takes part in, newest first."""
    return list(
        session.scalars(
            select(Project)
            .join(Membership, Membership.project_id == Project.id)
            .where(Membership.user_id == user.id)
            .order_by(Project.id.desc())
        )
    )


def all_projects(session: Session) -> list[Project]:
    """Return every project, by name."""
    return list(session.scalars(select(Project).order_by(Project.name)))


def find_project(session: Session, name_or_slug: str) -> Project:
    """Return the project of this name or slug.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    project = session.scalar(
        select(Project).where((Project.slug == name_or_slug) | (Project.name == name_or_slug)).limit(1)
    )
    if project is None:
        known = ", ".join(f"“{name}”" for name in session.scalars(select(Project.name).order_by(Project.name)))
        raise NotFoundError(
            say("There is no project “{name}”; there is: {known}.", name=name_or_slug, known=known or say("none yet"))
        )
    return project


def lock_project(session: Session, project_id: int) -> Project:
    """Return the project, held so that one at a time goes on from here; rows that only name it are added meanwhile.

    Whoever needs the head of its chain, too, takes that first.
    """
    return session.scalars(select(Project).where(Project.id == project_id).with_for_update(key_share=True)).one()


def annotator_of(session: Session, project: Project, user: User) -> Annotator:
    """Return the person's annotator in the project, giving them a code the first time."""
    found = session.scalar(select(Annotator).where(Annotator.project_id == project.id, Annotator.user_id == user.id))
    if found is not None:
        return found
    annotator = Annotator(project_id=project.id, user_id=user.id, code=free_code(session, project))
    try:
        with session.begin_nested():
            session.add(annotator)
    except IntegrityError:
        # Another tab of theirs made one at the same moment.
        return annotator_of(session, project, user)
    return annotator


def free_code(session: Session, project: Project) -> str:
    """Return an annotator's code such as ``C-7F3K`` that nobody in the project has."""
    taken = set(session.scalars(select(Annotator.code).where(Annotator.project_id == project.id)))
    while True:
        code = "C-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(4))
        if code not in taken:
            return code


def annotator_codes(session: Session, project_id: int) -> dict[int, str]:
    """Return the code of each annotator by number, in the order of the codes."""
    query = select(Annotator.id, Annotator.code).where(Annotator.project_id == project_id)
    return dict(session.execute(query.order_by(Annotator.code)).all())


def add_target(
    session: Session, project: Project, name: str, *, aliases: tuple[str, ...] = (), annotator: Annotator | None = None
) -> Target:
    """Add a target for everyone or, with ``annotator``, one that only they see until it is accepted.

    Raises
    ------
    InvalidInputError
        If the name is empty or too long.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise InvalidInputError(say("A target needs a name of 1 to {most} characters.", most=MAX_NAME))
    # Two tabs that name one target take turns.
    lock_project(session, project.id)
    for target in targets(session, project, annotator=annotator):
        if target.name.casefold() == name.casefold():
            return target
    position = session.scalar(select(func.count()).where(Target.project_id == project.id)) or 0
    target = Target(
        project_id=project.id,
        name=name,
        aliases=list(aliases),
        position=position,
        added_by_id=annotator.id if annotator else None,
        accepted_at=None if annotator else now(),
    )
    session.add(target)
    session.flush()
    return target


def targets(session: Session, project: Project, *, annotator: Annotator | None = None) -> list[Target]:
    """Return the targets offered to an annotator: everyone's and their own, merged ones left out."""
    visible: ColumnElement[bool] = Target.accepted_at.is_not(None)
    if annotator is not None:
        visible = visible | (Target.added_by_id == annotator.id)
    return list(
        session.scalars(
            select(Target)
            .where(Target.project_id == project.id, Target.merged_into_id.is_(None), visible)
            .order_by(Target.position, Target.id)
        )
    )


def has_documents(session: Session, project: Project) -> bool:
    """Tell whether anything has been imported."""
    return (
        session.scalar(select(Document.id).where(Document.project_id == project.id, ~Document.is_pending).limit(1))
        is not None
    )
