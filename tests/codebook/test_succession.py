"""What answers count as under the next version, by every choice there is."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotator.codebook import editing
from annotator.codebook.changes import compare
from annotator.codebook.reading import read_codebook
from annotator.codebook.succession import carried, carried_all, choices_for, label_after, steps_between

OLD = read_codebook("""
name: Study
questions:
  - {id: stance, name: stance, type: stance, labels: [{name: favor}, {name: against}, {name: neither}, {name: unclear}]}
  - {id: topic, name: topic, type: choice, labels: [{name: war}, {name: trade}, {name: peace}]}
  - {id: frames, name: frames, type: choices,
     labels: [{name: economic}, {name: moral}, {name: legal}, {id: no-frame, name: none of them, exclusive: true}]}
  - {id: strength, name: strength, type: scale, labels: [{name: weak}, {name: middling}, {name: strong}]}
  - {id: loaded, name: loaded, type: spans}
""")
AUTHOR = {"kind": "author"}
MERGED = editing.merge_label(OLD, "topic", "war", into="peace")
RENAMED = editing.change_label(OLD, "topic", "war", name="armed conflict")


def count(answers, new, **chosen):
    return carried(answers, steps_between(OLD, new, {key.replace("__", ":"): value for key, value in chosen.items()}))


def stances(*given):
    return [{"target": target, "holder": AUTHOR, "label": label} for target, label in given]


ANSWERS = {
    "stance": stances(("R", "favor"), ("U", "unclear")),
    "targets_offered": ["R", "U", "W"],
    "topic": "war",
    "frames": ["economic", "moral"],
    "strength": "weak",
    "loaded": [{"start": 0, "end": 3}],
}


def test_under_the_same_codebook_everything_counts_as_it_was_given():
    assert count(ANSWERS, OLD) == ANSWERS


def test_none_stays_none_and_unanswered_unanswered():
    assert count({"frames": [], "topic": None}, OLD) == {"frames": [], "topic": None}


@pytest.mark.parametrize(("choice", "topic"), [("convert", "peace"), ("keep", None), ("relabel", None)])
def test_a_merged_label_counts_as_its_successor_if_it_is_converted(choice, topic):
    found = count(ANSWERS, MERGED, **{"label-merged__topic__war": choice})
    assert found.get("topic") == topic
    assert ("topic" in found) == (topic is not None)


@pytest.mark.parametrize(("choice", "topic"), [("convert", "war"), ("keep", None), ("relabel", None)])
def test_a_renamed_label_counts_unless_its_meaning_changed_with_its_name(choice, topic):
    assert count(ANSWERS, RENAMED, **{"label-renamed__topic__war": choice}).get("topic") == topic


def test_a_retired_label_leaves_the_others_and_never_an_explicit_none():
    retired = editing.retire_label(OLD, "frames", "economic")
    assert count({"frames": ["economic", "moral"]}, retired) == {"frames": ["moral"]}
    assert count({"frames": ["economic"]}, retired) == {}
    assert count({"frames": []}, retired) == {"frames": []}


def test_two_merged_labels_of_one_answer_count_once():
    merged = editing.merge_label(OLD, "frames", "economic", into="moral")
    assert count({"frames": ["economic", "moral"]}, merged) == {"frames": ["moral"]}


def test_a_target_whose_stance_counts_for_nothing_is_not_said_to_be_not_at_issue():
    retired = editing.retire_label(OLD, "stance", "unclear")
    found = count(ANSWERS, retired)
    assert found["stance"] == stances(("R", "favor"))
    assert found["targets_offered"] == ["R", "W"]
    alone = {"stance": stances(("U", "unclear")), "targets_offered": ["U"]}
    assert count(alone, retired) == {}


def test_an_added_label_leaves_earlier_answers_unless_they_are_to_be_given_anew():
    added = editing.add_label(OLD, "topic", "sport")
    assert count(ANSWERS, added)["topic"] == "war"
    assert "topic" not in count(ANSWERS, added, **{"label-added__topic__sport": "relabel"})


def test_a_question_that_is_retired_or_asked_of_something_else_counts_no_more():
    assert "topic" not in count(ANSWERS, editing.remove_question(OLD, "topic"))
    assert "topic" not in count(ANSWERS, editing.change_question(OLD, "topic", unit="document"))


@pytest.mark.parametrize(
    ("question", "type_", "given", "counts"),
    [
        ("topic", "choices", "war", ["war"]),
        ("topic", "choices", None, []),
        ("frames", "choice", ["moral"], "moral"),
        ("strength", "choice", "weak", "weak"),
    ],
)
def test_an_answer_is_read_as_one_of_the_new_type(question, type_, given, counts):
    new = editing.change_question(OLD, question, type=type_, level="nominal")
    assert count({question: given}, new) == {question: counts}


@pytest.mark.parametrize("given_", [["economic", "moral"], []])
def test_several_labels_and_none_cannot_be_read_as_one(given_):
    assert count({"frames": given_}, editing.change_question(OLD, "frames", type="choice")) == {}


def test_a_question_about_words_that_becomes_one_about_labels_begins_anew():
    new = editing.change_question(OLD, "loaded", type="choices")
    assert "loaded" not in count(ANSWERS, new)
    (change,) = [one for one in compare(OLD, new) if one.kind == "question-type"]
    assert choices_for(change, old=OLD, new=new) == ("keep", "relabel")


def test_several_versions_follow_each_other():
    later = editing.merge_label(MERGED, "topic", "trade", into="peace")
    chain = [steps_between(OLD, MERGED), steps_between(MERGED, later)]
    assert carried_all({"topic": "war"}, chain) == {"topic": "peace"}
    assert label_after("topic", "trade", chain) == "peace"
    gone = [*chain, steps_between(later, editing.remove_question(later, "topic"))]
    assert label_after("topic", "war", gone) is None


LABELS = st.sampled_from(["economic", "moral", "legal"])


@given(st.lists(LABELS, unique=True), LABELS, LABELS)
def test_whatever_is_merged_no_label_appears_from_nowhere(given_, one, into):
    new = editing.merge_label(OLD, "frames", one, into=into)
    found = count({"frames": given_}, new)
    wanted = {into if label == one else label for label in given_}
    assert set(found["frames"]) == wanted


def test_a_choice_that_is_none_counts_for_nothing():
    assert "topic" not in count(ANSWERS, replace(RENAMED), **{"label-renamed__topic__war": "whatever"})


NAMED = {question.id: [label.id for label in question.labels] for question in OLD.questions}


#: Ways to change a codebook: by question, one label of it and another.
WAYS = (
    lambda book, asked, one, _: editing.retire_label(book, asked, one),
    lambda book, asked, one, other: editing.merge_label(book, asked, one, into=other),
    lambda book, asked, one, _: editing.change_label(book, asked, one, name=f"{one} anew"),
    lambda book, asked, one, _: editing.split_label(book, asked, one, f"part of {one}"),
    lambda book, asked, one, _: editing.change_label(book, asked, one, exclusive=True),
    lambda book, asked, *_: editing.remove_question(book, asked),
    *(
        lambda book, asked, *_, type_=type_: editing.change_question(book, asked, type=type_)
        for type_ in ("choice", "choices", "scale", "spans", "stance")
    ),
)


@st.composite
def edits(draw):
    """Change the codebook in up to four ways, and choose something for each change."""
    new = OLD
    for way in draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=4)):
        question = draw(st.sampled_from([one for one in new.questions if len(one.labels) > 1]))
        one, other = draw(st.permutations([label.id for label in question.labels]))[:2]
        new = way(new, question.id, one, other)
        # Something is left to change.
        assume(any(len(left.labels) > 1 for left in new.questions))
    chosen = {
        change.key: draw(st.sampled_from(choices))
        for change in compare(OLD, new)
        if (choices := choices_for(change, old=OLD, new=new))
    }
    return new, chosen


@st.composite
def answers(draw):
    targets = draw(st.lists(st.sampled_from("RUW"), unique=True))
    taken = [(target, draw(st.none() | st.sampled_from(NAMED["stance"]))) for target in targets]
    given_ = {
        "stance": stances(*[(target, label) for target, label in taken if label]),
        "targets_offered": targets,
        "topic": draw(st.none() | st.sampled_from(NAMED["topic"])),
        "frames": draw(st.lists(st.sampled_from(["economic", "moral", "legal"]), unique=True) | st.just(["no-frame"])),
        "strength": draw(st.none() | st.sampled_from(NAMED["strength"])),
        "loaded": draw(st.just([]) | st.just([{"start": 0, "end": 3}])),
    }
    left_out = draw(st.sets(st.sampled_from(sorted(NAMED))))
    return {name: value for name, value in given_.items() if name not in left_out}


def is_valid(question, given_):
    """Tell whether an answer could have been given to the question as it is now."""
    known = {label.id for label in question.labels}
    if question.type == "stance":
        return all(one["label"] in known for one in given_)
    if question.type == "spans":
        return all(set(one) == {"start", "end"} for one in given_)
    if question.type == "choices":
        alone = {label.id for label in question.labels if label.exclusive}
        return set(given_) <= known and len(given_) == len(set(given_)) and (len(given_) < 2 or not alone & set(given_))
    return given_ is None or given_ in known


@given(edits(), answers())
def test_whatever_changes_what_counts_could_have_been_answered(edited, given_):
    new, chosen = edited
    found = carried(given_, steps_between(OLD, new, chosen))
    asked = {question.id: question for question in new.questions}
    for name, answer in found.items():
        if name != "targets_offered":
            assert is_valid(asked[name], answer)
            # Nothing that was answered with a label becomes an explicit none.
            assert bool(answer) or not given_[name]
    assert set(found.get("targets_offered", ())) <= set(given_.get("targets_offered", ()))


@given(answers())
def test_a_target_that_counts_as_not_at_issue_was_so_before(given_):
    new = editing.retire_label(editing.retire_label(OLD, "stance", "unclear"), "stance", "neither")
    found = carried(given_, steps_between(OLD, new))
    before = {one["target"] for one in given_.get("stance", ())}
    after = {one["target"] for one in found.get("stance", ())}
    assert set(found.get("targets_offered", ())) - after <= set(given_.get("targets_offered", ())) - before
