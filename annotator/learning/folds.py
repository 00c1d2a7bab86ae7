"""Splits that never separate the units of a group (a document or near-duplicate documents)."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def grouped_folds(groups: Sequence[str], *, folds: int, seed: int) -> Integers:
    """Give every unit the number of the fold that holds it out, shape (n,).

    Groups are shuffled, then dealt largest first to the smallest fold, so that folds are of like size. With fewer
    groups than folds there are as many folds as groups: one group gives a single fold, which cannot be used to test.
    """
    sizes = Counter(groups)
    names = sorted(sizes)
    np.random.default_rng(seed).shuffle(names)
    names.sort(key=lambda name: -sizes[name])  # stable: groups of one size stay shuffled
    room = [0] * max(1, min(folds, len(names)))
    placed: dict[str, int] = {}
    for name in names:
        placed[name] = room.index(min(room))
        room[placed[name]] += sizes[name]
    return np.array([placed[group] for group in groups], dtype=np.int64)


def splits(fold: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Rows to learn from and rows held out, for each fold."""
    for number in range(int(fold.max(initial=-1)) + 1):
        held_out = fold == number
        yield np.flatnonzero(~held_out), np.flatnonzero(held_out)


def group_sample(groups: Sequence[str], *, most: int, seed: int) -> Integers:
    """Rows of whole groups drawn at random, each that still fits into ``most`` rows (at least one group)."""
    if len(groups) <= most:
        return np.arange(len(groups))
    names = sorted(set(groups))
    np.random.default_rng(seed).shuffle(names)
    sizes, chosen, room = Counter(groups), set(), most
    for name in names:
        if sizes[name] <= room:
            chosen.add(name)
            room -= sizes[name]
    chosen = chosen or {names[0]}
    return np.flatnonzero(np.array([group in chosen for group in groups]))
