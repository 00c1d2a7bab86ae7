from pathlib import Path

import numpy as np
import pytest

from annotator.learning.blocks import summed
from annotator.learning.classifier import Classifier, train
from annotator.learning.features import fold
from annotator.learning.loaded import loaded_words
from annotator.learning.store import load, save
from annotator.learning.style import BAD, BEST, COLUMNS, GOOD, KINDS, RATED, STRONG, WORST, Style
from annotator.learning.values import Example, Suggested

GOOD_WORDS = ["splendid", "wonderful", "delightful", "brilliant", "superb", "charming", "lovely", "marvelous"]
BAD_WORDS = ["horrible", "disgusting", "evil", "corrupt", "pathetic", "brutal", "vicious", "stupid"]


def test_columns_are_logarithms_of_what_words_amount_to() -> None:
    style = Style({"may": (0, 6), "very": (1,)}, {"good": 1.0, "superb": 3.0, "bad": -2.5}, (0.5, 0.5))
    row = np.expm1(summed(style, ["A good, superb but bad bad thing may, may be very 2 2nd"])[0] / 0.5)
    expected = np.zeros(COLUMNS)
    expected[[0, 6, 1, 10]] = 2, 2, 1, 2
    expected[[GOOD, BAD, BEST, WORST, STRONG]] = 4 / 2, 5 / 2, 3 / 2, 2.5 / 2, 3
    np.testing.assert_allclose(row, expected, atol=1e-9)


def test_text_without_known_words_adds_nothing() -> None:
    assert Style.english(examples=80).placed(fold("Der Minister reiste nach Rom )-:")) == []
    assert summed(Style.english(examples=80), ["", "日本"]).tolist() == [[0.0] * COLUMNS] * 2


def test_words_of_style_are_single_words_of_english() -> None:
    style = Style.english(examples=80)
    assert style.valence["horrible"] < -2 < 0 < 2 < style.valence["superb"]
    assert all(word == fold(word).strip() and " " not in word for word in [*style.valence, *style.kinds])
    assert {column for columns in style.kinds.values() for column in columns} == set(range(len(KINDS))) - {
        KINDS.index("numbers")
    }


def test_a_loaded_word_counts_in_every_form_and_with_all_loaded_words() -> None:
    words = loaded_words()
    assert words["slammed"] == words["slams"] == words["slam"] == {"attacks"}
    assert {"ridicules", "vilifying", "shamelessly", "brutality"} <= set(words)
    assert not {"said", "government", "tuesday", "percent"} & set(words)
    places = Style.english(examples=80).placed(fold("He SLAMMED the regime"))
    assert {(at, KINDS[column]) for at, column, _ in places if column < len(KINDS)} == {
        (0, "they"), (3, "accusations"), (3, "attacks"), (3, "loaded"), (15, "camps"), (15, "loaded"),
    }  # fmt: skip


@pytest.mark.parametrize(("examples", "weight"), [(1, 0.3), (100, 0.3), (400, 0.15), (1_000_000, 0.1)])
def test_kinds_weigh_less_the_more_examples_there_are(examples: int, weight: float) -> None:
    assert Style.english(examples=examples).weights == pytest.approx((weight, RATED))


def rated(question_type: str) -> Classifier:
    words = [*GOOD_WORDS[:4], *BAD_WORDS[:4]]
    examples = [
        Example(f"the {words[i % 8]} plan {i} of town {i % 9}", f"d{i}", ("loaded" if i % 8 > 3 else "plain",))
        for i in range(80)
    ]
    return train(question_type, examples)  # type: ignore[arg-type]


def loaded(suggested: Suggested) -> float:
    return next(one.probability for one in suggested.labels if one.label == "loaded")


@pytest.fixture(scope="module")
def styled() -> Classifier:
    return rated("choice")


def test_words_never_labelled_are_judged_by_how_good_or_bad_they_are(styled: Classifier) -> None:
    good, bad = ([loaded(one[0]) for one in styled.suggest_many(words[4:])] for words in (GOOD_WORDS, BAD_WORDS))
    assert np.mean(bad) > np.mean(good) + 0.1


def test_words_never_labelled_are_judged_by_whether_they_are_loaded() -> None:
    charged, plain = ["lambasts", "pummels", "skewers", "smears"], ["visits", "meets", "calls", "hears"]
    assert not set(charged) & set(Style.english(examples=80).valence)
    examples = [
        Example(
            f"mr {'abcdefghi'[i % 9]} {(charged + plain)[i % 8]} {i}",
            f"d{i}",
            ("yes" if i % 8 < 4 else "no",),
        )
        for i in range(80)
    ]
    classifier = train("choice", examples)
    new = [classifier.suggest(f"ms x {word} 3")[0] for word in ("vilifies", "berates", "greets", "joins")]
    chances = [next(one.probability for one in found.labels if one.label == "yes") for found in new]
    assert min(chances[:2]) > max(chances[2:])


def test_only_questions_of_one_label_look_at_style(styled: Classifier) -> None:
    assert styled.card["recipe"]["style"]
    assert rated("choices").features.style is None


def test_reasons_and_stored_style_are_exact(styled: Classifier, tmp_path: Path) -> None:
    text = "A (VICIOUS) evil plan, evil though lovely"
    stored = load(tmp_path / "1", sha256=save(styled, tmp_path / "1"))
    assert stored.suggest(text) == styled.suggest(text)
    vectoriser, lines = stored.estimators()
    for label in styled.suggest(text)[0].labels:
        assert sum(reason.value for reason in label.reasons) + label.intercept == pytest.approx(label.score, abs=1e-6)
        decision = lines[None, label.label].decision_function(vectoriser.transform([text]))[0]
        assert decision == pytest.approx(label.score, abs=1e-5)
