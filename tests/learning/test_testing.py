"""Scores on the reserved sample: what stands beside them, and that calibration and twins are not taken on trust."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from annotator.learning import measures
from annotator.learning.classifier import Classifier, train
from annotator.learning.differences import difference
from annotator.learning.evaluation import evaluate
from annotator.learning.panels import UNITS_NEEDED, Panel, consensus
from annotator.learning.testing import guessed, outcome_of, people, reserved_card
from annotator.learning.values import Example

Make = Callable[..., list[Example]]
LABELS = ("favor", "against")


def panels(examples: list[Example]) -> list[Panel]:
    return [Panel(one) for one in examples]


def part(classifier: Classifier, learned: list[Example], tests: list[Panel], seed: int = 3) -> dict:  # type: ignore[type-arg]
    return reserved_card(classifier, learned, tests, labels=LABELS, seed=seed)["parts"][0]  # type: ignore[no-any-return]


def test_the_figures_are_those_of_evaluate_on_the_same_split(choice: Classifier, make: Make) -> None:
    learned, held_back = make(120), make(90, seed=9)
    found = part(choice, learned, panels(held_back))["scores"]
    told = evaluate("choice", learned, held_back, seed=3)
    assert {name: told[name] for name in found} == found


def test_stances_are_scored_by_target_and_together_as_evaluate_does(stance: Classifier, make: Make) -> None:
    learned = make(90, target="East") + make(90, seed=1, target="West", labels=("against", "favor"))
    held_back = make(40, seed=7, target="East") + make(8, seed=8, target="North")
    parts = reserved_card(stance, learned, panels(held_back), labels=LABELS, seed=3)["parts"]
    assert [(one["target"], one["units"]) for one in parts] == [("East", 40), ("West", 0), (None, 48)]
    told = evaluate("stance", learned, held_back, seed=3)
    assert {name: told[name] for name in parts[2]["scores"]} == parts[2]["scores"]
    assert parts[2]["scores"]["unsuggested"] == 8


def test_too_few_units_of_a_label_are_counted(choice: Classifier, make: Make) -> None:
    found = part(choice, make(120), panels(make(2 * UNITS_NEEDED + 1, seed=9)[:-2]))
    assert found["missing"] == {"against": 1}
    assert part(choice, make(120), [])["missing"] == dict.fromkeys(LABELS, UNITS_NEEDED)


def test_a_card_can_be_stored_as_json(choice: Classifier, stance: Classifier, make: Make) -> None:
    for classifier in (choice, stance):
        card = reserved_card(classifier, make(120), panels(make(3, seed=9)), labels=LABELS, seed=3)
        assert json.loads(json.dumps(card, allow_nan=False)) == card


def test_a_unit_that_was_learned_from_is_reported(choice: Classifier, make: Make) -> None:
    learned, held_back = make(120), make(60, seed=9)
    planted = [replace(one, text=one.text + "!", group="elsewhere", labels=one.labels) for one in learned[:10]]
    before = part(choice, learned, panels(held_back))["twins"]
    after = part(choice, learned, panels(held_back + planted))["twins"]
    assert after["units"] == before["units"] + 10
    assert after["macro_f1_without"] == before["macro_f1_without"]


def test_intervals_by_document_are_wider_than_by_unit(choice: Classifier, make: Make) -> None:
    """Documents whose units are all right or all wrong are as few as they are, however many units they have."""
    right = make(30, seed=9)
    turned = [replace(one, labels=tuple(set(LABELS) - set(one.labels))) for one in make(10, seed=11)]
    held_back = [replace(one, group=f"g{i // 5}") for i, one in enumerate([*right, *turned] * 2)]
    low, high = part(choice, make(120), panels(held_back))["scores"]["intervals"]["macro_f1"]
    apart = [replace(one, group=str(i)) for i, one in enumerate(held_back)]
    near_low, near_high = part(choice, make(120), panels(apart))["scores"]["intervals"]["macro_f1"]
    assert high - low > 1.2 * (near_high - near_low)


def test_probabilities_are_calibrated_and_bent_ones_are_found_out(make: Make) -> None:
    """A fifth of the labels is wrong: probabilities that say so pass, the same ones made surer do not."""
    rng = np.random.default_rng(0)
    noisy = [
        replace(one, labels=(LABELS[int(rng.random() < 0.5)],)) if rng.random() < 0.4 else one
        for one in make(2400)
    ]  # fmt: skip
    learned, held_back = noisy[:1400], noisy[1400:]
    held_back = [replace(one, group=f"t{one.group}") for one in held_back]
    classifier = train("choice", learned, labels=LABELS, seed=3)
    found = part(classifier, learned, panels(held_back))
    assert found["scores"]["ece"] < 0.06
    assert all(abs(bin_["confidence"] - bin_["right"]) < 0.1 for bin_ in found["calibration"][0] if bin_["n"] >= 150)
    outcome = outcome_of(learned, guessed(classifier, panels(held_back)), LABELS)
    odds = np.log(outcome.probability / (1 - outcome.probability))
    sharper = 1 / (1 + np.exp(-4 * odds))
    right = (outcome.truth & outcome.guess).any(axis=1)
    assert measures.calibration_error(sharper.max(axis=1), right) > 0.1


def test_people_are_set_against_the_others_of_the_same_unit(make: Make) -> None:
    held_back = make(4)
    said = [(("favor",), ("favor",), ("against",)), (("against",), ("against",), ("against",))]
    tests = [Panel(one, answers) for one, answers in zip(held_back, said, strict=False)]
    found = people([*tests, Panel(held_back[3], (("favor",),))], LABELS, seed=0)
    # Of the first unit only who stands alone can be compared: the others' others tie.
    assert found is not None
    assert (found["units"], found["scores"]["accuracy"]) == (2, 3 / 4)


def test_without_a_second_annotator_nothing_is_known_of_people(make: Make) -> None:
    assert people([Panel(one, (one.labels,)) for one in make(6)], LABELS, seed=0) is None


def test_ties_are_no_consensus() -> None:
    assert consensus([("a",), ("b",)]) is None
    assert consensus([]) is None
    assert consensus([("a", "b"), ("b", "a"), ("c",)]) == ("a", "b")


def test_the_difference_is_paired(choice: Classifier, make: Make) -> None:
    held_back = panels(make(90, seed=9))
    first = outcome_of(make(120), guessed(choice, held_back), LABELS)
    worse = replace(first, guess=np.where(np.arange(90)[:, None] % 9 == 0, ~first.guess, first.guess))
    found = difference(worse, first, LABELS, seed=1)["macro_f1"]
    assert found["value"] == pytest.approx(10 / 90, abs=0.02)
    assert found["interval"][0] > 0
    same = difference(first, first, LABELS, seed=1)
    assert all(one["value"] == 0 and one["interval"] == [0, 0] for one in same.values())
