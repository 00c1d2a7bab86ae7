import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.names import NameFinder
from annotator.text.reporting import full_form, named, reporters


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Ulgen says Putin will likely seek help for a Russian economy.", ["Ulgen"]),
        ("So far, says Ulgen, Turkey has been remarkably persuasive.", ["Ulgen"]),
        ("“We will go,” said Secretary of State Antony Blinken.", ["Antony Blinken"]),
        ("According to the analyst Ann Lee, prices rose.", ["Ann Lee"]),
        ("Kerim Has, an analyst who focuses on Turkish-Russian relations, says the talks will fail.", ["Kerim Has"]),
        ("Sinan Ulgen of the Center for Political Studies and Foreign Policy says little.", ["Sinan Ulgen"]),
        ("Mr. Biden has repeatedly said so.", ["Biden"]),
        ("J. D. Vance told CNN that Trump agreed.", ["J. D. Vance"]),
        ("Ursula von der Leyen said yes.", ["Ursula von der Leyen"]),
        ("NPR’s Peter Kenyon reports from Istanbul.", ["Peter Kenyon"]),
        ("The Fishers' Union said that it would oppose the plans.", ["Fishers' Union"]),
        ("„Wir schaffen das“, sagte Bundeskanzlerin Angela Merkel.", ["Angela Merkel"]),
        ("“Apparently Mr. Trump thought so,” the host said.", ["Trump"]),
        ("Laut Scholz ist das falsch.", ["Scholz"]),
        ("Das sei falsch, so Merkel.", ["Merkel"]),
        ("Robert Habeck zufolge steigt der Preis.", ["Robert Habeck"]),
    ],
)
def test_the_subject_of_a_verb_of_saying_is_reported(text: str, people: list[str]):
    assert reporters(text) == people


@pytest.mark.parametrize(
    "text",
    [
        "In particular, he says, bilateral trade could be a boost for Moscow.",
        "But he says Ankara needs to perform a balancing act.",
        "Officials say so, and I'll say it on air.",
        "John Smith's lawyer said nothing.",
        "Ms Lee slams the agreement, says Obama is ignorant.",
        "Die Polizei sagte, dass Olaf Scholz kommt.",
        "THE PRESIDENT SAID NO.",
        "قال أردوغان إن روسيا لن تنسحب.",
        "習近平主席說不。",
        "▒▒▒▒▒▒ said no.",
        "said",
        "",
    ],
)
def test_nobody_is_invented(text: str):
    assert reporters(text) == []


def test_a_surname_is_given_in_full_where_exactly_one_full_name_fits():
    assert full_form("Ulgen", ["Peter Kenyon", "Sinan Ülgen"]) == "Sinan Ülgen"
    assert full_form("Ulgen", ["Sinan Ulgen", "Ayla Ulgen"]) == "Ulgen"
    assert full_form("Putin", [], NameFinder("President Vladimir Putin plans to. Putin said.")) == "Vladimir Putin"
    assert full_form("Putin", [], NameFinder("Putin said.")) == "Putin"


def test_known_people_are_found_by_their_surname_with_a_capital():
    known = ["Kerim Has", "Kerim A", "Recep Tayyip Erdoğan"]
    assert named("It has increased Erdogan’s chances.", known) == ["Recep Tayyip Erdoğan"]
    assert named("HAS said it.", known) == ["Kerim Has"]


@given(st.text(max_size=300))
def test_any_text_is_read(text: str):
    assert all(isinstance(name, str) and name for name in reporters(text))


def test_a_long_sentence_takes_no_time():
    text = "Ann Lee, " + ", ".join(f"Ann Bell{'abcdefghij'[index % 10]} said" for index in range(4000))
    assert len(reporters(text)) == 10
