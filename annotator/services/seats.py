"""Where an annotator sits: the project, the round and the code under which they label."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Annotator, Project, Round, User
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
    annotator = projects.annotator_of(session, project, user)
    return _seat(project, annotator, rounds.main_round(session, project.id))


def find_seat(session: Session, project: Project, user_id: int) -> Seat | None:
    """Return the person's seat if they have labelled here before; reads only."""
    row = session.execute(
        select(Annotator, Round)
        .join(Round, Round.project_id == Annotator.project_id)
        .where(Annotator.project_id == project.id, Annotator.user_id == user_id, Round.name == projects.MAIN_ROUND)
    ).one_or_none()
    return _seat(project, row[0], row[1]) if row else None


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
