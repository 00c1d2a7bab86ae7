"""A stored classifier as ordinary scikit-learn objects, for checking and for use elsewhere."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from annotator.learning.blocks import Block, summed
from annotator.learning.counting import CHARACTERS
from annotator.learning.features import Features, fold, word_features
from annotator.learning.scoring import Numbers, Task


def restore_vectoriser(features: Features) -> Any:
    """Two TF-IDF vectorisers side by side, with vocabulary and weights in place, and the blocks beside them."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion
    from sklearn.preprocessing import FunctionTransformer

    first = len(features.words)
    inside = {gram: column - first for gram, column in features.characters.items()}
    words = TfidfVectorizer(analyzer=_words_as_written, sublinear_tf=True, vocabulary=features.words)
    characters = TfidfVectorizer(
        preprocessor=fold, sublinear_tf=True, analyzer="char_wb", ngram_range=CHARACTERS, vocabulary=inside
    )
    parts: list[tuple[str, Any]] = []
    halves = (("words", words, features.idf[:first]), ("characters", characters, features.idf[first:]))
    for name, vectoriser, idf in halves:
        if len(idf):  # a vectoriser refuses an empty vocabulary
            vectoriser.idf_ = idf
            parts.append((name, vectoriser))
    for block in features.blocks:
        parts.append((type(block).__name__.lower(), FunctionTransformer(_columns_of(block))))
    if features.meaning is not None:
        parts.append(("meaning", FunctionTransformer(features.meaning.rows)))
    return FeatureUnion(parts)


def _words_as_written(text: str) -> list[str]:
    return word_features(fold(text))


def _columns_of(block: Block) -> Callable[[Sequence[str]], Any]:
    return lambda texts: summed(block, [fold(text) for text in texts])


def restore_lines(tasks: Sequence[Task], numbers: Numbers) -> dict[tuple[str | None, str], Any]:
    """One linear classifier per target and label, fitted parameters in place."""
    from sklearn.svm import LinearSVC

    lines = {}
    for task in tasks:
        for i, label in enumerate(task.labels):
            line = LinearSVC()
            line.classes_ = np.array([False, True])
            line.coef_ = numbers.coefficients[:, task.first + i].astype(np.float64)[None]
            line.intercept_ = numbers.intercepts[[task.first + i]]
            lines[task.target, label] = line
    return lines
