"""Which annotations somebody may see: the one place where blindness is decided.

Pages, exports, counts, agreement, training and suggestions all ask here.
"""

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import Session

from annotator.db import Annotation, Project
from annotator.services import seats
from annotator.services.seats import Seat


def visible_annotations(seat: Seat | None, *, phase: str) -> ColumnElement[bool]:
    """Return the condition on ``annotation`` under which an annotator may see a row.

    In an open round everybody sees everything; in a blind one an annotator sees their own acts and what was
    adjudicated. ``seat`` is None for somebody who reads without labelling.
    """
    if phase == "open":
        return true()
    adjudicated = Annotation.kind == "adjudication"
    return adjudicated if seat is None else or_(adjudicated, Annotation.annotator_id == seat.annotator_id)


def reviewable_annotations(session: Session, project: Project, user_id: int) -> ColumnElement[bool]:
    """Return the condition under which somebody who reviews (agreement, adjudication) may see a row.

    Who has never labelled here sees everything; who labels sees what an annotator of their round does, so that
    nobody who still labels blind learns what the others said.
    """
    seat = seats.find_seat(session, project, user_id)
    return true() if seat is None else visible_annotations(seat, phase=seat.phase)
