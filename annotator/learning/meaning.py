"""What a sentence is about, as a sentence embedding sees it: the sum of its tokens' vectors, brought to one length.

Words that nobody has labelled yet lie near those that somebody has. Since a static embedding adds up tokens, each
word's share is known exactly, and a suggestion can still give its reasons.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.learning.embedding import Embedding

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Half of a character from outside the first plane, which the tokenizer cannot take.
_SURROGATE = re.compile("[\ud800-\udfff]")


class Meaning:
    """Columns of length ``weight`` for every text of which the embedding knows a token, and of length 0 for others.

    Words and characters are each of length one, so that a weight of 1 makes the embedding as heavy as either. Texts are
    shown to the embedding with their capitals; tokens that it does not know are left out, as ``model2vec`` does.
    """

    def __init__(self, embedding: Embedding, weight: float) -> None:
        self.embedding = embedding
        self.weight = weight

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return self.embedding.dimensions

    def rows(self, texts: Sequence[str]) -> Floats:
        """Give the columns of texts, shape (n_texts, n_columns)."""
        rows = np.zeros((len(texts), self.columns))
        for row, text in enumerate(texts):
            rows[row] = self._shares(text)[1].sum(axis=0)
        return rows

    def on_words(self, text: str, spans: Sequence[tuple[int, int]]) -> Floats:
        """Give what every word of a text adds, shape (n_words, n_columns); ``spans`` are the words as offsets."""
        offsets, shares = self._shares(text)
        starts = np.array([start for start, _ in spans], dtype=np.int64)
        # Some tokens are white space; what lies before the first word counts as its own.
        places = np.maximum(np.searchsorted(starts, offsets, side="right") - 1, 0)
        added = np.zeros((len(spans), self.columns))
        np.add.at(added, places, shares)
        return added

    def _shares(self, text: str) -> tuple[Integers, Floats]:
        """Offsets (n_tokens,) and shares (n_tokens, n_columns) of the tokens that the embedding knows."""
        model = self.embedding.model
        if not text.strip():  # there is no word on which a share could lie
            return np.zeros(0, np.int64), np.zeros((0, self.columns))
        found = model.tokenizer.encode(_SURROGATE.sub("\ufffd", text), add_special_tokens=False)
        tokens = np.array(found.ids, dtype=np.int64)
        # Some tokens begin with the space before them, so that the last character tells the word.
        offsets = np.array([max(start, end - 1) for start, end in found.offsets], dtype=np.int64)
        if model.unk_token_id is not None:
            is_known = tokens != model.unk_token_id
            tokens, offsets = tokens[is_known], offsets[is_known]
        vectors = model.embedding[tokens if model.token_mapping is None else model.token_mapping[tokens]]
        vectors = vectors.astype(np.float64)
        if model.weights is not None:
            vectors *= model.weights[tokens][:, None]
        length = float(np.linalg.norm(vectors.sum(axis=0)))
        return offsets, vectors * (self.weight / length) if length else np.zeros_like(vectors)
