"""What a card says of targets with too few labels of their own: whether the labels of the others speak for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.codebook.values import Question
from annotator.services.card_scores import Interval, interval
from annotator.services.shortfalls import label_name
from annotator.words import say


@dataclass(frozen=True, slots=True)
class MentionedLabel:
    """One label, tested on targets that were not learned from."""

    name: str
    units: int
    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionedCard:
    """What all targets together teach about one more; ``problem`` says why it is not used, None if it is.

    Scores are those on whole targets, and documents, that were not learned from; None where nothing was tested.
    ``targets`` and ``documents`` are those of the ``scored`` units, ``units`` all that were learned from.
    """

    is_used: bool
    problem: str | None
    targets: int
    units: int
    documents: int
    scored: int
    macro_f1: float | None
    interval: Interval | None
    majority: float | None
    accuracy: float | None
    calibration_error: float | None
    labels: tuple[MentionedLabel, ...]


def read_mentioned(card: Mapping[str, Any], question: Question) -> MentionedCard | None:
    """Return what a card says; None if it is not about targets, or from before there was such a thing."""
    told = card.get("mentioned")
    if not told:
        return None
    scores, majority = told.get("scores") or {}, told.get("majority") or {}
    # Before they were counted apart, joined documents were counted as one.
    tested = told.get("tested") or {"targets": told["targets"], "documents": told["groups"]}
    return MentionedCard(
        is_used=told["is_used"],
        problem=_problem(told),
        targets=tested["targets"],
        units=told["units"],
        documents=tested["documents"],
        scored=told.get("scored", 0),
        macro_f1=scores.get("macro_f1"),
        interval=interval((told.get("intervals") or {}).get("macro_f1")),
        majority=majority.get("macro_f1"),
        accuracy=scores.get("accuracy"),
        calibration_error=scores.get("ece"),
        labels=tuple(
            MentionedLabel(label_name(question, label), one["n"], one["f1"], one["precision"], one["recall"])
            for label, one in (scores.get("per_label") or {}).items()
        ),
    )


def _problem(told: Mapping[str, Any]) -> str | None:
    needed = told["needed"]
    match told.get("why"):
        case "targets":
            return say(
                "labelled sentences name {have} of at least {need} targets that it takes",
                have=told["targets"],
                need=needed["targets"],
            )
        case "units":
            return say(
                "it takes {need} labelled sentences that name their target, with {each} of each of two labels; "
                "there are {have}",
                have=told["units"],
                need=needed["units"],
                each=needed["class"],
            )
        case "documents":
            return say("all sentences that name their target come from one document")
        case "chosen":
            return say("no sentence that names its target was drawn at random, so that nothing can be tested")
        case "guessing":
            return say("on targets it had not learned from it was not surely better than guessing")
    return None
