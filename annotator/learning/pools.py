"""Texts without labels that help to weigh words: read once, whichever questions and folds are learned with them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from annotator.learning.features import Features, Frequencies
from annotator.learning.style import Style

POOL_MOST = 10_000


class Pool(Sequence[str]):
    """The texts of a project, of which a sample is counted at the first training.

    Every further question of the same training counts only what is not in the sample; how often a word occurs in both
    together is a sum, so that the features are the same as if all had been counted anew.
    """

    def __init__(self, texts: Sequence[str], *, seed: int) -> None:
        self._texts = texts
        self._seed = seed

    @classmethod
    def of(cls, texts: Sequence[str], *, seed: int) -> "Pool":
        """Make a pool of texts, unless they are one."""
        return texts if isinstance(texts, Pool) else cls(texts, seed=seed)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: Any) -> Any:
        return self._texts[place]

    def __len__(self) -> int:
        return len(self._texts)

    @cached_property
    def sample(self) -> frozenset[str]:
        """At most 10,000 distinct texts: more hardly change the weights of words."""
        return frozenset(self._drawn)

    @cached_property
    def _drawn(self) -> list[str]:
        distinct = list(dict.fromkeys(self._texts))
        if len(distinct) <= POOL_MOST:
            return distinct
        drawn = np.random.default_rng(self._seed).choice(len(distinct), POOL_MOST, replace=False)
        return [distinct[i] for i in np.sort(drawn)]

    @cached_property
    def _counted(self) -> Frequencies:
        return Frequencies.of(self._drawn)

    def features(self, texts: Sequence[str], *, style: Style | None = None) -> Features:
        """Weigh the words of the sample and of distinct texts, labelled ones, which may be part of it."""
        others = [text for text in texts if text not in self.sample]
        return Features.weighed(self._counted.with_more(others), style=style)
