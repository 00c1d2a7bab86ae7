"""What an annotator holds or did last: looked up, never claimed."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Assignment, CurrentAnnotation, Document, Unit
from annotator.services.places import GIVEN_AT_PLACES
from annotator.services.seats import Seat


@dataclass(frozen=True, slots=True)
class LastAct:
    """The newest act of an annotator that counts: the one an undo takes back."""

    unit: str
    key: str


def held_unit(session: Session, seat: Seat, *, document: str | None = None) -> str | None:
    """Return the unit this annotator holds, of a document if one is named."""
    held = (
        select(Unit.external_id)
        .join(Assignment, Assignment.unit_id == Unit.id)
        .where(
            Assignment.round_id == seat.round_id,
            Assignment.state == "claimed",
            Assignment.annotator_id == seat.annotator_id,
        )
        .order_by(Assignment.order_key)
        .limit(1)
    )
    if document is not None:
        held = held.join(Document, Document.id == Unit.document_id).where(Document.external_id == document)
    return session.scalar(held)


def last_acts(session: Session, seat: Seat, *, most: int) -> list[LastAct]:
    """Return the newest acts of an annotator that count, the newest first."""
    rows = session.execute(_last(seat).limit(most)).all()
    return [LastAct(row.external_id, row.key) for row in rows]


def last_act(session: Session, seat: Seat) -> LastAct | None:
    """Return what an undo would take back, also after a reload; None when nothing is left."""
    return next(iter(last_acts(session, seat, most=1)), None)


def _last(seat: Seat) -> Select[str, str]:
    # Nobody is told which of their places are checks; what they settled is another list.
    kinds = GIVEN_AT_PLACES if seat.kind in GIVEN_AT_PLACES else (seat.kind,)
    return (
        select(Unit.external_id, Annotation.key)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .where(Annotation.annotator_id == seat.annotator_id, CurrentAnnotation.kind.in_(kinds))
        .order_by(Annotation.id.desc())
    )
