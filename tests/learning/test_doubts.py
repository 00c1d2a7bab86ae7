from dataclasses import replace
from random import Random

from annotator.learning.classifier import train
from annotator.learning.values import Doubt, Example
from learning.conftest import Make


def flipped(examples: list[Example], share: float, *, seed: int) -> tuple[list[Example], set[int]]:
    """Return the examples, some with the other label; and which those are."""
    draw = Random(seed)
    wrong = {key for key in range(len(examples)) if draw.random() < share}
    other = {("favor",): ("against",), ("against",): ("favor",)}
    made = [
        replace(one, key=key, labels=other[one.labels] if key in wrong else one.labels)
        for key, one in enumerate(examples)
    ]
    return made, wrong


def doubted(examples: list[Example], kind: str = "choice") -> tuple[Doubt, ...]:
    return train(kind, examples, labels=sorted({label for one in examples for label in one.labels})).doubts


def test_wrong_labels_are_found_and_first_of_all(make: Make) -> None:
    examples, wrong = flipped(make(300), 0.06, seed=4)
    found = [doubt.key for doubt in doubted(examples)]
    assert len(wrong) > 10
    assert len(wrong & set(found)) >= 0.8 * len(wrong)
    assert len(wrong & set(found[: len(wrong)])) >= 0.75 * len(wrong)


def test_where_every_label_is_right_hardly_any_is_doubted(make: Make) -> None:
    examples, _ = flipped(make(300), 0.0, seed=4)
    assert len(doubted(examples)) <= 3


def test_a_doubt_names_what_was_said_and_what_is_likelier(make: Make) -> None:
    examples, wrong = flipped(make(300), 0.06, seed=4)
    first = doubted(examples)[0]
    assert first.key in wrong
    assert (first.label,) == examples[first.key].labels
    assert {first.label, first.instead} == {"favor", "against"}
    assert first.probability < 0.2 < 0.8 < first.instead_probability


def test_nothing_is_doubted_before_probabilities_are_calibrated_or_within_one_document(make: Make) -> None:
    few, _ = flipped(make(16), 0.1, seed=1)
    alone, _ = flipped([replace(one, group="one") for one in make(300)], 0.06, seed=4)
    assert doubted(few) == doubted(alone) == ()


def test_of_frames_both_those_given_and_those_left_out_are_doubted(make_framed: Make) -> None:
    examples = [replace(one, key=key) for key, one in enumerate(make_framed(300))]
    with_ = next(one for one in examples if one.labels == ("praise",))
    without = next(one for one in examples if not one.labels)
    spoiled = list(examples)
    spoiled[with_.key], spoiled[without.key] = replace(with_, labels=()), replace(without, labels=("praise",))
    found = {(doubt.key, doubt.label, doubt.is_given) for doubt in doubted(spoiled, "choices")}
    assert {(with_.key, "praise", False), (without.key, "praise", True)} <= found
