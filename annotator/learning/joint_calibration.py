"""Probabilities of labels that exclude each other, calibrated together."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, softmax

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: How far the numbers may lie from those of each label by itself: slopes as a share, offsets in log odds. Nearer, many
#: labels are too unsure; farther, a hundred units move the border too much (docs/decisions/030).
AWAY = 0.3
#: What a slope is at least taken for when a share of it is asked for.
SLIGHTEST = 0.01


def calibrated_jointly(
    scores: Floats, truth: Flags, weights: Floats, slopes: Floats, offsets: Floats
) -> tuple[Floats, Floats]:
    """Draw slopes and offsets of three labels and more towards what fits the probabilities that come of them all.

    Each label's sigmoid is right by itself; dividing by the sum of all then makes other probabilities of them, the
    flatter the more labels there are. So slopes and offsets are fitted once more as they are used, by the log loss of
    held-out units, with the labels smoothed as Platt (1999) smooths two, and a normal prior around each label's own.

    Parameters
    ----------
    scores : array of shape (n, n_labels)
        Held-out decision values.
    truth : array of shape (n, n_labels)
        Which label each unit has; units that have none of them are left out.
    weights : array of shape (n,)
        Weights of the units.
    slopes, offsets : arrays of shape (n_labels,)
        Of each label's own sigmoid.

    Returns
    -------
    tuple of arrays of shape (n_labels,)
        Slopes, none below zero, and offsets.
    """
    given = truth.any(axis=1)
    scores, weights = scores[given], weights[given]
    k, total = scores.shape[1], float(weights.sum())
    target = (truth[given] * total + 1) / (total + k)
    own = np.concatenate([slopes, offsets])
    spread = AWAY * np.concatenate([np.maximum(slopes, SLIGHTEST), np.ones(k)])

    def loss(point: Floats) -> tuple[float, Floats]:
        lines = scores * point[:k] + point[k:]
        logs = log_expit(lines)
        surprise = np.logaddexp.reduce(logs, axis=1) - (target * logs).sum(axis=1)
        slant = weights[:, None] * (softmax(logs, axis=1) - target) * expit(-lines)
        away = (point - own) / spread
        gradient = np.concatenate([(slant * scores).sum(axis=0), slant.sum(axis=0)]) + away / spread
        return (float(weights @ surprise) + float(away @ away) / 2) / total, gradient / total

    found = minimize(loss, own, jac=True, method="L-BFGS-B", bounds=[(0, None)] * k + [(None, None)] * k).x
    return found[:k], found[k:]
