"""Sentences that remember their words: plain texts to everybody who does not translate."""

import copy
import json
import pickle

from annotator.errors import InvalidInputError
from annotator.words import Sentence, all_of, joined, one_of, packed, say, unpacked


def test_a_sentence_is_the_text_it_says():
    sentence = say("“{name}” is no label of “{question}”.", name="pro", question="stance")
    assert sentence == "“pro” is no label of “stance”."
    assert json.loads(json.dumps([sentence])) == ["“pro” is no label of “stance”."]


def test_a_sentence_without_values_may_hold_braces():
    assert say("a list of objects, [ {…}, {…} ]") == "a list of objects, [ {…}, {…} ]"


def test_numbers_are_written_by_the_template():
    assert say("{count:,} cells", count=12_345) == "12,345 cells"


def test_what_is_joined_is_still_made_of_sentences():
    text = joined((say("line {line}", line=3), say("the file is empty.")), ": ")
    assert text == "line 3: the file is empty."
    assert isinstance(text, Sentence)
    assert all(isinstance(value, Sentence) for value in text.values.values())


def test_nothing_joined_is_an_empty_text():
    assert (joined(()), all_of([]), one_of([])) == ("", "", "")


def test_and_and_or_stand_between_all():
    assert (all_of(["a"]), all_of(["a", "b", "c"]), one_of(["a", "b"])) == ("a", "a and b and c", "a or b")


def test_a_sentence_survives_a_journey_between_processes():
    sentence = say("{some} and {other}", some=say("null"), other="b")
    for travelled in (pickle.loads(pickle.dumps(sentence)), copy.deepcopy(sentence)):
        assert (travelled, travelled.template, travelled.values) == (sentence, sentence.template, sentence.values)


def test_an_error_keeps_its_sentences_and_tells_them_in_english():
    error = InvalidInputError(say("{file}, line {line}", file="a.csv", line=1), "plain")
    assert str(error) == "a.csv, line 1\nplain"
    assert isinstance(error.problems[0], Sentence)


def test_a_sentence_that_is_kept_comes_back_with_its_values():
    sentence = joined(("frames", say("Read {count:,} of {what}.", count=1_200, what=say("all sentences"))), ": ")
    again = unpacked(packed(sentence))
    assert again == "frames: Read 1,200 of all sentences."
    assert isinstance(again, Sentence)
    assert again.values["part1"].values == {"count": 1_200, "what": "all sentences"}
    assert isinstance(again.values["part1"].values["what"], Sentence)


def test_a_sentence_without_values_is_kept_as_it_is():
    assert packed(say("Starting again.")) == packed("Starting again.") == "Starting again."
    assert unpacked("Starting {again}.") == "Starting {again}."
