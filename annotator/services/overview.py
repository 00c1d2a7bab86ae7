"""A person's projects at a glance."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import ChainHead, Membership, Project, User
from annotator.services import documents


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
        select(Project, Membership.role, func.coalesce(ChainHead.labelled, 0))
        .join(Membership, Membership.project_id == Project.id)
        .outerjoin(ChainHead, ChainHead.project_id == Project.id)
        .where(Membership.user_id == user.id)
        .order_by(Project.id.desc())
    ).all()
    held = documents.summaries(session, (project.id for project, _, _ in rows))
    return [
        Overview(
            project=project,
            role=role,
            documents=held[project.id].documents,
            sentences=held[project.id].sentences,
            labelled=labelled,
        )
        for project, role, labelled in rows
    ]
