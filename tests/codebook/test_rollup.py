import pytest

from annotator.codebook.builtin import load_codebook
from annotator.codebook.rollup import frame_values
from annotator.codebook.values import Label, Question

ITEMS = Question(
    id="items",
    name="items",
    type="choices",
    labels=(
        Label(id="blame", name="who is to blame", frame="responsibility"),
        Label(id="remedy", name="what can be done", frame="responsibility"),
        Label(id="quarrel", name="sides disagree", frame="conflict"),
        Label(id="none", name="none of these", exclusive=True),
    ),
)


def test_a_frame_is_the_share_of_its_items_given():
    assert frame_values(ITEMS, ["blame", "quarrel"]) == {"responsibility": 0.5, "conflict": 1.0}


@pytest.mark.parametrize("given", [[], ["none"]])
def test_nothing_given_is_zero_for_every_frame(given):
    assert frame_values(ITEMS, given) == {"responsibility": 0.0, "conflict": 0.0}


def test_an_item_counts_once_however_it_is_named():
    assert frame_values(ITEMS, ["blame", "who is to blame"])["responsibility"] == 0.5


def test_a_label_the_question_does_not_have_is_our_mistake():
    with pytest.raises(ValueError, match="question items has no label mood"):
        frame_values(ITEMS, ["mood"])


def test_all_items_of_the_generic_frames_make_five_full_frames():
    (items,) = load_codebook("generic-frames").questions
    values = frame_values(items, [label.id for label in items.labels if label.frame])
    assert list(values.values()) == [1.0] * 5
