"""Choose what an annotator labels next; every claim is one statement that only one can win."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from annotator.db import Annotator, Assignment, CurrentAnnotation, Document, Round, Tally, Unit
from annotator.db.base import table
from annotator.db.functions import epoch_seconds
from annotator.errors import NotFoundError
from annotator.services import checks, trainings
from annotator.services.arms import arm_without_place
from annotator.services.places import seat_for_unit
from annotator.services.rounds import POSITIONS
from annotator.services.seats import Seat
from annotator.words import say

LEASE_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range of order keys: one document, or everything."""

    low: int = 0
    high: int = 2**63 - 1


def claim_next(session: Session, seat: Seat, *, document: str | None = None) -> str | None:
    """Return the unit to label next, as the first of :func:`claim_ahead`; None when all is done."""
    return next(iter(claim_ahead(session, seat, count=1, document=document)), None)


def claim_ahead(session: Session, seat: Seat, *, count: int, document: str | None = None) -> list[str]:
    """Return up to ``count`` units to label next: those held already, then the next free places.

    With ``document`` its units come first, the rest of the round after them; before both what the annotator is to be
    checked by. The leases of all are renewed. In a closed round, or beyond the quota, nothing is given out.
    """
    if seat.is_closed:
        return []
    take_turn(session, seat)
    if seat.kind == "training":
        trainings.begin(session, seat)
    if seat.quota is not None:
        count = min(count, seat.quota - (session.scalar(_DONE, _here(seat)) or 0))
    units: dict[int, None] = dict.fromkeys(checks.held(session, seat)[:count] if seat.is_checked else ())
    for stretch in _stretches(session, seat, document):
        for unit in _hold(session, seat, stretch, count=count - len(units), known=units):
            units[unit] = None
    if not units and seat.kind == "training":
        trainings.settle(session, seat)
    names = dict(session.execute(_UNIT_NAMES, {"units": list(units)}).all()) if units else {}
    return [names[unit] for unit in units]


def take_turn(session: Session, seat: Seat) -> None:
    """Let two tabs of one annotator take places one after the other, so that they get the same units."""
    session.execute(_MYSELF, {"annotator": seat.annotator_id})


def claim_unit(session: Session, seat: Seat, external_id: str) -> None:
    """Hold one unit the annotator chose, where a place is free; what is taken can still be looked at.

    In an open round a unit whose places are taken gets one more, marked as chosen.

    Raises
    ------
    NotFoundError
        If the unit is not in the project or was withdrawn.
    """
    take_turn(session, seat)
    unit = session.execute(
        select(Unit.id, Unit.position, Document.order_key)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Unit.project_id == seat.project_id,
            Unit.external_id == external_id,
            Unit.withdrawn_at.is_(None),
            ~Document.is_pending,
        )
        # Two who choose one unit take turns, for each may get a place of their own.
        .with_for_update(of=Unit, key_share=True)
    ).one_or_none()
    if unit is None:
        raise NotFoundError(say("This sentence is not in the project, or it was withdrawn."))
    seat = seat_for_unit(session, seat, unit.id)
    places = session.execute(
        select(Assignment.id, Assignment.state, Assignment.annotator_id, Assignment.place)
        .where(Assignment.unit_id == unit.id, Assignment.round_id == seat.round_id)
        .order_by(Assignment.place)
        .with_for_update()
    ).all()
    if any(place.annotator_id == seat.annotator_id for place in places):
        return
    free = next((place.id for place in places if place.state == "open"), None)
    if free is not None:
        session.execute(update(_PLACES).where(_PLACES.c.id == free).values(_HELD), {"annotator": seat.annotator_id})
    elif seat.phase == "open":
        _add_chosen_place(session, seat, unit.id, order_key=unit.order_key * POSITIONS + unit.position)


def _add_chosen_place(session: Session, seat: Seat, unit_id: int, *, order_key: int) -> None:
    # The owner may add places to the round at the same moment.
    session.execute(select(Round.id).where(Round.id == seat.round_id).with_for_update(key_share=True))
    there = select(func.count()).where(Assignment.unit_id == unit_id, Assignment.round_id == seat.round_id)
    places = session.execute(there).scalar_one()
    if places == 0:
        session.execute(update(Round).where(Round.id == seat.round_id).values(units=Round.units + 1))
    session.execute(
        insert(Assignment).values(
            round_id=seat.round_id,
            unit_id=unit_id,
            place=places + 1,
            order_key=order_key,
            selection_mode="chosen",
            suggestion_arm=arm_without_place(session, seat, unit_id),
            **_HELD | {"annotator_id": seat.annotator_id},
        )
    )


def _stretches(session: Session, seat: Seat, document: str | None) -> list[Stretch]:
    if document is None:
        return [Stretch()]
    key = session.scalar(_ORDER_KEY, {"project": seat.project_id, "document": document})
    if key is None:
        raise NotFoundError(say("This document is not in the project."))
    return [Stretch(key * POSITIONS, (key + 1) * POSITIONS - 1), Stretch()]


