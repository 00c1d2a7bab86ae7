"""What the figures of an influence say, in a sentence; and why there is none."""

from annotator.services.influence import DOCUMENTS, Effect, Influence, QuestionInfluence
from annotator.statistics.arms import FEWEST, FEWEST_CLUSTERS
from annotator.words import say

MINUS = "−"


def points(share: float) -> str:
    """Write a difference of shares in percentage points, with its sign where it is below none."""
    rounded = round(100 * share)
    return f"{MINUS}{-rounded}" if rounded < 0 else str(rounded)


def remark_on_question(question: QuestionInfluence, found: Influence) -> str:
    """Say what can be told of a question."""
    return remark_on_effect(question.suggestion, found)


def remark_on_effect(effect: Effect, found: Influence) -> str:
    """Say whether what was suggested was chosen more often where it was shown, or why that cannot be told."""
    value, interval = effect.of.value, effect.of.jackknife
    if value is None or interval is None:
        return why_no_interval(effect, found)
    low, high = interval
    if low > 0:
        return say(
            "Annotators chose what was suggested {points} points more often where it was shown (95 % interval {low} to "
            "{high}).",
            points=points(value), low=points(low), high=points(high),
        )  # fmt: skip
    if high < 0:
        return say(
            "Annotators chose what was suggested {points} points less often where it was shown (95 % interval {low} to "
            "{high}).",
            points=points(-value), low=points(-high), high=points(-low),
        )  # fmt: skip
    return say(
        "No influence can be told: the difference of {points} points may as well be none (95 % interval {low} to "
        "{high}).",
        points=points(value), low=points(low), high=points(high),
    )  # fmt: skip


def why_no_interval(effect: Effect, found: Influence) -> str:
    """Say what is missing for an interval."""
    shown, control = effect.of.counts
    if min(shown, control) < FEWEST:
        return say(
            "Too few to tell: {shown} suggestions were shown and {control} withheld; at least {fewest} of either are "
            "needed.",
            shown=shown, control=control, fewest=FEWEST,
        )  # fmt: skip
    if effect.of.clusters < FEWEST_CLUSTERS:
        if found.clusters == DOCUMENTS:
            return say("Too few to tell: at least {fewest} annotators or documents are needed.", fewest=FEWEST_CLUSTERS)
        return say("Too few to tell: at least {fewest} annotators are needed.", fewest=FEWEST_CLUSTERS)
    return say("Nothing varies here, so there is no interval.")
