"""What a training prints of the reserved sample."""

from dataclasses import replace

from annotator.cli.train import _others, _test_lines
from annotator.services.card_mentioned import MentionedCard
from annotator.services.card_scores import Measured, Reserved

MACRO_F1 = Measured(
    key="macro_f1", name="Macro F1", value=0.81, interval=(0.7, 0.9), majority=0.2, people=0.84, people_interval=None
)


def test_too_few_units_are_said_to_be_too_few() -> None:
    few = Reserved(target="t", title="Russia", units=12, documents=3, gold=0, missing=(("favor", 28),))
    assert list(_test_lines(few)) == ["  Russia: 12 units of the reserved sample, too few to score on"]


def test_a_score_stands_with_its_interval_the_majority_and_people() -> None:
    enough = Reserved(target=None, title=None, units=80, documents=9, gold=0, missing=(), measures=(MACRO_F1,))
    (line,) = _test_lines(enough)
    assert line.endswith("macro F1 0.81 [0.70, 0.90], commonest label 0.20, one annotator against the others 0.84")
    missing = Reserved(
        target=None, title=None, units=80, documents=9, gold=0, missing=(("war", 2),), measures=(MACRO_F1,)
    )
    assert next(_test_lines(missing)).endswith(", preliminary")


def test_it_is_said_whether_others_speak_for_targets_with_few_labels() -> None:
    used = MentionedCard(
        is_used=True, problem=None, targets=5, units=90, documents=30, scored=90, macro_f1=0.631, interval=(0.6, 0.66),
        majority=0.18, accuracy=0.64, calibration_error=0.03, labels=(),
    )  # fmt: skip
    assert list(_others(used)) == [
        "  targets with too few labels: judged by the others, macro F1 0.63 [0.60, 0.66], commonest label 0.18"
    ]
    refused = replace(used, is_used=False, problem="too few targets", macro_f1=None)
    assert list(_others(refused)) == ["  targets with too few labels: no suggestions (too few targets)"]
    assert list(_others(None)) == []
