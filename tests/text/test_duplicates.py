"""Near-duplicates: estimated against exact similarity."""
# ruff: noqa: RUF001  (other scripts)

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.text.duplicates import (
    BANDS,
    NEAR_DUPLICATE,
    PERMUTATIONS,
    ROWS_PER_BAND,
    WORDS_PER_SHINGLE,
    bands,
    shingle_hashes,
    signature,
    similarity,
)

WORDS = [
    f"{start}{end}" for start in ["ba", "ke", "li", "mo", "nu", "ra"] for end in ["d", "f", "gan", "hol", "s", "t"]
]


def shingles(words):
    return {tuple(words[place : place + WORDS_PER_SHINGLE]) for place in range(len(words) - WORDS_PER_SHINGLE + 1)}


def edited(words, share, chance):
    return [chance.choice(WORDS) if chance.random() < share else word for word in words]


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.03, 0.1, 0.5, 1.0]), st.integers(20, 400))
@settings(deadline=None)
def test_estimate_is_within_five_standard_errors_of_the_exact_value(seed, share, length):
    chance = random.Random(seed)
    words = chance.choices(WORDS, k=length)
    other = edited(words, share, chance)
    first, second = shingles(words), shingles(other)
    exact = len(first & second) / len(first | second)
    error = max(np.sqrt(exact * (1 - exact) / PERMUTATIONS), 0.02)
    assert abs(similarity(signature(" ".join(words)), signature(" ".join(other))) - exact) < 5 * error


def test_estimate_has_no_bias_and_the_error_theory_gives():
    chance = random.Random(7)
    errors, variances = [], []
    for _ in range(300):
        words = chance.choices(WORDS, k=200)
        other = edited(words, chance.random() * 0.2, chance)
        first, second = shingles(words), shingles(other)
        exact = len(first & second) / len(first | second)
        errors.append(similarity(signature(" ".join(words)), signature(" ".join(other))) - exact)
        variances.append(exact * (1 - exact) / PERMUTATIONS)
    assert abs(np.mean(errors)) < 4 * np.sqrt(np.mean(variances) / 300)
    assert 0.8 < np.mean(np.square(errors)) / np.mean(variances) < 1.25


@given(st.lists(st.sampled_from(WORDS), min_size=14, max_size=60))
def test_shingles_are_those_of_the_words(words):
    assert len(set(shingle_hashes(" ".join(words)).tolist())) == len(shingles(words))


def test_near_duplicates_share_a_band_as_often_as_theory_says():
    chance = random.Random(3)
    shared, expected = [], []
    for _ in range(300):
        words = chance.choices(WORDS, k=150)
        first, second = (signature(" ".join(version)) for version in (words, edited(words, 0.05, chance)))
        exact = similarity(first, second)
        shared.append(any(a == b for a, b in zip(bands(first), bands(second), strict=True)))
        expected.append(1 - (1 - exact**ROWS_PER_BAND) ** BANDS)
    assert abs(np.mean(shared) - np.mean(expected)) < 0.1


def test_case_punctuation_and_space_do_not_count():
    text = "The leaders met in Oslo, and they spoke. " * 4
    assert signature(text) == signature(text.upper().replace(",", " -").replace(" ", "\n"))


@pytest.mark.parametrize(
    "text",
    [
        "俄罗斯总统星期五在索契会见土耳其总统，双方讨论了叙利亚局势和谷物协议。",
        "ประธานาธิบดีพบกันที่เมืองโซชีเมื่อวันศุกร์",
        "Leaders meet in Oslo",
    ],
)
def test_short_texts_and_scripts_without_spaces_have_neighbours(text):
    assert similarity(signature(text), signature(text + "!")) == 1.0
    assert similarity(signature(text), signature(text[:-1])) >= NEAR_DUPLICATE
    assert similarity(signature(text), signature(text[::-1])) < 0.3


@given(st.text(max_size=60))
def test_any_text_has_a_signature_and_bands_within_64_bits(text):
    one = signature(text)
    assert len(one) == 4 * PERMUTATIONS
    assert similarity(one, one) == 1.0
    assert len(bands(one)) == BANDS
    assert all(-(2**63) <= band < 2**63 for band in bands(one))


def test_texts_without_letters_are_like_nothing_else():
    assert signature("") == signature(" ?! ")
    assert similarity(signature(""), signature("Something else")) == 0.0


def test_other_bytes_are_refused():
    with pytest.raises(ValueError, match="256 bytes"):
        similarity(b"", signature("a"))


def test_signature_is_the_same_in_another_process():
    code = "from annotator.text.duplicates import bands, signature; print(bands(signature('Größe 俄 ' * 20)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert printed.strip() == str(bands(signature("Größe 俄 " * 20)))
