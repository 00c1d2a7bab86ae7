"""By how much one way of guessing is better than another on the same units."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotator.learning import measures

if TYPE_CHECKING:
    from annotator.learning.evaluation import Outcome

DRAWS = 1000


def difference(first: "Outcome", second: "Outcome", labels: Sequence[str], *, seed: int) -> dict[str, dict[str, Any]]:
    """Tell by how much the second scores above the first on the same units, with an interval from the same draws.

    Paired: each draw of documents counts for both, so that what makes units easy or hard for both cancels out (Efron
    and Tibshirani 1993, An Introduction to the Bootstrap, chapter 8).

    Returns
    -------
    dict
        By score: ``value`` and ``interval``, which is None with fewer than two documents.
    """
    values = [_all_scores(measures.tally(one.truth, one.guess), labels) for one in (first, second)]
    drawn = [
        [
            _all_scores(count, labels)
            for count in measures.resampled(one.truth, one.guess, groups=one.groups, seed=seed, draws=DRAWS)
        ]
        for one in (first, second)
    ]
    return {
        name: {
            "value": float(values[1][name] - values[0][name]),
            "interval": _interval([b[name] - a[name] for a, b in zip(*drawn, strict=True)]),
        }
        for name in values[0]
    }


def _all_scores(count: measures.Tally, labels: Sequence[str]) -> Mapping[str, NDArray[np.float64]]:
    per_label = measures.f1_per_label(count)
    return {**measures.summary(count, labels)} | {
        f"f1:{label}": np.nan_to_num(per_label[..., i]) for i, label in enumerate(labels)
    }


def _interval(parts: Sequence[NDArray[np.float64]]) -> list[float] | None:
    return [float(bound) for bound in np.quantile(np.concatenate(parts), [0.025, 0.975])] if parts else None
