import csv
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, f1_score

from annotator.errors import InvalidInputError
from annotator.learning import evaluation
from annotator.learning.classifier import train
from annotator.learning.values import Example

Make = Callable[..., list[Example]]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
KEYS = {
    "n_train", "n_test", "accuracy", "macro_f1", "micro_f1", "f_avg", "ece", "per_label", "intervals", "majority",
    "cpu_seconds",
}  # fmt: skip


def test_scores_are_those_of_the_applications_own_classifier(make: Make) -> None:
    learn, test = make(60), make(40, seed=9)
    found = evaluation.evaluate("choice", learn, test, seed=2)
    guesses = [one[0].chosen[0] for one in train("choice", learn, seed=2).suggest_many([e.text for e in test])]
    truth = [e.labels[0] for e in test]
    assert found.keys() >= KEYS
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, guesses))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, guesses, average="macro"))
    assert (found["n_train"], found["n_test"]) == (60, 40)


def test_unlabelled_texts_weigh_words_as_they_do_in_a_project(make: Make) -> None:
    learn, test, pool = (
        make(60),
        make(40, seed=9),
        [f"{one.text} {'unheard' * (i % 3 == 0)}" for i, one in enumerate(make(200))],
    )
    found = evaluation.evaluate("choice", learn, test, seed=2, pool=pool)
    trained = train("choice", learn, seed=2, pool=pool)
    guesses = [one[0].chosen[0] for one in trained.suggest_many([e.text for e in test])]
    assert "unheard" in trained.features.words
    assert found["accuracy"] == pytest.approx(accuracy_score([e.labels[0] for e in test], guesses))


def test_folds_test_every_unit_once_and_share_no_group(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[tuple[set[str], set[str]]] = []
    original = evaluation._outcome

    def spy(given, *rest):  # type: ignore[no-untyped-def]
        parts.extend(({e.group for e in known}, {e.group for e in unknown}) for known, unknown in given)
        return original(given, *rest)

    monkeypatch.setattr(evaluation, "_outcome", spy)
    assert evaluation.evaluate("choice", make(60), None, folds=4)["n_test"] == 60
    assert len(parts) == 4
    assert not any(known & unknown for known, unknown in parts)


def test_texts_known_by_heart_do_not_help_across_groups() -> None:
    """Negative control: the label can only be known by having seen the document, so honest folds find nothing."""
    rng = random.Random(0)
    names = ["".join(rng.sample("abcdefghijklmnopqrstuvwxyz", 8)) for _ in range(40)]
    examples = [Example(f"{name} {i}", name, ("ab"[d % 2],)) for d, name in enumerate(names) for i in range(5)]
    honest = evaluation.evaluate("choice", examples, None, folds=5)
    leaking = [replace(e, group=str(i)) for i, e in enumerate(examples)]
    assert honest["accuracy"] < 0.7
    assert evaluation.evaluate("choice", leaking, None, folds=5)["accuracy"] > 0.95


def test_several_labels_are_scored_as_scikit_learn_does(make_framed: Make) -> None:
    learn, test = make_framed(240)[:180], make_framed(240)[180:]
    found = evaluation.evaluate("choices", learn, test)
    guesses = [one[0].chosen for one in train("choices", learn).suggest_many([e.text for e in test])]
    names = ["praise", "blame"]
    truth = [[n in e.labels for n in names] for e in test]
    guess = [[n in g for n in names] for g in guesses]
    assert found["micro_f1"] == pytest.approx(f1_score(truth, guess, average="micro"))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, guess, average="macro"))


def test_target_without_labels_gets_the_majority_guess_and_is_counted(make: Make) -> None:
    learn = make(60, target="East") + make(3, target="East")
    found = evaluation.evaluate("stance", learn, [*make(10, target="East"), *make(6, target="North")])
    assert found["unsuggested"] == 6
    assert found["f_avg"] is not None


def test_mention_decides_the_stance_where_a_sentence_names_two() -> None:
    examples = []
    for i in range(160):
        text = f"{'ABCDEFGH'[i % 8]}anna{i} praised Bob{i} but Bob{i} attacked the mayor"
        end = text.index(" praised")
        bob = text.index("Bob")
        examples.append(Example(text, f"d{i}", ("neutral",), "x", (0, end)))
        examples.append(Example(text, f"d{i}", ("positive",), "x", (bob, bob + len(f"Bob{i}"))))
    assert evaluation.evaluate("stance", examples, None, folds=3)["accuracy"] > 0.95


def test_one_class_cannot_be_evaluated() -> None:
    with pytest.raises(InvalidInputError, match="the same label"):
        evaluation.evaluate("choice", [Example("a", str(i), ("x",)) for i in range(20)], None)


def test_one_group_cannot_be_divided(make: Make) -> None:
    with pytest.raises(InvalidInputError, match="one group"):
        evaluation.evaluate("choice", [replace(e, group="g") for e in make(40)], None)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not here")
def test_biased_sentences_are_told_from_others_far_better_than_by_guessing() -> None:
    with (SHARED / "babe" / "sg2_final.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "no_agreement"][:1000]
    found = evaluation.evaluate("choice", [Example(r["text"], r["url"], (r["label"],)) for r in rows], None, folds=3)
    assert found["intervals"]["macro_f1"][0] > 0.6
    assert found["ece"] < 0.1
