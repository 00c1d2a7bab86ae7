"""Names in proper case, and full names found in running text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.names import NameFinder, fold, role_case, title_case


@pytest.mark.parametrize(
    "name",
    [
        "Peter Kenyon",
        "J. R. Smith",
        "J.D. Vance",
        "Conor O'Brien",
        "Ronald McDonald",
        "Bill de Blasio",
        "Ursula von der Leyen",
        "Ludwig van Beethoven",
        "Van Jones",
        "Jean-Claude Juncker",
        "Henry Louis III",
        "Kerim A",
        "Владимир Путин",
        "Zoë Müller",
    ],
)
def test_names_in_capitals_get_their_case_back(name):
    assert title_case(name.upper().split()) == name
    assert title_case(name.split()) == name


@pytest.mark.parametrize(
    ("printed", "role"),
    [
        ("FORMER GENERAL", "Former General"),
        ("CNN HOST", "CNN Host"),
        ("SECRETARY OF STATE", "Secretary of State"),
        ("NPR NEWS", "NPR News"),
        ("D-NM", "D-NM"),
        ("former general", "former general"),
        ("U.S. SENATOR", "U.S. Senator"),
    ],
)
def test_roles_in_capitals_get_their_case_back(printed, role):
    assert role_case(printed) == role


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kerim Has came. Analyst Kerim Has left.", ["Kerim Has"]),
        ("And Has said so. Yesterday Has left. President Has.", []),
        ("It has rained. THE CITY HAS IT.", []),
        ("Turkey’s Has spoke. “Kerim Has,” they said.", ["Kerim Has"]),
        ("The Turkish President Kerim Can Has spoke.", ["Kerim Can Has"]),
        ("Kerim Has and Ali Has came.", ["Kerim Has", "Ali Has"]),
        ("Kerim B. Has came. Later Kerim Has left.", ["Kerim Has"]),
        ("Kerim Hasan came. Kerim-Has.", []),
        ("It ended. Kerim\n\nHas came.", []),
    ],
)
def test_full_names_before_a_surname_are_found(text, found):
    assert NameFinder(text).full_names(["HAS"], len(text)) == found


def test_names_after_the_place_do_not_count():
    assert NameFinder("Then Kerim Has came.").full_names(["HAS"], 5) == []


def test_spelling_comes_from_running_text_only():
    finder = NameFinder("RON DESANTIS: I, Ron DeSantis, am not ron desantis. İ RONALD McDONALD")
    assert finder.spelling(["RON", "DESANTIS"]) == "Ron DeSantis"
    assert finder.spelling(["RONALD", "McDONALD"]) is None


@given(st.text(max_size=50), st.text(min_size=1, max_size=5))
def test_any_text_can_be_searched(text, name):
    for words in (name.split(), ["İ"]):
        if words:
            spelling = NameFinder(text).spelling(words)
            assert spelling is None or spelling in text


def test_case_accents_and_stops_do_not_tell_names_apart():
    assert fold("ΜΗΤΣΟΤΆΚΗΣ") == fold("Μητσοτάκησ")
    assert fold("LOPEZ") == fold("López")
    assert fold("O’BRIEN") == fold("O'Brien")
    assert fold("Jr.") == fold("JR")
