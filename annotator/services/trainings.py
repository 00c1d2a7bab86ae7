"""Trainings: rounds of sentences whose answer is known, labelled before the real work, with a word on each answer.

Everybody labels all of them, at places of their own. When the last is done the share of known answers that were met
is the score; who reaches the round's pass mark has passed. Who does not waits for the owner, who lets them pass or
train again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from annotator.db import (
    Annotation,
    Assignment,
    CodebookVersion,
    CurrentAnnotation,
    Document,
    Project,
    Round,
    RoundMember,
    Tally,
    Unit,
)
from annotator.db.base import now
from annotator.services import appending, chain
from annotator.services.answers import OFFERED, answers_from_rows
from annotator.services.codebooks import published
from annotator.services.comparing import same
from annotator.services.identities import identities
from annotator.services.rounds import POSITIONS
from annotator.services.seats import TRAINING, Seat

KIND = TRAINING
ADJUDICATION = "adjudication"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What an annotator said of a sentence of the training beside what is known; answers by question id."""

    given: Mapping[str, Any]
    known: Mapping[str, Any]
    #: Why the known answer is right, in the words of who settled it.
    reason: str | None

    @property
    def missed(self) -> tuple[str, ...]:
        """The questions that were answered otherwise."""
        return tuple(name for name in self.known if not same(self.known[name], self.given.get(name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a training went: the share of known answers that were met, and the share that was asked."""

    score: float
    mark: float
    is_passed: bool


def names(session: Session, project: Project) -> list[str]:
    """Return what the project's trainings are called, the newest first."""
    wanted = select(Round.name).where(Round.project_id == project.id, Round.kind == KIND, Round.parent_id.is_(None))
    return list(session.scalars(wanted.order_by(Round.id.desc())))


def begin(session: Session, seat: Seat) -> None:
    """Make an annotator's places in the training, unless they are there.

    What they held was taken away if they were removed meanwhile; it is there again when they come back.
    """
    round_ = session.get_one(Round, seat.round_id)
    if session.get(RoundMember, (round_.id, seat.annotator_id)) is not None and _has_all(session, seat, round_):
        return
    # Those who begin at once take turns, since each gets the next place.
    session.refresh(round_, with_for_update={"key_share": True})
    number = session.scalar(
        select(func.coalesce(func.max(Assignment.place), 0)).where(Assignment.round_id == round_.id)
    )
    units = select(Unit.id, Document.order_key, Unit.position).join(Document, Document.id == Unit.document_id)
    wanted = units.where(Unit.project_id == seat.project_id, Unit.external_id.in_(units_of(round_)), ~_is_mine(seat))
    places = [
        {
            "round_id": round_.id,
            "unit_id": unit.id,
            "place": (number or 0) + 1,
            "order_key": unit.order_key * POSITIONS + unit.position,
            "state": "claimed",
            "annotator_id": seat.annotator_id,
            "is_personal": True,
            "selection_mode": KIND,
            "suggestion_arm": "control",
        }
        for unit in session.execute(wanted)
    ]
    if places:
        session.execute(insert(Assignment), places)
    if session.get(RoundMember, (round_.id, seat.annotator_id)) is None:
        session.add(RoundMember(round_id=round_.id, annotator_id=seat.annotator_id))
        session.flush()


def _has_all(session: Session, seat: Seat, round_: Round) -> bool:
    mine = (Assignment.round_id == round_.id, Assignment.annotator_id == seat.annotator_id)
    return session.scalar(select(func.count()).where(*mine)) == len(units_of(round_))


def units_of(round_: Round) -> list[str]:
    """Return the units whose answer is known that everybody labels in a training."""
    found: list[str] = (round_.plan or {}).get("units", [])
    return found


def _is_mine(seat: Seat) -> ColumnElement[bool]:
    return exists().where(
        Assignment.unit_id == Unit.id,
        Assignment.round_id == seat.round_id,
        Assignment.annotator_id == seat.annotator_id,
    )


def feedback(session: Session, seat: Seat, unit_id: int) -> Feedback | None:
    """Return what is known of a sentence once an annotator labelled or skipped it in a training; else None."""
    if not _has_said(session, seat, unit_id):
        return None
    found = _answers(session, seat.project_id, [unit_id], annotator_id=seat.annotator_id)
    given, known = found.get((unit_id, KIND)), found.get((unit_id, ADJUDICATION))
    if known is None:
        return None
    return Feedback(given=given[0] if given else {}, known=known[0], reason=known[1])


def _has_said(session: Session, seat: Seat, unit_id: int) -> bool:
    mine = (Annotation.unit_id == unit_id, Annotation.annotator_id == seat.annotator_id, Annotation.kind == KIND)
    return session.scalar(select(Annotation.id).where(*mine).limit(1)) is not None


def settle(session: Session, seat: Seat) -> None:
    """Work out the score if nothing is left to label and there is none: what waited last may have been withdrawn."""
    member = session.get(RoundMember, (seat.round_id, seat.annotator_id))
    if member is not None and member.score is None:
        finish(session, seat)


def finish(session: Session, seat: Seat) -> None:
    """Work out the score once an annotator has labelled all of a training."""
    waiting = (
        select(Assignment.id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Assignment.round_id == seat.round_id,
            Assignment.annotator_id == seat.annotator_id,
            Assignment.state == "claimed",
            # What was withdrawn is given to nobody any more.
            Unit.withdrawn_at.is_(None),
        )
    )
    if session.scalar(waiting.limit(1)) is not None:
        return
    score = score_of(session, seat.project_id, seat.round_id, seat.annotator_id)
    mark = session.get_one(Round, seat.round_id).pass_mark
    passed = score is not None and score >= (mark or 0)
    told: dict[str, Any] = {"score": score}
    if passed:
        told["passed_at"] = now()
    # Else nothing is said of passing: the owner may have let them pass.
    member = (RoundMember.round_id == seat.round_id, RoundMember.annotator_id == seat.annotator_id)
    session.execute(update(RoundMember).where(*member).values(told))


def score_of(session: Session, project_id: int, round_id: int, annotator_id: int) -> float | None:
    """Return the share of known answers, over sentences and questions, that an annotator met; None without any."""
    units = (
        select(Assignment.unit_id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(
            Assignment.round_id == round_id,
            Assignment.annotator_id == annotator_id,
            # Nobody misses what was withdrawn before they came to it.
            or_(Unit.withdrawn_at.is_(None), Assignment.state != "claimed"),
        )
    )
    found = _answers(session, project_id, list(session.scalars(units)), annotator_id=annotator_id)
    met = [
        same(known, given_answer(found, unit).get(question))
        for (unit, kind), (answers, _) in found.items()
        if kind == ADJUDICATION
        for question, known in answers.items()
        if question != OFFERED
    ]
    return sum(met) / len(met) if met else None


def given_answer(found: Mapping[tuple[int, str], tuple[dict[str, Any], str | None]], unit: int) -> dict[str, Any]:
    """Return what was answered in the training, nothing for a sentence that was skipped."""
    given = found.get((unit, KIND))
    return given[0] if given else {}


def outcome(session: Session, seat: Seat) -> Outcome | None:
    """Return how an annotator's training went, once all of it is labelled."""
    row = session.execute(
        select(RoundMember.score, RoundMember.passed_at, Round.pass_mark)
        .join(Round, Round.id == RoundMember.round_id)
        .where(RoundMember.round_id == seat.round_id, RoundMember.annotator_id == seat.annotator_id)
    ).one_or_none()
    if row is None or row.score is None:
        return None
    return Outcome(score=row.score, mark=row.pass_mark or 0.0, is_passed=row.passed_at is not None)


def let_pass(session: Session, round_id: int, annotator_id: int) -> None:
    """Let an annotator go on to the real work whatever their score."""
    member = (RoundMember.round_id == round_id, RoundMember.annotator_id == annotator_id)
    session.execute(update(RoundMember).where(*member).values(passed_at=now()))


def train_again(session: Session, round_id: int, annotator_id: int) -> None:
    """Let an annotator label the training once more; what they said before stays, the new answers count."""
    # In this order everywhere: the head, then places.
    appending.take_head(session, session.get_one(Round, round_id).project_id)
    mine = (Assignment.round_id == round_id, Assignment.annotator_id == annotator_id)
    session.execute(update(Assignment).where(*mine).values(state="claimed", lease_ends_at=None))
    session.execute(update(Tally).where(Tally.round_id == round_id, Tally.annotator_id == annotator_id).values(done=0))
    member = (RoundMember.round_id == round_id, RoundMember.annotator_id == annotator_id)
    session.execute(update(RoundMember).where(*member).values(score=None, passed_at=None))


def _answers(
    session: Session, project_id: int, unit_ids: list[int], *, annotator_id: int
) -> dict[tuple[int, str], tuple[dict[str, Any], str | None]]:
    """Return answers and comment by unit and kind: the annotator's of the training, and what was adjudicated."""
    mine = (Annotation.kind == KIND) & (Annotation.annotator_id == annotator_id)
    acts = session.execute(
        select(Annotation.id, Annotation.unit_id, Annotation.kind, Annotation.comment, CodebookVersion.number)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(
            CurrentAnnotation.unit_id.in_(unit_ids),
            Annotation.act == "answer",
            mine | (Annotation.kind == ADJUDICATION),
        )
        .order_by(Annotation.sequence)
    ).all()
    known = identities(session, project_id)
    rows = chain.answers_of(session, [act.id for act in acts])
    found = {}
    for act in acts:
        codebook = published(session, project_id, act.number).codebook
        answers = answers_from_rows(rows.get(act.id, {}).get("final", []), codebook=codebook, known=known)
        found[act.unit_id, act.kind] = (answers, act.comment)
    return found
