import json

import pytest

from annotator.codebook.reading import read_codebook
from annotator.learning.values import Suggested, Suggestion
from annotator.web import labelling_advice as advice
from annotator.web.forms.shown import read_shown

CODEBOOK = read_codebook("questions:\n- {name: frames, type: choices, labels: [{name: old}, {name: new}]}\nname: T")


def suggestion(label: str, *, early: bool) -> Suggestion:
    return Suggestion(label, 0.7, None, early, (), 0.0, 0.0)


def test_each_label_says_for_itself_whether_its_suggestion_is_early():
    labels = (suggestion("old", early=False), suggestion("new", early=True))
    suggested = Suggested(None, labels, chosen=("old", "new"), early=False)
    opinion = advice._opinion("frames", suggested, CODEBOOK, {})
    assert {label["label"]: label["early"] for label in opinion["labels"]} == {"old": False, "new": True}


def test_a_label_of_an_earlier_codebook_is_suggested_no_more():
    labels = (suggestion("retired", early=False), suggestion("new", early=False))
    opinion = advice._opinion("frames", Suggested(None, labels, chosen=("retired", "new"), early=False), CODEBOOK, {})
    assert opinion["chosen"] == ["new"]
    assert [label["label"] for label in opinion["labels"]] == ["new"]


@pytest.mark.parametrize("is_from_others", [True, False])
def test_what_is_kept_says_whether_other_targets_taught_it(is_from_others: bool):
    labels = (suggestion("new", early=False),)
    made = Suggested("t1", labels, chosen=("new",), early=False, is_from_others=is_from_others)
    (kept,) = advice._chosen([advice._opinion("frames", made, CODEBOOK, {})])
    assert kept == {"question": "frames", "label": "new", "probability": 0.7, "target": "t1"} | (
        {"from_other_targets": True} if is_from_others else {}
    )


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ({"target": "t1", "from_other_targets": True}, True),
        ({"target": "t1", "from_other_targets": "yes"}, False),
        ({"target": "t1"}, False),
        ({"from_other_targets": True}, False),
    ],
)
def test_what_was_shown_says_whether_other_targets_taught_it(given: dict[str, object], is_kept: bool):
    one = {"question": "frames", "label": "new", "probability": 0.7, **given}
    shown = {"timing": "before", "classifiers": {"frames": 1}, "suggestions": [one]}
    read = read_shown(json.dumps(shown), CODEBOOK)
    assert read is not None
    assert ("from_other_targets" in read["suggestions"][0]) is is_kept
    assert read["suggestions"][0].get("from_other_targets", True) is True
