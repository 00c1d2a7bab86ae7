"""What a training prints of the reserved sample."""

from annotator.cli.train import _test_lines
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
