"""A stored classifier as ordinary scikit-learn objects, for checking and for use elsewhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from annotator.learning.features import CHARACTERS, Features, fold
from annotator.learning.scoring import Numbers, Task


def restore_vectoriser(features: Features) -> Any:
    """Two TF-IDF vectorisers side by side, with vocabulary and weights in place."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    first = len(features.words)
    words = TfidfVectorizer(preprocessor=fold, sublinear_tf=True, ngram_range=(1, 2), vocabulary=features.words)
    inside = {gram: column - first for gram, column in features.characters.items()}
    characters = TfidfVectorizer(
        preprocessor=fold, sublinear_tf=True, analyzer="char_wb", ngram_range=CHARACTERS, vocabulary=inside
    )
    parts = []
    for name, vectoriser, idf in (
        ("words", words, features.idf[:first]),
        ("characters", characters, features.idf[first:]),
    ):
        if len(idf):
            vectoriser.idf_ = idf
            parts.append((name, vectoriser))
    union = FeatureUnion(parts)
    return union


def restore_lines(tasks: Sequence[Task], numbers: Numbers) -> dict[tuple[str | None, str], Any]:
    """One logistic regression per target and label, fitted parameters in place."""
    from sklearn.linear_model import LogisticRegression

    lines = {}
    for task in tasks:
        for i, label in enumerate(task.labels):
            line = LogisticRegression()
            line.classes_ = np.array([False, True])
            line.coef_ = numbers.coefficients[:, task.first + i].astype(np.float64)[None]
            line.intercept_ = numbers.intercepts[[task.first + i]]
            lines[task.target, label] = line
    return lines
