from annotator.codebook.reading import read_codebook
from annotator.learning.values import Suggested, Suggestion
from annotator.web import labelling_advice as advice

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
