"""Queues: rounds of one annotator over the units that a search has found, or that are to be labelled anew.

A queue's units have one place each, in the order of the main round. Who works through one sits in its round until
nothing is left there or they go back to all sentences; what is labelled in it counts like any other label and knows
that a search chose it (``selection_mode`` is "search", without a probability).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, and_, cast, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotator, Assignment, CurrentAnnotation, Document, Project, Round, Tally, Unit
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotAllowedError, NotFoundError
from annotator.services import projects, rounds
from annotator.services.policy import Policy
from annotator.services.seats import OWN_ROUNDS, QUEUE_PREFIX, SEARCH, Seat, main_seat, queue_title
from annotator.words import say

#: Places made in one transaction, so that nobody who labels has to wait.
CHUNK = 500
MAX_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One of an annotator's queues and how far they are."""

    round_id: int
    name: str
    done: int
    units: int
    #: Whether there is something left that can be labelled.
    is_open: bool
    is_current: bool

    @property
    def title(self) -> str:
        """What it is called where it is clear that it is a queue."""
        return queue_title(self.name)


def check_may_queue(seat: Seat, policy: Policy) -> None:
    """Make sure that the person may choose what they label.

    Raises
    ------
    NotAllowedError
        If they may not label, or the round is blind and somebody else decides who labels what.
    """
    if not policy.can_label:
        raise NotAllowedError(say("Your role in this project does not include labelling; ask its owner."))
    if seat.phase != "open" and not policy.can_configure:
        raise NotAllowedError(
            say("While everybody labels on their own, the owner of the project decides who labels which sentences.")
        )


def make_queue(
    database: Database,
    seat: Seat,
    unit_ids: Sequence[int],
    *,
    title: str,
    criteria: dict[str, Any],
    with_labelled: bool = False,
) -> int:
    """Make a queue of these units, seat the annotator in it, and return how many sentences it has.

    What was withdrawn is left out and so is what the annotator has labelled, unless ``with_labelled``. Places are
    made some hundred at a time; the annotator is seated when all are there.

    Raises
    ------
    InvalidInputError
        If nothing is left to label.
    """
    round_id = None
    made = 0
    for start in range(0, len(unit_ids), CHUNK):
        with database.transaction() as session:
            left = _left(session, seat, unit_ids[start : start + CHUNK], with_labelled=with_labelled)
            if left and round_id is None:
                round_id = _new_round(session, seat, title=title, criteria=criteria)
            if left and round_id is not None:
                _add_places(session, seat, round_id, left, are_held=with_labelled)
            made += len(left)
    if round_id is None:
        raise InvalidInputError(say("None of these sentences is left for you to label; you have labelled them all."))
    with database.transaction() as session:
        _sit(session, seat, round_id)
    return made


def queues_of(session: Session, seat: Seat) -> list[Queue]:
    """Return an annotator's queues, newest first."""
    rows = session.execute(
        select(Round, func.coalesce(Tally.done, 0))
        .outerjoin(Tally, and_(Tally.round_id == Round.id, Tally.annotator_id == seat.annotator_id))
        .where(*_mine(seat))
        .order_by(Round.id.desc())
    ).all()
    return [
        Queue(
            round_id=round_.id,
            name=round_.name,
            done=done,
            units=round_.units,
            is_open=done < round_.units and _has_places_left(session, seat, round_.id),
            is_current=round_.id == seat.round_id,
        )
        for round_, done in rows
    ]


def enter_queue(session: Session, seat: Seat, name: str) -> None:
    """Seat an annotator in one of their queues again.

    Raises
    ------
    NotFoundError
        If they have none of this name.
    """
    round_id = session.scalar(select(Round.id).where(*_mine(seat), Round.name == name))
    if round_id is None:
        raise NotFoundError(say("You have no queue of this name."))
    _sit(session, seat, round_id)


def leave_queue(session: Session, seat: Seat) -> Seat:
    """Seat an annotator in the main round; what they hold stays theirs, so that acts on the way find their place."""
    _sit(session, seat, None)
    return main_seat(session, seat)


