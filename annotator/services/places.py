"""The place at which an act was given: how its unit was selected, and whether it was still held."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import Session

from annotator.db import Assignment
from annotator.db.base import table
from annotator.services.seats import Seat


@dataclass(slots=True)
class Place:
    """What is known of the annotator's place on the unit while an act is stored."""

    assignment_id: int | None = None
    state: str | None = None
    is_late: bool = False
    selection: dict[str, Any] = field(
        default_factory=lambda: {"selection_mode": None, "selection_probability": None, "suggestion_arm": None}
    )


def find_place(session: Session, seat: Seat, unit_id: int, *, hold: bool = False) -> Place:
    """Find the annotator's place; an answer to a unit whose place went to somebody else is late, and kept.

    With ``hold`` nobody can claim the place before the transaction ends.
    """
    given = {"unit": unit_id, "round": seat.round_id, "annotator": seat.annotator_id}
    found = session.execute(_PLACE_HELD if hold else _PLACE, given).one_or_none()
    if found is None:
        return Place()
    selection = {name: found._mapping[name] for name in Place().selection}
    if found.annotator_id not in (seat.annotator_id, None):
        return Place(is_late=True, selection=selection)
    return Place(assignment_id=found.id, state=found.state, selection=selection)


# Runs with every label, so it is built once.
_PLACES = table(Assignment)
_PLACE = (
    select(
        _PLACES.c.id,
        _PLACES.c.state,
        _PLACES.c.annotator_id,
        _PLACES.c.selection_mode,
        _PLACES.c.selection_probability,
        _PLACES.c.suggestion_arm,
    )
    .where(_PLACES.c.unit_id == bindparam("unit"), _PLACES.c.round_id == bindparam("round"))
    # One's own place first, then one that is free.
    .order_by(case((_PLACES.c.annotator_id == bindparam("annotator"), 0), (_PLACES.c.state == "open", 1), else_=2))
    .limit(1)
)
_PLACE_HELD = _PLACE.with_for_update()
