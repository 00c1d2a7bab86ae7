"""Sentence spans."""
# ruff: noqa: RUF001  (other scripts)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.sentences import CHUNK, SEGMENTER, sentence_spans


def split(text, language="en"):
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text), language)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The No. 1 topic, says Dr. Ali, was Sen. Lee.", "He left at 5 a.m. on Monday."],
        ["The U.S. Army cost $3.5 million.", "It grew 3.5%.", "10 people left."],
        ["He said “Go now.”", "Then he left."],
        ['"Why?" asked Lee.', '"Stop."', "What?!", "No!"],
        ["J. R. Has came.", "Mr. Has said so.", "See Vol. 2 and Fig. 3."],
        ["He was... not there.", "Then he was..."],
        ["مرحبا بك.", "كيف حالك؟", "جيد."],
        ["Привет.", "Как дела?"],
    ],
)
def test_sentences_are_divided_where_people_divide_them(sentences):
    assert split(" ".join(sentences)) == sentences


def test_scripts_without_spaces_are_divided():
    assert split("你好。再见！好吗？", "zh") == ["你好。", "再见！", "好吗？"]


def test_a_stray_stop_is_no_sentence():
    assert split("He left. . Then she came.") == ["He left. .", "Then she came."]
    assert split("... Then she came.") == ["... Then she came."]
    assert split(" . ") == []


def test_a_pictograph_is_content():
    assert split("🎉") == ["🎉"]


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n \n", "\r\r", "\u2029", "\n\t\n\n"])
def test_a_blank_line_ends_a_sentence(gap):
    assert split(f"A headline without stop{gap}and the text") == ["A headline without stop", "and the text"]


def test_a_line_break_ends_a_sentence_unless_the_line_is_wrapped():
    headline = "Leaders meet\nThe two leaders met on Monday to speak about the war. They agreed.\nSo they said."
    assert split(headline)[0] == "Leaders meet"
    wrapped = (
        "The two leaders met in the capital of the\nRepublic of Turkey on Monday to talk about\nthe war. They agreed."
    )
    assert split(wrapped) == [wrapped[:-13], "They agreed."]


def test_a_very_long_sentence_is_kept_whole():
    text = "word " * 20_000 + "end."
    assert split(text) == [text]


def test_a_long_paragraph_is_divided_as_a_short_one():
    sentence = "Then Mr. Lee said “Go now.” to No. 5. "
    text = sentence * (3 * CHUNK // len(sentence))
    assert split(text) == split(sentence) * (3 * CHUNK // len(sentence))


@given(
    st.text(st.sampled_from("aB .!?\n\r\"“”()'\u200b\u00a0。你م🎉1-"), max_size=200),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_spans_are_exact_ordered_and_leave_out_no_word(text, cut_start, cut_end):
    start, end = min(cut_start, len(text)), max(len(text) - cut_end, min(cut_start, len(text)))
    spans = sentence_spans(text, start, end)
    position = start
    for span_start, span_end in spans:
        assert position <= span_start < span_end <= end
        assert not any(map(str.isalnum, text[position:span_start]))
        assert text[span_start:span_end] == text[span_start:span_end].strip()
        position = span_end
    assert not any(map(str.isalnum, text[position:end]))


@given(st.text(max_size=300))
def test_no_word_is_divided(text):
    for start, end in sentence_spans(text, 0, len(text)):
        assert not (start and text[start - 1].isalpha() and text[start].isalpha() and text[start].isascii())
        assert not (end < len(text) and text[end - 1].isalpha() and text[end].isalpha() and text[end].isascii())


def test_lone_surrogates_do_no_harm():
    assert split("One \ud800 two. Three.") == ["One \ud800 two.", "Three."]


def test_the_segmenter_names_library_and_version():
    assert SEGMENTER.startswith("sentencex 1.")
    assert SEGMENTER.endswith("+ rules 1")
