"""What one annotator said of many sentences, counted question by question."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.codebook.values import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyLine:
    """How often one label was given; ``about`` is the target's name for a stance, ``label`` None for *none*."""

    about: str | None = None
    label: str | None
    name: str
    count: int
    #: Of the sentences on which the question was answered; of a target's stances for a stance.
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The answers to one question: on how many sentences there is one, and what they are."""

    question: Question
    answered: int
    lines: tuple[TallyLine, ...] = ()
    #: The middle of a scale's labels (two where it lies between them), and its mean in steps from 1.
    median: tuple[str, ...] = ()
    mean: float | None = None
    #: Marked stretches of a question about words.
    marks: int = 0


def tally(question: Question, answers: Iterable[Mapping[str, Any]], *, names: Mapping[str, str]) -> Tally:
    """Count the answers to one question.

    Parameters
    ----------
    question
        A question of any type.
    answers
        Answers to sentences by question id, as acts hold them; a question that is missing was not answered, an
        empty list is an explicit *none*.
    names
        The targets' names by UUID.

    Examples
    --------
    >>> from annotator.codebook.values import Label
    >>> frames = Question(id="f", name="frames", type="choices", labels=(Label(id="e", name="economic"),))
    >>> [(line.name, line.count) for line in tally(frames, [{"f": ["e"]}, {"f": []}, {}], names={}).lines]
    [('economic', 1), ('none', 1)]
    """
    given = [one[question.id] for one in answers if one.get(question.id) is not None]
    if question.type == "stance":
        return Tally(question=question, answered=len(given), lines=tuple(_stances(question, given, names)))
    if question.type == "spans":
        return Tally(question=question, answered=len(given), marks=sum(map(len, given)))
    lists = [one if isinstance(one, list) else [one] for one in given]
    lines = tuple(_labels(question, lists))
    if question.type != "scale":
        return Tally(question=question, answered=len(given), lines=lines)
    steps = sorted(_step(question, one) for (one,) in lists if question.label(one))
    is_metric = question.level in ("interval", "ratio")
    mean = sum(steps) / len(steps) if steps and is_metric else None
    return Tally(question=question, answered=len(given), lines=lines, median=_median(question, steps), mean=mean)


def _labels(question: Question, given: Sequence[Sequence[str]]) -> Iterable[TallyLine]:
    counts = Counter(label for several in given for label in dict.fromkeys(several))
    nothing = sum(not several for several in given)
    for label in question.labels:
        if counts[label.id] or question.type == "scale":
            yield _line(label.id, label.name, counts[label.id], of=len(given))
    if nothing:
        yield _line(None, "none", nothing, of=len(given))


def _stances(
    question: Question, given: Sequence[Sequence[Mapping[str, Any]]], names: Mapping[str, str]
) -> list[TallyLine]:
    counts = Counter((stance["target"], stance["label"]) for several in given for stance in several)
    totals: Counter[str] = Counter()
    for (target, _), count in counts.items():
        totals[target] += count
    return [
        _line(label.id, label.name, counts[target, label.id], of=total, about=names.get(target, "?"))
        for target, total in totals.most_common()
        for label in question.labels
        if counts[target, label.id]
    ]


def _line(label: str | None, name: str, count: int, *, of: int, about: str | None = None) -> TallyLine:
    return TallyLine(about=about, label=label, name=name, count=count, share=count / of if of else 0.0)


def _step(question: Question, label: str) -> int:
    return next(step for step, one in enumerate(question.labels, start=1) if one.id == label)


def _median(question: Question, steps: Sequence[int]) -> tuple[str, ...]:
    if not steps:
        return ()
    middle = {steps[(len(steps) - 1) // 2], steps[len(steps) // 2]}
    return tuple(question.labels[step - 1].name for step in sorted(middle))
