"""How rounds stand and what can be done with them: progress by person, what is stuck, close, open, choose."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, or_, select, union_all, update
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, Annotator, Assignment, CurrentAnnotation, Project, Round, RoundMember, Tally
from annotator.db.base import now
from annotator.db.functions import epoch_seconds
from annotator.errors import NotFoundError
from annotator.services import unfinished_rounds
from annotator.services.seats import OWN_PREFIXES, Seat
from annotator.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a round is, in places; a training has none before somebody begins it."""

    round: Round
    places: int
    done: int
    skipped: int
    held: int
    #: Held longer than a lease lasts: the next who asks gets them.
    expired: int
    #: Making it was given up before its last place was there.
    is_abandoned: bool

    @property
    def open(self) -> int:
        """Places that nobody has taken."""
        return self.places - self.done - self.skipped - self.held

    @property
    def share(self) -> float:
        """The finished share of the places."""
        return (self.done + self.skipped) / self.places if self.places else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An annotator's part in a round, under their code."""

    annotator_id: int
    code: str
    done: int
    skipped: int
    held: int
    last_at: datetime | None
    #: Mean seconds the page was in use for one answer.
    seconds: float | None
    #: Of a training.
    score: float | None
    passed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A round an annotator may work in, and how far they are."""

    round_id: int
    name: str
    kind: str
    done: int
    units: int
    is_current: bool
    #: The training that has to be passed first.
    waits_for: str | None = None


def find_round(session: Session, project: Project, number: int) -> Round:
    """Return a round of the project by its number.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    wanted = select(Round).where(Round.id == number, Round.project_id == project.id, *_shown())
    # Larger numbers, which anyone can send, do not fit into the column.
    found = session.scalar(wanted) if number < 2**63 else None
    if found is None:
        raise NotFoundError(say("There is no such round in this project."))
    return found


def standings(session: Session, project: Project) -> list[Standing]:
    """Return how every round stands, the newest first; neither queues nor checks, which belong to other rounds."""
    wanted = select(Round).where(Round.project_id == project.id, *_shown()).order_by(Round.id.desc())
    return [standing(session, round_) for round_ in session.scalars(wanted)]


def standing(session: Session, round_: Round) -> Standing:
    """Return how a round stands."""
    is_late = (Assignment.state == "claimed") & (Assignment.lease_ends_at < epoch_seconds()) & ~Assignment.is_personal
    row = session.execute(
        select(
            func.count().label("places"),
            *(func.sum(case((Assignment.state == state, 1), else_=0)).label(state) for state in _STATES),
            func.sum(case((is_late, 1), else_=0)).label("expired"),
        ).where(Assignment.round_id == round_.id)
    ).one()
    return Standing(
        round=round_,
        places=row.places,
        done=row.done or 0,
        skipped=row.skipped or 0,
        held=row.claimed or 0,
        expired=row.expired or 0,
        is_abandoned=unfinished_rounds.is_abandoned(session, round_),
    )


def participants(session: Session, round_: Round) -> list[Participant]:
    """Return everybody who takes part in a round or has a place in it, by code."""
    states = {state: func.sum(case((Assignment.state == state, 1), else_=0)) for state in _STATES}
    places = (
        select(Assignment.annotator_id, *(count.label(state) for state, count in states.items()))
        .where(Assignment.round_id == round_.id, Assignment.annotator_id.is_not(None))
        .group_by(Assignment.annotator_id)
        .subquery()
    )
    given = _acts_at_places(round_)
    acts = (
        select(
            given.c.annotator_id,
            func.max(given.c.recorded_at).label("last_at"),
            func.avg(given.c.active_seconds).label("seconds"),
        )
        .group_by(given.c.annotator_id)
        .subquery()
    )
    member = aliased(RoundMember)
    rows = session.execute(
        select(Annotator.id, Annotator.code, places, acts.c.last_at, acts.c.seconds, member.score, member.passed_at)
        .outerjoin(places, places.c.annotator_id == Annotator.id)
        .outerjoin(acts, acts.c.annotator_id == Annotator.id)
        .outerjoin(member, and_(member.annotator_id == Annotator.id, member.round_id == round_.id))
        .where(
            Annotator.project_id == round_.project_id,
            or_(places.c.annotator_id.is_not(None), member.annotator_id.is_not(None)),
        )
        .order_by(Annotator.code)
    ).all()
    return [
        Participant(
            annotator_id=row.id,
            code=row.code,
            done=row.done or 0,
            skipped=row.skipped or 0,
            held=row.claimed or 0,
            last_at=row.last_at,
            seconds=None if row.seconds is None else float(row.seconds),
            score=row.score,
            passed_at=row.passed_at,
        )
        for row in rows
    ]


