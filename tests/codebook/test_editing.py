"""The editor's changes of a codebook, value by value."""

import pytest

from annotator.codebook import editing
from annotator.codebook.reading import read_codebook, read_unfinished
from annotator.codebook.writing import write_codebook
from annotator.errors import NotFoundError

CODEBOOK = read_codebook(
    "name: Study\nquestions:\n  - {id: topic, name: topic, type: choice, labels: [{name: war}, {name: trade}]}"
)


def labels(codebook, question="topic"):
    return [label.id for label in editing.find_question(codebook, question).labels]


def test_a_label_that_is_added_gets_an_id_nobody_had():
    assert labels(editing.add_label(CODEBOOK, "topic", "Peace talks")) == ["war", "trade", "peace-talks"]
    assert labels(editing.add_label(CODEBOOK, "topic", "sport", taken=["sport"])) == ["war", "trade", "sport-2"]


def test_a_merged_label_leaves_its_id_with_its_successor():
    merged = editing.merge_label(editing.add_label(CODEBOOK, "topic", "sport"), "topic", "war", into="sport")
    merged = editing.merge_label(merged, "topic", "sport", into="trade")
    assert labels(merged) == ["trade"]
    assert editing.find_label(merged, "topic", "trade").replaces == ("war", "sport")
    assert editing.merge_label(CODEBOOK, "topic", "war", into="war") == CODEBOOK


def test_an_entry_moves_no_further_than_the_end():
    assert labels(editing.move_label(CODEBOOK, "topic", "war", 7)) == ["trade", "war"]
    assert labels(editing.move_label(CODEBOOK, "topic", "war", -1)) == ["war", "trade"]


def test_a_question_about_stances_comes_with_the_labels_of_the_field():
    added = editing.add_question(CODEBOOK, "whose side", type="stance")
    assert labels(added, "whose-side") == ["favor", "against", "neither", "unclear"]
    assert read_codebook(write_codebook(added)).questions[1].type == "stance"


def test_a_scale_is_ordered_from_the_start():
    assert editing.add_question(CODEBOOK, "strength", type="scale").questions[1].level == "ordinal"


def test_what_is_not_there_is_not_changed():
    with pytest.raises(NotFoundError):
        editing.change_label(CODEBOOK, "topic", "sport", name="x")
    with pytest.raises(NotFoundError):
        editing.remove_question(CODEBOOK, "nothing")


def test_a_codebook_that_lacks_something_is_read_with_its_problems():
    unfinished = editing.retire_label(CODEBOOK, "topic", "war")
    codebook, problems = read_unfinished(write_codebook(unfinished), name="draft")
    assert labels(codebook) == ["trade"]
    assert len(problems) == 1
    assert problems[0].startswith("draft, line ")


def test_what_is_no_yaml_is_no_codebook():
    codebook, problems = read_unfinished("name: [", name="draft")
    assert codebook is None
    assert problems[0].startswith("draft, line 1: ")


def test_guidelines_and_replaced_labels_survive_the_file():
    whole = editing.change_words(CODEBOOK, guidelines="# Read\n\n- first\n- then decide")
    whole = editing.merge_label(editing.add_label(whole, "topic", "sport"), "topic", "sport", into="war")
    assert read_codebook(write_codebook(whole)) == read_codebook(write_codebook(read_codebook(write_codebook(whole))))
    assert read_codebook(write_codebook(whole)).guidelines == whole.guidelines
