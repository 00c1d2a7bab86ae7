"""Transcripts as they are broadcast; the data are not part of the project, so this is skipped where they are absent."""

import csv
import json
from pathlib import Path

import pytest

from annotator.text.parsing import parse

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data are not on this machine")


@pytest.fixture(scope="module")
def report():
    text = (DATA / "transcripts" / "erdogan-putin-2022.txt").read_bytes().decode()
    return text, parse(text), json.loads((DATA / "transcripts" / "erdogan-putin-2022.expected.json").read_bytes())


@pytest.fixture(scope="module")
def debate():
    with (DATA / "debates2016" / "debate.csv").open(encoding="utf-8", newline="") as file:
        return [(row["speaker"], row["text"]) for row in csv.DictReader(file)]


def test_sentences_and_speakers_of_a_radio_report_are_as_people_read_them(report):
    text, parsed, expected = report
    speakers = [parsed.turns[sentence.turn].speaker for sentence in parsed.sentences]
    found = [
        (None if speaker is None else parsed.speakers[speaker].name, text[s.start : s.end].removesuffix(" ."), s.start)
        for speaker, s in zip(speakers, parsed.sentences, strict=True)
    ]
    wanted = [(s["speaker"], s["text"].removesuffix(" ."), s["start"]) for s in expected["sentences"]]
    assert found == wanted


def test_turns_of_a_radio_report_are_as_people_read_them(report):
    _, parsed, expected = report
    assert len(parsed.turns) == expected["turns"]
    labels = [parsed.turns[sentence.turn].label for sentence in parsed.sentences]
    assert labels == [sentence["label"] for sentence in expected["sentences"]]
    assert (parsed.kind, parsed.title, parsed.speakers[0].byline) == ("transcript", None, True)


@pytest.mark.parametrize("printed", [str.upper, str], ids=["capitals", "mixed"])
@pytest.mark.parametrize("gap", ["\n\n", "\n", "\r\n\r\n"])
def test_every_turn_of_four_debates_is_recovered(debate, printed, gap):
    text = gap.join(f"{printed(speaker)}: {said}" for speaker, said in debate)
    parsed = parse(text)
    assert [(turn.label, _spoken(text, turn)) for turn in parsed.turns] == [
        (printed(speaker), " ".join(said.split())) for speaker, said in debate
    ]
    names = [parsed.speakers[turn.speaker].name for turn in parsed.turns]
    assert all(
        name.split()[-1].casefold() == speaker.casefold() for name, (speaker, _) in zip(names, debate, strict=True)
    )


def test_noises_printed_without_label_become_notes(debate):
    text = "\n\n".join(
        said if said.startswith("(") and said.isupper() else f"{speaker.upper()}: {said}" for speaker, said in debate
    )
    parsed = parse(text)
    labelled = [speaker.upper() for speaker, said in debate if not (said.startswith("(") and said.isupper())]
    assert [turn.label for turn in parsed.turns] == labelled
    assert not any(text[s.start : s.end].startswith("(APPLAUSE") for s in parsed.sentences)


def _spoken(text, turn):
    return " ".join(text[turn.start : turn.end].split())
