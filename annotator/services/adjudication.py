"""Settle what annotators differ about: gold labels are acts of their own, the originals stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, ChainHead, Event, Project, Unit, User
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import (
    chain,
    codebook_notes,
    codebooks,
    current,
    gold,
    holding,
    reviewing,
    rounds,
    seats,
    visibility,
)
from annotator.services.acts import Act
from annotator.services.answers import answers_from_rows, is_storable
from annotator.services.identities import identities
from annotator.services.masks import NOTHING_MASKED, Masks
from annotator.services.recording import Recorded, find_repetition, record_act
from annotator.services.reviewing import Mark
from annotator.services.seats import Seat
from annotator.words import say

MAX_NOTE = 2_000


class SettledMeanwhileError(ConflictError):
    """Another adjudicator decided while one was looking at the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision that counts for a unit: an answer, or a skip where no gold is to be had."""

    key: str
    act: str
    code: str
    at: datetime
    reason: str | None
    comment: str | None
    answers: Mapping[str, Any]
    marks: tuple[Mark, ...]
    #: By whom, so that only they are offered to take it back.
    annotator_id: int


def in_force(
    session: Session,
    project_id: int,
    unit_id: int,
    *,
    masks: Masks = NOTHING_MASKED,
    visible: ColumnElement[bool] | None = None,
) -> Decided | None:
    """Return the decision that counts for a unit, whoever made it; with ``visible`` only if it may be seen."""
    act = gold.standing(session, unit_id, visible=visible)
    if act is None:
        return None
    codebook = codebooks.published(session, project_id, act.number).codebook
    rows = chain.answers_of(session, [act.id]).get(act.id, {}).get("final", ())
    answers = answers_from_rows(rows, codebook=codebook, known=identities(session, project_id))
    marks = reviewing.marks_of(answers, codebook=codebook, names=reviewing.target_names(session, project_id))
    return Decided(
        key=act.key,
        act=act.act,
        code=act.code,
        at=act.recorded_at,
        reason=act.reason,
        comment=act.comment,
        answers=answers,
        marks=tuple(replace(mark, holder=masks.text(mark.holder)) for mark in marks),
        annotator_id=act.annotator_id,
    )


def seat_of(session: Session, project: Project, user_id: int, *, masked: frozenset[str]) -> Seat:
    """Return the seat from which a person adjudicates, without giving them a code before their first decision.

    ``masked`` is what is hidden from this person, which may be less than is hidden from annotators.
    """
    found = seats.find_seat(session, project, user_id)
    may_meet_gold = found is not None and found.may_meet_gold
    main = rounds.main_round(session, project.id)
    return Seat(
        project_id=project.id,
        # No annotator has this number, so nothing is anybody's own.
        annotator_id=found.annotator_id if found else 0,
        code=found.code if found else "",
        round_id=main.id,
        round_name=main.name,
        phase="blind",
        suggestion_timing="never",
        masked=tuple(what for what in project.masked if what in masked),
        kind=gold.GOLD,
        may_meet_gold=may_meet_gold and visibility.labels_blind(session, project, user_id),
    )


def settle(
    session: Session,
    project: Project,
    user: User,
    act: Act,
    *,
    seen: str | None,
    masked: frozenset[str] = frozenset(),
    note: str = "",
) -> Recorded:
    """Store a decision on a unit: an answer, a skip (no gold is to be had), or an undo of one's own decision.

    ``seen`` is the key of the decision that was on the screen, if there was one. What the act revises or takes back
    is one's own decision in force, whatever ``act`` says of it.

    Raises
    ------
    SettledMeanwhileError
        If by now another decision is in force than the one that was seen.
    ConflictError
        If there is nothing of one's own to take back.
    NotFoundError
        If the unit is not in the project.
    InvalidInputError
        If the answers do not fit the codebook, or the note is no text.
    """
    _check_note(note)
    seats.take_seat(session, project, user)
    seat = seat_of(session, project, user.id, masked=masked)
    # Whoever holds the head decides; another adjudicator waits here and is then told.
    session.execute(select(ChainHead.sequence).where(ChainHead.project_id == project.id).with_for_update())
    unit_id = _unit_id(session, project, act.unit)
    repeated = _repetition(session, seat, act)
    if repeated is not None:
        return repeated
    _check_seen(session, unit_id, seen)
    act = replace(act, supersedes=_own_decision(session, seat, unit_id, act))
    recorded = record_act(session, seat, act)
    _log(session, project, user, act, note=note)
    return recorded


def _check_note(note: str) -> None:
    if len(note) > MAX_NOTE or not is_storable(note):
        raise InvalidInputError(say("A note for the codebook is a text of at most {most:,} characters.", most=MAX_NOTE))


def _unit_id(session: Session, project: Project, external_id: str) -> int:
    found = session.scalar(select(Unit.id).where(Unit.project_id == project.id, Unit.external_id == external_id))
    if found is None:
        raise NotFoundError(say("This sentence is not in the project."))
    return found


def _repetition(session: Session, seat: Seat, act: Act) -> Recorded | None:
    """Return what became of a decision that was sent before: it superseded what was one's own then, not now."""
    superseded = aliased(Annotation)
    stored = session.execute(
        select(superseded.key)
        .select_from(Annotation)
        .outerjoin(superseded, superseded.id == Annotation.supersedes_id)
        .where(Annotation.annotator_id == seat.annotator_id, Annotation.key == act.key)
    ).one_or_none()
    return None if stored is None else find_repetition(session, seat, replace(act, supersedes=stored.key))


def _check_seen(session: Session, unit_id: int, seen: str | None) -> None:
    standing = gold.standing(session, unit_id)
    if standing is not None and standing.key != seen:
        raise SettledMeanwhileError(
            say("{code} settled this sentence meanwhile; look at what was decided before you save.", code=standing.code)
        )


def _own_decision(session: Session, seat: Seat, unit_id: int, act: Act) -> str | None:
    own = current.newest(session, seat, unit_id)
    if own is None and act.act == "undo":
        raise ConflictError(say("You have settled nothing here that could be taken back."))
    return own.key if own else None


def _log(session: Session, project: Project, user: User, act: Act, *, note: str) -> None:
    details: dict[str, Any] = {"unit": act.unit, "act": act.key}
    session.add(Event(kind="adjudicated", project_id=project.id, user_id=user.id, details=details))
    if note:
        codebook_notes.add_note(session, project, user, unit=act.unit, codebook=act.codebook, text=note)


def last_decision(session: Session, seat: Seat) -> holding.LastAct | None:
    """Return the person's newest decision that is in force or was replaced by somebody else's; None without one."""
    return holding.last_act(session, seat) if seat.annotator_id else None
