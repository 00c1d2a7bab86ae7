"""What an act means for the annotator's places on the same unit in other rounds.

A unit can wait for its label in more than one round: in the main one, and in the queues that searches made. It is
labelled once, so an act closes the annotator's places on it everywhere and takes a free one in the main round, which
would else wait for a label that is there; taking the act back opens them again.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.orm import Session

from annotator.db import Assignment, Round
from annotator.db.base import table
from annotator.services import current
from annotator.services.projects import MAIN_ROUND
from annotator.services.seats import SEARCH, Seat


def settle(session: Session, seat: Seat, unit_id: int, *, counts: str | None) -> None:
    """Bring the places on a unit in rounds other than the seat's into line with the act that counts, if any does."""
    if seat.kind != "main":
        return
    given = {"unit": unit_id, "annotator": seat.annotator_id, "code": seat.code, "round": seat.round_id}
    settled: set[int] = set()
    for place in session.execute(_OTHERS, given).all():
        # One's own comes first: of two free places in a round one is taken, and none by who has had the unit there.
        if place.round_id not in settled:
            settled.add(place.round_id)
            _settle(session, seat, place, wanted=current.FINISHED.get(counts or ""))


def _settle(session: Session, seat: Seat, place: Any, *, wanted: str | None) -> None:
    if wanted is None and place.state not in current.FINISHED.values():
        return
    if place.state != wanted:
        values = {"new_state": wanted or "open", "annotator": seat.annotator_id if wanted else None}
        session.execute(_SET_STATE, {"assignment": place.id, **values})
    change = (wanted is not None) - (place.state in current.FINISHED.values())
    if change:
        current.count_finished(session, replace(seat, round_id=place.round_id), change)


# The statements below run with every label, so they are built once.
_PLACES = table(Assignment)
_ROUNDS = table(Round)
_IS_OWN = _PLACES.c.annotator_id == bindparam("annotator", type_=BigInteger)
_WAITS_FOR_ME = (_ROUNDS.c.name == MAIN_ROUND) | (
    (_ROUNDS.c.selection_mode == SEARCH) & (_ROUNDS.c.query["annotator"].as_string() == bindparam("code"))
)
_OTHERS = (
    select(_PLACES.c.id, _PLACES.c.state, _PLACES.c.round_id)
    .join(_ROUNDS, _ROUNDS.c.id == _PLACES.c.round_id)
    .where(
        _PLACES.c.unit_id == bindparam("unit"),
        _PLACES.c.round_id != bindparam("round"),
        _IS_OWN | ((_PLACES.c.state == "open") & _WAITS_FOR_ME),
    )
    .order_by(_PLACES.c.annotator_id.is_(None), _PLACES.c.place)
    # What is locked is being taken by somebody else; to wait for them while the chain is held could end in a knot.
    .with_for_update(of=_PLACES, skip_locked=True)
)
_SET_STATE = (
    update(_PLACES)
    .where(_PLACES.c.id == bindparam("assignment", type_=BigInteger))
    .values(state=bindparam("new_state"), annotator_id=bindparam("annotator", type_=BigInteger), lease_ends_at=None)
)
