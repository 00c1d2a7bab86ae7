"""The two forms of answers; no database is needed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.codebook.reading import read_codebook
from annotator.codebook.values import Codebook, Label, Question
from annotator.errors import InvalidInputError
from annotator.services.answers import HOLDER_KINDS, OFFERED, answers_from_rows, in_columns, rows_from_answers
from annotator.services.identities import Identities
from studies import CODEBOOK

LENGTH = 40
TARGETS = [f"target-{number}" for number in range(4)]
STUDY = read_codebook(CODEBOOK)


def identities_of(codebook: Codebook) -> Identities:
    """Give questions, labels and targets numbers as the database would."""
    questions = {question.id: number for number, question in enumerate(codebook.questions, start=1)}
    pairs = [(question.id, label.id) for question in codebook.questions for label in question.labels]
    labels = {pair: number for number, pair in enumerate(pairs, start=100)}
    targets = {target: number for number, target in enumerate(TARGETS, start=1000)}
    return Identities(
        questions=questions,
        labels=labels,
        targets=targets,
        question_names={number: name for name, number in questions.items()},
        label_names={number: label for (_, label), number in labels.items()},
        target_names={number: name for name, number in targets.items()},
    )


def rows(answers: Any, codebook: Codebook = STUDY) -> list[dict[str, Any]]:
    return rows_from_answers(answers, codebook=codebook, known=identities_of(codebook), length=LENGTH)


def there_and_back(answers: Any, codebook: Codebook = STUDY) -> dict[str, Any]:
    return answers_from_rows(in_columns(rows(answers, codebook)), codebook=codebook, known=identities_of(codebook))


def stance(target: str = TARGETS[0], label: str = "favor", kind: str = "author", name: str | None = None) -> Any:
    return {"target": target, "holder": {"kind": kind} | ({"name": name} if name else {}), "label": label}


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    """Draw a codebook: any number of questions of any type, some labels exclusive."""
    questions = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["stance", "choice", "choices", "scale", "spans"]))
        count = 0 if kind == "spans" else draw(st.integers(1, 4))
        labels = tuple(
            Label(id=f"l{index}", name=f"L{index}", exclusive=kind == "choices" and index == 3)
            for index in range(count)
        )
        questions.append(Question(id=f"q{number}", name=f"Q{number}", type=kind, labels=labels))
    return Codebook(name="Drawn", questions=tuple(questions))


def names() -> st.SearchStrategy[str | None]:
    text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(lambda name: " ".join(name.split()))
    return st.none() | text.map(lambda name: name or None)


@st.composite
def answers_to(draw: st.DrawFn, codebook: Codebook) -> dict[str, Any]:
    """Draw valid answers in the form in which they come out again."""
    given: dict[str, Any] = {}
    offered = draw(st.lists(st.sampled_from(TARGETS), unique=True))
    for question in draw(st.lists(st.sampled_from(codebook.questions), unique=True)):
        ids = [label.id for label in question.labels]
        if question.type == "stance":
            keys = draw(
                st.lists(st.tuples(st.sampled_from(TARGETS), st.sampled_from(HOLDER_KINDS), names()), unique=True)
            )
            given[question.id] = [stance(t, draw(st.sampled_from(ids)), kind, name) for t, kind, name in keys]
            if offered:
                given[OFFERED] = offered
        elif question.type == "choices":
            chosen = draw(st.lists(st.sampled_from(ids), unique=True))
            given[question.id] = ["l3"] if "l3" in chosen else sorted(chosen)
        elif question.type == "spans":
            ends = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).filter(lambda span: span[0] < span[1])
            spans = sorted(draw(st.sets(ends, max_size=4)))
            given[question.id] = [{"start": start, "end": end} for start, end in spans]
        else:
            given[question.id] = draw(st.none() | st.sampled_from(ids))
    return given


@given(st.data())
def test_answers_come_back_from_their_rows_as_they_were(data: st.DataObject):
    codebook = data.draw(codebooks())
    answers = data.draw(answers_to(codebook))
    made = rows(answers, codebook)
    assert [row["position"] for row in made] == list(range(len(made)))
    assert there_and_back(answers, codebook) == answers


@given(st.data())
def test_every_question_that_was_answered_has_a_row(data: st.DataObject):
    codebook = data.draw(codebooks())
    answers = data.draw(answers_to(codebook))
    numbers = identities_of(codebook).questions
    assert {row["question_id"] for row in rows(answers, codebook)} == {
        numbers[name] for name in answers if name != OFFERED
    }


def test_unanswered_none_and_not_at_issue_are_three_things():
    assert rows({}) == []
    assert [row["kind"] for row in rows({"stance": []})] == ["none"]
    assert [row["kind"] for row in rows({"stance": [], OFFERED: [TARGETS[0]]})] == ["offered"]
    assert there_and_back({"frames": [], "topic": None}) == {"frames": [], "topic": None}
    assert there_and_back({"stance": [], OFFERED: [TARGETS[0]]}) == {"stance": [], OFFERED: [TARGETS[0]]}


def test_two_holders_can_take_two_stances_toward_one_target():
    given = {"stance": [stance(), stance(label="against", kind="reported", name="Sinan Ulgen")]}
    assert there_and_back(given) == given


def test_one_holder_cannot_take_two_stances_toward_one_target():
    same = [stance(kind="reported", name="S.  Ulgen"), stance(label="against", kind="reported", name=" S. Ulgen ")]
    with pytest.raises(InvalidInputError, match="One holder can have only one stance toward a target"):
        rows({"stance": same})


def test_label_that_excludes_the_others_stands_alone():
    assert there_and_back({"frames": ["no-frame"]}) == {"frames": ["no-frame"]}
    with pytest.raises(InvalidInputError, match="“no-frame” excludes every other label of “frames”"):
        rows({"frames": ["economic", "no-frame"]})


def test_labels_are_stored_once_and_in_the_order_of_the_codebook():
    assert there_and_back({"frames": ["moral", "economic", "moral"]}) == {"frames": ["economic", "moral"]}


def test_targets_offered_to_two_questions_are_told_once():
    two = Codebook(
        name="Two",
        questions=tuple(
            Question(id=name, name=name, type="stance", labels=(Label(id="favor", name="favor"),)) for name in "ab"
        ),
    )
    given = {"a": [], OFFERED: TARGETS[:2], "b": [stance()]}
    assert there_and_back(given, two) == given


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"mood": "glad"}, "The codebook has no question “mood”"),
        ({"topic": "weather"}, "“weather” is no label of “topic”"),
        ({"topic": ["war"]}, "is no label of “topic”"),
        ({"topic": "economic"}, "“economic” is no label of “topic”"),
        ({"frames": "economic"}, "“frames” has the wrong form"),
        ({"frames": [["economic"]]}, "“frames” has the wrong form"),
        ({"frames": None}, "“frames” has the wrong form"),
        ({"stance": {}}, "“stance” has the wrong form"),
        ({"stance": [stance(target="target-9")]}, "That target is not in this project"),
        ({"stance": [{**stance(), "target": ["x"]}]}, "That target is not in this project"),
        ({"stance": [stance(label="maybe")]}, "“maybe” is no label of “stance”"),
        ({"stance": [stance(kind="nobody")]}, "“nobody” is no holder of a stance"),
        ({"stance": [{**stance(), "holder": "author"}]}, "“None” is no holder of a stance"),
        ({"stance": [stance(kind="reported", name="x" * 201)]}, "at most 200 characters"),
        ({"stance": [stance(kind="reported", name="a\0b")]}, "at most 200 characters"),
        ({"stance": [stance(kind="reported", name="\ud800")]}, "at most 200 characters"),
        ({"stance": [{**stance(), "holder": {"kind": "reported", "name": {}}}]}, None),
        ({"stance": [], OFFERED: ["target-9"]}, "That target is not in this project"),
        ({"stance": [], OFFERED: 3}, "The targets offered have the wrong form"),
        ({"loaded": [{"start": 3, "end": 3}]}, "lies outside the sentence"),
        ({"loaded": [{"start": -1, "end": 3}]}, "lies outside the sentence"),
        ({"loaded": [{"start": 30, "end": LENGTH + 1}]}, "lies outside the sentence"),
        ({"loaded": [{"start": "1", "end": 3}]}, "lies outside the sentence"),
        ({"loaded": [{"start": False, "end": True}]}, "lies outside the sentence"),
        ({"loaded": [{"end": 3}]}, "lies outside the sentence"),
    ],
)
def test_what_does_not_fit_the_codebook_is_refused_in_a_sentence(answers: Any, sentence: str | None):
    if sentence is None:
        assert there_and_back(answers) == {"stance": [stance(kind="reported")]}
        return
    with pytest.raises(InvalidInputError, match=sentence):
        rows(answers)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["target", "holder", "kind", "label", "start", "end", "name"]), inner)
        ),
        max_leaves=8,
    ),
    st.sampled_from([*(question.id for question in STUDY.questions), OFFERED]),
)
def test_whatever_is_sent_is_stored_or_refused_in_a_sentence(value: Any, question: str):
    try:
        made = rows({"stance": [], question: value})
    except InvalidInputError as error:
        assert str(error).endswith(".")
    else:
        assert all(set(row) >= {"kind", "question_id"} for row in made)
