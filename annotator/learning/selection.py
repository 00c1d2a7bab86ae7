"""Which units a classifier would choose next: those with the lowest scores, ties in random order."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def lowest_first(scores: ArrayLike, *, seed: int) -> NDArray[np.intp]:
    """Order units by their scores, the lowest first.

    Equal scores, of which identical sentences have many, come in an order drawn at random, so that a choice that ends
    among them prefers none by where it stands.

    Parameters
    ----------
    scores : array_like, shape (n_units,)
        Any real numbers, such as the margin between the two most probable labels (uncertainty sampling: Lewis & Gale
        1994, *SIGIR*, 3-12; by margin: Scheffer, Decomain & Wrobel 2001, *IDA*, 309-318). Missing, ``nan``: the unit
        cannot be chosen and is left out.
    seed : int
        The same scores and seed give the same order.

    Returns
    -------
    ndarray of int, shape (n_scored,)
        Positions in ``scores``; empty if none has a score.

    Examples
    --------
    >>> lowest_first([0.4, 0.1, float("nan"), 0.2], seed=1).tolist()
    [1, 3, 0]
    """
    values: NDArray[Any] = np.asarray(scores, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(values))
    ties = np.random.default_rng(seed).random(len(known))
    return known[np.lexsort((ties, values[known]))]
