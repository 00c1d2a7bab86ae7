"""Choose what an annotator labels next; every claim is one statement that only one can win."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from annotator.db import Assignment, CurrentAnnotation, Document, Unit
from annotator.db.functions import epoch_seconds
from annotator.errors import NotFoundError
from annotator.services.rounds import POSITIONS
from annotator.services.seats import Seat

LEASE_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of order keys: one document, or everything."""

    low: int = 0
    high: int = 2**63 - 1


def claim_next(session: Session, seat: Seat, *, document: str | None = None) -> str | None:
    """Return the unit to label next: what is held already, else the next free place; None when all is done.

    With ``document`` its units come first, the rest of the round after them.
    """
    for stretch in _stretches(session, seat, document):
        unit_id = _resume(session, seat, stretch) or _take(session, seat, stretch)
        if unit_id is not None:
            return session.scalar(select(Unit.external_id).where(Unit.id == unit_id))
    return None


def claim_unit(session: Session, seat: Seat, external_id: str) -> None:
    """Hold one unit the annotator chose, where a place is free; what is taken can still be looked at.

    In an open round a unit whose places are taken gets one more, marked as chosen.

    Raises
    ------
    NotFoundError
        If the unit is not in the project or was withdrawn.
    """
    unit = session.execute(
        select(Unit.id, Unit.position, Document.order_key)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Unit.project_id == seat.project_id,
            Unit.external_id == external_id,
            Unit.withdrawn_at.is_(None),
            ~Document.is_pending,
        )
    ).one_or_none()
    if unit is None:
        raise NotFoundError("This sentence is not in the project, or it was withdrawn.")
    places = session.execute(
        select(Assignment.id, Assignment.state, Assignment.annotator_id, Assignment.place)
        .where(Assignment.unit_id == unit.id, Assignment.round_id == seat.round_id)
        .order_by(Assignment.place)
    ).all()
    if any(place.annotator_id == seat.annotator_id for place in places):
        return
    free = next((place.id for place in places if place.state == "open"), None)
    if free is not None:
        session.execute(update(Assignment).where(Assignment.id == free).values(**_held(seat)))
    elif seat.phase == "open":
        _add_chosen_place(
            session, seat, unit.id, order_key=unit.order_key * POSITIONS + unit.position, places=len(places)
        )


def _add_chosen_place(session: Session, seat: Seat, unit_id: int, *, order_key: int, places: int) -> None:
    session.execute(
        insert(Assignment).values(
            round_id=seat.round_id,
            unit_id=unit_id,
            place=places + 1,
            order_key=order_key,
            selection_mode="chosen",
            suggestion_arm="shown",
            **_held(seat),
        )
    )


def _stretches(session: Session, seat: Seat, document: str | None) -> list[Stretch]:
    if document is None:
        return [Stretch()]
    key = session.scalar(
        select(Document.order_key).where(Document.project_id == seat.project_id, Document.external_id == document)
    )
    if key is None:
        raise NotFoundError("This document is not in the project.")
    return [Stretch(key * POSITIONS, (key + 1) * POSITIONS - 1), Stretch()]


def _resume(session: Session, seat: Seat, stretch: Stretch) -> int | None:
    """Renew the lease of the first unit this annotator holds: a reload or a second tab finds the same one."""
    mine = (
        select(Assignment.id)
        .where(
            Assignment.round_id == seat.round_id,
            Assignment.state == "claimed",
            Assignment.annotator_id == seat.annotator_id,
            Assignment.order_key.between(stretch.low, stretch.high),
        )
        .order_by(Assignment.order_key)
        .limit(1)
    )
    renewed = update(Assignment).where(Assignment.id == mine.scalar_subquery())
    return session.scalar(renewed.values(lease_ends_at=epoch_seconds() + LEASE_SECONDS).returning(Assignment.unit_id))


def _take(session: Session, seat: Seat, stretch: Stretch) -> int | None:
    """Take the first place that is free, or whose lease has run out."""
    for candidate in (_expired(seat, stretch), _open(seat, stretch)):
        unit_id = session.scalar(
            update(Assignment).where(Assignment.id == candidate).values(**_held(seat)).returning(Assignment.unit_id)
        )
        if unit_id is not None:
            return unit_id
    return None


def _open(seat: Seat, stretch: Stretch) -> ScalarSelect[int]:
    return (
        select(Assignment.id)
        .where(
            Assignment.round_id == seat.round_id,
            # Written out, so that the partial index on open places is used.
            Assignment.state == literal("open", literal_execute=True),
            Assignment.order_key.between(stretch.low, stretch.high),
            ~_has_had(seat),
        )
        .order_by(Assignment.order_key)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _expired(seat: Seat, stretch: Stretch) -> ScalarSelect[int]:
    return (
        select(Assignment.id)
        .where(
            Assignment.round_id == seat.round_id,
            Assignment.state == literal("claimed", literal_execute=True),
            Assignment.lease_ends_at < epoch_seconds(),
            Assignment.order_key.between(stretch.low, stretch.high),
            ~_has_had(seat),
        )
        .order_by(Assignment.lease_ends_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _has_had(seat: Seat) -> ColumnElement[bool]:
    other = aliased(Assignment)
    return or_(
        exists().where(
            other.unit_id == Assignment.unit_id,
            other.round_id == seat.round_id,
            other.annotator_id == seat.annotator_id,
        ),
        exists().where(
            and_(
                CurrentAnnotation.unit_id == Assignment.unit_id,
                CurrentAnnotation.annotator_id == seat.annotator_id,
                CurrentAnnotation.kind == seat.kind,
            )
        ),
    )


def _held(seat: Seat) -> dict[str, object]:
    return {
        "state": "claimed",
        "annotator_id": seat.annotator_id,
        "lease_ends_at": epoch_seconds() + LEASE_SECONDS,
    }
