"""Any text can be parsed, however odd, in time that grows with its length."""
# ruff: noqa: RUF001  (other scripts)

import sys

import pytest

from annotator.text.parsing import parse


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\r\n", "\ufeff", "\u200b\n", "...", "* * *"])
def test_a_text_without_words_has_no_sentences(text):
    parsed = parse(text)
    assert (parsed.kind, parsed.turns, parsed.sentences, parsed.speakers) == ("article", (), (), ())
    assert parse(text, kind="transcript").kind == "transcript"


def test_an_article_is_one_turn_without_speaker():
    text = "The leaders met.\n\nThey spoke: so it was. At 10:30 they left."
    parsed = parse(text)
    assert parsed.kind == "article"
    assert [(turn.speaker, turn.start, turn.end) for turn in parsed.turns] == [(None, 0, len(text))]
    assert len(parsed.sentences) == 3


def test_kind_can_be_forced():
    text = "HOLT: Good evening.\n\nHOLT: Good night."
    assert parse(text, kind="article").speakers == ()
    assert parse("Holt: Good evening.", kind="transcript").speakers[0].name == "Holt"
    with pytest.raises(ValueError, match="transcript, article or None"):
        parse(text, kind="poem")


def test_right_to_left_text_and_pictographs_keep_their_offsets():
    text = "LEE: \u202bمرحبا بك.\u202c 🎉👩\u200d👩\u200d👧 Yes.\n\nROY: لا."
    parsed = parse(text)
    assert next(text[s.start : s.end] for s in parsed.sentences).startswith("مرحبا")
    assert parsed.sentences[-1].end == len(text)


HOSTILE = {
    "one line of words": "word ",
    "spaces": " ",
    "line breaks": "\n",
    "labels": "KENYON: Yes.\n",
    "open brackets": "(a ",
    "notes": "Yes. (APPLAUSE) ",
    "open quotes": "“A b. ",
    "Han": "你好。",
    "colons": "A:",
    "initials": "A. ",
    "titles": "Mr. ",
    "sign-offs": "Ann Lee, News, Oslo\n",
}


def operations(text):
    """Count the lines of ours that run: unlike time, the same on every machine."""
    counted = 0

    def count(frame, event, argument):
        nonlocal counted
        counted += event == "line"
        return count if "annotator" in frame.f_code.co_filename else None

    previous = sys.gettrace()
    sys.settrace(count)
    try:
        parse(text)
    finally:
        sys.settrace(previous)
    return counted


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_work_grows_with_the_length_of_the_text(unit):
    once = operations(unit * (8_000 // len(unit)))
    twice = operations(unit * (16_000 // len(unit)))
    assert twice < 2.5 * once + 1000


def test_work_grows_with_the_number_of_names():
    def cast(first, count):  # Different names, since labels already understood cost less.
        return "\n".join(f"NAME {chr(0x4E00 + number)}X: Yes." for number in range(first, first + count))

    assert operations(cast(1000, 2000)) < 2.5 * operations(cast(0, 1000)) + 1000


def test_five_megabytes_in_one_line_are_parsed():
    text = "The leaders met in Oslo on Monday. " * 150_000
    parsed = parse(text)
    assert len(parsed.sentences) == 150_000
    assert parsed.sentences[-1].end == len(text) - 1
