"""What several questions are learned with is read once, and the same comes of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.learning import pools
from annotator.learning.classifier import train
from annotator.learning.features import Features, Frequencies
from annotator.learning.pools import Pool

TEXTS = st.lists(st.text("ab .", max_size=12), max_size=12, unique=True)


def weights(features: Features) -> dict[tuple[str, str], float]:
    names = [*(("word", word) for word in features.words), *(("characters", gram) for gram in features.characters)]
    return dict(zip(names, features.idf.tolist(), strict=True))


@given(TEXTS, TEXTS)
def test_counting_in_two_goes_gives_what_counting_all_at_once_gives(pool: list[str], texts: list[str]) -> None:
    found = Pool(pool, seed=1).features(texts)
    assert weights(found) == weights(Features.fit(list(dict.fromkeys([*pool, *texts]))))


def test_a_second_training_with_the_same_pool_counts_it_no_more_and_learns_the_same(make, monkeypatch) -> None:
    counted: list[int] = []
    of = Frequencies.of.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(Frequencies, "of", classmethod(lambda cls, texts: counted.append(len(texts)) or of(cls, texts)))
    texts = [f"{one.text} and more" for one in make(80, seed=5)]
    shared = Pool([*texts, *(one.text for one in make(60))], seed=1)
    trained = [train("choice", make(60), pool=pool, seed=1) for pool in (shared, shared, list(shared))]
    assert counted == [len(shared.sample)] * 2
    first, *others = trained
    for other in others:
        assert np.array_equal(first.numbers.coefficients, other.numbers.coefficients)
        assert {**first.card, "cpu_seconds": 0} == {**other.card, "cpu_seconds": 0}


def test_only_so_many_texts_are_counted_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "POOL_MOST", 5)
    texts = [f"text {i}" for i in range(30)]
    one, same, other = (Pool(texts * 2, seed=seed).sample for seed in (1, 1, 2))
    assert len(one) == len(other) == 5
    assert one == same != other
