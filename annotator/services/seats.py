"""Where an annotator sits: the project, the round and the code under which they label."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from annotator.db import Annotator, Project, Round, User
from annotator.db.base import table
from annotator.services import projects, rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One annotator in one round of one project; everything labelling needs to know of them."""

    project_id: int
    annotator_id: int
    code: str
    round_id: int
    round_name: str
    phase: str
    suggestion_timing: str
    masked: tuple[str, ...] = ()
    kind: str = "main"


def take_seat(session: Session, project: Project, user: User) -> Seat:
    """Seat the person in the main round, giving them a code the first time."""
    found = find_seat(session, project, user.id)
    if found is not None:
        return found
    annotator = projects.annotator_of(session, project, user)
    return _seat(project, annotator, rounds.main_round(session, project.id))


def find_seat(session: Session, project: Project, user_id: int) -> Seat | None:
    """Return the person's seat if they have labelled here before; reads only."""
    row = session.execute(_SEAT, {"project": project.id, "user": user_id}).one_or_none()
    if row is None:
        return None
    return Seat(
        project_id=project.id,
        annotator_id=row.annotator_id,
        code=row.code,
        round_id=row.round_id,
        round_name=row.name,
        phase=row.phase,
        suggestion_timing=project.suggestion_timing,
        masked=tuple(project.masked),
    )


def _seat(project: Project, annotator: Annotator, round_: Round) -> Seat:
    return Seat(
        project_id=project.id,
        annotator_id=annotator.id,
        code=annotator.code,
        round_id=round_.id,
        round_name=round_.name,
        phase=round_.phase,
        suggestion_timing=project.suggestion_timing,
        masked=tuple(project.masked),
    )


# Runs with every label, so it is built once.
_ANNOTATORS = table(Annotator)
_ROUNDS = table(Round)
_SEAT = (
    select(
        _ANNOTATORS.c.id.label("annotator_id"),
        _ANNOTATORS.c.code,
        _ROUNDS.c.id.label("round_id"),
        _ROUNDS.c.name,
        _ROUNDS.c.phase,
    )
    .join_from(_ANNOTATORS, _ROUNDS, _ROUNDS.c.project_id == _ANNOTATORS.c.project_id)
    .where(
        _ANNOTATORS.c.project_id == bindparam("project"),
        _ANNOTATORS.c.user_id == bindparam("user"),
        _ROUNDS.c.name == projects.MAIN_ROUND,
    )
)
