import doctest
from itertools import combinations
from random import Random

import pytest

from annotator.text import twins
from annotator.text.similarity import words_of
from annotator.text.twins import contradicting_twins


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(twins).failed == 0


def alike(one: str, other: str) -> bool:
    """Tell whether two sentences are the same once at most one word of each is left out, by trying all."""
    first, second = list(words_of(one)), list(words_of(other))
    shorter = [[words, *(words[:i] + words[i + 1 :] for i in range(len(words)))] for words in (first, second)]
    return any(words in shorter[1] for words in shorter[0])


def test_all_pairs_that_trying_finds_are_found_where_nothing_is_said_twice():
    draw = Random(3)
    texts = [" ".join(draw.choice("abc") for _ in range(draw.choice((5, 6, 7)))) for _ in range(60)]
    expected = [(i, j) for i, j in combinations(range(60), 2) if alike(texts[i], texts[j])]
    found = contradicting_twins(texts, range(60))
    # Of each sentence that has twins, one at least is told, and none that is not one.
    assert set(found) <= set(expected)
    assert {place for pair in found for place in pair} == {place for pair in expected for place in pair}


@pytest.mark.parametrize(
    "other",
    [
        "The talks will NOT go on today",
        "The talks will go on",
        "The talks will go on tomorrow",
        "Today the talks will go on",
    ],
)
def test_one_word_more_less_other_or_moved_makes_twins(other: str):
    assert contradicting_twins(["The talks will go on today.", other], ["favor", "against"]) == [(0, 1)]


@pytest.mark.parametrize("other", ["The talks will end now", "A vote will go on now", ""])
def test_two_other_words_do_not(other: str):
    assert contradicting_twins(["The talks will go on today.", other], ["favor", "against"]) == []


def test_short_sentences_and_such_of_which_the_same_is_said_are_left_out():
    assert contradicting_twins(["Yes, we will.", "Yes, we will."], ["favor", "against"]) == []
    assert contradicting_twins(["The talks will go on today."] * 3, ["favor"] * 3) == []


def test_a_hundred_that_repeat_each_other_make_no_thousand_pairs():
    texts = ["The talks will go on today."] * 100
    assert len(contradicting_twins(texts, ["favor", "against"] * 50)) < 100


def test_other_scripts_have_twins():
    assert contradicting_twins(["قالت الحكومة إن روسيا لن تنسحب", "قالت الحكومة إن روسيا سوف تنسحب"], [1, 2]) == [
        (0, 1)
    ]
    assert contradicting_twins(["習近平說談判將會繼續進行", "習近平說談判將會繼續舉行"], [1, 2]) == []
    assert contradicting_twins(["習近平說談判將會繼續進行", "習近平說談判將會繼續進行吧"], [1, 2]) == [(0, 1)]
