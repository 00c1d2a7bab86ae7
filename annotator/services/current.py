"""What counts now: the newest act per unit, annotator and kind, and who has finished how much.

All of it is derived from the acts and can be rebuilt from them.
"""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, Assignment, ChainHead, CodebookVersion, CurrentAnnotation, Round, Tally
from annotator.db.base import table
from annotator.db.functions import epoch_seconds
from annotator.services import trainings
from annotator.services.claiming import LEASE_SECONDS
from annotator.services.seats import Seat

FINISHED = {"answer": "done", "skip": "skipped"}
#: Kinds of acts by which a unit is labelled.
COUNTED = ("main", "import", "adjudication")


class Counting(NamedTuple):
    """The act that counts for an annotator's unit, and the number of the codebook by which it was given."""

    id: int
    act: str
    codebook: int


def newest(session: Session, seat: Seat, unit_id: int) -> Any:
    """Return ``id``, ``key``, ``act`` and ``round_id`` of the act that counts for this annotator's unit, or None."""
    return session.execute(_NEWEST, _of(seat, unit_id)).one_or_none()


def point(session: Session, seat: Seat, unit_id: int, stored: Counting) -> Counting | None:
    """Let the pointer follow an act that was just stored; return the act that counts now, or None."""
    counts = _newest_not_undone(session, seat, unit_id) if stored.act == "undo" else stored
    session.execute(_REMOVE, _of(seat, unit_id))
    if counts is None:
        return None
    pointer = {"unit_id": unit_id, "annotator_id": seat.annotator_id, "kind": seat.kind, "annotation_id": counts.id}
    session.execute(_POINT, pointer)
    return counts


def finish_place(
    session: Session, seat: Seat, assignment_id: int | None, *, state: str | None, counts: str | None
) -> None:
    """Close the annotator's place, or open it again for them when everything on it was undone."""
    if assignment_id is None:
        return
    wanted = FINISHED.get(counts or "", "claimed")
    if state != wanted:
        session.execute(_SET_STATE, {"assignment": assignment_id, "new_state": wanted, "annotator": seat.annotator_id})
    change = (wanted in FINISHED.values()) - (state in FINISHED.values())
    if change:
        count_finished(session, seat, change)


def labelled_change(session: Session, seat: Seat, unit_id: int, *, before: str | None, after: str | None) -> int:
    """Return by how much the number of labelled units changes; a unit counts once, whoever answered it.

    Trainings and checks do not count: they are about the annotator.
    """
    if seat.kind not in COUNTED:
        return 0
    change = (after == "answer") - (before == "answer")
    if change and session.execute(_OTHER_ANSWER, _of(seat, unit_id)).first() is not None:
        return 0
    return change


def rebuild_pointers(session: Session, project_id: int) -> None:
    """Work out anew from the acts of a project which of them count."""
    mine = _ACTS.c.project_id == project_id
    undone = select(_ACTS.c.supersedes_id).where(mine, _ACTS.c.act == "undo")
    per_pointer = (_ACTS.c.unit_id, _ACTS.c.annotator_id, _ACTS.c.kind)
    newest_first = func.row_number().over(partition_by=per_pointer, order_by=_ACTS.c.sequence.desc())
    ranked = (
        select(*per_pointer, _ACTS.c.id, newest_first.label("rank"))
        .where(mine, _ACTS.c.act != "undo", _ACTS.c.id.not_in(undone))
        .subquery()
    )
    session.execute(delete(_POINTERS).where(_POINTERS.c.annotation_id.in_(select(_ACTS.c.id).where(mine))))
    session.execute(
        insert(_POINTERS).from_select(
            ["unit_id", "annotator_id", "kind", "annotation_id"],
            select(ranked.c.unit_id, ranked.c.annotator_id, ranked.c.kind, ranked.c.id).where(ranked.c.rank == 1),
        )
    )


def rebuild_counts(session: Session, project_id: int) -> None:
    """Count anew what has been labelled in a project, how many units have places, and who has finished how many."""
    answers = (
        select(func.count(_POINTERS.c.unit_id.distinct()))
        .select_from(_POINTERS)
        .join(_ACTS, _ACTS.c.id == _POINTERS.c.annotation_id)
        .where(_ACTS.c.project_id == project_id, _ACTS.c.act == "answer", _ACTS.c.kind.in_(COUNTED))
    )
    session.execute(
        update(ChainHead).where(ChainHead.project_id == project_id).values(labelled=answers.scalar_subquery())
    )
    count_units(session, project_id)
    rounds = select(Round.id).where(Round.project_id == project_id)
    session.execute(delete(_TALLIES).where(_TALLIES.c.round_id.in_(rounds)))
    finished = (
        select(_PLACES.c.round_id, _PLACES.c.annotator_id, func.count())
        .where(_PLACES.c.round_id.in_(rounds), _PLACES.c.state.in_(FINISHED.values()))
        .group_by(_PLACES.c.round_id, _PLACES.c.annotator_id)
    )
    session.execute(insert(_TALLIES).from_select(["round_id", "annotator_id", "done"], finished))


