"""The scores on a card, as they are read: on the reserved sample, in cross-validation, under other splits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.codebook.values import Question
from annotator.learning.panels import UNITS_NEEDED
from annotator.services.shortfalls import label_name
from annotator.words import say

Interval = tuple[float, float]
#: What is told of a test, in this order, where it is known.
MEASURES = {
    "macro_f1": say("Macro F1"),
    "accuracy": say("Exactly right"),
    "micro_f1": say("Micro F1"),
    "f_avg": say("Mean F1 of for and against"),
}
WAYS = {
    "random": say("Single sentences, at random"),
    "group": say("Whole documents"),
    "outlet": say("Whole outlets"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measure: of the classifier, of always guessing the commonest answer, of single annotators."""

    key: str
    name: str
    value: float
    interval: Interval | None
    majority: float
    people: float | None
    people_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTest:
    """One label on the reserved sample; ``missing`` counts the units it lacks to be told of without reserve."""

    id: str
    name: str
    units: int
    missing: int
    f1: float
    interval: Interval | None
    precision: float
    recall: float
    majority: float
    people: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """A target's test, or the question's, on the reserved sample; nothing is measured on less than thirty units."""

    target: str | None
    title: str | None
    units: int
    documents: int
    gold: int
    missing: tuple[tuple[str, int], ...]
    measures: tuple[Measured, ...] = ()
    labels: tuple[LabelTest, ...] = ()
    calibration_error: float | None = None
    calibration: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    twins: int = 0
    without_twins: float | None = None
    people_units: int = 0
    unsuggested: int = 0

    @property
    def is_measured(self) -> bool:
        """Whether there are units enough for figures at all."""
        return bool(self.measures)

    @property
    def macro_f1(self) -> Measured | None:
        """The measure that stands for the others."""
        return next((one for one in self.measures if one.key == "macro_f1"), None)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What so many units to learn from gave."""

    units: int
    macro_f1: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class SplitScore:
    """The score when units were held out in one way; ``torn`` of them have a twin among those learned from."""

    key: str
    name: str
    macro_f1: float
    interval: Interval | None
    units: int
    torn: int


def read_reserved(card: Mapping[str, Any], question: Question, names: Mapping[str, str]) -> tuple[Reserved, ...]:
    """Return the tests of a card; none on one from before there were any."""
    parts = card.get("reserved", {}).get("parts", ())
    has_several = len(parts) > 1
    return tuple(_reserved(part, question, names, has_several=has_several) for part in parts)


def _reserved(part: Mapping[str, Any], question: Question, names: Mapping[str, str], *, has_several: bool) -> Reserved:
    target = part["target"]
    together = say("all targets together") if has_several else None
    facts = Reserved(
        target=target,
        title=together if target is None else names.get(target, target),
        units=part["units"],
        documents=part["groups"],
        gold=part["gold"],
        missing=tuple((label_name(question, label), count) for label, count in part["missing"].items()),
    )
    if part["units"] < UNITS_NEEDED:
        return facts
    people = part["people"]
    return Reserved(
        **{name: getattr(facts, name) for name in ("target", "title", "units", "documents", "gold", "missing")},
        measures=tuple(_measures(part["scores"], people, several=question.type == "choices")),
        labels=tuple(_labels(part, question)),
        calibration_error=part["scores"]["ece"],
        calibration=tuple(tuple(curve) for curve in part["calibration"]),
        confusion=tuple(tuple(row) for row in part["confusion"]),
        twins=part["twins"]["units"],
        without_twins=part["twins"]["macro_f1_without"],
        people_units=people["units"] if people else 0,
        unsuggested=part["scores"]["unsuggested"],
    )


def _measures(scores: Mapping[str, Any], people: Mapping[str, Any] | None, *, several: bool) -> Iterator[Measured]:
    for key, name in MEASURES.items():
        # With one label for each unit micro F1 is the share of those that are right, once more.
        if scores.get(key) is None or (key == "micro_f1" and not several):
            continue
        yield Measured(
            key=key,
            name=name,
            value=scores[key],
            interval=interval(scores["intervals"].get(key)),
            majority=scores["majority"][key],
            people=people["scores"].get(key) if people else None,
            people_interval=interval(people["intervals"].get(key)) if people else None,
        )


def _labels(part: Mapping[str, Any], question: Question) -> Iterator[LabelTest]:
    for label in part["labels"]:
        score = part["scores"]["per_label"][label]
        yield LabelTest(
            id=label,
            name=label_name(question, label),
            units=score["n"],
            missing=part["missing"].get(label, 0),
            f1=score["f1"],
            interval=interval(part["label_intervals"].get(label)),
            precision=score["precision"],
            recall=score["recall"],
            majority=part["majority_per_label"][label]["f1"],
            people=part["people"]["per_label"][label]["f1"] if part["people"] else None,
        )


def read_curve(task: Mapping[str, Any]) -> tuple[CurvePoint, ...]:
    """Return the learning curve of a task."""
    return tuple(
        CurvePoint(one["units"], one["macro_f1"], interval(one["interval"])) for one in task.get("curve") or ()
    )


def read_splits(task: Mapping[str, Any]) -> tuple[SplitScore, ...]:
    """Return the scores of a task under the ways to split, the careless one first."""
    found = task.get("splits") or {}
    return tuple(
        SplitScore(
            key, name, found[key]["macro_f1"], interval(found[key]["interval"]), found[key]["units"], found[key]["torn"]
        )
        for key, name in WAYS.items()
        if key in found
    )  # fmt: skip


def interval(bounds: Sequence[float] | None) -> Interval | None:
    """Return both bounds of an interval, None where there is none."""
    return None if bounds is None else (bounds[0], bounds[1])
