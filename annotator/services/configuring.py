"""Change how a project is run: when suggestions are shown, and how often they are not."""

from typing import Literal, get_args

from sqlalchemy.orm import Session

from annotator.db import Event, Project, User
from annotator.errors import InvalidInputError
from annotator.words import say

SuggestionTiming = Literal["before", "after", "never"]
TIMINGS: tuple[SuggestionTiming, ...] = get_args(SuggestionTiming)
LARGEST_CONTROL_SHARE = 0.9


def configure_project(
    session: Session, project: Project, user: User, *, suggestion_timing: str, control_share: float
) -> None:
    """Set when suggestions are shown; the control share counts for the places of later imports.

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
    details = {"suggestion_timing": suggestion_timing, "control_share": control_share}
    project.suggestion_timing = suggestion_timing
    project.control_share = control_share
    session.add(Event(kind="project-configured", project_id=project.id, user_id=user.id, details=details))
