"""How a classifier was made: facts on the card, sentences for whoever reads it; older cards are read as they were."""

from annotator.learning.classifier import train
from annotator.learning.values import Example
from annotator.services.card_recipe import MORE, read_recipe
from annotator.words import Sentence

#: What cards said before they held facts.
FORMER = {
    "features": "tf-idf, sublinear; words 1–2, first 5 letters of words, and characters 2–5 inside words; in at least "
    "2 texts",
    "style": "hedges, boosters and other words of manner; loaded words; how good or bad words are (VADER); English",
    "marks": None,
    "width": 2202,
    "estimator": "linear support vector classifier, balanced, one label against the rest; Platt's sigmoid",
    "strength": 0.1,
}


def trained(kind: str) -> dict:
    texts = [f"{word} number {number}" for number in range(12) for word in ("calm", "storm")]
    examples = [Example(text, f"d{place}", ("a" if "calm" in text else "b",)) for place, text in enumerate(texts)]
    return train(kind, examples).card["recipe"]


def test_a_card_holds_no_sentence_and_is_read_as_one():
    told = trained("choices")
    assert not any(isinstance(value, str) and " " in value for value in told.values())
    recipe = read_recipe(told)
    assert recipe.words == FORMER["features"]
    assert recipe.estimator == FORMER["estimator"]
    assert (recipe.more, recipe.width, recipe.strength) == ((), told["width"], told["strength"])


def test_what_it_looks_at_besides_is_told():
    recipe = read_recipe(trained("choices") | {"style": True, "marks": True})
    assert recipe.more == (MORE["style"], MORE["marks"])
    assert recipe.features.endswith(f"{MORE['style']}; {MORE['marks']}")


def test_words_of_an_older_card_can_still_be_translated():
    recipe = read_recipe(FORMER)
    assert all(isinstance(said, Sentence) for said in (recipe.words, *recipe.more, recipe.estimator))
    assert (recipe.words, recipe.more) == (FORMER["features"], (FORMER["style"],))


def test_words_that_nobody_says_any_more_are_shown_as_they_stand():
    recipe = read_recipe({**FORMER, "features": "words 1–2", "estimator": "lines", "style": "tone"})
    assert (recipe.words, recipe.more, recipe.estimator) == ("words 1–2", ("tone",), "lines")
