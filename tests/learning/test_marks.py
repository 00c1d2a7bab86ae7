import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from annotator.learning.blocks import summed
from annotator.learning.classifier import Classifier, train
from annotator.learning.features import fold
from annotator.learning.marks import Marked, Marks
from annotator.learning.store import load, save
from annotator.learning.table import Table
from annotator.learning.values import Example

TEXT = "The shameless minister spoke, SHAMELESS indeed"


def marked(n: int = 300) -> list[Example]:
    """Loaded sentences hold one of many rare words, each marked wherever it stands."""
    rng = random.Random(0)
    loaded = ["shameless", *("".join(rng.sample("abcdefghijklmnop", 6)) for _ in range(60))]
    plain = ["".join(rng.sample("abcdefghijklmnop", 6)) for _ in range(61)]
    found = []
    for i in range(n):
        word = rng.choice(loaded if i % 2 else plain)
        span = ((4, 4 + len(word)),) if i % 2 else ()
        found.append(Example(f"The {word} minister spoke {i}", f"d{i}", (("plain", "loaded")[i % 2],), highlights=span))
    return found


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return train("choice", marked(), seed=1)


def test_share_of_a_word_is_drawn_towards_what_its_spelling_says() -> None:
    marked = Marked(["bad man", "bad day", "bad"], [[(0, 3)], [(0, 3)], []], list("abc"))
    shares, _, usual = marked.shares(np.arange(3))
    assert usual == pytest.approx(2 / 5)
    assert dict(zip(marked.words, shares, strict=True)) == pytest.approx(
        {"bad": (2 + 3 * 0.4) / 6, "man": (0 + 3 * 0.4) / 4, "day": (0 + 3 * 0.4) / 4}  # no sequence is in three words
    )


def test_unseen_word_is_judged_by_its_spelling() -> None:
    loaded = [f"{a}{b}ous" for a in "bcdfg" for b in "aeiou"]
    plain = [f"{a}{b}ter" for a in "bcdfg" for b in "aeiou"]
    spans = [[(0, 5)]] * 25 + [[]] * 25
    marks = Marked([*loaded, *plain], spans, [str(i) for i in range(50)]).fitted()
    assert marks.share("hiddious") > 0.6 > 0.4 > marks.share("hidditer")
    assert marks.share("日本") == pytest.approx(marks.usual)


def test_fitted_marks_give_what_training_saw() -> None:
    texts = ["bad bad man", "bad day, nice", "bad", "", "nicest day of man"]
    marked = Marked(texts, [[(0, 3)], [(0, 3)], [], [], None], list("abcde"))
    every = np.arange(5)
    np.testing.assert_allclose(summed(marked.fitted(), texts), marked.told(every, every), atol=1e-6)


@given(st.lists(st.sampled_from(["bad", "man", "new", ",", "\u0130", "\U0001f600"]), max_size=9))
def test_what_words_add_sums_up_to_the_row(words: list[str]) -> None:
    text = fold(" ".join(words))
    found = Marks({"bad": 0.6, "man": 0.1}, {" ne": 0.2}, 0.05)
    row = np.zeros(6)
    for at, column, value in found.placed(text):
        assert text[at].isalnum()
        row[column] += value
    np.testing.assert_allclose(summed(found, [text])[0], row)


def test_training_rows_know_nothing_of_their_own_marks() -> None:
    texts, groups = ["vile words", "vile deeds", "kind words", "kind deeds"], ["a", "b", "c", "d"]
    spans = [[(0, 4)], [(0, 4)], [], []]
    changed = [[], *spans[1:]]
    one, two = (Marked(texts, given, groups).learned(np.arange(4))[0] for given in (spans, changed))
    assert one.tolist() == two.tolist()


def test_held_out_texts_tell_nothing_through_the_features_of_others() -> None:
    texts, groups = ["vile words", "vile deeds", "kind words", "kind deeds", "vile folk"], list("abcde")
    spans: list = [((0, 4),), ((0, 4),), (), (), ((0, 4),)]
    fold = np.array([0, 0, 0, 0, 1])
    one, two = (
        Table(sparse.csr_array((5, 1)), Marked(texts, [*spans[:4], last], groups)).parts(np.arange(5), fold)[1]
        for last in (spans[4], ())
    )
    assert (one.known.toarray() == two.known.toarray()).all()
    assert (one.unknown.toarray() == two.unknown.toarray()).all()
    assert one.unknown.toarray().any()


def test_reasons_still_add_up(classifier: Classifier) -> None:
    assert classifier.features.marks is not None
    for label in classifier.suggest(TEXT)[0].labels:
        assert sum(r.value for r in label.reasons) + label.intercept == pytest.approx(label.score, abs=1e-6)
        assert label.score == pytest.approx(
            next(s for s in classifier.suggest_many([TEXT])[0][0].labels if s.label == label.label).score, abs=1e-5
        )


def test_stored_marks_come_back(classifier: Classifier, tmp_path: Path) -> None:
    loaded = load(tmp_path / "1", sha256=save(classifier, tmp_path / "1"))
    assert loaded.suggest(TEXT) == classifier.suggest(TEXT)
    vectoriser, lines = loaded.estimators()
    decision = lines[None, "loaded"].decision_function(vectoriser.transform([TEXT]))[0]
    loaded_label = next(s for s in loaded.suggest(TEXT)[0].labels if s.label == "loaded")
    assert decision == pytest.approx(loaded_label.score, abs=1e-5)


def test_marks_are_used_only_when_there_are_enough() -> None:
    few = [replace(example, highlights=None) if i > 120 else example for i, example in enumerate(marked())]
    assert train("choice", few).features.marks is None
    assert train("choice", few).card["recipe"]["marks"] is None
