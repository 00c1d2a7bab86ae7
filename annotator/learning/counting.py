"""Names become numbers, texts become counts of names."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from itertools import count as counter
from itertools import repeat
from typing import Any

import numpy as np
from scipy import sparse

CHARACTERS = (2, 5)


def sequences(token: str) -> list[str]:
    """Character sequences of a token with a space either side, as scikit-learn's ``char_wb`` counts them."""
    padded = f" {token} "
    length = len(padded)
    if length <= CHARACTERS[0]:
        return [padded]
    return [
        padded[start : start + size]
        for size in range(CHARACTERS[0], min(CHARACTERS[1], length) + 1)
        for start in range(length - size + 1)
    ]


def numbering() -> defaultdict[str, int]:
    """Give each new name the next number, without a call into Python.

    Not its own length, which would do as well: a dictionary that refers to itself is freed by the search for cycles
    only, and a corpus makes one for every part.
    """
    return defaultdict(counter().__next__)


def count(rows: Iterable[Iterable[str]], numbers: dict[str, int], *, first: int = 0) -> Any:
    """Count the names of every row that have a number, from ``first`` on: sparse (n_rows, n_names)."""
    grows = isinstance(numbers, defaultdict)
    ends, found = [0], array("i")
    for row in rows:
        found.extend(map(numbers.__getitem__, row) if grows else map(numbers.get, row, repeat(-1)))
        ends.append(len(found))
    columns = np.frombuffer(found, dtype=np.int32) if found else np.zeros(0, np.int32)
    known = columns >= 0
    kept = np.concatenate([[0], np.cumsum(known)])[ends].astype(np.int32)
    ones = np.ones(int(known.sum()))
    counts = sparse.csr_array((ones, columns[known] - np.int32(first), kept), (len(ends) - 1, len(numbers)))
    counts.sum_duplicates()
    return counts