def _hold(session: Session, seat: Seat, stretch: Stretch, *, count: int, known: Collection[int]) -> Iterator[int]:
    """Renew what is held in order, then take places whose lease has run out, then free ones, one by one."""
    if count <= 0:
        return
    given = {**_here(seat), "kind": seat.kind, "low": stretch.low, "high": stretch.high}
    held = session.execute(_RENEW, {**given, "most": count + len(known)}).all()
    found = [unit for _, unit in sorted((row.order_key, row.unit_id) for row in held) if unit not in known][:count]
    yield from found
    while len(found) < count and (unit := _another(session, seat, given)) is not None:
        found.append(unit)
        yield unit


def _another(session: Session, seat: Seat, given: dict[str, Any]) -> int | None:
    """Take one more place: of a check if chance wants it, else one whose lease has run out, else a free one."""
    if seat.quota is not None and session.execute(_GIVEN, given).scalar_one() >= seat.quota:
        return None
    check = checks.draw(session, seat) if seat.is_checked else None
    if check is not None:
        return check
    taken: int | None = session.scalar(_TAKE_EXPIRED, given)
    return session.scalar(_TAKE_OPEN, given) if taken is None else taken


def _here(seat: Seat) -> dict[str, Any]:
    return {"round": seat.round_id, "annotator": seat.annotator_id}


# The statements below run with every label, so they are built once.
_PLACES = table(Assignment)
_OTHERS = _PLACES.alias("others")
_CURRENT = table(CurrentAnnotation)
_TALLIES = table(Tally)
_ME = bindparam("annotator", type_=BigInteger)
_HELD: dict[str, Any] = {
    "state": "claimed",
    "annotator_id": _ME,
    "lease_ends_at": epoch_seconds() + LEASE_SECONDS,
}
_UNITS = table(Unit)
_IN_ROUND = (
    _PLACES.c.round_id == bindparam("round"),
    # One lookup by primary key: what was withdrawn meanwhile keeps its places.
    exists().where(_UNITS.c.id == _PLACES.c.unit_id, _UNITS.c.withdrawn_at.is_(None)),
)
_IN_STRETCH = (
    *_IN_ROUND,
    _PLACES.c.order_key.between(bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger)),
)
_HAS_HAD = or_(
    exists().where(
        _OTHERS.c.unit_id == _PLACES.c.unit_id,
        _OTHERS.c.round_id == _PLACES.c.round_id,
        _OTHERS.c.annotator_id == _ME,
    ),
    exists().where(
        _CURRENT.c.unit_id == _PLACES.c.unit_id,
        _CURRENT.c.annotator_id == _ME,
        _CURRENT.c.kind == bindparam("kind"),
    ),
)


def _state(name: str) -> ColumnElement[bool]:
    # Written out in the SQL, so that the partial index is used.
    return _PLACES.c.state == literal(name, literal_execute=True)


def _claim(chosen: Select[Any]) -> ReturningUpdate[Any]:
    one = chosen.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    return update(_PLACES).where(_PLACES.c.id == one).values(_HELD).returning(_PLACES.c.unit_id)


_RENEW = (
    update(_PLACES)
    .where(
        _PLACES.c.id.in_(
            select(_PLACES.c.id)
            .where(*_IN_STRETCH, _state("claimed"), _PLACES.c.annotator_id == _ME)
            .order_by(_PLACES.c.order_key)
            .limit(bindparam("most"))
            # What another tab is just answering is its own; waiting for it here could be mutual.
            .with_for_update(skip_locked=True)
        )
    )
    .values(lease_ends_at=_HELD["lease_ends_at"])
    .returning(_PLACES.c.unit_id, _PLACES.c.order_key)
)
_TAKE_EXPIRED = _claim(
    select(_PLACES.c.id)
    .where(
        *_IN_STRETCH,
        _state("claimed"),
        _PLACES.c.lease_ends_at < epoch_seconds(),
        _PLACES.c.is_personal.is_(False),
        ~_HAS_HAD,
    )
    .order_by(_PLACES.c.lease_ends_at)
)
_TAKE_OPEN = _claim(select(_PLACES.c.id).where(*_IN_STRETCH, _state("open"), ~_HAS_HAD).order_by(_PLACES.c.order_key))
_MYSELF = select(table(Annotator).c.id).where(table(Annotator).c.id == _ME).with_for_update(key_share=True)
_DONE = select(_TALLIES.c.done).where(
    _TALLIES.c.round_id == bindparam("round"), _TALLIES.c.annotator_id == bindparam("annotator")
)
# What another tab is just answering is not renewed, but is still held. Both numbers come from one statement: between
# two the last one held could be done, and counted neither here nor there.
_GIVEN = select(
    func.coalesce(_DONE.scalar_subquery(), 0)
    + select(func.count()).where(*_IN_ROUND, _state("claimed"), _PLACES.c.annotator_id == _ME).scalar_subquery()
)
_UNIT_NAMES = select(_UNITS.c.id, _UNITS.c.external_id).where(_UNITS.c.id.in_(bindparam("units", expanding=True)))
_ORDER_KEY = select(table(Document).c.order_key).where(
    table(Document).c.project_id == bindparam("project"), table(Document).c.external_id == bindparam("document")
)
