"""What differs between two codebooks: nothing is found that is not there, and whatever is changed is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook import editing
from annotator.codebook.builtin import builtin_codebooks, load_codebook
from annotator.codebook.changes import adopt_ids, compare
from annotator.codebook.reading import read_codebook
from annotator.codebook.values import Codebook, Label, Question, TargetEntry

NAMES = st.sampled_from(
    [
        "war",
        "trade",
        "peace",
        "sport",
        "weather",
        "crime",
        "health",
        "money",
        "law",
        "border",
        "vote",
        "tax",
        "oil",
        "rail",
        "port",
        "sea",
        "sky",
        "moon",
        "snow",
        "rain",
    ]
)
TYPES = st.sampled_from(["choice", "choices", "scale"])


@st.composite
def codebooks(draw) -> Codebook:
    """Return a codebook of one to three questions with two to five labels each; ids are names."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    questions = tuple(draw(asked(f"q-{name}")) for name in names)
    return Codebook(name="Study", questions=questions, targets=(TargetEntry(name="Russia"),))


@st.composite
def asked(draw, id_: str) -> Question:
    labels = tuple(
        Label(id=name, name=name, definition=draw(st.sampled_from(["", "What it means."])), key=str(number))
        for number, name in enumerate(draw(st.lists(NAMES, min_size=2, max_size=5, unique=True)), start=1)
    )
    return Question(id=id_, name=id_, type=draw(TYPES), labels=labels)


def keys(old: Codebook, new: Codebook) -> set[str]:
    return {change.key for change in compare(old, new)}


@given(codebooks())
def test_a_codebook_does_not_differ_from_itself(codebook):
    assert compare(codebook, codebook) == []


@pytest.mark.parametrize("name", builtin_codebooks())
def test_a_built_in_codebook_does_not_differ_from_itself(name):
    assert compare(load_codebook(name), load_codebook(name)) == []


#: By what is done to the first label of a question: the edit, and the change that must be found.
LABEL_EDITS = {
    "label-renamed": {"name": "another name"},
    "label-definition": {"definition": "Something else."},
    "label-examples": {"examples": ("One.",)},
    "label-key": {"key": "z"},
    "label-colour": {"colour": "#123456"},
    "label-frame": {"frame": "a frame"},
    "label-exclusive": {"exclusive": True},
}
QUESTION_EDITS = {
    "question-renamed": {"name": "another name"},
    "question-text": {"text": "What is it about?"},
    "question-unit": {"unit": "document"},
    "question-level": {"level": "interval"},
    "question-required": {"required": True},
    "question-type": {"type": "spans"},
}


@given(codebooks(), st.data())
def test_every_change_of_a_label_is_found_and_no_other(codebook, data):
    question = data.draw(st.sampled_from(codebook.questions))
    label = data.draw(st.sampled_from(question.labels))
    kind = data.draw(st.sampled_from(sorted(LABEL_EDITS)))
    changed = editing.change_label(codebook, question.id, label.id, **LABEL_EDITS[kind])
    assert keys(codebook, changed) == {f"{kind}:{question.id}:{label.id}"}


@given(codebooks(), st.data())
def test_every_change_of_a_question_is_found_and_no_other(codebook, data):
    question = data.draw(st.sampled_from(codebook.questions))
    kind = data.draw(st.sampled_from(sorted(QUESTION_EDITS)))
    changed = editing.change_question(codebook, question.id, **QUESTION_EDITS[kind])
    assert keys(codebook, changed) == {f"{kind}:{question.id}"}


@given(codebooks(), st.data())
def test_what_is_added_retired_and_merged_is_found(codebook, data):
    question = data.draw(st.sampled_from(codebook.questions))
    first, second = question.labels[:2]
    added = editing.add_label(codebook, question.id, "newcomer", key="z")
    assert keys(codebook, added) == {f"label-added:{question.id}:newcomer"}
    assert keys(added, codebook) == {f"label-retired:{question.id}:newcomer"}
    merged = editing.merge_label(codebook, question.id, first.id, into=second.id)
    (change,) = compare(codebook, merged)
    assert (change.kind, change.label, change.into) == ("label-merged", first.id, (second.id,))
    without = editing.remove_question(codebook, question.id)
    assert keys(codebook, without) == {f"question-retired:{question.id}"}
    assert keys(without, codebook) >= {f"question-added:{question.id}"}


