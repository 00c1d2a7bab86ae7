"""Which annotations somebody may see: the one place where blindness is decided.

Pages, exports, counts, agreement, training and suggestions all ask here.
"""

from sqlalchemy import ColumnElement, Select, exists, or_, select, true
from sqlalchemy.orm import Session

from annotator.db import Annotation, Assignment, CurrentAnnotation, Project, Round, RoundMember
from annotator.db.base import table
from annotator.services import gold, seats
from annotator.services.checks import GOLD_CHECK
from annotator.services.seats import Seat


def visible_annotations(seat: Seat | None, *, phase: str) -> ColumnElement[bool]:
    """Return the condition on ``annotation`` under which an annotator may see a row.

    In an open round everybody sees everything; in a blind one an annotator sees their own acts and what was
    adjudicated. Nobody sees what is known of a sentence on which they are being trained or checked, nor what others
    said of one on which they may yet be. ``seat`` is None for somebody who reads without labelling.
    """
    adjudicated = Annotation.kind == gold.GOLD
    if seat is None:
        return true() if phase == "open" else adjudicated
    is_own = Annotation.annotator_id == seat.annotator_id
    visible = true() if phase == "open" else or_(adjudicated, is_own)
    if seat.may_meet_gold:
        visible &= is_own | ~_may_check(seat)
    return visible & Annotation.unit_id.not_in(_being_checked(seat)) if seat.may_hold_check else visible


def _may_check(seat: Seat) -> ColumnElement[bool]:
    """Return the condition that the answer of an act's unit is known, and that this annotator has not labelled it.

    To have been checked by it is not to have labelled it: else one would look the answer up and correct one's own.
    """
    is_own = (_OWN.c.annotator_id == seat.annotator_id, _OWN.c.kind != GOLD_CHECK)
    return _IS_KNOWN & ~exists().where(_OWN.c.unit_id == Annotation.unit_id, *is_own)


def _being_checked(seat: Seat) -> Select[int]:
    return select(Assignment.unit_id).where(
        Assignment.annotator_id == seat.annotator_id, Assignment.is_personal, Assignment.state == "claimed"
    )


def reviewable_annotations(session: Session, project: Project, user_id: int) -> ColumnElement[bool]:
    """Return the condition under which somebody who reviews (agreement, adjudication) may see a row.

    Who has never labelled here sees everything; who labels sees what an annotator of their round does, so that
    nobody who still labels blind learns what the others said. To adjudicate is not to label.
    """
    seat = seats.find_seat(session, project, user_id)
    if seat is None or not _labels_here(session, seat):
        return true()
    return visible_annotations(seat, phase=seat.phase)


def labels_blind(session: Session, project: Project, user_id: int) -> bool:
    """Tell whether somebody labels on their own by now, so that not even as an owner they may know what others say."""
    seat = seats.find_seat(session, project, user_id)
    return seat is not None and seat.phase == "blind" and _labels_here(session, seat)


def labels_here(session: Session, project: Project, user_id: int) -> bool:
    """Tell whether somebody labels here themselves, so that what a classifier thinks could sway what they say."""
    seat = seats.find_seat(session, project, user_id)
    return seat is not None and _labels_here(session, seat)


def _labels_here(session: Session, seat: Seat) -> bool:
    """Tell whether an annotator has labelled, holds something to label, or was asked to label in a blind round.

    A code alone does not tell: a decision gives one, too.
    """
    labelled = exists().where(Annotation.annotator_id == seat.annotator_id, Annotation.kind != gold.GOLD)
    here = select(Round.id).where(Round.project_id == seat.project_id)
    is_held = (Assignment.state == "claimed", Assignment.annotator_id == seat.annotator_id)
    holds = exists().where(Assignment.round_id.in_(here), *is_held)
    is_blind = (Round.phase == "blind", Round.is_ready, Round.closed_at.is_(None))
    is_asked = exists().where(
        RoundMember.annotator_id == seat.annotator_id, Round.id == RoundMember.round_id, *is_blind
    )
    return bool(session.scalar(select(or_(labelled, holds, is_asked))))


_KNOWN = table(CurrentAnnotation).alias("known")
_OWN = table(Annotation).alias("own")
_IS_KNOWN = exists().where(_KNOWN.c.unit_id == Annotation.unit_id, _KNOWN.c.kind == gold.GOLD)
