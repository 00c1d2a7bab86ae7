"""What goes into a classifier and what comes out: plain values that import nothing heavy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

QuestionType = Literal["choice", "choices", "stance", "scale"]

#: Takes the share done (0 to 1) and a finished sentence that says what was done.
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text; for stance one example per unit and target.

    ``group`` is the document or near-duplicate group, which no split separates. ``labels`` holds exactly one label
    for `choice`, `scale` and `stance`, any number for `choices`, where ``()`` is an explicit *none*.
    ``highlights`` are the spans marked as loaded, None where nobody was asked to mark any. ``key`` is the caller's
    own number of the example, by which a `Doubt` names it. ``selection`` says how the unit was chosen to be labelled;
    those that were not drawn at random are learned from, and no score rests on them. ``mention`` is where a stance's
    target is named in the text, None where it is not.
    """

    text: str
    group: str
    labels: tuple[str, ...]
    target: str | None = None
    mention: tuple[int, int] | None = None
    weight: float = 1.0
    highlights: tuple[tuple[int, int], ...] | None = None
    key: int = 0
    outlet: str | None = None
    selection: str | None = None
    is_random: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """A label that was given and is unlikely, or (``is_given`` False) was left out of `choices` and is likely.

    ``key`` is the example's, ``probability`` that of what was said, cross-validated; ``instead`` the label that is
    likelier, None for `choices`, where it is having or not having ``label``; ``instead_probability`` that of it.
    """

    key: int
    target: str | None
    label: str
    is_given: bool
    probability: float
    instead: str | None
    instead_probability: float


class Contribution(NamedTuple):
    """A word of the sentence (``text[start:end]``) and what exactly it adds to a label's score."""

    text: str
    start: int
    end: int
    value: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One label with its probability; ``intercept`` and the values of ``reasons`` add up to ``score``."""

    label: str
    probability: float
    target: str | None
    early: bool
    reasons: tuple[Contribution, ...]
    intercept: float
    score: float


@dataclass(frozen=True, slots=True)
class Suggested:
    """Every label of a question (toward a target), the most probable first, and the labels ``chosen`` to be suggested.

    ``chosen`` is the most probable label, or for `choices` those that pass their threshold: possibly none.
    ``is_from_others`` says that the target has too few labels, so that those of other targets were learned from.
    """

    target: str | None
    labels: tuple[Suggestion, ...]
    chosen: tuple[str, ...]
    early: bool
    is_from_others: bool = False


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is still missing before there can be a suggestion.

    ``label`` has ``have`` of the ``need`` examples it needs; None stands for any further label, since one alone cannot
    be told from others. For `choices`, ``have`` counts the rarer of the examples with and without the label, and
    ``side`` says which of the two it is.
    """

    target: str | None
    label: str | None
    have: int
    need: int
    side: Literal["with", "without"] = "with"
