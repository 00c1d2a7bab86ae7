"""Checks of annotators while they label: own sentences again, and sentences whose answer is known.

Both come between the others and look like them. Their places lie in rounds of their own, made for one annotator, so
that what is said there is kept apart from the labels (``kind`` is "retest" or "gold-check"). When a place is taken in
the round that is checked, chance decides whether a check follows; which sentence it is, is drawn from those that can
serve by then, so that no inclusion probability is stored with it. What is an example of the guidelines cannot, since
everybody can read how it is labelled.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Assignment, CurrentAnnotation, Document, Round, Unit
from annotator.services.masks import masks_of
from annotator.services.seats import Seat
from annotator.services.succession import succession

RETEST, GOLD_CHECK = "retest", "gold-check"
#: A sentence comes again after at least so many others, when its answer is not simply remembered.
GAP = 20
#: How many sentences are drawn at most to find one that is no example.
TRIES = 10
_CHANCE = secrets.SystemRandom()


def held(session: Session, seat: Seat) -> list[int]:
    """Return the units of checks that wait for an annotator, in the order in which they were drawn."""
    waiting = _personal(seat).where(Round.parent_id == seat.round_id).order_by(Assignment.id)
    return list(session.scalars(waiting))


def draw(session: Session, seat: Seat) -> int | None:
    """Let chance decide whether a check comes next; return its unit, with a place for this annotator, or None."""
    for kind, share, candidates in (
        (RETEST, seat.retest_share, _labelled_before),
        (GOLD_CHECK, seat.check_share, _with_known_answer),
    ):
        if share and _CHANCE.random() < share:
            return _place(session, seat, kind, candidates(seat))
    return None


def _place(session: Session, seat: Seat, kind: str, candidates: Select[Any]) -> int | None:
    round_ = session.scalar(select(Round).where(Round.parent_id == seat.round_id, Round.kind == kind))
    if round_ is None:
        return None
    had = exists().where(
        Assignment.round_id == round_.id,
        Assignment.unit_id == Unit.id,
        Assignment.annotator_id == seat.annotator_id,
    )
    drawn = session.scalars(candidates.where(~had).order_by(func.random()).limit(TRIES)).all()
    unit = next(_without_examples(session, seat, drawn), None)
    if unit is None:
        return None
    # Two whom one sentence is drawn for at once take turns, since each gets the next place. They do so at the round
    # that is checked: at those of the two kinds, in the order that chance wants, each could wait for the other.
    session.execute(select(Round.id).where(Round.id == seat.round_id).with_for_update(key_share=True))
    taken = select(func.coalesce(func.max(Assignment.place), 0) + 1).where(
        Assignment.round_id == round_.id, Assignment.unit_id == unit
    )
    if session.scalar(taken) == 1:
        round_.units = Round.units + 1
    session.execute(
        insert(Assignment).values(
            round_id=round_.id,
            unit_id=unit,
            place=taken.scalar_subquery(),
            order_key=0,
            state="claimed",
            annotator_id=seat.annotator_id,
            is_personal=True,
            selection_mode=kind,
            suggestion_arm="control",
        )
    )
    return unit


def _without_examples(session: Session, seat: Seat, drawn: Sequence[int]) -> Iterator[int]:
    """Yield the units whose sentence, as this annotator reads it, no version of the codebook has as an example."""
    examples = _examples(session, seat.project_id) if drawn else frozenset()
    if not examples:
        yield from drawn
        return
    rows = {row.id: row for row in session.execute(_WORDS.where(Unit.id.in_(drawn)))}
    masks = masks_of(session, seat.masked, {row.document_id for row in rows.values()})
    for unit in drawn:
        if masks[rows[unit].document_id].text(rows[unit].text) not in examples:
            yield unit


def _examples(session: Session, project_id: int) -> frozenset[str]:
    editions = succession(session, project_id).editions
    labels = [label for one in editions for question in one.codebook.questions for label in question.labels]
    return frozenset(text for label in labels for text in (*label.examples, *label.counter_examples))


def _labelled_before(seat: Seat) -> Select[Any]:
    """Return the units this annotator labelled in the round, but for the last few."""
    newest = (
        select(Annotation.id)
        .where(Annotation.annotator_id == seat.annotator_id)
        .order_by(Annotation.id.desc())
        .offset(GAP)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Unit.id)
        .join(CurrentAnnotation, CurrentAnnotation.unit_id == Unit.id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(
            CurrentAnnotation.annotator_id == seat.annotator_id,
            CurrentAnnotation.kind == "main",
            Annotation.round_id == seat.round_id,
            Annotation.act == "answer",
            Annotation.id <= newest,
            _can_be_shown(),
        )
    )


def _with_known_answer(seat: Seat) -> Select[Any]:
    """Return the units that were adjudicated and that this annotator never labelled nor settled.

    What they took back, they labelled: how it is settled may have been shown to them since.
    """
    own = exists().where(Annotation.unit_id == Unit.id, Annotation.annotator_id == seat.annotator_id)
    return (
        select(Unit.id)
        .join(CurrentAnnotation, CurrentAnnotation.unit_id == Unit.id)
        .where(
            Unit.project_id == seat.project_id,
            Unit.kind == "sentence",
            CurrentAnnotation.kind == "adjudication",
            ~own,
            _can_be_shown(),
        )
    )


def _can_be_shown() -> ColumnElement[bool]:
    shown = exists().where(Document.id == Unit.document_id, Document.is_pending.is_(False))
    return Unit.withdrawn_at.is_(None) & shown


_WORDS = select(
    Unit.id, Unit.document_id, func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text")
).join(Document, Document.id == Unit.document_id)


def _personal(seat: Seat) -> Select[Any]:
    return (
        select(Assignment.unit_id)
        .join(Round, Round.id == Assignment.round_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Unit.withdrawn_at.is_(None),
            Assignment.annotator_id == seat.annotator_id,
            Assignment.is_personal,
            Assignment.state == "claimed",
        )
    )