def _acts_at_places(round_: Round) -> Subquery:
    """Select the acts of a round, and those of other rounds that finished a place of it: nobody labels a unit twice."""
    wanted = (Annotation.annotator_id, Annotation.recorded_at, Annotation.active_seconds)
    counts = CurrentAnnotation
    is_place = and_(Assignment.unit_id == counts.unit_id, Assignment.annotator_id == counts.annotator_id)
    elsewhere = (
        select(*wanted)
        .join(counts, counts.annotation_id == Annotation.id)
        .join(Assignment, is_place)
        .where(
            Assignment.round_id == round_.id,
            Assignment.state.in_(("done", "skipped")),
            counts.kind == round_.kind,
            Annotation.round_id.is_distinct_from(round_.id),
        )
    )
    return union_all(select(*wanted).where(Annotation.round_id == round_.id), elsewhere).subquery()


def find_participant(session: Session, round_: Round, code: str) -> Participant:
    """Return an annotator's part in a round by their code.

    Raises
    ------
    NotFoundError
        If they take no part in it.
    """
    found = next((one for one in participants(session, round_) if one.code == code), None)
    if found is None:
        raise NotFoundError(say("Nobody with this code takes part in the round."))
    return found


def out_of_reach(session: Session, round_: Round) -> int:
    """Return how many free places nobody who takes part can fill, since all of them have had the unit."""
    people = _able(session, round_)
    place, other, answered = aliased(Assignment), aliased(Assignment), aliased(CurrentAnnotation)
    # Both are meant of the place and the annotator in question; by itself a condition looks one level up only.
    has_place = exists().where(
        other.round_id == round_.id, other.unit_id == place.unit_id, other.annotator_id == Annotator.id
    )
    has_answered = exists().where(
        answered.unit_id == place.unit_id, answered.annotator_id == Annotator.id, answered.kind == "main"
    )
    has_had = or_(has_place.correlate(place, Annotator), has_answered.correlate(place, Annotator))
    able = exists().where(Annotator.id.in_(people), ~has_had)
    stuck = select(func.count()).select_from(place).where(place.round_id == round_.id, place.state == "open", ~able)
    return session.scalar(stuck) or 0


def close_round(session: Session, round_: Round) -> None:
    """Give nothing out any more; what is on the way is still stored, and whoever may review sees everything."""
    session.execute(update(Round).where(Round.id.in_(_held(session, round_))).values(closed_at=now()))


def open_round(session: Session, round_: Round) -> None:
    """Go on with a round that was closed."""
    session.execute(update(Round).where(Round.id.in_(_held(session, round_))).values(closed_at=None))


def choices(session: Session, seat: Seat) -> list[Choice]:
    """Return the rounds an annotator may work in, the newest first."""
    member, training, passed = aliased(RoundMember), aliased(Round), aliased(RoundMember)
    rows = session.execute(
        select(Round, func.coalesce(Tally.done, 0), case((passed.passed_at.is_(None), training.name)))
        .outerjoin(Tally, and_(Tally.round_id == Round.id, Tally.annotator_id == seat.annotator_id))
        .outerjoin(member, and_(member.round_id == Round.id, member.annotator_id == seat.annotator_id))
        .outerjoin(training, training.id == Round.after_id)
        .outerjoin(passed, and_(passed.round_id == training.id, passed.annotator_id == seat.annotator_id))
        .where(
            Round.project_id == seat.project_id,
            Round.closed_at.is_(None),
            Round.is_ready,
            or_(Round.is_by_invitation.is_(False), member.annotator_id.is_not(None)),
            *_shown(),
        )
        .order_by(Round.id.desc())
    ).all()
    return [
        Choice(
            round_id=round_.id,
            name=round_.name,
            kind=round_.kind,
            done=done,
            units=round_.units,
            is_current=round_.id == seat.round_id,
            waits_for=waits_for,
        )
        for round_, done, waits_for in rows
    ]


def enter_round(session: Session, seat: Seat, round_id: int) -> None:
    """Seat an annotator in another round they may work in.

    Raises
    ------
    NotFoundError
        If they may not.
    """
    if round_id not in {choice.round_id for choice in choices(session, seat)}:
        raise NotFoundError(say("There is no such round that you take part in."))
    session.execute(update(Annotator).where(Annotator.id == seat.annotator_id).values(round_id=round_id))


def _able(session: Session, round_: Round) -> list[int]:
    if round_.is_by_invitation:
        wanted = select(RoundMember.annotator_id).where(RoundMember.round_id == round_.id)
    else:
        wanted = select(Annotator.id).where(Annotator.project_id == round_.project_id, Annotator.origin == "person")
    return list(session.scalars(wanted))


def _shown() -> tuple[ColumnElement[bool], ...]:
    return (*(~Round.name.startswith(prefix) for prefix in OWN_PREFIXES), Round.parent_id.is_(None))


def _held(session: Session, round_: Round) -> list[int]:
    """Return a round and those of its checks, in the order in which they are held while somebody is checked."""
    parts = select(Round.id).where((Round.id == round_.id) | (Round.parent_id == round_.id)).order_by(Round.id)
    return list(session.scalars(parts.with_for_update(key_share=True)))


_STATES = ("done", "skipped", "claimed")
