"""Where an annotator sits: the project, the round and the code under which they label."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from annotator.db import Annotator, Membership, Project, Round, RoundMember, User
from annotator.db.base import table
from annotator.services import projects, rounds
from annotator.words import say

#: How the units of a queue were selected, and what the name of its round begins with.
SEARCH = "search"
QUEUE_PREFIX = "Search: "
#: The same of units that are labelled anew under a new version of the codebook.
RELABEL = "relabel"
RELABEL_PREFIX = "relabel:"
#: What such names began with before they were keys; they stand in the chain as they were.
EARLIER_RELABEL = re.compile(r"Relabel: version (?P<number>\d+) \((?P<code>.*)\)")
#: The kind of rounds in which one labels sentences whose answer is known, and is told of it afterwards.
TRAINING = "training"
#: Rounds that belong to one annotator.
OWN_ROUNDS = (SEARCH, RELABEL)
OWN_PREFIXES = (QUEUE_PREFIX, RELABEL_PREFIX, "Relabel: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One annotator in one round of one project; everything labelling needs to know of them."""

    project_id: int
    annotator_id: int
    code: str
    round_id: int
    round_name: str
    #: Whether they see others' labels: "blind" while any round that they take part in is blind and not closed.
    phase: str
    suggestion_timing: str
    selection_mode: str = "sequential"
    masked: tuple[str, ...] = ()
    #: The kind of their acts, which is the round's.
    kind: str = "main"
    #: Whether nothing is given out here, since the round is closed or its training was not passed.
    is_closed: bool = False
    quota: int | None = None
    retest_share: float = 0.0
    check_share: float = 0.0
    #: Whether another round, in which they may hold something, trains or checks them.
    is_checked_elsewhere: bool = False
    #: Whether a sentence whose answer is known may still come to train or check them, in whichever round.
    may_meet_gold: bool = False

    @property
    def is_in_queue(self) -> bool:
        """Whether this round is the annotator's own, over what a search chose or what is labelled anew."""
        return self.round_name.startswith(OWN_PREFIXES)

    @property
    def is_checked(self) -> bool:
        """Whether some sentences here have an answer that the annotator must not see before they give theirs."""
        return _is_checking(self)

    @property
    def may_hold_check(self) -> bool:
        """Whether some sentence may have such an answer, in whichever round: to change it must not open the answer."""
        return self.is_checked or self.is_checked_elsewhere

    @property
    def is_in_main(self) -> bool:
        """Whether this is the round everyone starts with."""
        return self.round_name == projects.MAIN_ROUND

    @property
    def queue_name(self) -> str:
        """What the queue or the round is called where it is clear that it is one."""
        return queue_title(self.round_name)


def relabel_name(number: int, code: str) -> str:
    """Return the name of the round in which an annotator gives labels anew: a key, for pages to put in words."""
    return f"{RELABEL_PREFIX}{number}:{code}"


def queue_title(name: str) -> str:
    """Return what the round of a queue is called where it is clear that it is one."""
    asked = _relabel_of(name)
    # The code is in the name because names are unique; whoever sees it knows whose queue it is.
    return say("Relabel: version {number}", number=asked[0]) if asked else name.removeprefix(QUEUE_PREFIX)


def round_title(name: str) -> str:
    """Return what a round is called among others, where it has to be said whose queue it is."""
    asked = _relabel_of(name)
    return say("Relabel: version {number} ({code})", number=asked[0], code=asked[1]) if asked else name


def _relabel_of(name: str) -> tuple[str, str] | None:
    if name.startswith(RELABEL_PREFIX):
        number, _, code = name.removeprefix(RELABEL_PREFIX).partition(":")
        return number, code
    earlier = EARLIER_RELABEL.fullmatch(name)
    return (earlier["number"], earlier["code"]) if earlier else None


def take_seat(session: Session, project: Project, user: User) -> Seat:
    """Seat the person in the round they work in, giving them a code the first time."""
    found = find_seat(session, project, user.id)
    if found is not None:
        return found
    projects.annotator_of(session, project, user)
    seated = find_seat(session, project, user.id)
    assert seated is not None, "every project has a main round"
    return seated


def find_seat(session: Session, project: Project, user_id: int) -> Seat | None:
    """Return the person's seat if they have labelled here before; reads only."""
    rows = session.execute(_SEAT, {"project": project.id, "user": user_id}).all()
    if not rows:
        return None
    row, is_closed = _sits_in(rows)
    # Whoever may not see others' labels in one round must not see them by taking another one.
    phase = "blind" if any(is_blind(one) for one in rows) else "open"
    return Seat(
        project_id=project.id,
        annotator_id=row.annotator_id,
        code=row.code,
        round_id=row.id,
        round_name=row.name,
        phase=phase,
        suggestion_timing=project.suggestion_timing,
        selection_mode=row.selection_mode,
        masked=tuple(project.masked),
        kind=row.kind,
        is_closed=is_closed,
        quota=row.quota,
        retest_share=row.retest_share,
        check_share=row.check_share,
        is_checked_elsewhere=any(_is_checking(one) and takes_part(one) for one in rows),
        # Those who settle know what is settled, unless they label blind like everybody else.
        may_meet_gold=(phase == "blind" or row.role == "annotator") and any(_brings_gold(one) for one in rows),
    )


