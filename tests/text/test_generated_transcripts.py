"""Transcripts with generated names, roles, orders and scripts are understood."""
# ruff: noqa: RUF001  (other scripts)

from hypothesis import given
from hypothesis import strategies as st

from annotator.text.parsing import parse

LATIN = (
    ["Ana", "Jean-Luc", "Sinan", "Peter", "Zoë", "J. R."],
    ["Kenyon", "O'Brien", "Ulgen", "Müller", "Has", "de Souza"],
)
GREEK = (["Αλέξης", "Μαρία"], ["Τσίπρας", "Παππά"])
CYRILLIC = (["Анна", "Олег"], ["Песков", "Иванова"])
WORDS = ["we", "talk", "about", "prices", "war", "in", "Oslo", "and", "so", "10", "days"]
NOTES = ["(Through interpreter)", "(SOUNDBITE OF MUSIC)", "[LAUGHTER]"]


@st.composite
def people(draw):
    """Return two to four people with different surnames: (full name, surname)."""
    given_names, surnames = draw(st.sampled_from([LATIN, GREEK, CYRILLIC]))
    count = draw(st.integers(2, min(4, len(surnames))))
    chosen = draw(st.permutations(surnames))[:count]
    return [(f"{draw(st.sampled_from(given_names))} {surname}", surname) for surname in chosen]


sentence = st.builds(
    lambda words, end: " ".join(words).capitalize() + end,
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=12).filter(
        lambda words: words[0].isalpha() and words[-1].isalpha()
    ),
    st.sampled_from([".", "?", "!"]),
)
speech = st.lists(sentence, min_size=1, max_size=4)


@st.composite
def transcripts(draw):
    """Return text, (full name, label, note, sentences) of each turn, and what else stands in the text."""
    cast = draw(people())
    turns, seen = [], set()
    for full, surname in [cast[0], *draw(st.lists(st.sampled_from(cast), min_size=1, max_size=8))]:
        label = (
            surname.upper()
            if full in seen
            else full.upper() + draw(st.sampled_from(["", ", BYLINE", ", FORMER JUDGE"]))
        )
        seen.add(full)
        turns.append((full, label, draw(st.sampled_from(["", *NOTES])), draw(speech)))
    gap = draw(st.sampled_from(["\n\n", "\r\n\r\n", "\n", "\n \n  "]))
    written = [" ".join(filter(None, [f"{label}:", note, *spoken])) for _, label, note, spoken in turns]
    named = ["Hear " + " and also ".join(full for full, _ in cast) + "."]
    return gap.join(named + written), [(None, None, "", named), *turns]


@given(transcripts())
def test_every_turn_and_its_speaker_is_recovered(transcript):
    text, expected = transcript
    parsed = parse(text)
    found = [None if turn.speaker is None else parsed.speakers[turn.speaker].name for turn in parsed.turns]
    assert found == [name for name, _, _, _ in expected]
    assert [turn.label for turn in parsed.turns] == [label for _, label, _, _ in expected]
    assert [turn.note or "" for turn in parsed.turns] == [note[1:-1] for _, _, note, _ in expected]


@given(transcripts())
def test_every_sentence_is_recovered_inside_its_turn(transcript):
    text, expected = transcript
    parsed = parse(text)
    for index, (_, _, _, spoken) in enumerate(expected):
        assert [text[s.start : s.end] for s in parsed.sentences if s.turn == index] == spoken
    for found in parsed.sentences:
        assert parsed.turns[found.turn].start <= found.start < found.end <= parsed.turns[found.turn].end


@given(transcripts())
def test_nothing_but_space_labels_and_notes_is_outside_the_spans(transcript):
    text, expected = transcript
    position, outside = 0, ""
    for found in parse(text).sentences:
        assert found.start >= position
        outside += text[position : found.start] + " "
        position = found.end
    outside += text[position:]
    parts = [part for _, label, note, _ in expected for part in (f"{label}:" if label else "", note) if part]
    assert " ".join(outside.split()) == " ".join(parts)


@given(people(), st.lists(st.tuples(st.integers(0, 3), speech), min_size=3, max_size=10))
def test_labels_in_mixed_case_are_recovered(cast, spoken):
    order = [0, 1, 0, 1] + [index % len(cast) for index, _ in spoken]
    said = [["Yes."]] * 4 + [sentences for _, sentences in spoken]
    text = "\n\n".join(f"{cast[index][1]}: {' '.join(sentences)}" for index, sentences in zip(order, said, strict=True))
    parsed = parse(text)
    assert [turn.label for turn in parsed.turns] == [cast[index][1] for index in order]


@given(
    st.text(st.sampled_from("AB:ab .\n\r()[],'\u200b：م你#1?-"), max_size=120),
    st.sampled_from([None, "transcript", "article"]),
)
def test_any_text_gives_ordered_spans_inside_turns(text, kind):
    parsed = parse(text, kind=kind)
    position = 0
    for found in parsed.sentences:
        turn = parsed.turns[found.turn]
        assert max(position, turn.start) <= found.start < found.end <= turn.end <= len(text)
        assert text[found.start : found.end].strip() == text[found.start : found.end]
        position = found.end
    assert [found.turn for found in parsed.sentences] == sorted(found.turn for found in parsed.sentences)
    borders = [border for turn in parsed.turns for border in (turn.start, turn.end)]
    assert borders == sorted(borders)
    assert {turn.speaker for turn in parsed.turns} - {None} == set(range(len(parsed.speakers)))
