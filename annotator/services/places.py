"""The place at which an act was given: how its unit was selected, and whether it was still held."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, select
from sqlalchemy.orm import Session

from annotator.db import Assignment, Round, Unit
from annotator.db.annotations import KINDS
from annotator.db.base import table
from annotator.services.projects import MAIN_ROUND
from annotator.services.seats import Seat, main_seat

#: Kinds of acts that are given at a place; adjudication and import have none.
GIVEN_AT_PLACES = tuple(kind for kind in KINDS if kind not in ("adjudication", "import"))


@dataclass(slots=True)
class Place:
    """What is known of the annotator's place on the unit while an act is stored."""

    assignment_id: int | None = None
    state: str | None = None
    is_own: bool = False
    is_late: bool = False
    #: It was given back when its annotator left: what they did there is kept, and takes neither it nor another.
    is_given_back: bool = False
    selection: dict[str, Any] = field(
        default_factory=lambda: {"selection_mode": None, "selection_probability": None, "suggestion_arm": None}
    )
    #: Number, name and kind of the round it is in; None where there is no place.
    round: tuple[int, str, str] | None = None

    def seat(self, seat: Seat) -> Seat:
        """Return the annotator's seat in the round of the place, whichever they work in by now."""
        if self.round is None:
            return seat
        return replace(seat, round_id=self.round[0], round_name=self.round[1], kind=self.round[2])


def find_place(
    session: Session,
    seat: Seat,
    unit_id: int,
    *,
    earlier_round: int | None = None,
    kind: str | None = None,
    hold: bool = False,
) -> Place:
    """Find the annotator's place; an answer to a unit whose place went to somebody else is late, and kept.

    What the annotator holds comes first, in whichever round: an act may arrive after they went on elsewhere. So does
    the place of an earlier act, whose round is ``earlier_round``, when it is revised. With ``kind`` only rounds of that
    kind are looked at. With ``hold`` nobody can claim the place before the transaction ends.
    """
    given = {
        "unit": unit_id,
        "round": seat.round_id,
        "annotator": seat.annotator_id,
        "earlier": seat.round_id if earlier_round is None else earlier_round,
        "kinds": KINDS if kind is None else (kind,),
    }
    found = session.execute(_PLACE_HELD if hold else _PLACE, given).one_or_none()
    if found is None:
        return Place()
    selection = {
        "selection_mode": found.selection_mode,
        "selection_probability": found.selection_probability,
        "suggestion_arm": found.suggestion_arm,
    }
    here = (found.round_id, found.name, found.kind)
    if found.annotator_id not in (seat.annotator_id, None):
        return Place(is_late=True, selection=selection, round=here)
    is_own = found.annotator_id is not None
    return Place(assignment_id=found.id, state=found.state, is_own=is_own, selection=selection, round=here)


def seat_to_answer(session: Session, seat: Seat, external_id: str) -> Seat:
    """Return the seat at which an annotator would answer a unit now: of a check, while they hold it for one.

    Its ``kind`` says which of their earlier answers are in force; nothing is looked up where nothing is checked.
    """
    if not seat.may_hold_check:
        return seat
    given = {"project": seat.project_id, "unit": external_id, "annotator": seat.annotator_id}
    held = session.execute(_HELD, given).first()
    if held is None:
        return replace(seat, kind="main") if seat.kind != "main" else seat
    return replace(seat, round_id=held.round_id, round_name=held.name, kind=held.kind)


def seat_for_unit(session: Session, seat: Seat, unit_id: int) -> Seat:
    """Return the seat at which a unit is chosen: where the annotator has it, else in the main round.

    Who looks at another sentence while working through a queue, or a training, does not make it a part of that.
    """
    if not seat.is_in_queue and seat.kind == "main":
        return seat
    place = find_place(session, seat, unit_id)
    if place.round is not None and place.round[0] == seat.round_id:
        return seat
    main = main_seat(session, seat)
    return place.seat(main) if place.assignment_id is not None else main


# Runs with every label, so it is built once.
_PLACES = table(Assignment)
_ROUNDS = table(Round)
_IS_OWN = _PLACES.c.annotator_id == bindparam("annotator", type_=BigInteger)
_IS_HERE = _PLACES.c.round_id == bindparam("round")
_PLACE = (
    select(
        _PLACES.c.id,
        _PLACES.c.state,
        _PLACES.c.annotator_id,
        _PLACES.c.selection_mode,
        _PLACES.c.selection_probability,
        _PLACES.c.suggestion_arm,
        _PLACES.c.round_id,
        _ROUNDS.c.name,
        _ROUNDS.c.kind,
    )
    .join(_ROUNDS, _ROUNDS.c.id == _PLACES.c.round_id)
    .where(
        _PLACES.c.unit_id == bindparam("unit"),
        _IS_OWN | _IS_HERE | (_ROUNDS.c.name == MAIN_ROUND),
        _ROUNDS.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    # One's own place first, then one that is free; each of them sooner in the present round than elsewhere.
    .order_by(
        case(
            (_IS_OWN & (_PLACES.c.state == "claimed"), 0),
            (_IS_OWN & (_PLACES.c.round_id == bindparam("earlier", type_=BigInteger)), 1),
            (_IS_OWN, 2),
            (_IS_HERE & (_PLACES.c.state == "open"), 3),
            (_IS_HERE, 4),
            (_PLACES.c.state == "open", 5),
            else_=6,
        ),
        case((_IS_HERE, 0), else_=1),
        _PLACES.c.place,
    )
    .limit(1)
)
_PLACE_HELD = _PLACE.with_for_update(of=_PLACES)
_UNITS = table(Unit)
_HELD = (
    select(_PLACES.c.round_id, _ROUNDS.c.name, _ROUNDS.c.kind)
    .join(_ROUNDS, _ROUNDS.c.id == _PLACES.c.round_id)
    .join(_UNITS, _UNITS.c.id == _PLACES.c.unit_id)
    .where(
        _UNITS.c.project_id == bindparam("project"),
        _UNITS.c.external_id == bindparam("unit"),
        _IS_OWN,
        _PLACES.c.state == "claimed",
    )
    # A check waits for one person, who may hold the unit in an ordinary round, too.
    .order_by(_PLACES.c.is_personal.desc())
    .limit(1)
)
