import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from annotator.errors import InvalidInputError
from annotator.learning.classifier import Classifier, train
from annotator.learning.values import Example

Make = Callable[..., list[Example]]
GOOD, BAD = "The minister praised and welcomed bread", "The minister attacked and accused bread"


@pytest.mark.parametrize("kind", ["choice", "choices", "stance"])
def test_reasons_and_intercept_add_up_to_the_score(kind: str, request: pytest.FixtureRequest) -> None:
    classifier: Classifier = request.getfixturevalue(kind)
    text = "Praised, PRAISED by “the minister”: attacked in town 😀 praised"
    for one in classifier.suggest(text):
        for label in one.labels:
            total = sum(reason.value for reason in label.reasons) + label.intercept
            assert total == pytest.approx(label.score, abs=1e-6)
            assert all(text[r.start : r.end] == r.text for r in label.reasons)
        assert any(reason.text == "PRAISED" for reason in one.labels[0].reasons)


def test_score_is_the_decision_value_of_the_ordinary_estimator(choices: Classifier) -> None:
    vectoriser, lines = choices.estimators()
    for label in choices.suggest(GOOD)[0].labels:
        decision = lines[None, label.label].decision_function(vectoriser.transform([GOOD]))[0]
        assert decision == pytest.approx(label.score, abs=1e-6)


def test_learns_what_tells_the_labels_apart(choice: Classifier) -> None:
    assert choice.suggest(GOOD)[0].chosen == ("favor",)
    assert choice.suggest(BAD)[0].chosen == ("against",)
    assert choice.suggest(GOOD)[0].labels[0].probability > 0.8


@pytest.mark.parametrize("kind", ["choice", "choices", "stance"])
def test_many_sentences_get_what_one_gets(kind: str, request: pytest.FixtureRequest) -> None:
    classifier: Classifier = request.getfixturevalue(kind)
    texts = [GOOD, "", BAD, "☕ 批评"]
    for text, found in zip(texts, classifier.suggest_many(texts), strict=True):
        for many, single in zip(found, classifier.suggest(text), strict=True):
            assert many.chosen == single.chosen
            assert [s.probability for s in many.labels] == pytest.approx([s.probability for s in single.labels])
            assert all(s.reasons == () for s in many.labels)


def test_probabilities_of_a_choice_add_up_to_one(choice: Classifier) -> None:
    assert sum(label.probability for label in choice.suggest(BAD)[0].labels) == pytest.approx(1)


def test_same_seed_gives_the_same_classifier(make: Make) -> None:
    one, two = (train("choice", make(60), pool=["some bread"] * 2, seed=7) for _ in range(2))
    assert np.array_equal(one.numbers.coefficients, two.numbers.coefficients)
    assert np.array_equal(one.numbers.slopes, two.numbers.slopes)
    assert one.card | {"cpu_seconds": 0} == two.card | {"cpu_seconds": 0}


TRAIN = """
import sys
from annotator.learning.classifier import train
from annotator.learning.values import Example
words = "alpha beta gamma delta shocking awful vile grim shooting shooter regime report".split()
texts = [" ".join(words[(i * 7 + k * k) % 12] for k in range(6)) + f" town{i}" for i in range(160)]
given = [Example(text, f"d{i % 40}", ("yes" if i % 3 else "no",), highlights=[(0, 4)] if i % 3 else [])
         for i, text in enumerate(texts)]
found = train("choice", given)
assert found.features.marks and found.features.style
sys.stdout.buffer.write(found.numbers.coefficients.tobytes())
"""


def test_another_process_makes_the_same_classifier() -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", TRAIN], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(made[0]) > 1000
    assert made[0] == made[1]


@pytest.mark.parametrize("kind", ["choice", "choices", "stance"])
def test_card_is_plain_json(kind: str, request: pytest.FixtureRequest) -> None:
    card = request.getfixturevalue(kind).card
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    assert {"data", "recipe", "libraries", "seed", "shortages", "cpu_seconds", "tasks"} <= card.keys()
    assert {"scores", "majority", "intervals", "calibration", "confusion", "telling"} <= card["tasks"][0].keys()


