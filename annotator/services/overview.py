"""A person's projects at a glance."""

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from annotator.db import ChainHead, Document, Membership, Project, Unit, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a project holds, in numbers."""

    project: Project
    role: str
    documents: int
    sentences: int
    labelled: int


def overview_of_projects(session: Session, user: User) -> list[Overview]:
    """Return the projects this person takes part in, newest first."""
    rows = session.execute(
        select(Project, Membership.role, _documents(), _sentences(), func.coalesce(ChainHead.labelled, 0))
        .join(Membership, Membership.project_id == Project.id)
        .outerjoin(ChainHead, ChainHead.project_id == Project.id)
        .where(Membership.user_id == user.id)
        .order_by(Project.id.desc())
    )
    return [
        Overview(project=project, role=role, documents=documents, sentences=sentences, labelled=labelled)
        for project, role, documents, sentences, labelled in rows
    ]


def _documents() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(Document.project_id == Project.id, ~Document.is_pending)
        .correlate(Project)
        .scalar_subquery()
    )


def _sentences() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(Unit.project_id == Project.id, Unit.kind == "sentence", Unit.withdrawn_at.is_(None))
        .correlate(Project)
        .scalar_subquery()
    )
