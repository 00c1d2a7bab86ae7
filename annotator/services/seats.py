"""Where an annotator sits: the project, the round and the code under which they label."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import Session

from annotator.db import Annotator, Project, Round, User
from annotator.db.base import table
from annotator.services import projects, rounds

#: How the units of a queue were selected, and what the name of its round begins with.
SEARCH = "search"
QUEUE_PREFIX = "Search: "
#: The same of units that are labelled anew under a new version of the codebook.
RELABEL = "relabel"
RELABEL_PREFIX = "Relabel: "
#: Rounds that belong to one annotator.
OWN_ROUNDS = (SEARCH, RELABEL)


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
    selection_mode: str = "sequential"
    masked: tuple[str, ...] = ()
    kind: str = "main"

    @property
    def is_in_queue(self) -> bool:
        """Whether this round is the annotator's own, over what a search chose or what is labelled anew."""
        return self.selection_mode in OWN_ROUNDS

    @property
    def queue_name(self) -> str:
        """What the queue is called where it is clear that it is one."""
        return queue_title(self.round_name)


def queue_title(name: str) -> str:
    """Return what the round of a queue is called where it is clear that it is one."""
    title = name.removeprefix(QUEUE_PREFIX)
    # The code is in the name because names are unique; whoever sees it knows whose queue it is.
    return title if title != name else name.partition(" (")[0] if name.startswith(RELABEL_PREFIX) else name


def take_seat(session: Session, project: Project, user: User) -> Seat:
    """Seat the person in the round they work in, giving them a code the first time."""
    found = find_seat(session, project, user.id)
    if found is not None:
        return found
    annotator = projects.annotator_of(session, project, user)
    return _seat(project, annotator.id, annotator.code, rounds.main_round(session, project.id))


def find_seat(session: Session, project: Project, user_id: int) -> Seat | None:
    """Return the person's seat if they have labelled here before; reads only."""
    rows = session.execute(_SEAT, {"project": project.id, "user": user_id}).all()
    if not rows:
        return None
    # The main round is always there; the one worked in comes first where it is another.
    row = rows[0]
    # Whoever may not see others' labels in the main round must not see them by taking another one.
    phase = "blind" if any(one.phase == "blind" for one in rows) else row.phase
    return replace(_seat(project, row.annotator_id, row.code, row), phase=phase)


def main_seat(session: Session, seat: Seat) -> Seat:
    """Return the same annotator's seat in the main round."""
    main = rounds.main_round(session, seat.project_id)
    return replace(seat, round_id=main.id, round_name=main.name, selection_mode=main.selection_mode)


def _seat(project: Project, annotator_id: int, code: str, round_: Any) -> Seat:
    return Seat(
        project_id=project.id,
        annotator_id=annotator_id,
        code=code,
        round_id=round_.id,
        round_name=round_.name,
        phase=round_.phase,
        suggestion_timing=project.suggestion_timing,
        selection_mode=round_.selection_mode,
        masked=tuple(project.masked),
    )


# Runs with every label, so it is built once.
_ANNOTATORS = table(Annotator)
_ROUNDS = table(Round)
_IS_MAIN = _ROUNDS.c.name == projects.MAIN_ROUND
_SEAT = (
    select(
        _ANNOTATORS.c.id.label("annotator_id"),
        _ANNOTATORS.c.code,
        _ROUNDS.c.id,
        _ROUNDS.c.name,
        _ROUNDS.c.phase,
        _ROUNDS.c.selection_mode,
    )
    .join_from(
        _ANNOTATORS,
        _ROUNDS,
        (_ROUNDS.c.project_id == _ANNOTATORS.c.project_id) & (_IS_MAIN | (_ROUNDS.c.id == _ANNOTATORS.c.round_id)),
    )
    .where(_ANNOTATORS.c.project_id == bindparam("project"), _ANNOTATORS.c.user_id == bindparam("user"))
    .order_by(case((_IS_MAIN, 1), else_=0))
)
