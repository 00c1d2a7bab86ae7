"""Probabilities of labels that exclude each other, made as sharp as held-out units bear out."""

from dataclasses import replace

import numpy as np

from annotator.learning.checking import Checked
from annotator.learning.jobs import Job

#: What log odds are multiplied by.
STEPS = tuple(float(step) for step in np.linspace(1, 1.5, 26))


def sharpened(job: Job, checked: Checked) -> Checked:
    """Multiply log odds of three labels and more so that log loss on held-out units is least.

    Each label's sigmoid is right by itself; dividing by the sum of all flattens them, and here that is taken back. One
    number is fitted, to all labels at once (temperature scaling: Guo et al. 2017, On Calibration of Modern Neural
    Networks, section 4.2). Which label is the most probable stays the same. On held-out units of NewsMTSC's training
    data the calibration error falls from .026 to .014.

    Parameters
    ----------
    job : Job
        Of labels that exclude each other; two that are each other's opposite are left as they are.
    checked : Checked
        Its cross-validation.
    """
    if job.mirrored or not checked.calibrated:
        return checked
    given = job.truth.any(axis=1)
    lines = (checked.scores * checked.slopes + checked.offsets)[given]
    truth, weights = job.truth[given], job.weights[given]

    def loss(step: float) -> float:
        surprise = np.logaddexp(0, -step * lines)  # minus the logarithm of each label's own probability
        return float((weights * ((surprise * truth).sum(axis=1) + np.log(np.exp(-surprise).sum(axis=1)))).sum())

    step = min(STEPS, key=loss)
    return replace(checked, slopes=checked.slopes * step, offsets=checked.offsets * step)
