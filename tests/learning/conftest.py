"""Sentences made up for the tests: two ways of speaking about two places, in many small documents."""

import random
from collections.abc import Callable

import pytest

from annotator.learning.classifier import Classifier, train
from annotator.learning.values import Example

GOOD = ["praised", "welcomed", "admired", "thanked", "supported"]
BAD = ["blamed", "attacked", "condemned", "accused", "rejected"]
FILLER = ["the", "minister", "on", "Monday", "after", "talks", "in", "town", "about", "trade", "and", "bread"]

Make = Callable[..., list[Example]]


def sentence(rng: random.Random, verbs: list[str]) -> str:
    words = [rng.choice(FILLER) for _ in range(8)]
    words.insert(rng.randrange(8), rng.choice(verbs))
    return " ".join(words)


def made(n: int, *, seed: int = 0, labels: tuple[str, str] = ("favor", "against"), target: str | None = None,
         per_group: int = 3) -> list[Example]:  # fmt: skip
    rng = random.Random(seed)
    return [
        Example(sentence(rng, (GOOD, BAD)[i % 2]), f"{target}-d{i // per_group}", (labels[i % 2],), target)
        for i in range(n)
    ]


@pytest.fixture(scope="session")
def make() -> Make:
    return made


@pytest.fixture(scope="session")
def make_framed() -> Make:
    return framed


@pytest.fixture(scope="session")
def choice() -> Classifier:
    return train("choice", made(120), labels=("favor", "against"), seed=3)


@pytest.fixture(scope="session")
def choices() -> Classifier:
    return train("choices", framed(240), labels=("praise", "blame", "rare"), seed=3)


@pytest.fixture(scope="session")
def stance() -> Classifier:
    east = made(90, target="East")
    west = made(90, seed=1, target="West", labels=("against", "favor"))
    return train("stance", east + west, labels=("favor", "against", "neither", "unclear"), seed=3)


def framed(n: int) -> list[Example]:
    """Two frames that may come together or not at all, and one of three examples."""
    rng = random.Random(5)
    found = []
    for i in range(n):
        frames = tuple(name for name, share in (("praise", 0.5), ("blame", 0.15)) if rng.random() < share)
        stray = [rng.choice(BAD)] if rng.random() < 0.12 else []  # a word of blame in a unit without the frame
        text = " ".join([sentence(rng, FILLER), *stray, *(rng.choice(GOOD if f == "praise" else BAD) for f in frames)])
        found.append(Example(text, f"d{i // 4}", frames + (("rare",) if i < 3 else ())))
    return found