def test_targets_do_not_bleed_into_each_other(stance: Classifier) -> None:
    east, west = stance.suggest(GOOD)
    assert (east.target, west.target) == ("East", "West")
    assert (east.chosen, west.chosen) == (("favor",), ("against",))


def test_training_on_another_target_changes_no_line_of_the_first(make: Make) -> None:
    east, west = make(60, target="East"), make(60, target="West", labels=("against", "favor"))
    flipped = [replace(e, labels=("against",) if e.labels == ("favor",) else ("favor",)) for e in west]
    one, two = train("stance", east + west), train("stance", east + flipped)
    assert one.suggest(GOOD, targets=["East"]) == two.suggest(GOOD, targets=["East"])
    assert one.suggest(GOOD, targets=["West"]) != two.suggest(GOOD, targets=["West"])


def test_target_without_labels_of_its_own_gets_no_suggestion(stance: Classifier) -> None:
    assert stance.suggest(GOOD, targets=["North"]) == []
    assert [one.target for one in stance.suggest(GOOD, targets=["North", "West"])] == ["West"]


def test_target_with_too_few_labels_gets_no_suggestion(make: Make) -> None:
    few = [*make(60, target="East"), *make(8, target="North")]
    assert train("stance", few).targets == ("East",)


def test_explicit_none_counts_as_without_each_frame(choices: Classifier) -> None:
    found = choices.suggest("the bread in town about trade")[0]
    assert found.chosen == ()
    assert {label.label for label in found.labels} == {"praise", "blame"}
    assert choices.card["data"]["none"] > 0


def test_several_frames_may_hold_together(choices: Classifier) -> None:
    assert set(choices.suggest("praised welcomed admired blamed attacked accused")[0].chosen) == {"praise", "blame"}


def test_at_least_one_frame_where_the_codebook_demands_it(make_framed: Make) -> None:
    demanded = train("choices", make_framed(240), at_least_one=True)
    assert len(demanded.suggest("the bread in town about trade")[0].chosen) == 1


def test_rare_frame_with_thirty_units_gets_a_threshold_of_its_own(choices: Classifier) -> None:
    part = choices.card["tasks"][0]
    thresholds = dict(zip(part["labels"], part["thresholds"], strict=True))
    assert thresholds["praise"] == 0.5
    assert 0 < thresholds["blame"] < 0.5


def test_rare_frame_with_fewer_units_keeps_one_half(make_framed: Make) -> None:
    part = train("choices", make_framed(80)).card["tasks"][0]
    assert set(part["thresholds"]) == {0.5}


@pytest.mark.parametrize(("each", "early"), [(24, True), (25, False)])
def test_suggestions_are_early_below_fifty_labels(make: Make, each: int, early: bool) -> None:
    found = train("choice", make(2 * each))
    assert found.suggest(GOOD)[0].early is early
    assert all(label.early is early for label in found.suggest(GOOD)[0].labels)


@pytest.mark.parametrize(("rarer", "early"), [(9, True), (10, False)])
def test_suggestions_are_early_below_ten_of_a_second_label(rarer: int, early: bool) -> None:
    examples = [Example(f"{GOOD} {i}", f"g{i}", ("favor",)) for i in range(70)]
    examples += [Example(f"{BAD} {i}", f"b{i}", ("against",)) for i in range(rarer)]
    assert train("choice", examples).suggest(GOOD)[0].early is early


def test_suggestions_no_better_than_guessing_stay_early(make: Make) -> None:
    rng = random.Random(0)
    meaningless = [replace(e, labels=(rng.choice(["a", "b"]),)) for e in make(90, per_group=1)]
    assert train("choice", meaningless).suggest(GOOD)[0].early
    framed = [replace(e, labels=("f",) if rng.random() < 0.3 else ()) for e in make(90, per_group=1)]
    assert train("choices", framed).suggest(GOOD)[0].early


