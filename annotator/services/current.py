"""What counts now: the newest act per unit, annotator and kind, and who has finished how much.

All of it is derived from the acts and can be rebuilt from them.
"""

from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, Assignment, CurrentAnnotation, Tally
from annotator.services.seats import Seat

FINISHED = {"answer": "done", "skip": "skipped"}


def newest(session: Session, seat: Seat, unit_id: int) -> Any:
    """Return ``id``, ``key`` and ``act`` of the act that counts for this annotator's unit, or None."""
    return session.execute(
        select(Annotation.id, Annotation.key, Annotation.act)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .where(*_pointer(seat, unit_id))
    ).one_or_none()


def point(session: Session, seat: Seat, unit_id: int, *, act: str, annotation_id: int) -> str | None:
    """Let the pointer follow an act that was just stored; return the act that counts now, or None."""
    counts: tuple[int, str] | None = (annotation_id, act)
    if act == "undo":
        counts = _newest_not_undone(session, seat, unit_id)
    session.execute(delete(CurrentAnnotation).where(*_pointer(seat, unit_id)))
    if counts is None:
        return None
    session.execute(
        insert(CurrentAnnotation).values(
            unit_id=unit_id, annotator_id=seat.annotator_id, kind=seat.kind, annotation_id=counts[0]
        )
    )
    return counts[1]


def finish_place(
    session: Session, seat: Seat, assignment_id: int | None, *, state: str | None, counts: str | None
) -> None:
    """Close the annotator's place, or open it again for them when everything on it was undone."""
    if assignment_id is None:
        return
    wanted = FINISHED.get(counts or "", "claimed")
    if state != wanted:
        session.execute(
            update(Assignment)
            .where(Assignment.id == assignment_id)
            .values(state=wanted, annotator_id=seat.annotator_id)
        )
    change = (wanted in FINISHED.values()) - (state in FINISHED.values())
    if change:
        _count(session, seat, change)


def _count(session: Session, seat: Seat, change: int) -> None:
    mine = (Tally.round_id == seat.round_id, Tally.annotator_id == seat.annotator_id)
    changed = session.execute(update(Tally).where(*mine).values(done=Tally.done + change).returning(Tally.done))
    # The chain's head is locked, so nobody else can insert the row in between.
    if changed.first() is None:
        session.execute(
            insert(Tally).values(round_id=seat.round_id, annotator_id=seat.annotator_id, done=max(change, 0))
        )


def _newest_not_undone(session: Session, seat: Seat, unit_id: int) -> tuple[int, str] | None:
    undo = aliased(Annotation)
    row = session.execute(
        select(Annotation.id, Annotation.act)
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
    return row._tuple() if row else None


def _pointer(seat: Seat, unit_id: int) -> tuple[Any, ...]:
    return (
        CurrentAnnotation.unit_id == unit_id,
        CurrentAnnotation.annotator_id == seat.annotator_id,
        CurrentAnnotation.kind == seat.kind,
    )
