"""What an act means for the annotator's places on the same unit in other rounds.

A unit can wait for its label in more than one round: in the main one, and in the queues that searches made. It is
labelled once, so an act closes the annotator's places on it everywhere and takes a free one in the main round, which
would else wait for a label that is there; taking the act back opens them again. A place at which a label is to be
given anew waits for one by the codebook that asks for it, or a later one.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.orm import Session

from annotator.db import Assignment, Round
from annotator.db.base import table
from annotator.services import current, relabelling
from annotator.services.current import Counting
from annotator.services.projects import MAIN_ROUND
from annotator.services.seats import RELABEL, SEARCH, Seat


def settle(session: Session, seat: Seat, unit_id: int, *, counts: Counting | None) -> None:
    """Bring the places on a unit in rounds other than the seat's into line with the act that counts, if any does."""
    if seat.kind != "main":
        return
    given = {"unit": unit_id, "annotator": seat.annotator_id, "code": seat.code, "round": seat.round_id}
    settled: set[int] = set()
    # One's own comes first: of two free places in a round one is taken, and none by who has had the unit there.
    for place in [*session.execute(_OWN, given), *session.execute(_FREE, given)]:
        if place.round_id not in settled:
            settled.add(place.round_id)
            is_met = counts and (place.selection_mode != RELABEL or relabelling.is_met(session, place.round_id, counts))
            _settle(session, seat, place, wanted=current.FINISHED[counts.act] if counts and is_met else None)


def _settle(session: Session, seat: Seat, place: Any, *, wanted: str | None) -> None:
    if wanted is None and place.state not in current.FINISHED.values():
        return
    if place.state != wanted:
        # Who is to give a label anew holds the place from the start: a claim gives out nothing that was answered.
        state = wanted or ("claimed" if place.selection_mode == RELABEL else "open")
        values = {"new_state": state, "annotator": None if state == "open" else seat.annotator_id}
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
    select(_PLACES.c.id, _PLACES.c.state, _PLACES.c.round_id, _PLACES.c.selection_mode)
    .join(_ROUNDS, _ROUNDS.c.id == _PLACES.c.round_id)
    .where(
        _PLACES.c.unit_id == bindparam("unit"),
        _PLACES.c.round_id != bindparam("round"),
    )
    .order_by(_PLACES.c.place)
)
# There is one in a round; whoever chooses the same unit there holds it for a moment.
_OWN = _OTHERS.where(_IS_OWN).with_for_update(of=_PLACES)
# What is locked is being taken by somebody else; to wait for them while the chain is held could end in a knot.
_FREE = _OTHERS.where(_PLACES.c.state == "open", _WAITS_FOR_ME).with_for_update(of=_PLACES, skip_locked=True)
_SET_STATE = (
    update(_PLACES)
    .where(_PLACES.c.id == bindparam("assignment", type_=BigInteger))
    .values(state=bindparam("new_state"), annotator_id=bindparam("annotator", type_=BigInteger), lease_ends_at=None)
)
