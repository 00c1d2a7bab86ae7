"""How much has been labelled, as far as it may be known: while people label on their own, a count can tell, too."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, ChainHead, CurrentAnnotation, Project
from annotator.services import current, rounds, visibility
from annotator.services.given import Sight
from annotator.services.sights import sight_of


def labelled_units(session: Session, project_id: int) -> int:
    """Return how many units of a project have an answer from which classifiers may learn by now.

    In a blind phase those are the adjudicated ones: whether others answered or skipped is not to be seen in when a
    training begins, nor in what a classifier says of itself.
    """
    if rounds.phase(session, project_id) == "open":
        return _all(session, project_id)
    return _count(session, project_id, visibility.visible_annotations(None, phase="blind"))


def labelled_in_sight(session: Session, project: Project, user_id: int, *, reviews: bool) -> int:
    """Return how many units of a project have an answer that somebody may see.

    Who ``reviews`` and does not label here is told of all.
    """
    sight: Sight = sight_of(session, project, user_id)
    if sight.phase == "open" or (reviews and not visibility.labels_blind(session, project, user_id)):
        return _all(session, project.id)
    return _count(session, project.id, visibility.visible_annotations(sight.seat, phase=sight.phase))


def _all(session: Session, project_id: int) -> int:
    return session.scalar(select(ChainHead.labelled).where(ChainHead.project_id == project_id)) or 0


def _count(session: Session, project_id: int, visible: ColumnElement[bool]) -> int:
    counted = (
        select(func.count(CurrentAnnotation.unit_id.distinct()))
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(
            Annotation.project_id == project_id,
            Annotation.act == "answer",
            Annotation.kind.in_(current.COUNTED),
            visible,
        )
    )
    return session.scalar(counted) or 0
