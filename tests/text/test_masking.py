# ruff: noqa: RUF001  (other scripts are what this is about)
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.masking import FILLER, Masker, name_forms, runs

PEOPLE = ["Peter Kenyon", "Recep Tayyip Erdoğan", "Ursula von der Leyen", "Will Smith", "Путин", "習近平", "김철수"]
MASKER = Masker(
    name_forms(
        outlet="The Nordic Radio",
        author="By Ann Lee and Bo Ek",
        people=PEOPLE,
        labels=["PRESIDENT RECEP TAYYIP ERDOGAN", "HOST", "UNIDENTIFIED MAN #1"],
    )
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Peter Kenyon reports.", "▒▒▒▒▒▒▒▒▒▒▒▒ reports."),
        ("Thanks, Peter.", "Thanks, ▒▒▒▒▒."),
        ("Kenyon’s report, KENYON'S REPORT", "▒▒▒▒▒▒’s report, ▒▒▒▒▒▒'S REPORT"),
        ("PETER KENYON", "▒▒▒▒▒▒▒▒▒▒▒▒"),
        ("Peter\nKenyon", "▒▒▒▒▒▒▒▒▒▒▒▒"),
        ("President Erdogan said", "President ▒▒▒▒▒▒▒ said"),
        ("Erdoğan and Erdog\u0306an", "▒▒▒▒▒▒▒ and ▒▒▒▒▒▒▒▒"),
        ("Will von der Leyen go?", "Will ▒▒▒▒▒▒▒▒▒▒▒▒▒ go?"),
        ("Leyens Rede", "▒▒▒▒▒▒ Rede"),
        ("Listen to Nordic Radio or the Nordic radio.", "Listen to ▒▒▒▒▒▒▒▒▒▒▒▒ or ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒."),
        ("Lee met Ek", "▒▒▒ met ▒▒"),
        ("о Путине и у Путина", "о ▒▒▒▒▒▒ и у ▒▒▒▒▒▒"),
        ("習近平主席說", "▒▒▒主席說"),
        ("김철수가 말했다", "▒▒▒가 말했다"),
        ("😀Kenyon😀", "😀▒▒▒▒▒▒😀"),
    ],
)
def test_names_are_hidden_in_every_form(text: str, masked: str):
    assert MASKER.mask(text) == masked


@pytest.mark.parametrize("text", ["The host will speak.", "A man said he has kenyonite.", "Peterborough", ""])
def test_what_is_no_name_stays(text: str):
    assert MASKER.mask(text) == text


WORDS = st.sampled_from([*PEOPLE, "said", "😀", "Smith", " ", "\r\n", ".", "’s", "لندن", "Nordic Radio", "ZWJ\u200d"])


@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_every_offset_still_counts(text: str):
    masked = MASKER.mask(text)
    assert len(masked) == len(text)
    assert all(new in (old, FILLER) for old, new in zip(text, masked, strict=True))
    assert "".join(part for part, _ in runs(masked)) == masked
    assert MASKER.mask(masked) == masked


def test_runs_tell_masks_from_words():
    assert list(runs("▒▒’s ▒ word")) == [("▒▒", True), ("’s ", False), ("▒", True), (" word", False)]


def test_a_long_sentence_and_many_speakers_take_no_time():
    people = [f"Given{number} Surname{number}" for number in range(1000)]
    text = " ".join(f"word{number}" for number in range(400)) + " Surname999"
    assert Masker(name_forms(people=people)).mask(text).endswith(FILLER * 10)
