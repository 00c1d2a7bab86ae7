"""How right guesses are: counts per label, F1, calibration error, bootstrap by group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BINS = 10
#: Labels whose mean F1 is ``f_avg``, whatever a codebook calls them (SemEval-2016 task 6, section 6).
FOR = ("favor", "favour", "for", "pro", "positive", "support")
AGAINST = ("against", "con", "anti", "negative", "oppose", "attack")


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted counts per label, shape (..., n_labels), and exactly right units among all, shape (...)."""

    hit: Floats
    false: Floats
    missed: Floats
    right: Floats
    units: Floats


def tally(truth: Flags, guess: Flags) -> Tally:
    """Count hits, false alarms, misses and exactly right units."""
    return _split(_table(truth, guess).sum(axis=0), truth.shape[1])


def _table(truth: Flags, guess: Flags) -> Floats:
    right = (truth == guess).all(axis=1)
    parts = [truth & guess, ~truth & guess, truth & ~guess, right[:, None], np.ones((len(truth), 1), dtype=bool)]
    return np.concatenate(parts, axis=1).astype(np.float64)


def _split(summed: Floats, k: int) -> Tally:
    return Tally(summed[..., :k], summed[..., k : 2 * k], summed[..., 2 * k : 3 * k], summed[..., -2], summed[..., -1])


def f1_per_label(count: Tally) -> Floats:
    """F1 of each label, shape (..., n_labels); NaN where the label was neither there nor guessed."""
    whole = 2 * count.hit + count.false + count.missed
    return np.where(whole > 0, 2 * count.hit / np.where(whole > 0, whole, 1), np.nan)


def summary(count: Tally, labels: Sequence[str]) -> dict[str, Floats]:
    """Accuracy (exactly right), macro and micro F1 and, for labels of stance, ``f_avg``; 0 where nothing is defined."""
    per_label = f1_per_label(count)
    defined = ~np.isnan(per_label)
    filled = np.where(defined, per_label, 0.0)
    hit, wrong = count.hit.sum(axis=-1), (count.false + count.missed).sum(axis=-1)
    scores = {
        "accuracy": count.right / np.maximum(count.units, 1),
        "macro_f1": filled.sum(axis=-1) / np.maximum(defined.sum(axis=-1), 1),
        "micro_f1": 2 * hit / np.maximum(2 * hit + wrong, 1),
    }
    sides = stance_sides(labels)
    if sides:
        scores["f_avg"] = filled[..., list(sides)].mean(axis=-1)
    return scores


def stance_sides(labels: Sequence[str]) -> tuple[int, int] | None:
    """Positions of the labels for and against, if there are both."""
    names = [label.casefold() for label in labels]
    pro = [i for i, name in enumerate(names) if name in FOR]
    con = [i for i, name in enumerate(names) if name in AGAINST]
    return (pro[0], con[0]) if len(pro) == len(con) == 1 else None


def per_label(truth: Flags, guess: Flags, labels: Sequence[str]) -> dict[str, dict[str, float | int]]:
    """Precision, recall, F1 and number of each label."""
    count = tally(truth, guess)
    f1 = np.nan_to_num(f1_per_label(count))
    return {
        label: {
            "precision": float(count.hit[i] / max(count.hit[i] + count.false[i], 1)),
            "recall": float(count.hit[i] / max(count.hit[i] + count.missed[i], 1)),
            "f1": float(f1[i]),
            "n": int(count.hit[i] + count.missed[i]),
        }
        for i, label in enumerate(labels)
    }


def resampled(truth: Flags, guess: Flags, *, groups: Sequence[str], seed: int, draws: int = 1000) -> Iterator[Tally]:
    """Count again with whole groups drawn with replacement, a hundred draws at a time; nothing below two groups."""
    _, member = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    n = int(member.max(initial=-1)) + 1
    if n < 2:
        return
    table = _table(truth, guess)
    per_group = np.stack([np.bincount(member, weights=column, minlength=n) for column in table.T], axis=1)
    rng = np.random.default_rng(seed)
    for start in range(0, draws, 100):  # in pieces: a thousand draws of many groups would fill the memory
        times = rng.multinomial(n, np.full(n, 1 / n), size=min(100, draws - start)).astype(np.float64)
        yield _split(times @ per_group, truth.shape[1])


def intervals(counts: Iterable[Tally], labels: Sequence[str]) -> dict[str, list[float]]:
    """95 % percentile intervals of the summary from resampled counts; empty without any."""
    parts = [summary(count, labels) for count in counts]
    if not parts:
        return {}
    return {
        name: [float(x) for x in np.quantile(np.concatenate([part[name] for part in parts]), [0.025, 0.975])]
        for name in parts[0]
    }


def label_intervals(counts: Iterable[Tally], labels: Sequence[str]) -> dict[str, list[float]]:
    """95 % percentile intervals of each label's F1; none for a label that half of the draws do not have."""
    parts = [f1_per_label(count) for count in counts]
    if not parts:
        return {}
    drawn = np.concatenate(parts)
    return {
        label: [float(x) for x in np.nanquantile(column, [0.025, 0.975])]
        for label, column in zip(labels, drawn.T, strict=True)
        if np.isnan(column).mean() <= 0.5
    }


def two_sided_f1(count: Tally) -> Floats:
    """Mean F1 of having and of not having each label, shape (..., n_labels); 0 for a side that is nowhere."""
    wrong = count.false + count.missed
    neither = count.units[..., None] - count.hit - wrong
    sides = [2 * hit / np.maximum(2 * hit + wrong, 1) for hit in (count.hit, neither)]
    return np.asarray((sides[0] + sides[1]) / 2)


def calibration_error(confidence: Floats, right: Flags) -> float:
    """Mean distance of confidence and share right over ten bins of equal width, weighted by size (ECE)."""
    if not len(confidence):
        return 0.0
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(place, weights=right - confidence, minlength=BINS)
    return float(np.abs(gap).sum() / len(confidence))


def calibration_curve(confidence: Floats, right: Flags) -> list[dict[str, Any]]:
    """Per bin: mean confidence, share right, number; empty bins are left out."""
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    return [
        {"confidence": float(confidence[place == i].mean()), "right": float(right[place == i].mean()), "n": int(n)}
        for i, n in enumerate(np.bincount(place, minlength=BINS))
        if n
    ]
