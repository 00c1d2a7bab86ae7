"""Targets without labels of their own: learned from others only where that holds for targets that were left out."""

import random
from dataclasses import replace

import numpy as np
import pytest

from annotator.learning import strangers
from annotator.learning.classifier import Classifier, train
from annotator.learning.mentioned import pooled_job
from annotator.learning.store import load, save
from annotator.learning.table import Part
from annotator.learning.values import Example
from mentioned_world import (
    LABELS,
    PEOPLE,
    STRANGER,
    few_of_each,
    sentence,
    settled,
    shuffled,
    told_by_target,
    told_by_words,
)

PRAISED, PLACE = sentence(random.Random(8), STRANGER, "praised", "mocked")
NAMED = {STRANGER: PLACE}


@pytest.fixture(scope="module")
def trained() -> Classifier:
    return train("stance", told_by_words(90), labels=LABELS, seed=1)


def learned(examples: list[Example]) -> dict:
    return strangers.learn_from_others(examples, labels=LABELS, seed=1)[0]


def test_what_words_tell_of_others_holds_for_targets_left_out(trained: Classifier) -> None:
    told = trained.card["mentioned"]
    assert told["is_used"]
    assert told["why"] is None
    assert told["scores"]["macro_f1"] > 0.9 > 0.5 > told["majority"]["macro_f1"]
    assert (told["targets"], told["units"], told["folds"]) == (5, 90, {"targets": 5, "documents": 3})


def test_documents_that_share_a_sentence_are_counted_each_for_itself() -> None:
    examples = told_by_words(90)
    shared = [replace(examples[0], group=f"d{number}") for number in range(4)]
    told = train("stance", [*examples, *shared], labels=LABELS, seed=1).card["mentioned"]
    assert told["documents"] == told["tested"]["documents"] == 30 > told["groups"]


def test_targets_and_documents_of_what_is_scored_are_counted_apart() -> None:
    examples = told_by_words(90)
    told = learned([replace(one, is_random=number < 6) for number, one in enumerate(examples)])
    assert (told["targets"], told["documents"], told["scored"]) == (5, 30, 6)
    assert told["tested"] == {"targets": 5, "documents": 2}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("world", [told_by_target, lambda n, seed: shuffled(told_by_words(n), seed=seed)])
def test_what_hangs_on_the_target_or_on_nothing_is_refused(world, seed: int) -> None:
    told = learned(world(150, seed=seed))
    assert (told["is_used"], told["why"]) == (False, "guessing")


def test_no_line_has_seen_the_target_or_the_document_of_a_unit_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = told_by_words(90, each=4)
    seen: list[list[Part]] = []
    plain = strangers.checked_on
    monkeypatch.setattr(strangers, "checked_on", lambda parts, *more, **named: seen.append(parts) or plain(
        parts, *more, **named
    ))  # fmt: skip
    learned(examples)
    (parts,) = seen
    assert sorted(int(i) for part in parts for i in part.test) == list(range(90))
    for part in parts:
        for kind in ("target", "group"):
            assert not {getattr(examples[i], kind) for i in part.learn} & {
                getattr(examples[i], kind) for i in part.test
            }


def test_folds_that_leak_targets_would_be_caught() -> None:
    """Negative control: where attitude hangs on the target, folds that do not leave targets out find it in the text."""
    named = [replace(one, text=f"{one.text} says {one.target}") for one in told_by_target(240, share=0.95)]
    honest = learned(named)
    leaking = learned([replace(one, target=f"{one.target} {i % 10}") for i, one in enumerate(named)])
    assert not honest["is_used"]
    assert leaking["scores"]["macro_f1"] > honest["scores"]["macro_f1"] + 0.15


def test_reasons_add_up_to_the_score_and_name_words_of_the_sentence(trained: Classifier) -> None:
    found = trained.suggest(PRAISED, mentions=NAMED)[-1]
    assert (found.target, found.chosen, found.is_from_others) == (STRANGER, ("favor",), True)
    for label in found.labels:
        assert label.intercept + sum(reason.value for reason in label.reasons) == pytest.approx(label.score, abs=1e-6)
        assert all(PRAISED[reason.start : reason.end] == reason.text for reason in label.reasons)
    strongest = max(found.labels[0].reasons, key=lambda reason: reason.value)
    assert strongest.text == "praised"


