"""The learning curve, the ways to split, and that no score rests on units that were chosen."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from annotator.learning.classifier import Classifier, train
from annotator.learning.values import Example

Make = Callable[..., list[Example]]


def test_the_curve_rises_to_the_score_of_all_units(choice: Classifier) -> None:
    curve = choice.card["tasks"][0]["curve"]
    assert [point["units"] for point in curve] == sorted(point["units"] for point in curve)
    assert curve[0]["units"] >= 15
    assert curve[-1]["units"] == 96
    assert curve[0]["macro_f1"] <= curve[-1]["macro_f1"] + 0.05
    assert curve[-1]["macro_f1"] == pytest.approx(choice.card["tasks"][0]["scores"]["macro_f1"], abs=0.05)
    assert all(point["interval"][0] <= point["macro_f1"] <= point["interval"][1] for point in curve)


def test_several_labels_have_a_curve_and_splits_too(choices: Classifier) -> None:
    task = choices.card["tasks"][0]
    assert len(task["curve"]) == 4
    assert set(task["splits"]) == {"random", "group"}


def test_a_single_document_has_neither(make: Make) -> None:
    task = train("choice", [replace(one, group="only") for one in make(60)], seed=1).card["tasks"][0]
    assert (task["curve"], task["splits"]) == ([], {})


def test_outlets_are_held_out_where_all_are_known(make: Make) -> None:
    examples = [replace(one, outlet=f"Paper {int(one.group.split('-d')[1]) % 4}") for one in make(90)]
    assert set(train("choice", examples, seed=1).card["tasks"][0]["splits"]) == {"random", "group", "outlet"}
    examples[0] = replace(examples[0], outlet=None, group="unknown")
    assert set(train("choice", examples, seed=1).card["tasks"][0]["splits"]) == {"random", "group"}


def test_scores_rest_on_units_drawn_at_random_alone(make: Make) -> None:
    """The units that were searched for have labels turned round: scored with them, the figures would be far lower."""
    drawn = make(120)
    turned = {"favor": "against", "against": "favor"}
    sought = [
        replace(one, group=f"s{one.group}", labels=(turned[one.labels[0]],), is_random=False, selection="search")
        for one in make(40, seed=8)
    ]
    card = train("choice", drawn + sought, seed=1).card
    task = card["tasks"][0]
    assert (task["units"], task["scored"], card["data"]["not_random"]) == (160, 120, 40)
    assert sum(one["n"] for one in task["scores"]["per_label"].values()) == 120
    assert sum(map(sum, task["confusion"])) == 120
    counted = train("choice", drawn + [replace(one, is_random=True) for one in sought], seed=1).card["tasks"][0]
    assert task["scores"]["macro_f1"] > counted["scores"]["macro_f1"] + 0.1
    assert card["data"]["selection"] == {"imported": 120, "search": 40}


def test_where_every_unit_was_chosen_there_is_no_score(make: Make) -> None:
    task = train("choice", [replace(one, is_random=False) for one in make(60)], seed=1).card["tasks"][0]
    assert (task["scores"], task["curve"], task["splits"]) == (None, [], {})


def test_the_hash_of_the_data_knows_no_order_and_every_label(make: Make) -> None:
    examples = make(60)
    first = train("choice", examples, seed=1).card["data"]["sha256"]
    assert train("choice", examples[::-1], seed=1).card["data"]["sha256"] == first
    changed = [replace(examples[0], labels=examples[1].labels), *examples[1:]]
    assert train("choice", changed, seed=1).card["data"]["sha256"] != first


def test_rarities_are_not_called_telling(make: Make) -> None:
    """A name in two of 300 sentences has a large weight, and says nothing of the label."""
    examples = make(300)
    examples[0], examples[2] = (
        replace(examples[i], text=f"{place} zyzzyva") for i, place in ((0, "town"), (2, "trade"))
    )
    classifier = train("choice", examples, labels=("favor", "against"), seed=1)
    told = classifier.card["tasks"][0]["telling"]["favor"]["for"]
    column = classifier.numbers.coefficients[classifier.features.words["zyzzyva"], 0]
    assert column > min(weight for _, weight in told)
    assert "zyzzyva" not in dict(told)
    assert {"praised", "welcomed"} <= dict(told).keys()
