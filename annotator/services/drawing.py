"""Rounds made by the owner: which units, how many annotators for each, who, in what order.

Every place is a row made in advance that keeps how its unit was selected and with which probability, so that shares
can be estimated from the labels whatever was drawn. The plan is kept with the round, its seed included.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, cast

from sqlalchemy import case, insert, select, update
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import (
    Annotator,
    Assignment,
    CurrentAnnotation,
    Document,
    Event,
    Project,
    Round,
    RoundMember,
    Speaker,
    Turn,
    Unit,
)
from annotator.db.engines import Database
from annotator.db.functions import random_permille
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import checks, codebooks, rounds, trainings
from annotator.services.seats import OWN_PREFIXES
from annotator.statistics import sampling
from annotator.words import say

#: Places made in one transaction, so that nobody who labels has to wait.
CHUNK = 500
MAX_NAME = 60
MAX_PLACES = 20
#: A training is read sentence by sentence, with a word on each.
MAX_TRAINING = 300
SELECTIONS = ("all", "random", "documents", "stratified", "search")
STRATA = ("outlet", "month", "speaker")
#: Larger than every key of the reading order, so that both fit the column.
RANDOM_KEYS = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an owner wants of a round; shares lie between 0 and 1."""

    name: str
    kind: str = "main"
    phase: str = "blind"
    selection: str = "random"
    #: How many units (or documents, with "documents"); None for all.
    size: int | None = None
    strata: str | None = None
    is_equal: bool = False
    #: What was searched for, with "search".
    criteria: dict[str, Any] | None = None
    annotators: int = 1
    #: The share of units that so many annotators label; the others have one.
    overlap: float = 1.0
    order: str = "document"
    #: Codes of those who take part; empty for everybody.
    members: tuple[str, ...] = ()
    quota: int | None = None
    after: str | None = None
    pass_mark: float | None = None
    retest_share: float = 0.0
    check_share: float = 0.0
    has_suggestions: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The units that can be drawn, with their document and stratum."""

    documents: dict[int, int]
    strata: dict[int, Any]


#: Units with the inclusion probabilities of their places.
_Drawn = dict[int, list[float | None]]


def make_round(
    database: Database, project_id: int, plan: Plan, *, user_id: int | None, found: Sequence[int] = ()
) -> int:
    """Make a round with all its places; return its number.

    ``found`` are the units of a search. Nobody labels in the round before its last place is there.

    Raises
    ------
    InvalidInputError
        If the plan cannot be carried out; the sentence says why.
    ConflictError
        If there is a round of that name.
    """
    with database.transaction() as session:
        project = session.get_one(Project, project_id, with_for_update=True)
        _check(session, project, plan)
        seed = project.seed + (session.scalar(select(Round.id).order_by(Round.id.desc()).limit(1)) or 0)
        draw = Random(seed)
        drawn = draw_places(read_frame(session, project, plan, found), plan, draw)
        if not drawn:
            raise InvalidInputError(_nothing(plan))
        round_id = _add_round(session, project, plan, drawn, seed=seed)
        session.add(Event(kind="round-made", project_id=project.id, user_id=user_id, details={"round": plan.name}))
    if plan.kind != trainings.KIND:
        _add_places(database, round_id, plan, drawn, draw, control_share=project.control_share)
    with database.transaction() as session:
        session.execute(update(Round).where(Round.id == round_id).values(is_ready=True))
    return round_id


def _check(session: Session, project: Project, plan: Plan) -> None:
    taken = next((prefix for prefix in OWN_PREFIXES if plan.name.startswith(prefix)), None)
    if not plan.name or len(plan.name) > MAX_NAME or taken is not None:
        raise InvalidInputError(
            say(
                "A round needs a name of 1 to {most} characters that does not begin with “{taken}”.",
                most=MAX_NAME,
                taken=(taken or OWN_PREFIXES[0]).strip(),
            )
        )
    if session.scalar(select(Round.id).where(Round.project_id == project.id, Round.name == plan.name)) is not None:
        raise ConflictError(say("There is a round named “{name}” already; choose another name.", name=plan.name))
    if not 1 <= plan.annotators <= MAX_PLACES:
        raise InvalidInputError(say("A sentence can have 1 to {most} annotators.", most=MAX_PLACES))
    if plan.members and len(plan.members) < plan.annotators:
        raise InvalidInputError(
            say("{wanted} annotators for a sentence are more than the {there} who take part; choose more people.",
                wanted=plan.annotators, there=len(plan.members))
        )  # fmt: skip


def _nothing(plan: Plan) -> Any:
    if plan.kind == trainings.KIND:
        return say("A training needs sentences whose answer is known: adjudicate some, or import gold labels.")
    if plan.selection == "search":
        return say("Nothing was found by this search; look at its criteria.")
    return say("There is nothing to draw from; import documents first.")


def read_frame(session: Session, project: Project, plan: Plan, found: Sequence[int]) -> Frame:
    """Read the units that can be drawn, in reading order."""
    query = (
        select(Unit.id, Unit.document_id, Document.outlet, Document.date, Speaker.name.label("speaker"))
        .join(Document, Document.id == Unit.document_id)
        .outerjoin(Turn, Turn.id == Unit.turn_id)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .where(
            Unit.project_id == project.id,
            Unit.withdrawn_at.is_(None),
            Document.is_pending.is_(False),
            Unit.kind.in_(_kinds(codebooks.published(session, project.id).codebook, plan)),
        )
        .order_by(Document.position, Unit.position)
    )
    if plan.kind == trainings.KIND:
        known = select(CurrentAnnotation.unit_id).where(CurrentAnnotation.kind == trainings.ADJUDICATION)
        query = query.where(Unit.id.in_(known))
    rows = session.execute(query).all()
    if plan.selection == "search":
        wanted = set(found)
        rows = [row for row in rows if row.id in wanted]
    strata = {row.id: _stratum(row, plan.strata) for row in rows}
    return Frame({row.id: row.document_id for row in rows}, strata)


def _kinds(codebook: Codebook, plan: Plan) -> set[str]:
    """Return what is labelled: questions about a whole text are asked only where whole texts are drawn."""
    asked: set[str] = {question.unit for question in codebook.questions}
    return asked if plan.selection in ("all", "documents") else asked - {"document"}


def _stratum(row: Any, by: str | None) -> Any:
    if by == "month":
        return (row.date or "")[:7]
    return (row.outlet if by == "outlet" else row.speaker if by == "speaker" else None) or ""


def draw_places(frame: Frame, plan: Plan, draw: Random) -> _Drawn:
    """Return the units drawn, each with the inclusion probabilities of its places; None where a search chose it.

    The first place is as probable as the unit, the others only as probable as that several label it.
    """
    units = _draw_units(frame, plan, draw)
    shared = sampling.simple(list(units), round(plan.overlap * len(units)), draw) if plan.annotators > 1 else {}
    drawn: _Drawn = {}
    for unit, probability in units.items():
        others = plan.annotators - 1 if unit in shared else 0
        further = None if probability is None else probability * shared.get(unit, 0)
        drawn[unit] = [probability, *[further] * others]
    return drawn


def _draw_units(frame: Frame, plan: Plan, draw: Random) -> dict[int, float | None]:
    units = list(frame.documents)
    size = len(units) if plan.size is None else plan.size
    if plan.kind == trainings.KIND:
        size = min(size, MAX_TRAINING)
    if plan.selection == "documents":
        return dict(sampling.clusters(frame.documents, size, draw))
    if plan.selection == "stratified":
        return dict(sampling.stratified(frame.strata, size, draw, equal=plan.is_equal))
    drawn = sampling.simple(units, size, draw)
    return dict.fromkeys(drawn) if plan.selection == "search" else dict(drawn)


def _add_round(session: Session, project: Project, plan: Plan, drawn: Mapping[int, Any], *, seed: int) -> int:
    kept: dict[str, Any] = {**asdict(plan), "members": list(plan.members), "seed": seed}
    if plan.kind == trainings.KIND:
        kept["units"] = _names(session, drawn)
    round_ = Round(
        project_id=project.id,
        name=plan.name,
        kind=plan.kind,
        phase=plan.phase,
        selection_mode=plan.selection,
        places_per_unit=plan.annotators,
        units=len(drawn),
        plan=kept,
        is_ready=False,
        is_by_invitation=bool(plan.members),
        quota=plan.quota,
        pass_mark=plan.pass_mark,
        after_id=_training(session, project, plan.after),
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
    _seat_members(session, project, round_, plan)
    return round_.id


def _names(session: Session, units: Mapping[int, Any]) -> list[str]:
    ids = list(units)
    return list(session.scalars(select(Unit.external_id).where(Unit.id.in_(ids)).order_by(Unit.id)))


def _training(session: Session, project: Project, name: str | None) -> int | None:
    if name is None:
        return None
    found = session.scalar(
        select(Round.id).where(Round.project_id == project.id, Round.name == name, Round.kind == trainings.KIND)
    )
    if found is None:
        raise InvalidInputError(say("There is no training named “{name}”.", name=name))
    return found


def _seat_members(session: Session, project: Project, round_: Round, plan: Plan) -> None:
    """Let the members take part, and seat everybody who does in the new round."""
    wanted = select(Annotator).where(Annotator.project_id == project.id, Annotator.origin == "person")
    if plan.members:
        wanted = wanted.where(Annotator.code.in_(plan.members))
    for annotator in session.scalars(wanted):
        annotator.round_id = round_.id
        if plan.members:
            session.add(RoundMember(round_id=round_.id, annotator_id=annotator.id))
    session.flush()


def _add_places(
    database: Database, round_id: int, plan: Plan, drawn: _Drawn, draw: Random, *, control_share: float
) -> None:
    for units in _chunks(list(drawn)):
        with database.transaction() as session:
            places = [
                place
                for row in _details(session, units)
                for place in _places(row, round_id, plan, drawn[row.id], draw, control_share)
            ]
            session.execute(insert(Assignment), places)


def _chunks(units: Sequence[int]) -> Iterator[Sequence[int]]:
    return (units[start : start + CHUNK] for start in range(0, len(units), CHUNK))


def _details(session: Session, units: Sequence[int]) -> Sequence[Any]:
    return session.execute(
        select(Unit.id, Unit.kind, Unit.position, Document.order_key, Document.is_reserved)
        .join(Document, Document.id == Unit.document_id)
        .where(Unit.id.in_(units))
    ).all()


def _places(
    row: Any, round_id: int, plan: Plan, probabilities: Sequence[float | None], draw: Random, control: float
) -> Iterator[dict[str, Any]]:
    # What only some units have several annotators for is to tell how far these agree by themselves.
    is_sample = len(probabilities) > 1 and plan.overlap < 1
    order_key = _order_key(row) if plan.order == "document" else draw.randrange(RANDOM_KEYS)
    for place, probability in enumerate(probabilities, start=1):
        yield {
            "round_id": round_id,
            "unit_id": row.id,
            "place": place,
            "order_key": order_key,
            "selection_mode": plan.selection,
            "selection_probability": probability,
            # For each annotator anew: else all of them would be compared on the same few units.
            "suggestion_arm": _arm(row, draw.random() < control or is_sample or not plan.has_suggestions),
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
