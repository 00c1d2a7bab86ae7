"""What the browser says was suggested, taken apart and put together again: nothing else is stored."""

import json
import math
import re
from typing import Any

from annotator.codebook.values import Codebook
from annotator.services.configuring import TIMINGS
from annotator.services.examples import NOT_AT_ISSUE

MAX_CHARACTERS = 50_000
MAX_SUGGESTIONS = 300
_TARGET = re.compile(r"[0-9A-Za-z-]{1,80}", re.ASCII)


def read_shown(written: str | None, codebook: Codebook, *, made: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Return ``{"timing", "classifiers", "suggestions"}``, or None where nothing that can be read was shown.

    With what the classifiers ``made`` of the unit, ``suggested`` holds it, and ``suggestions`` what of it was shown.
    """
    shown = _read(written, codebook)
    if made is None:
        return shown
    nothing = {"timing": made["timing"], "classifiers": made["classifiers"], "suggestions": []}
    return {**(shown or nothing), "suggested": made["suggested"]}


def _read(written: str | None, codebook: Codebook) -> dict[str, Any] | None:
    if not written or len(written) > MAX_CHARACTERS:
        return None
    try:
        shown = json.loads(written)
    except ValueError:
        return None
    if not isinstance(shown, dict) or shown.get("timing") not in TIMINGS:
        return None
    questions = {question.id: {label.id for label in question.labels} for question in codebook.questions}
    classifiers = shown.get("classifiers")
    numbers = classifiers if isinstance(classifiers, dict) else {}
    suggestions = shown.get("suggestions")
    return {
        "timing": shown["timing"],
        "classifiers": {name: number for name, number in numbers.items() if name in questions and _is_count(number)},
        "suggestions": [
            suggestion
            for given in (suggestions if isinstance(suggestions, list) else [])[:MAX_SUGGESTIONS]
            if (suggestion := _suggestion(given, questions)) is not None
        ],
    }


def _suggestion(given: Any, questions: dict[str, set[str]]) -> dict[str, Any] | None:
    if not isinstance(given, dict) or not isinstance(given.get("question"), str):
        return None
    question, label, target = given["question"], given.get("label"), given.get("target")
    known = questions.get(question, set())
    if not isinstance(label, str) or label not in {*known, NOT_AT_ISSUE} or not _is_share(given.get("probability")):
        return None
    kept = {"question": question, "label": label, "probability": round(float(given["probability"]), 4)}
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        return kept
    # As in a corpus that was answered: the target had too few labels of its own.
    others = {"from_other_targets": True} if given.get("from_other_targets") is True else {}
    return {**kept, "target": target, **others}


def _is_share(number: Any) -> bool:
    return isinstance(number, float | int) and math.isfinite(number) and 0 <= number <= 1


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**31
