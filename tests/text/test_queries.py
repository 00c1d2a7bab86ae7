"""Words are found whatever their case, accents and script, and no query can do harm."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.folding import Folded, ascii_letters, fold
from annotator.text.queries import Query

FOUND = [
    ("sanctions", "New SANCTIONS were announced."),
    ("resume", "Her résumé was long."),
    ("résumé", "Her resume was long."),
    ("cafe", "Cafe\u0301 culture"),
    ("strasse", "Die Straße war leer."),
    ("STRASSE", "HAUPTSTRAẞE? Nein: STRAẞE."),
    ("lodz", "In Łódź it rained."),
    ("oresund", "across the Øresund"),
    ("don't", "We don’t know."),
    ('"the talks would"', "He said the talks\nwould go on."),
    ("“the talks”", "He said the talks would go on."),
    ("sanct*", "A sanction was lifted."),
    ("talks moscow", "Moscow said the talks would go on."),
    ("制裁", "政府宣布新的制裁措施。"),
    ("が", "これか\u3099"),
    ("서울", "서울에서 회담이 열렸다."),
    ("روسيا", "قالت الحكومة إن روسيا لن تنسحب."),
    ("حكومة", "قالت الحكومة إن"),
    ("الحكومة", "قالت الحُكُومَة إن"),
    ("الى", "ذهب إلى البيت"),
    ("Россия", "РОССИЯ и Украина"),
    ("αθηνα", "Στην Αθήνα"),
    ("$5", "It costs $5."),
    ("😀", "Fine 😀"),
    ("कुल", "कुल मिलाकर"),
]
NOT_FOUND = [
    ("sanction", "New sanctions were announced."),
    ("art", "The party started."),
    ('"talks the"', "He said the talks would go on."),
    ("moscow kyiv", "Moscow said the talks would go on."),
    ("か", "これが"),
    ("क", "कि"),
    (".*", "Anything at all"),
    ("[a-z]", "abc"),
    ("a|b", "a b"),
]


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_found(query: str, text: str):
    found = Query(query)
    assert found.may_match(text)
    assert found.matches(text)
    assert found.spans(text)


@pytest.mark.parametrize(("query", "text"), NOT_FOUND)
def test_not_found(query: str, text: str):
    assert not Query(query).matches(text)


@pytest.mark.parametrize(
    ("query", "text", "lit"),
    [
        ("resume", "Her résumé.", ["résumé"]),
        ("cafe", "Cafe\u0301 time", ["Cafe\u0301"]),
        ("strasse", "Die Straße da", ["Straße"]),
        ('"a b" "b c"', "a b c", ["a b c"]),
        ("rose", "Prices rose; a rose.", ["rose", "rose"]),
        ("fi", "ﬁ x", ["ﬁ"]),
    ],
)
def test_spans_are_those_of_the_text_as_it_was_written(query: str, text: str, lit: list[str]):
    assert [text[start:end] for start, end in Query(query).spans(text)] == lit


@pytest.mark.parametrize("query", ["", "   ", '"', '""', "*", '" * "'])
def test_nothing_asked_is_no_query(query: str):
    assert not Query(query)


@given(st.text(max_size=60), st.text(max_size=120))
def test_no_query_fails_and_the_fast_look_never_loses_a_match(query: str, text: str):
    asked = Query(query)
    if asked.matches(text):
        assert asked.may_match(text)
        assert asked.may_match("before " + text + " after")
    for start, end in asked.spans(text):
        assert 0 <= start < end <= len(text)


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), min_size=1, max_size=12))
def test_words_are_found_in_their_own_text(words: list[str]):
    text = " ".join(words)
    for query in (Query(words[0]), Query(f'"{text}"')):
        assert query.may_match(text)
        assert query.matches(text)


@given(st.text(max_size=80))
def test_folded_knows_the_way_back_and_letters_keep_their_order(text: str):
    folded = Folded(text)
    for index in range(len(folded.text)):
        start, end = folded.span(index, index + 1)
        assert 0 <= start < end <= len(text)
    letters = bytes(char for char in fold(text).encode("ascii", "ignore") if chr(char).isalnum())
    rest = iter(ascii_letters(text))
    assert all(letter in rest for letter in letters)


def test_hostile_queries_cost_no_time():
    text = "a" * 200_000
    before = time.process_time()
    for query in ("a" * 200, "*" * 200, '"' + "a " * 100, "(a+)+$", "a* " * 60):
        Query(query).may_match(text)
        Query(query).matches(text)
    assert time.process_time() - before < 5
