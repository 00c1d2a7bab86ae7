"""A person's projects at a glance."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Membership, Project, User
from annotator.services import counting, documents
from annotator.services.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a project holds, in numbers; ``labelled`` counts what this person may know of."""

    project: Project
    role: str
    documents: int
    sentences: int
    labelled: int


def overview_of_projects(session: Session, user: User) -> list[Overview]:
    """Return the projects this person takes part in, newest first."""
    rows = session.execute(
        select(Project, Membership.role)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id == user.id)
        .order_by(Project.id.desc())
    ).all()
    held = documents.summaries(session, (project.id for project, _ in rows))
    return [
        Overview(
            project=project,
            role=role,
            documents=held[project.id].documents,
            sentences=held[project.id].sentences,
            labelled=counting.labelled_in_sight(
                session, project, user.id, reviews=Policy(user_id=user.id, role=role).can_review
            ),
        )
        for project, role in rows
    ]
