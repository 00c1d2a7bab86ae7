"""Rounds made by the owner: a row with its plan at once, its places by a job or, if they are few, in the request.

Every place is a row made in advance that keeps how its unit was selected and with which probability, so that shares
can be estimated from the labels whatever was drawn. Nobody labels in a round before its last place is there; a job
whose worker was killed begins again with what the plan says, its seed included.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, cast

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotator, Assignment, Document, Event, Project, Round, RoundMember, Unit
from annotator.db.base import table
from annotator.db.engines import Database
from annotator.db.functions import random_permille
from annotator.errors import InvalidInputError
from annotator.learning.values import Progress
from annotator.services import checks, choosing, jobs, outlines, projects, rounds
from annotator.services.frames import Drawn, draw_places, read_frame
from annotator.services.plans import MAX_PLACES, Plan, check_plan, nothing_to_draw, training_of
from annotator.services.suggesting import Shelf
from annotator.words import say

#: The kind of the job that makes a round's places, before the round's number.
KIND = "round"
#: Places made in one transaction, so that nobody who labels has to wait.
CHUNK = 500
#: So many places are made while the owner waits: in less than half a second.
MADE_AT_ONCE = 2_000
#: Larger than every key of the reading order, so that both fit the column.
RANDOM_KEYS = 1 << 62
#: How much of the work is done when a classifier has chosen.
CHOSEN = 0.8


def make_round(database: Database, project_id: int, plan: Plan, *, user_id: int | None) -> int:
    """Make a round and return its number; its places are there at once if they are few, else a job has to make them.

    Raises
    ------
    InvalidInputError
        If the plan cannot be carried out; the sentence says why.
    ConflictError
        If there is a round of that name.
    """
    with database.reading() as session:
        project = session.get_one(Project, project_id)
        check_plan(session, project, plan)
        plan = choosing.settled(session, project, plan) if plan.is_by_classifier else plan
        comes_to = outlines.outline(session, project, plan, shelf=Shelf.of(database.settings))
    if not comes_to.units:
        raise nothing_to_draw(plan)
    is_quick = comes_to.places <= MADE_AT_ONCE and not plan.is_by_classifier
    with database.transaction() as session:
        project = projects.lock_project(session, project_id)
        check_plan(session, project, plan)
        round_id = _add_round(session, project, plan, units=comes_to.units)
        session.add(Event(kind="round-made", project_id=project.id, user_id=user_id, details={"round": plan.name}))
        take = jobs.begin if is_quick else jobs.enqueue
        job_id = take(session, project_id, f"{KIND}:{round_id}", round=round_id).id
    if is_quick:
        fill_round(database, round_id)
        with database.transaction() as session:
            jobs.finish(session, job_id, result={"round": round_id})
    return round_id


def fill_round(database: Database, round_id: int, *, progress: Progress | None = None) -> None:
    """Draw a round's units and make all its places; what a killed predecessor has left is made anew.

    No transaction is open while a classifier reads.

    Raises
    ------
    InvalidInputError
        If there is nothing to draw.
    """
    report = progress or _tell_nobody
    with database.reading() as session:
        round_ = session.get_one(Round, round_id)
        if round_.is_ready:
            return
        project = session.get_one(Project, round_.project_id)
        plan, seed = Plan.read(round_.plan or {}), int((round_.plan or {})["seed"])
        frame = read_frame(session, project, plan, shelf=Shelf.of(database.settings))
        control_share = project.control_share
    _clear(database, round_id)
    if plan.is_by_classifier:
        told = _part(report, 0, CHOSEN)
        chosen = choosing.ranked(database, project.id, plan, frame, seed=seed, progress=told)
        frame, report = replace(frame, ranked=chosen), _part(report, CHOSEN, 1)
    draw = Random(seed)
    drawn = draw_places(frame, plan, draw)
    if not drawn:
        raise nothing_to_draw(plan)
    if not plan.is_training:
        _add_places(database, round_id, plan, drawn, draw, control_share=control_share, progress=report)
    with database.transaction() as session:
        _open_round(session, round_id, plan, drawn)


def _tell_nobody(_share: float, _message: str) -> None:
    """Take in progress that nobody asked for."""


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda share, message: progress(start + share * (end - start), message)


def _clear(database: Database, round_id: int) -> None:
    """Remove the places of a round that was not finished, some at a time."""
    some = select(Assignment.id).where(Assignment.round_id == round_id).limit(CHUNK)
    removed = True
    while removed:
        with database.transaction() as session:
            removed = not _is_ready(session, round_id) and bool(session.scalars(some.limit(1)).all())
            if removed:
                session.execute(delete(Assignment).where(Assignment.id.in_(some.scalar_subquery())))


def _is_ready(session: Session, round_id: int) -> bool:
    """Tell whether another has finished the round: whose heart stood still for a while may not have been killed."""
    return bool(session.scalar(select(Round.is_ready).where(Round.id == round_id).with_for_update()))


def _add_round(session: Session, project: Project, plan: Plan, *, units: int) -> int:
    seed = project.seed + (session.scalar(select(Round.id).order_by(Round.id.desc()).limit(1)) or 0)
    round_ = Round(
        project_id=project.id,
        name=plan.name,
        kind=plan.kind,
        phase=plan.phase,
        selection_mode=plan.selection,
        places_per_unit=plan.annotators,
        units=units,
        plan={**plan.as_dict(), "seed": seed},
        is_ready=False,
        is_by_invitation=bool(plan.members),
        quota=plan.quota,
        pass_mark=plan.pass_mark,
        after_id=training_of(session, project, plan),
        retest_share=plan.retest_share,
        check_share=plan.check_share,
    )
    session.add(round_)
    session.flush()
    for kind, share in ((checks.RETEST, plan.retest_share), (checks.GOLD_CHECK, plan.check_share)):
        if share:
            name = f"{plan.name}: {kind}"
            session.add(Round(project_id=project.id, name=name, kind=kind, phase="blind", selection_mode=kind,
                              parent_id=round_.id))  # fmt: skip
    if plan.members:
        asked = select(Annotator).where(_is_person(project.id), Annotator.code.in_(plan.members))
        for annotator in session.scalars(asked):
            session.add(RoundMember(round_id=round_.id, annotator_id=annotator.id))
    session.flush()
    return round_.id


def _is_person(project_id: int) -> ColumnElement[bool]:
    return (Annotator.project_id == project_id) & (Annotator.origin == "person")


def _open_round(session: Session, round_id: int, plan: Plan, drawn: Mapping[int, Drawn]) -> None:
    """Let a round be labelled in and seat everybody who takes part; all its places have to be there."""
    round_ = session.get_one(Round, round_id, with_for_update=True)
    if round_.is_ready:
        return
    there = session.scalar(select(func.count()).where(Assignment.round_id == round_id))
    if not plan.is_training and there != sum(len(unit.probabilities) for unit in drawn.values()):
        raise ValueError("two workers made the places of one round at once, and one took the other's away")
    if plan.is_training:
        round_.plan = {**(round_.plan or {}), "units": _names(session, drawn)}
    round_.units, round_.is_ready = len(drawn), True
    takes_part = _is_person(round_.project_id)
    if plan.members:
        members = select(RoundMember.annotator_id).where(RoundMember.round_id == round_id)
        takes_part &= Annotator.id.in_(members)
    # In the order in which others take several of them, too.
    seated = select(Annotator.id).where(takes_part).order_by(Annotator.id).with_for_update(key_share=True)
    session.execute(update(Annotator).where(Annotator.id.in_(session.scalars(seated).all())).values(round_id=round_id))


def _names(session: Session, units: Mapping[int, Any]) -> list[str]:
    ids = list(units)
    return list(session.scalars(select(Unit.external_id).where(Unit.id.in_(ids)).order_by(Unit.id)))


def _add_places(
    database: Database, round_id: int, plan: Plan, drawn: Mapping[int, Drawn], draw: Random,
    *, control_share: float, progress: Progress,
) -> None:  # fmt: skip
    units = list(drawn)
    for start in range(0, len(units), CHUNK):
        some = units[start : start + CHUNK]
        with database.transaction() as session:
            if _is_ready(session, round_id):
                return
            places = [
                place
                for row in _details(session, some)
                for place in _places(row, round_id, plan, drawn[row.id], draw, control_share)
            ]
            session.execute(insert(_PLACES), places)
        progress((start + len(some)) / len(units), say("The places are being made."))


def _details(session: Session, units: Sequence[int]) -> Sequence[Any]:
    return session.execute(
        select(Unit.id, Unit.kind, Unit.position, Document.order_key, Document.is_reserved)
        .join(Document, Document.id == Unit.document_id)
        .where(Unit.id.in_(units))
        .order_by(Unit.id)
    ).all()


def _places(
    row: Any, round_id: int, plan: Plan, drawn: Drawn, draw: Random, control: float
) -> Iterator[dict[str, Any]]:
    # What only some units have several annotators for is to tell how far these agree by themselves.
    is_sample = len(drawn.probabilities) > 1 and plan.overlap < 1
    order_key = _order_key(row) if plan.order == "document" else draw.randrange(RANDOM_KEYS)
    for place, probability in enumerate(drawn.probabilities, start=1):
        yield {
            "round_id": round_id,
            "unit_id": row.id,
            "place": place,
            "order_key": order_key,
            "state": "open",
            "selection_mode": drawn.mode,
            "selection_probability": probability,
            # For each annotator anew: else all of them would be compared on the same few units.
            "suggestion_arm": _arm(row, draw.random() < control or is_sample or not plan.has_suggestions),
            "is_personal": False,
        }


def _arm(row: Any, is_control: bool) -> str:
    return "reserved" if row.is_reserved else "control" if is_control else "shown"


def _order_key(row: Any) -> int:
    position = rounds.POSITIONS - 1 if row.kind == "document" else row.position
    return cast(int, row.order_key) * rounds.POSITIONS + cast(int, position)


def add_annotators(database: Database, round_id: int, annotators: int) -> int:
    """Let more annotators label each unit of a round: places are added, none is touched; return how many.

    Units that had fewer places than the round asks for (an overlap share) get them, too.

    Raises
    ------
    InvalidInputError
        If that is not more than before, or more than a unit can have.
    """
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id, with_for_update=True)
        if not round_.places_per_unit < annotators <= MAX_PLACES:
            raise InvalidInputError(
                say("Give a number above {now} and up to {most}.", now=round_.places_per_unit, most=MAX_PLACES)
            )
        round_.places_per_unit = annotators
        round_.plan = {**(round_.plan or {}), "annotators": annotators}
        # Where only a sample has several annotators it stays without suggestions; else each draws for themselves.
        is_drawn = round_.plan.get("overlap", 1.0) == 1 and round_.plan.get("has_suggestions", True)
        share = session.get_one(Project, round_.project_id).control_share if is_drawn else None
        return sum(_add_place(session, round_id, place, share) for place in range(2, annotators + 1))


def _add_place(session: Session, round_id: int, place: int, control_share: float | None) -> int:
    same = ("round_id", "unit_id", "order_key", "selection_mode", "selection_probability")
    first, there = Assignment, Assignment.__table__.alias("there")
    arm: Any = first.suggestion_arm
    if control_share is not None:
        drawn = (random_permille() < round(control_share * 1000), "control")
        arm = case((arm == "reserved", "reserved"), drawn, else_="shown")
    wanted = select(*(getattr(first, name) for name in same), arm.label("suggestion_arm")).where(
        first.round_id == round_id,
        first.place == 1,
        ~select(there.c.id).where(
            there.c.round_id == round_id, there.c.unit_id == first.unit_id, there.c.place == place
        ).exists(),
    )  # fmt: skip
    rows = [{**row._mapping, "place": place, "state": "open"} for row in session.execute(wanted)]
    if rows:
        session.execute(insert(Assignment), rows)
    return len(rows)


_PLACES = table(Assignment)