def main_seat(session: Session, seat: Seat) -> Seat:
    """Return the same annotator's seat in the main round."""
    main = rounds.main_round(session, seat.project_id)
    return replace(seat, round_id=main.id, round_name=main.name, selection_mode=main.selection_mode, kind=main.kind)


def is_blind(row: Any) -> bool:
    """Tell whether a round hides labels from one who may take part in it."""
    return row.phase == "blind" and row.is_ready and row.closed_at is None and takes_part(row)


def _is_checking(row: Any) -> bool:
    return bool(row.kind != "main" or row.retest_share > 0 or row.check_share > 0)


def _brings_gold(row: Any) -> bool:
    """Tell whether a round gives one who takes part in it sentences whose answer is known."""
    is_training = row.kind == TRAINING and row.passed_at is None
    return bool((is_training or row.check_share > 0) and _is_open(row))


def takes_part(row: Any) -> bool:
    """Tell whether an annotator may label in a round, as far as its members are concerned."""
    return not row.is_by_invitation or row.member_id is not None


def _sits_in(rows: Sequence[Any]) -> tuple[Any, bool]:
    """Return the round an annotator works in, and whether nothing is given out there.

    That is the one they chose while it is open, else the newest they may take part in, which in the end is the main
    one; where it asks for a training that is not passed, the training.
    """
    main = next(row for row in rows if row.name == projects.MAIN_ROUND)
    chosen = (row for row in rows if row.id == row.chosen_id)
    others = sorted((row for row in rows if not row.name.startswith(OWN_PREFIXES)), key=lambda row: -row.id)
    found = next((row for row in (*chosen, *others) if _is_open(row)), None)
    if found is None:
        return main, True
    training = next((row for row in rows if row.id == found.after_id and row.passed_at is None), None)
    if training is None:
        return found, False
    # What was labelled without passing is for the owner to look at; see rounds.let_pass and rounds.train_again.
    return training, training.score is not None or not _is_open(training)


def _is_open(row: Any) -> bool:
    return row.closed_at is None and row.is_ready and takes_part(row)


# Runs with every label, so it is built once.
_ANNOTATORS = table(Annotator)
_ROUNDS = table(Round)
_MEMBERS = table(RoundMember)
_ROLES = table(Membership)
_IS_OWN = or_(*(_ROUNDS.c.name.startswith(prefix) for prefix in OWN_PREFIXES))
_SEAT = (
    select(
        _ANNOTATORS.c.id.label("annotator_id"),
        _ANNOTATORS.c.code,
        _ANNOTATORS.c.round_id.label("chosen_id"),
        _ROUNDS.c.id,
        _ROUNDS.c.name,
        _ROUNDS.c.kind,
        _ROUNDS.c.phase,
        _ROUNDS.c.selection_mode,
        _ROUNDS.c.is_ready,
        _ROUNDS.c.closed_at,
        _ROUNDS.c.is_by_invitation,
        _ROUNDS.c.quota,
        _ROUNDS.c.after_id,
        _ROUNDS.c.retest_share,
        _ROUNDS.c.check_share,
        _MEMBERS.c.annotator_id.label("member_id"),
        _MEMBERS.c.score,
        _MEMBERS.c.passed_at,
        _ROLES.c.role,
    )
    .select_from(_ANNOTATORS)
    .join(
        _ROUNDS,
        (_ROUNDS.c.project_id == _ANNOTATORS.c.project_id)
        # Queues are others' business, and there may be many; checks are taken part in without knowing.
        & (~_IS_OWN | (_ROUNDS.c.id == _ANNOTATORS.c.round_id))
        & _ROUNDS.c.parent_id.is_(None),
    )
    .outerjoin(_MEMBERS, (_MEMBERS.c.round_id == _ROUNDS.c.id) & (_MEMBERS.c.annotator_id == _ANNOTATORS.c.id))
    .outerjoin(_ROLES, (_ROLES.c.project_id == _ANNOTATORS.c.project_id) & (_ROLES.c.user_id == _ANNOTATORS.c.user_id))
    .where(_ANNOTATORS.c.project_id == bindparam("project"), _ANNOTATORS.c.user_id == bindparam("user"))
)