def count_units(session: Session, project_id: int) -> None:
    """Count anew how many units each round of a project has."""
    # Somebody may just be getting a place on a unit that had none; only then it is counted.
    wanted = select(Round).where(Round.project_id == project_id).order_by(Round.id)
    for round_ in session.scalars(wanted.with_for_update(key_share=True).execution_options(populate_existing=True)):
        round_.units = units_in(session, round_)
    session.flush()


def units_in(session: Session, round_: Round) -> int:
    """Return how many units have a place in a round; in a training all get one, each annotator when they begin."""
    if round_.kind == trainings.KIND:
        return len(trainings.units_of(round_))
    places = select(func.count(_PLACES.c.unit_id.distinct())).where(_PLACES.c.round_id == round_.id)
    return session.execute(places).scalar_one()


def count_finished(session: Session, seat: Seat, change: int) -> None:
    """Add to how many places of the round the annotator has finished."""
    given = {"round": seat.round_id, "annotator": seat.annotator_id, "change": change}
    # The chain's head is locked, so nobody else can insert the row in between.
    if session.execute(_COUNT, given).first() is None:
        session.execute(
            insert(Tally).values(round_id=seat.round_id, annotator_id=seat.annotator_id, done=max(change, 0))
        )


def _newest_not_undone(session: Session, seat: Seat, unit_id: int) -> Counting | None:
    undo = aliased(Annotation)
    row = session.execute(
        select(Annotation.id, Annotation.act, CodebookVersion.number)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(
            Annotation.unit_id == unit_id,
            Annotation.annotator_id == seat.annotator_id,
            Annotation.kind == seat.kind,
            Annotation.act != "undo",
            ~exists().where(undo.act == "undo", undo.supersedes_id == Annotation.id),
        )
        .order_by(Annotation.sequence.desc())
        .limit(1)
    ).first()
    return Counting(row.id, row.act, row.number) if row else None


def _of(seat: Seat, unit_id: int) -> dict[str, Any]:
    return {"unit": unit_id, "annotator": seat.annotator_id, "kind": seat.kind}


# The statements below run with every label, so they are built once.
_ACTS = table(Annotation)
_POINTERS = table(CurrentAnnotation)
_PLACES = table(Assignment)
_TALLIES = table(Tally)
_POINTER = (
    _POINTERS.c.unit_id == bindparam("unit"),
    _POINTERS.c.annotator_id == bindparam("annotator"),
    _POINTERS.c.kind == bindparam("kind"),
)
_NEWEST = (
    select(_ACTS.c.id, _ACTS.c.key, _ACTS.c.act, _ACTS.c.round_id)
    .join(_POINTERS, _POINTERS.c.annotation_id == _ACTS.c.id)
    .where(*_POINTER)
)
_REMOVE = delete(_POINTERS).where(*_POINTER)
_POINT = insert(_POINTERS)
_SET_STATE = (
    update(_PLACES)
    .where(_PLACES.c.id == bindparam("assignment", type_=BigInteger))
    .values(
        state=bindparam("new_state"),
        annotator_id=bindparam("annotator", type_=BigInteger),
        # One that opens again by an undo must run out like any other.
        lease_ends_at=epoch_seconds() + LEASE_SECONDS,
    )
)
_OTHER_ANSWER = (
    select(_POINTERS.c.annotation_id)
    .join(_ACTS, _ACTS.c.id == _POINTERS.c.annotation_id)
    .where(
        _POINTERS.c.unit_id == bindparam("unit"),
        or_(_POINTERS.c.annotator_id != bindparam("annotator"), _POINTERS.c.kind != bindparam("kind")),
        _ACTS.c.act == "answer",
        _ACTS.c.kind.in_(COUNTED),
    )
    .limit(1)
)
_COUNT = (
    update(_TALLIES)
    .where(_TALLIES.c.round_id == bindparam("round"), _TALLIES.c.annotator_id == bindparam("annotator"))
    .values(done=_TALLIES.c.done + bindparam("change"))
    .returning(_TALLIES.c.done)
)
