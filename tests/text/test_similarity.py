import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.similarity import SimilarityIndex, words_of

SENTENCES = {
    "jobs": "The company put the number of permanent jobs at 260.",
    "barge": "The company lied about the barge for six weeks.",
    "turkish": "Ankara, Moskova ile görüşecek.",
    "arabic": "قالت الحكومة إن روسيا لن تنسحب من البلاد.",
    "chinese": "習近平主席說經濟會好轉。",
    "emoji": "Prices rose 😀 and nobody knows why.",
}


def filled(sentences: dict[str, str], most: int = 100) -> SimilarityIndex[str]:
    index: SimilarityIndex[str] = SimilarityIndex(most=most)
    for key, text in sentences.items():
        index.add(key, text)
    return index


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("The Harbour Company promises 260 permanent jobs.", ["jobs"]),
        ("It is lying about the barge again.", ["barge"]),
        ("روسيا لن تنسحب، قالت الحكومة.", ["arabic"]),
        ("習近平主席說不。", ["chinese"]),
        ("“Prices ROSE!” 😀", ["emoji"]),
        ("And the sea was calm.", []),
        ("", []),
        ("😀", []),
    ],
)
def test_sentences_are_like_those_that_share_rare_words(text: str, like: list[str]):
    assert [found.key for found in filled(SENTENCES).similar(text, count=1, least=0.3)] == like


def test_a_sentence_is_not_like_itself():
    index = filled(SENTENCES)
    assert index.similar(SENTENCES["jobs"], count=1, least=0.5)[0].similarity == pytest.approx(1)
    assert index.similar(SENTENCES["jobs"], count=1, least=0.5, without="jobs") == []


def test_what_is_taken_out_or_replaced_is_not_found():
    index = filled(SENTENCES)
    index.remove("jobs")
    index.remove("nowhere")
    index.add("barge", "Something else entirely.")
    assert index.similar("permanent jobs, a barge", count=3, least=0.1) == []
    assert len(index) == len(SENTENCES) - 1


def test_the_oldest_goes_first_and_of_equals_the_newest_is_first():
    index = filled({str(number): "A close vote." for number in range(5)}, most=3)
    assert [found.key for found in index.similar("a close vote", count=9, least=0.5)] == ["4", "3", "2"]


WORDS = st.sampled_from(["a", "bee", "sea", "dee", "eel", "eff", "gee"])
TEXTS = st.lists(st.lists(WORDS, max_size=6), min_size=1, max_size=12)


@given(TEXTS, st.integers(0, 11))
def test_it_is_the_cosine_of_a_second_implementation(texts: list[list[str]], which: int):
    sentences = {str(number): " ".join(words) for number, words in enumerate(texts)}
    wanted = texts[which % len(texts)]
    found = {one.key: one.similarity for one in filled(sentences).similar(" ".join(wanted), count=99, least=1e-9)}
    expected = {key: cosine(wanted, text.split(), texts) for key, text in sentences.items()}
    assert found == pytest.approx({key: value for key, value in expected.items() if value > 1e-9})


def cosine(one: Sequence[str], other: Sequence[str], texts: list[list[str]]) -> float:
    def vector(words: Sequence[str]) -> dict[str, float]:
        counts = {word: sum(word in text for text in texts) for word in words}
        return {word: math.log(1 + len(texts) / (1 + count)) for word, count in counts.items()}

    first, second = vector(one), vector(other)
    shared = sum(first[word] * second[word] for word in first.keys() & second.keys())
    lengths = math.prod(math.sqrt(sum(weight**2 for weight in each.values())) for each in (first, second))
    return shared / lengths if lengths else 0.0


@given(st.text(max_size=200))
def test_any_text_has_words(text: str):
    assert all(words_of(text))


def test_of_a_very_long_sentence_the_first_words_count():
    text = " ".join(f"word{number}" for number in range(5000))
    assert len(list(words_of(text))) == 300
