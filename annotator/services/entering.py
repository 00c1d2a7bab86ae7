"""Who comes to which project with which right: one query at the door of every request."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from annotator.db import Membership, Project, User, UserSession
from annotator.db.base import now
from annotator.services.policy import Policy
from annotator.services.sessions import hash_secret


@dataclass(frozen=True, slots=True)
class Visit:
    """A person who is signed in and, where one was named and exists, a project; an outsider's policy has no role."""

    user: User
    project: Project | None
    policy: Policy
    session_id: int
    seen_at: datetime | None


_SIGNED_IN = and_(
    UserSession.secret_hash == bindparam("secret_hash"),
    UserSession.revoked_at.is_(None),
    UserSession.expires_at > bindparam("moment", type_=UserSession.expires_at.type),
    User.disabled_at.is_(None),
)
# Built once: putting a statement together costs as much as running it.
_VISIT = (
    select(User, Project, Membership.role, UserSession.id, UserSession.seen_at)
    .select_from(UserSession)
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Project, Project.slug == bindparam("slug"))
    .outerjoin(Membership, and_(Membership.project_id == Project.id, Membership.user_id == User.id))
    .where(_SIGNED_IN)
)


def find_visit(session: Session, secret: str, *, slug: str | None = None) -> Visit | None:
    """Return who this session's secret belongs to and what they may do in the project, or None when it has ended."""
    found = session.execute(_VISIT, {"secret_hash": hash_secret(secret), "moment": now(), "slug": slug}).one_or_none()
    if found is None:
        return None
    user, project, role, session_id, seen_at = found
    policy = Policy(user_id=user.id, role=role)
    return Visit(user=user, project=project, policy=policy, session_id=session_id, seen_at=seen_at)