def test_probability_never_falls_where_the_score_rises(make: Make) -> None:
    rng = random.Random(4)
    meaningless = [replace(e, labels=(rng.choice(["a", "b", "c"]),)) for e in make(90)]
    assert (train("choice", meaningless).numbers.slopes >= 0).all()


def test_few_labels_are_suggested_uncalibrated(make: Make) -> None:
    few = train("choice", make(12))
    part = few.card["tasks"][0]
    assert (part["calibrated"], part["early"]) == (False, [True, True])
    top = few.suggest(GOOD)[0].labels[0]
    assert top.probability == pytest.approx(1 / (1 + np.exp(-top.score)))


def test_single_document_is_cross_validated_by_unit_and_stays_early(make: Make) -> None:
    found = train("choice", [replace(e, group="only") for e in make(80)])
    part = found.card["tasks"][0]
    assert part["folds"] == {"number": 5, "by": "unit"}
    assert found.suggest(GOOD)[0].early


def test_three_labels_one_of_them_too_rare_to_suggest(make: Make) -> None:
    rare = [Example("quite unclear bread", f"r{i}", ("unclear",)) for i in range(3)]
    found = train("choice", make(60) + rare, labels=("favor", "against", "unclear"))
    assert {label.label for label in found.suggest(GOOD)[0].labels} == {"favor", "against"}
    assert found.suggest(GOOD)[0].chosen == ("favor",)


@pytest.mark.parametrize("texts", [["", " "], ["😀😀 😀", "👍🏽 🇺🇦"], ["俄罗斯批评", "欧盟支持"], ["روسيا", "أوروبا"]])
def test_any_script_and_empty_texts_are_learned(texts: list[str]) -> None:
    examples = [Example(texts[i % 2], f"d{i}", ("ab"[i % 2],)) for i in range(24)]
    found = train("choice", examples)
    assert len(found.suggest(texts[0])[0].labels) == 2
    assert found.suggest_many([*texts, "other"])


@pytest.mark.parametrize("kind", ["choice", "choices"])
def test_one_class_only_cannot_be_learned(kind: str) -> None:
    with pytest.raises(InvalidInputError, match="label more units"):
        train(kind, [Example("text", f"d{i}", ("a",)) for i in range(50)])  # type: ignore[arg-type]


def test_weights_count() -> None:
    texts = [Example("alpha", f"d{i}", ("ab"[i % 2],), weight=(1.0, 9.0)[i % 2]) for i in range(60)]
    other = [Example("beta", f"e{i}", ("ab"[i % 2],)) for i in range(60)]
    found = train("choice", texts + other)
    assert found.suggest("alpha")[0].chosen == ("b",)
    assert found.suggest("alpha")[0].labels[0].probability > 0.7


def test_pool_changes_the_weights_of_words(make: Make) -> None:
    plain, pooled = (
        train("choice", make(60)),
        train("choice", make(60), pool=["unheard unheard", "unheard of"]),
    )
    assert len(pooled.features) > len(plain.features)
    assert pooled.card["data"]["pool"] == 2


def test_progress_ends_with_everything_done(make: Make) -> None:
    said: list[tuple[float, str]] = []
    train("stance", make(40, target="East"), progress=lambda share, sentence: said.append((share, sentence)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(sentence.endswith(".") for _, sentence in said)


def test_nothing_heavy_is_imported_before_the_first_classifier() -> None:
    code = (
        "import sys, annotator.learning.classifier, annotator.learning.store, annotator.learning.values;"
        "print([n for n in ('sklearn', 'scipy', 'numpy') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_suggesting_needs_no_scikit_learn(choice: Classifier, tmp_path: object) -> None:
    from pathlib import Path

    from annotator.learning.store import save

    folder = Path(str(tmp_path)) / "1"
    code = (
        "import sys; from pathlib import Path; from annotator.learning.store import load;"
        f"c = load(Path({str(folder)!r}), sha256={save(choice, folder)!r});"
        "c.suggest('praised'); c.suggest_many(['x']);"
        "print('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
