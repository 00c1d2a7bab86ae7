"""What one task of a classifier, a target or a whole question, has reached in cross-validation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.codebook.values import Question
from annotator.services import card_scores
from annotator.services.card_scores import CurvePoint, SplitScore
from annotator.services.shortfalls import label_name
from annotator.words import say


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label's row of the table; shares between 0 and 1, ``units`` those that have the label."""

    id: str
    name: str
    f1: float
    precision: float
    recall: float
    units: int
    is_early: bool
    telling: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskCard:
    """What one task (a target, or the whole question) has reached in cross-validation.

    ``scored`` of its ``units`` were drawn at random; no score rests on the others. ``torn`` have their sentence, or
    nearly the same, in another fold.
    """

    target: str | None
    title: str | None
    units: int
    scored: int
    torn: int
    documents: int
    macro_f1: float | None
    interval: tuple[float, float] | None
    majority: float | None
    accuracy: float | None
    calibration_error: float | None
    folds: str
    labels: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...] | None
    curve: tuple[CurvePoint, ...]
    splits: tuple[SplitScore, ...]
    is_one: bool

    @property
    def beats_guessing(self) -> bool:
        """Whether it does better than always saying the most frequent label."""
        return self.macro_f1 is not None and self.majority is not None and self.macro_f1 > self.majority


def read_task(
    task: Mapping[str, Any], question: Question, names: Mapping[str, str], *, hides: Callable[[str], bool]
) -> TaskCard:
    """Return what a card says of one task; ``hides`` tells which words would give a masked name away."""
    scores, majority = task.get("scores") or {}, task.get("majority") or {}
    interval = (task.get("intervals") or {}).get("macro_f1")
    folds = task["folds"]
    return TaskCard(
        target=task["target"],
        title=None if task["target"] is None else names.get(task["target"], task["target"]),
        units=task["units"],
        scored=task.get("scored", task["units"]),
        torn=task.get("torn", 0),
        documents=task.get("documents", task["groups"]),  # joined ones were counted as one
        macro_f1=scores.get("macro_f1"),
        interval=None if interval is None else (interval[0], interval[1]),
        majority=majority.get("macro_f1"),
        accuracy=scores.get("accuracy"),
        calibration_error=scores.get("ece"),
        folds=_folds(folds),
        labels=tuple(_label_scores(task, question, hides)),
        confusion=tuple(tuple(line) for line in task["confusion"]) if task.get("confusion") else None,
        curve=card_scores.read_curve(task),
        splits=card_scores.read_splits(task),
        is_one=task.get("one", True),
    )


def _folds(folds: Mapping[str, Any]) -> str:
    """Say how units were held out, as the end of a sentence."""
    if folds["by"] == "unit":
        return say(
            "{number} folds of its own units, since there is no other document to test on", number=folds["number"]
        )
    return say("{number} folds that never separate sentences of one document", number=folds["number"])


def _label_scores(task: Mapping[str, Any], question: Question, hides: Callable[[str], bool]) -> list[LabelScore]:
    per_label = (task.get("scores") or {}).get("per_label", {})
    telling = task.get("telling") or {}
    rows = []
    for label, early in zip(task["labels"], task["early"], strict=True):
        score = per_label.get(label, {})
        pairs = telling.get(label, {}).get("for", [])
        words = [word for word, _ in pairs if all(part[0].isalnum() for part in word.split()) and not hides(word)]
        rows.append(
            LabelScore(
                id=label,
                name=label_name(question, label),
                f1=score.get("f1", 0.0),
                precision=score.get("precision", 0.0),
                recall=score.get("recall", 0.0),
                units=score.get("n", 0),
                is_early=early,
                telling=tuple(words[:10]),
            )
        )
    return rows
