"""How a classifier was made, in sentences: its card keeps the facts, so that they are said in the reader's language.

Cards from before there were facts hold the English words themselves. Where these are words that are still said, they
are put in place again; others are shown as they stand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.words import joined, say

#: What is looked at besides words, by where a card tells of it.
MORE = {
    "style": say(
        "hedges, boosters and other words of manner; loaded words; how good or bad words are (VADER); English"
    ),
    "marks": say("how often people mark the words, counted in other documents"),
}
ESTIMATORS = {
    "linear-svc": say("linear support vector classifier, balanced, one label against the rest; Platt's sigmoid")
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a classifier looks at, the words and ``more``, and the lines it draws; texts begin with a small letter."""

    words: str
    more: tuple[str, ...]
    width: int
    estimator: str
    strength: float

    @property
    def features(self) -> str:
        """All it looks at, in one text."""
        return joined((self.words, *self.more), "; ")


def read_recipe(told: Mapping[str, Any]) -> Recipe:
    """Return what a card says of how its classifier was made."""
    return Recipe(
        words=_words(told["words"]) if "words" in told else _again(told["features"], [_words(_FORMER)]),
        more=tuple(_again(told[name], [said]) for name, said in MORE.items() if told.get(name)),
        width=told["width"],
        estimator=ESTIMATORS.get(told["estimator"]) or _again(told["estimator"], ESTIMATORS.values()),
        strength=told["strength"],
    )


#: What every card without facts was made with.
_FORMER = {"beginning": 5, "characters": [2, 5], "texts": 2}


def _words(facts: Mapping[str, Any]) -> str:
    least, most = facts["characters"]
    return say(
        "tf-idf, sublinear; words 1–2, first {beginning} letters of words, "
        "and characters {least}–{most} inside words; in at least {texts} texts",
        beginning=facts["beginning"],
        least=least,
        most=most,
        texts=facts["texts"],
    )


def _again(stored: str | bool, said: Iterable[str]) -> str:
    """Return what a card says as the sentence it once was; a fact is the first of them."""
    known = list(said)
    return known[0] if stored is True else next((one for one in known if one == stored), str(stored))
