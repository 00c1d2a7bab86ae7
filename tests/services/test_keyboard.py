import pytest

from annotator.codebook.reading import read_codebook
from annotator.errors import InvalidInputError
from annotator.services.keyboard import own_keys, with_keys
from studies import CODEBOOK

BOOK = read_codebook(CODEBOOK, name="study.yaml")


def change(commands=None, labels=None, *, before=None, project="p"):
    sent = {"commands": commands or {}, "labels": labels or {}}
    return with_keys(before, sent, project=project, codebook=BOOK)


def test_keys_are_kept_beside_other_preferences_and_other_projects():
    first = change(labels={"stance:favor": "j"}, before={"language": "de"}, project="one")
    both = change({"skip": "k"}, {"stance:favor": "é"}, before=first, project="two")
    assert both["language"] == "de"
    assert own_keys(both, project="one") == {"commands": {"skip": "k"}, "labels": {"stance:favor": "j"}}
    assert own_keys(both, project="two")["labels"] == {"stance:favor": "é"}


def test_somebody_without_preferences_has_no_keys_of_their_own():
    assert own_keys(None, project="p") == {"commands": {}, "labels": {}}


def test_commands_and_labels_can_change_places():
    swapped = change({"skip": "f"}, {"stance:favor": "s"})
    assert own_keys(swapped, project="p") == {"commands": {"skip": "f"}, "labels": {"stance:favor": "s"}}


@pytest.mark.parametrize(
    ("commands", "labels", "problem"),
    [
        ({"skip": "u"}, {}, "“u” would do two things"),
        ({}, {"stance:favor": "u"}, "“u” would do two things"),
        ({}, {"stance:favor": "a"}, "“a” would do two things"),
        ({"skip": "ab"}, {}, "“ab” cannot be used"),
        ({"skip": " "}, {}, "“ ” cannot be used"),
        ({"skip": ""}, {}, "“” cannot be used"),
        ({}, {"stance:favor": "\x07"}, "cannot be used"),
    ],
)
def test_a_key_that_cannot_serve_is_refused(commands, labels, problem):
    with pytest.raises(InvalidInputError, match=problem):
        change(commands, labels)


@pytest.mark.parametrize("sent", [None, 3, [], {"commands": []}, {"commands": {"skip": 3}}, {"labels": {"a": None}}])
def test_what_is_no_mapping_of_keys_is_refused(sent):
    with pytest.raises(InvalidInputError, match="reload the page"):
        with_keys(None, sent, project="p", codebook=BOOK)


def test_what_is_no_command_or_label_is_left_out_and_named_keys_stay():
    kept = change({"save": "k", "burn": "j"}, {"stance:gone": "k"})
    assert own_keys(kept, project="p") == {"commands": {}, "labels": {}}
