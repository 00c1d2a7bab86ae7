"""The published versions of a codebook: who published which, when and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.codebook.changes import Change, compare
from annotator.codebook.values import Codebook
from annotator.db import CodebookVersion, Publication, User
from annotator.services import codebooks


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """A version as its list tells of it."""

    number: int
    published_at: datetime
    published_by: str | None
    note: str
    #: How many changes led to it; None for the first.
    changes: int | None


def list_versions(session: Session, project_id: int) -> list[VersionLine]:
    """Return the versions, newest first."""
    rows = session.execute(
        select(CodebookVersion, User.name, Publication.note)
        .outerjoin(Publication, Publication.version_id == CodebookVersion.id)
        .outerjoin(User, User.id == Publication.published_by_id)
        .where(CodebookVersion.project_id == project_id)
        .order_by(CodebookVersion.number)
    ).all()
    found: list[VersionLine] = []
    earlier: Codebook | None = None
    for version, name, note in rows:
        codebook = codebooks.parse_source(version.source)
        found.append(
            VersionLine(
                number=version.number,
                published_at=version.published_at,
                published_by=name,
                note=note or "",
                changes=len(compare(earlier, codebook)) if earlier is not None else None,
            )
        )
        earlier = codebook
    return found[::-1]


def difference(session: Session, project_id: int, *, old: int, new: int) -> tuple[Codebook, Codebook, list[Change]]:
    """Return two versions and what differs from the one to the other.

    Raises
    ------
    NotFoundError
        If there is no such version.
    """
    before = codebooks.published(session, project_id, old).codebook
    after = codebooks.published(session, project_id, new).codebook
    return before, after, compare(before, after)
