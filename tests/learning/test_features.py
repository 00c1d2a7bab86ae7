import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from annotator.learning.counting import CHARACTERS
from annotator.learning.features import Features, fold, is_beginning, word_features

TEXTS = [
    "Putin blamed the West, again.", "The West blamed “Putin”.", "A well-known a a man in İstanbul",
    "istanbul\u2019s", "", "   ", "😀 😀 no", "欧盟 批评 俄罗斯", "欧盟 支持 俄罗斯", "one\u00a0two\tone two",
]  # fmt: skip


def ordinary(texts: list[str]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    words = TfidfVectorizer(analyzer=lambda text: word_features(fold(text)), sublinear_tf=True, min_df=2)
    characters = TfidfVectorizer(
        preprocessor=fold, analyzer="char_wb", ngram_range=CHARACTERS, sublinear_tf=True, min_df=2
    )
    return words.fit(texts), characters.fit(texts)


def test_matrix_equals_two_ordinary_vectorisers() -> None:
    features = Features.fit(TEXTS)
    words, characters = ordinary(TEXTS)
    assert set(features.words) == set(words.vocabulary_)
    assert set(features.characters) == set(characters.vocabulary_)
    w, c = words.transform(TEXTS), characters.transform(TEXTS)
    expected = sparse.hstack(
        [w[:, [words.vocabulary_[n] for n in features.words]],
         c[:, [characters.vocabulary_[n] for n in features.characters]]]
    )  # fmt: skip
    np.testing.assert_allclose(features.matrix(TEXTS).toarray(), expected.toarray(), atol=1e-6)


def test_words_stand_beside_pairs_of_them_and_their_beginnings() -> None:
    found = word_features("a shooting, shot\u2026")
    assert found == ["a", "shooting", ",", "shot", "\u2026", "a shooting", "shooting ,", ", shot", "shot \u2026",
                     "shoot\u2026", "shot\u2026"]  # fmt: skip
    assert [name for name in found if is_beginning(name)] == ["shoot\u2026", "shot\u2026"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet=st.sampled_from("ab c'\u2019-,é批😀İΣ\n\u3000"), max_size=12), min_size=1, max_size=5))
def test_occurrences_add_up_to_the_row_of_the_matrix(texts: list[str]) -> None:
    features = Features.fit(texts + texts)
    matrix = features.matrix(texts).toarray()
    for row, text in enumerate(texts):
        placed = features.occurrences(text)
        summed = np.bincount(placed.feature, weights=placed.value, minlength=len(features))
        np.testing.assert_allclose(summed, matrix[row], atol=1e-6)


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_what_is_in_most_texts_is_left_out_from_a_hundred_on() -> None:
    texts = [f"always {'half' if i % 2 else 'other'}" for i in range(100)]
    assert "always" in Features.fit(texts[:99]).words
    assert not {"always"} & set(Features.fit(texts).words)
    assert {"half", "other"} <= set(Features.fit(texts).words)


def test_token_spans_are_the_words_as_written() -> None:
    placed = Features.fit(TEXTS).occurrences("İstanbul\u2019s  man,")
    assert placed.spans == [(0, 10), (12, 16)]


def test_text_without_any_known_feature_is_an_empty_row() -> None:
    assert Features.fit(["abc abc", "abc"]).matrix(["zzz", ""]).nnz == 0
