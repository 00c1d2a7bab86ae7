"""Change how a project is run: when suggestions are shown, what is masked, what classifiers learn of many answers."""

from collections.abc import Collection
from typing import Literal, get_args

from sqlalchemy.orm import Session

from annotator.db import Event, Project, User
from annotator.errors import InvalidInputError
from annotator.services.masks import MASKS
from annotator.services.votes import RULES
from annotator.words import say

SuggestionTiming = Literal["before", "after", "never"]
TIMINGS: tuple[SuggestionTiming, ...] = get_args(SuggestionTiming)
LARGEST_CONTROL_SHARE = 0.9
#: Labelled sentences, and minutes, between two trainings at most.
MOST_BETWEEN = 100_000
LONGEST_BETWEEN = 7 * 24 * 60


def configure_project(
    session: Session,
    project: Project,
    user: User,
    *,
    suggestion_timing: str,
    control_share: float,
    masked: Collection[str] | None = None,
    retrain_every: int | None = None,
    retrain_minutes: int | None = None,
) -> None:
    """Set when suggestions are shown; the control share counts for the places of later imports.

    ``masked`` says what annotators do not see from now on, ``retrain_every`` after how many labelled sentences
    classifiers are trained anew (0: never without asking), ``retrain_minutes`` how much time lies between two
    trainings at least; what is left out stays as it is.

    Raises
    ------
    InvalidInputError
        If a value is not permitted.
    """
    if suggestion_timing not in TIMINGS:
        raise InvalidInputError(
            say("Suggestions can be shown {known}; not “{given}”.", known=", ".join(TIMINGS), given=suggestion_timing)
        )
    if not 0 <= control_share <= LARGEST_CONTROL_SHARE:
        raise InvalidInputError(say("The control share must lie between 0 and {most:.0%}.", most=LARGEST_CONTROL_SHARE))
    if not set(masked or ()) <= set(MASKS):
        raise InvalidInputError(say("What can be masked: {known}.", known=", ".join(MASKS)))
    every, minutes = _pace(project, retrain_every, retrain_minutes)
    hidden = [what for what in MASKS if what in (project.masked if masked is None else masked)]
    details = {"suggestion_timing": suggestion_timing, "control_share": control_share, "masked": hidden}
    details |= {"retrain_every": every, "retrain_minutes": minutes}
    project.suggestion_timing = suggestion_timing
    project.control_share = control_share
    project.masked = hidden
    project.retrain_every, project.retrain_minutes = every, minutes
    session.add(Event(kind="project-configured", project_id=project.id, user_id=user.id, details=details))


def _pace(project: Project, every: int | None, minutes: int | None) -> tuple[int, int]:
    every = project.retrain_every if every is None else every
    minutes = project.retrain_minutes if minutes is None else minutes
    if not 0 <= every <= MOST_BETWEEN:
        raise InvalidInputError(say("Train anew after 0 to {most:,} labelled sentences.", most=MOST_BETWEEN))
    if not 0 <= minutes <= LONGEST_BETWEEN:
        raise InvalidInputError(say("Leave 0 to {most:,} minutes between two trainings.", most=LONGEST_BETWEEN))
    return every, minutes


def choose_consensus(session: Session, project: Project, user: User, rule: str) -> None:
    """Set what classifiers learn, from the next training on, where several people labelled a sentence.

    Raises
    ------
    InvalidInputError
        If there is no such rule.
    """
    if rule not in RULES:
        known = ", ".join(RULES)
        raise InvalidInputError(say("Classifiers can learn: {known}; not “{given}”.", known=known, given=rule))
    project.learns_from = rule
    details = {"learns_from": rule}
    session.add(Event(kind="project-configured", project_id=project.id, user_id=user.id, details=details))
