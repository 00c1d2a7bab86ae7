"""Title, author, date and outlet in the first lines."""

import pytest

from annotator.text.parsing import parse

BODY = "The leaders met. They spoke.\n\nThen they left."


def facts(text):
    parsed = parse(text)
    return parsed.title, parsed.author, parsed.date, parsed.outlet


def test_a_full_header_is_read_and_only_the_title_is_text():
    text = f"Leaders meet in Oslo\nBy Nora Field\nAugust 4, 2022\nReuters\n\n{BODY}"
    parsed = parse(text)
    assert facts(text) == ("Leaders meet in Oslo", "Nora Field", "2022-08-04", "Reuters")
    assert [text[s.start : s.end] for s in parsed.sentences][:2] == ["Leaders meet in Oslo", "The leaders met."]


def test_a_header_before_a_transcript_is_no_turn_of_a_speaker():
    text = "Leaders meet in Oslo\nBy Nora Field\n\nANN LEE: Yes.\n\nBEN ROY: No."
    parsed = parse(text)
    assert facts(text)[:2] == ("Leaders meet in Oslo", "Nora Field")
    assert [turn.label for turn in parsed.turns] == [None, "ANN LEE", "BEN ROY"]


def test_lines_with_a_key_are_read():
    text = f"Title: Leaders meet\nAuthor: Nora Field\nDate: 2022-08-04\nSource: The Post\n\n{BODY}"
    assert facts(text) == ("Leaders meet", "Nora Field", "2022-08-04", "The Post")
    assert len(parse(text).sentences) == 3


@pytest.mark.parametrize(
    "line",
    [
        "August 4, 2022",
        "4 August 2022",
        "Thursday, Aug. 4, 2022",
        "2022-08-04",
        "Published August 4, 2022 at 5:00 AM ET",
    ],
)
def test_dates_that_can_be_read_in_one_way_only_are_read(line):
    assert facts(f"Leaders meet in Oslo\n{line}\n\n{BODY}")[2] == "2022-08-04"


@pytest.mark.parametrize("line", ["04/08/2022", "August 42, 2022", "August", "2022", "On August 4, 2022 they met."])
def test_other_lines_are_no_dates(line):
    assert facts(f"{line}\n\n{BODY}")[2] is None


@pytest.mark.parametrize(
    "line", ["By Monday it was over.", "By and large they agreed", "By Oslo", "by the sea they met"]
)
def test_a_sentence_with_by_is_no_author(line):
    text = f"{line}\n\n{BODY}"
    assert facts(text)[1] is None
    assert text[parse(text).sentences[0].start :].startswith(line)


@pytest.mark.parametrize(
    "text", [BODY, "The leaders met.\n\nThey spoke.", "Hello there Ann\nand all of you.", "Only one line here"]
)
def test_a_first_sentence_is_no_title(text):
    assert facts(text) == (None, None, None, None)


def test_a_label_is_no_title():
    assert facts("Ann: are you there or not?\n\nBen: Yes, I am.\n\nAnn: Good.")[0] is None


def test_a_header_alone_is_text():
    assert [s.start for s in parse("August 4, 2022").sentences] == [0]
