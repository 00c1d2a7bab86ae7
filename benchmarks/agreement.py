"""Time agreement on much data: run by the environment under measurement as ``agreement.py UNITS ANNOTATORS ROUNDS``."""

import json
import sys
import time

import numpy as np

from annotator.statistics import agreement, distances
from annotator.statistics.bootstrap import estimates
from annotator.statistics.tables import tabulate

LABELS = 5


def measure(units: int, annotators: int, rounds: int, *, each: int) -> float:
    """Return the CPU seconds of alpha, Fleiss' kappa, AC1 and percent agreement with intervals."""
    random = np.random.default_rng(11)
    truth = random.choice(LABELS, size=(units, 1))
    values = np.where(random.random((units, annotators)) < 0.3, random.choice(LABELS, size=(units, annotators)), truth)
    documents = np.arange(units) // each
    begun = time.process_time()
    table = tabulate(values, documents, n_values=LABELS)
    measures = {
        "alpha": agreement.alpha(table, distances.nominal(LABELS)),
        "ordinal": agreement.alpha_ordinal(table),
        "fleiss": agreement.fleiss_kappa(table),
        "ac1": agreement.gwet_ac1(table),
        "percent": agreement.percent_agreement(table),
    }
    estimates(table, measures, rounds=rounds)
    return time.process_time() - begun


if __name__ == "__main__":
    units, annotators, rounds = (int(argument) for argument in sys.argv[1:4])
    # SciPy is loaded at the first use, once for a process.
    measure(1_000, annotators, 10, each=1)
    print(json.dumps({str(each): measure(units, annotators, rounds, each=each) for each in (1, 25)}))
