"""Time classifiers on made-up sentences: run by the environment under measurement, prints JSON.

Words follow Zipf's law and are spelled at random, so that the vocabulary grows with the corpus as that of real texts.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from annotator.learning.classifier import Classifier, train
from annotator.learning.store import load, save
from annotator.learning.values import Example

FRAMES, TARGETS = 15, 5
WORDS, EACH = 40_000, 20


def sentences(n: int, seed: int) -> list[str]:
    """Make sentences of twenty words."""
    spelled = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwyp"))
    words = ["".join(spelled.choice(letters, size=spelled.integers(2, 11))) for _ in range(WORDS)]
    share = 1 / np.arange(2, WORDS + 2)
    drawn = np.random.default_rng(seed).choice(WORDS, size=(n, EACH), p=share / share.sum())
    return [" ".join(words[i] for i in row) for row in drawn]


def frames(texts: list[str]) -> list[Example]:
    """Give every frame that the letters of a sentence call for, with some noise."""
    random = np.random.default_rng(1)
    found = []
    for i, text in enumerate(texts):
        called = [
            f"frame {k}" for k in range(FRAMES) if text.count("etaoinshrdlucmf"[k]) > 12 or random.random() < 0.05
        ]
        found.append(Example(text, f"d{i // 25}", tuple(called)))
    return found


def stances(texts: list[str]) -> list[Example]:
    """Take a stance toward one target per sentence, which names it; letters tell which, with some noise."""
    random = np.random.default_rng(2)
    labels = ("favor", "against", "neither")
    found = []
    for i, text in enumerate(texts):
        place = (text.count("e") + int(random.integers(-3, 4)) - 6) // 5
        label = labels[min(max(place, 0), 2)]
        found.append(Example(text, f"d{i // 25}", (label,), f"target {i % TARGETS}", named(text)))
    return found


def named(text: str) -> tuple[int, int]:
    """Return where a sentence names a target: its tenth word."""
    words = text.split()
    start = len(" ".join(words[:9])) + 1
    return start, start + len(words[9])


def timed_suggestions(classifiers: list[Classifier], texts: list[str]) -> float:
    """Return the CPU milliseconds of one sentence's suggestions with reasons, warm; it names an unknown target."""
    asked = [(text, {"stranger": named(text)}) for text in texts]
    for text, mentions in asked[:20]:
        [one.suggest(text, mentions=mentions) for one in classifiers]
    begun = time.process_time()
    for text, mentions in asked:
        [one.suggest(text, mentions=mentions) for one in classifiers]
    return (time.process_time() - begun) / len(texts) * 1000


def measure() -> dict[str, float]:
    """Train on 10,000 sentences, suggest for others, and load a classifier trained on 100,000."""
    import resource

    texts = sentences(10_000, seed=3)
    train("choices", frames(texts[:200]))  # SciPy and scikit-learn are loaded once for a process
    begun = time.process_time()
    both = [train("choices", frames(texts)), train("stance", stances(texts))]
    trained, peak = time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    if both[1].mentioned is None:
        raise SystemExit("The sentences tell nothing of a target without labels, so that nothing is measured.")
    suggested = timed_suggestions(both, sentences(200, seed=4))
    many = sentences(100_000, seed=5)
    large = train("choice", [Example(text, f"d{i // 25}", ("ab"[text.count("e") % 2],)) for i, text in enumerate(many)])
    with tempfile.TemporaryDirectory() as folder:
        digest = save(large, Path(folder) / "1")
        begun = time.process_time()
        load(Path(folder) / "1", sha256=digest)
        loaded = time.process_time() - begun
    return {
        "trained": trained,
        "peak_mb": peak,
        "suggested_ms": suggested,
        "loaded": loaded,
        "width": len(large.features),
    }


if __name__ == "__main__":
    json.dump(measure(), sys.stdout)
