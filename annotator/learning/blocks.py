"""Columns that are few and full, beside the many words and characters: each value comes from words one can point at."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: What the words of a sentence add: offset into the text, column, value.
Places = list[tuple[int, int, float]]


class Block(Protocol):
    """Gives a folded text ``columns`` numbers, each the sum of what its words add."""

    @property
    def columns(self) -> int:
        """How many columns there are."""

    def placed(self, text: str) -> Places:
        """Give what every word of a folded text adds."""


def summed(block: Block, texts: Sequence[str]) -> NDArray[np.float64]:
    """Sum up the columns of folded texts, shape (n_texts, n_columns)."""
    rows = np.zeros((len(texts), block.columns))
    for row, text in enumerate(texts):
        for _, column, value in block.placed(text):
            rows[row, column] += value
    return rows
