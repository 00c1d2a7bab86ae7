"""Acts that came after something had changed: their unit was withdrawn, the codebook was another, the place was gone.

Whatever arrives is stored as it was given. That it came late follows from what is stored beside it, so nothing more
is kept; who reviews sees it as a flag.
"""

from itertools import pairwise

from sqlalchemy import Case, ColumnElement, and_, case, false, or_, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, CodebookVersion, Unit

#: The unit was withdrawn by then.
WITHDRAWN = "withdrawn"
#: A later version of the codebook was published by then.
OUTDATED = "outdated"
#: The place had passed to somebody else, or its annotator had left.
LATE = "late"


def arrival(session: Session, project_id: int) -> Case[str | None]:
    """Return the expression that says why an act came late, NULL if it did not; its statement joins ``Unit``."""
    return case(
        (Unit.withdrawn_at <= Annotation.recorded_at, WITHDRAWN),
        (_is_outdated(session, project_id), OUTDATED),
        (Annotation.is_late, LATE),
        else_=None,
    )


def _is_outdated(session: Session, project_id: int) -> ColumnElement[bool]:
    versions = session.execute(
        select(CodebookVersion.id, CodebookVersion.published_at)
        .where(CodebookVersion.project_id == project_id)
        .order_by(CodebookVersion.number)
    ).all()
    # Written out version by version: there are few, and a subquery would run for each of a hundred thousand acts.
    return or_(
        false(),
        *(
            and_(Annotation.codebook_version_id == version.id, Annotation.recorded_at >= later.published_at)
            for version, later in pairwise(versions)
        ),
    )