@given(codebooks())
def test_a_split_names_the_label_that_stays_and_the_new_one(codebook):
    question = codebook.questions[0]
    label = question.labels[0]
    split = editing.split_label(codebook, question.id, label.id, "part of it")
    found = {change.kind: change for change in compare(codebook, split)}
    assert set(found) == {"label-split", "label-added"}
    assert found["label-split"].into == (label.id, "part-of-it")


@given(codebooks())
def test_a_label_whose_place_two_others_take_is_split(codebook):
    question = codebook.questions[0]
    label = question.labels[0]
    split = editing.retire_label(
        editing.split_label(codebook, question.id, label.id, "one part"), question.id, label.id
    )
    split = editing.add_label(split, question.id, "other part", replaces=(label.id,))
    change = next(one for one in compare(codebook, split) if one.kind == "label-split")
    assert (change.label, change.into) == (label.id, ("one-part", "other-part"))


@given(codebooks(), st.data())
def test_another_order_is_found(codebook, data):
    question = data.draw(st.sampled_from(codebook.questions))
    moved = editing.move_label(codebook, question.id, question.labels[0].id, 1)
    assert keys(codebook, moved) == {f"labels-reordered:{question.id}"}
    if len(codebook.questions) > 1:
        last = codebook.questions[-1]
        assert keys(codebook, editing.move_question(codebook, last.id, -1)) == {"questions-reordered"}


def test_words_and_targets_are_told_apart():
    old = Codebook(name="Study", targets=(TargetEntry(name="Russia"), TargetEntry(name="Ukraine")))
    targets = (TargetEntry(name="Russia", aliases=("Moscow",)), TargetEntry(name="The West"))
    new = replace(old, guidelines="Read first.", targets=targets)
    assert [(one.kind, one.label) for one in compare(old, new)] == [
        ("codebook-words", "guidelines"),
        ("targets-changed", "Russia"),
        ("targets-added", "The West"),
        ("targets-removed", "Ukraine"),
    ]


OLD = """
name: Study
questions:
  - {id: about, name: topic, type: choice, labels: [{id: w, name: war}, {id: t, name: trade}, {id: p, name: peace}]}
"""


def adopted(questions: str) -> tuple[Codebook, Codebook]:
    old = read_codebook(OLD)
    return old, adopt_ids(old, read_codebook(f"name: Study\nquestions:\n  - {questions}"))


def test_a_file_written_by_hand_keeps_the_ids_of_what_it_speaks_of():
    old, new = adopted("{name: topic, type: choice, labels: [{name: war}, {name: barter, was: trade}, {name: peace}]}")
    assert [label.id for label in new.questions[0].labels] == ["w", "t", "p"]
    assert [change.key for change in compare(old, new)] == ["label-renamed:about:t"]


def test_two_labels_change_names_and_stay_themselves():
    old, new = adopted(
        "{name: subject, was: topic, type: choice,"
        " labels: [{name: trade, was: war}, {name: war, was: trade}, {name: peace}]}"
    )
    renamed = [(one.before, one.after) for one in compare(old, new) if one.kind == "label-renamed"]
    assert renamed == [("war", "trade"), ("trade", "war")]


def test_a_merge_is_written_with_names_or_ids():
    for word in ("war", "w"):
        old, new = adopted(
            f"{{name: topic, type: choice, labels: [{{name: conflict, replaces: [{word}, trade]}}, {{name: peace}}]}}"
        )
        merged = [(one.label, one.into) for one in compare(old, new) if one.kind == "label-merged"]
        assert merged == [("w", ("conflict",)), ("t", ("conflict",))]