@pytest.mark.parametrize("text", ["{}", "{}.", "“{}!” 😀 praised", "He praised\n{}’s friend, who mocked nobody."])
def test_reasons_add_up_wherever_the_mention_stands(trained: Classifier, text: str) -> None:
    at = text.index("{}")
    mention = (at, at + len(STRANGER))
    whole = text.format(STRANGER)
    (found,) = trained.suggest(whole, targets=[STRANGER], mentions={STRANGER: mention})
    (alone,) = trained.suggest_many([whole], targets=[STRANGER], mentions=[{STRANGER: mention}])[0]
    for one, other in zip(found.labels, alone.labels, strict=True):
        assert one.intercept + sum(reason.value for reason in one.reasons) == pytest.approx(other.score, abs=1e-5)


def test_one_is_judged_as_in_a_crowd_and_only_where_it_is_named(trained: Classifier) -> None:
    texts = ["It rains.", PRAISED]
    none, one = trained.suggest_many(texts, mentions=[{}, NAMED])
    assert {own.target for own in none} == set(trained.targets)
    (found,) = [own for own in one if own.is_from_others]
    alone = trained.suggest(PRAISED, mentions=NAMED)[-1]
    assert found.labels[0].probability == pytest.approx(alone.labels[0].probability, abs=1e-6)
    assert trained.suggest(PRAISED, targets=[PEOPLE[0]], mentions=NAMED)[0].target == PEOPLE[0]
    assert trained.suggest(PRAISED, targets=[STRANGER]) == []


def test_a_target_with_labels_enough_is_judged_by_its_own(trained: Classifier) -> None:
    both = train("stance", [*told_by_words(90), *settled()], labels=LABELS, seed=1)
    named = dict.fromkeys((PEOPLE[0], PEOPLE[1], STRANGER), PLACE)
    found = {one.target: one.is_from_others for one in both.suggest(PRAISED, mentions=named)}
    assert found == {PEOPLE[0]: False, **dict.fromkeys(PEOPLE[1:], False), PEOPLE[1]: True, STRANGER: True}
    (many,) = both.suggest_many([PRAISED], mentions=[named])
    assert {one.target: one.is_from_others for one in many} == found
    assert len(many) == len(found)
    assert {one.target for one in trained.suggest(PRAISED, mentions=named) if one.is_from_others} == {*named}


def test_it_is_restored_with_the_same_probabilities(trained: Classifier, tmp_path) -> None:
    loaded = load(tmp_path / "1", sha256=save(trained, tmp_path / "1"))
    before, after = (one.suggest(PRAISED, mentions=NAMED)[-1] for one in (trained, loaded))
    assert (before.chosen, before.early) == (after.chosen, after.early)
    for old, new in zip(before.labels, after.labels, strict=True):
        assert new.probability == pytest.approx(old.probability, abs=1e-6)
        assert [reason.value for reason in new.reasons] == pytest.approx([r.value for r in old.reasons], abs=1e-6)


def test_targets_with_few_labels_each_make_a_classifier_together(tmp_path) -> None:
    trained = train("stance", few_of_each(60), labels=LABELS, seed=1)
    assert (trained.tasks, trained.labels) == ((), LABELS)
    loaded = load(tmp_path / "1", sha256=save(trained, tmp_path / "1"))
    assert [one.chosen for one in loaded.suggest(PRAISED, mentions=NAMED)] == [("favor",)]
    assert loaded.suggest_many(["It rains."]) == [[]]


@pytest.mark.parametrize(
    ("examples", "why"),
    [
        ([], "targets"),
        ([replace(one, mention=None) for one in told_by_words(90)], "targets"),
        (told_by_words(90, targets=PEOPLE[:2]), "targets"),
        (told_by_words(40), "units"),
        ([replace(one, labels=LABELS[:1]) for one in told_by_words(90)], "units"),
        ([replace(one, group="d") for one in told_by_words(90)], "documents"),
        ([replace(one, is_random=False) for one in told_by_words(90)], "chosen"),
    ],
)
def test_it_says_why_there_is_none(examples: list[Example], why: str) -> None:
    assert (learned(examples)["is_used"], learned(examples)["why"]) == (False, why)


def test_units_that_were_chosen_are_learned_from_and_not_scored() -> None:
    examples = [replace(one, is_random=number % 2 == 0) for number, one in enumerate(told_by_words(120))]
    told = learned(examples)
    assert (told["units"], told["scored"], told["is_used"]) == (120, 60, True)


def test_a_sentence_about_two_targets_is_two_rows() -> None:
    one = told_by_words(60)
    job = pooled_job([*one, *one])
    assert len(set(job.rows.tolist())) == 120
    assert np.array_equal(job.truth[:60], job.truth[60:])
