import pytest

from annotator.learning.classifier import Classifier
from annotator.learning.judging import judge

TEXTS = ["The minister praised and welcomed bread", "", "Attacked, ATTACKED 😀", "西方批评了", "قالت الحكومة"]


@pytest.mark.parametrize("kind", ["choice", "choices", "stance"])
def test_many_sentences_are_judged_as_the_page_judges_one(kind: str, request: pytest.FixtureRequest) -> None:
    classifier: Classifier = request.getfixturevalue(kind)
    judged = judge(classifier, TEXTS)
    for row, text in enumerate(TEXTS):
        for task, shown in zip(judged, classifier.suggest(text), strict=True):
            assert task.target == shown.target
            found = dict(zip(task.labels, task.probabilities[row], strict=True))
            assert found == pytest.approx({one.label: one.probability for one in shown.labels}, abs=1e-6)
            picked = {label for label, is_chosen in zip(task.labels, task.chosen[row], strict=True) if is_chosen}
            assert picked == set(shown.chosen)


def test_no_sentences_give_no_rows(stance: Classifier) -> None:
    assert [task.probabilities.shape for task in judge(stance, [])] == [(0, 2), (0, 2)]
