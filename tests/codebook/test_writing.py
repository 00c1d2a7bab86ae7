import unicodedata
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook.builtin import builtin_codebooks, load_codebook
from annotator.codebook.identifiers import Named, derive_ids, folded
from annotator.codebook.keys import STANCE_KEYS, assign_keys
from annotator.codebook.reading import read_codebook
from annotator.codebook.values import Codebook, Label, Question, TargetEntry
from annotator.codebook.writing import write_codebook

CHARACTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
TRICKY = [
    "no",
    "~",
    "null",
    "1",
    "0x1",
    "2026-01-01",
    "- a",
    "a: b",
    "a #b",
    "'",
    '"',
    "{",
    "%",
    "&a",
    "*a",
    "!a",
    "=",
    "<<",
]
NAMES = (st.text(CHARACTERS.filter(lambda c: c != "|"), min_size=1, max_size=30) | st.sampled_from(TRICKY)).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split())
)
NAMES = NAMES.filter(lambda name: 0 < len(name) <= 40)
TEXTS = st.text(CHARACTERS | st.sampled_from("\n\t \"'"), max_size=150).map(str.strip) | st.sampled_from(TRICKY)
FILLED = TEXTS.filter(bool)
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(NAMES, min_size=least, max_size=most, unique_by=folded)


@st.composite
def labels(draw, *, called: list[str], items: bool) -> tuple[Label, ...]:
    ids = derive_ids([Named(name=name) for name in called])
    return tuple(
        Label(
            id=id_,
            name=name,
            colour=draw(st.none() | COLOURS),
            definition=draw(TEXTS),
            examples=tuple(draw(st.lists(FILLED, max_size=2))),
            counter_examples=tuple(draw(st.lists(FILLED, max_size=2))),
            frame=draw(st.none() | NAMES) if items else None,
        )
        for id_, name in zip(ids, called, strict=True)
    )


@st.composite
def questions(draw, *, id_: str, name: str) -> Question:
    type_ = draw(st.sampled_from(["stance", "choice", "choices", "scale", "spans"]))
    called = {"stance": list(STANCE_KEYS), "spans": []}.get(type_)
    answers = draw(labels(called=draw(names(2, 5)) if called is None else called, items=type_ == "choices"))
    if type_ == "choices" and draw(st.booleans()):
        answers = (*answers[:-1], replace(answers[-1], exclusive=True, frame=None))
    return Question(
        id=id_,
        name=name,
        type=type_,
        unit=draw(st.sampled_from(["sentence", "document"])),
        level="ordinal" if type_ == "scale" else "nominal",
        text=draw(TEXTS),
        required=draw(st.booleans()),
        labels=answers,
        was=draw(st.none() | NAMES) if id_ == "first" else None,
    )


@st.composite
def codebooks(draw) -> Codebook:
    called = draw(names(1, 3))
    ids = derive_ids([Named(name=name) for name in called])
    asked = [draw(questions(id_=id_, name=name)) for id_, name in zip(ids, called, strict=True)]
    words = draw(names(0, 4))
    targets = (TargetEntry(name=words[0], aliases=tuple(words[1:])),) if words else ()
    return Codebook(
        name=draw(NAMES), description=draw(TEXTS), source=draw(TEXTS), targets=targets, questions=assign_keys(asked)
    )


@given(codebooks())
def test_what_is_written_is_read_back_the_same(codebook):
    text = write_codebook(codebook)
    assert read_codebook(text) == codebook
    assert write_codebook(read_codebook(text)) == text


@given(codebooks())
def test_other_yaml_readers_see_the_same_words(codebook):
    content = yaml.safe_load(write_codebook(codebook))
    assert content["name"] == codebook.name
    assert [question["name"] for question in content["questions"]] == [q.name for q in codebook.questions]
    assert [question.get("text", "") for question in content["questions"]] == [q.text for q in codebook.questions]


@pytest.mark.parametrize("name", builtin_codebooks())
def test_built_in_codebooks_survive_the_round_trip(name):
    codebook = load_codebook(name)
    assert read_codebook(write_codebook(codebook)) == codebook


def test_the_text_is_the_same_byte_for_byte():
    labels = (Label(id="yes", name="yes", definition="One line.\nAnother."), Label(id="no", name="no", was="nay"))
    question = Question(id="q", name="Is it so?", type="choice", labels=labels)
    assert write_codebook(Codebook(name="Ferries", questions=(question,))) == (
        "name: Ferries\nquestions:\n  - id: q\n    name: Is it so?\n    type: choice\n    unit: sentence\n"
        "    level: nominal\n    labels:\n      - id: 'yes'\n        name: 'yes'\n        key: '1'\n"
        "        definition: |-\n          One line.\n          Another.\n"
        "      - id: 'no'\n        name: 'no'\n        was: nay\n        key: '2'\n"
    )