def leave_finished(session: Session, seat: Seat) -> bool:
    """Leave a queue in which nothing is left, and tell whether there was one; asked when a claim found nothing."""
    if not seat.is_in_queue or _has_places_left(session, seat, seat.round_id):
        return False
    leave_queue(session, seat)
    return True


def _sit(session: Session, seat: Seat, round_id: int | None) -> None:
    session.execute(update(Annotator).where(Annotator.id == seat.annotator_id).values(round_id=round_id))


def _mine(seat: Seat) -> tuple[Any, ...]:
    return (
        Round.project_id == seat.project_id,
        Round.selection_mode.in_(OWN_ROUNDS),
        Round.query["annotator"].as_string() == seat.code,
    )


def _new_round(session: Session, seat: Seat, *, title: str, criteria: dict[str, Any]) -> int:
    # Two who make queues of one name at once take turns.
    projects.lock_project(session, seat.project_id)
    main = rounds.main_round(session, seat.project_id)
    round_ = Round(
        project_id=seat.project_id,
        name=_free_name(session, seat.project_id, title),
        phase=main.phase,
        selection_mode=SEARCH,
        query={"annotator": seat.code, "criteria": criteria},
    )
    session.add(round_)
    session.flush()
    return round_.id


def _free_name(session: Session, project_id: int, title: str) -> str:
    title = " ".join(title.split())
    base = QUEUE_PREFIX + (title if len(title) <= MAX_NAME else title[: MAX_NAME - 1].rstrip() + "…")
    taken = set(session.scalars(select(Round.name).where(Round.project_id == project_id)))
    name, number = base, 2
    while name in taken:
        name, number = f"{base} {number}", number + 1
    return name


def _left(session: Session, seat: Seat, unit_ids: Sequence[int], *, with_labelled: bool) -> list[int]:
    wanted = [Unit.project_id == seat.project_id, Unit.id.in_(unit_ids), Unit.withdrawn_at.is_(None)]
    if not with_labelled:
        wanted.append(~_has_answered(seat))
    return list(session.scalars(select(Unit.id).where(*wanted)))


def _add_places(session: Session, seat: Seat, round_id: int, unit_ids: Sequence[int], *, are_held: bool) -> None:
    """Make places; with what is labelled all are held from the start, for a claim never gives out a unit again."""
    project = session.get_one(Project, seat.project_id)
    session.execute(
        insert(Assignment).from_select(
            ["round_id", "unit_id", "place", "order_key", "state", "annotator_id", "selection_mode", "suggestion_arm"],
            select(
                literal(round_id),
                Unit.id,
                literal(1),
                Document.order_key * rounds.POSITIONS + rounds.position_in_document(),
                literal("claimed" if are_held else "open"),
                literal(seat.annotator_id) if are_held else cast(null(), BigInteger),
                literal(SEARCH),
                rounds.drawn_arm(project),
            )
            .join(Document, Document.id == Unit.document_id)
            .where(Unit.id.in_(unit_ids)),
        )
    )
    session.execute(update(Round).where(Round.id == round_id).values(units=Round.units + len(unit_ids)))


def _has_answered(seat: Seat) -> Any:
    return exists().where(
        CurrentAnnotation.unit_id == Unit.id,
        CurrentAnnotation.annotator_id == seat.annotator_id,
        CurrentAnnotation.kind == seat.kind,
    )


def _has_places_left(session: Session, seat: Seat, round_id: int) -> bool:
    """Tell whether a claim could still find something: a place that is held, or free and not answered elsewhere."""
    place = aliased(Assignment)
    left = (
        select(place.id)
        .join(Unit, Unit.id == place.unit_id)
        .where(
            place.round_id == round_id,
            Unit.withdrawn_at.is_(None),
            or_(
                and_(place.state == "claimed", place.annotator_id == seat.annotator_id),
                and_(place.state == "open", ~_has_answered(seat)),
            ),
        )
        .limit(1)
    )
    return session.scalar(left) is not None
