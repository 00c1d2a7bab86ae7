"""The classifier of a question: train one, ask it for suggestions, read its card."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from annotator.learning.shortages import shortages
from annotator.learning.values import Doubt, Example, Progress, QuestionType, Suggested

if TYPE_CHECKING:  # NumPy and SciPy are imported with the first classifier, not with this module
    from annotator.learning.embedding import Embedding
    from annotator.learning.features import Features
    from annotator.learning.scoring import Numbers, Task

__all__ = ["Classifier", "shortages", "train"]


class Classifier:
    """Suggests the labels of one question and says why; ``card`` tells how it was made and how good it is.

    ``doubts`` are the labels it was trained on and finds unlikely; they are not stored with it.
    """

    def __init__(
        self, card: dict[str, Any], features: "Features", tasks: Sequence["Task"], numbers: "Numbers", *,
        doubts: Sequence[Doubt] = (),
    ):  # fmt: skip
        self.card = card
        self.features = features
        self.tasks = tuple(tasks)
        self.numbers = numbers
        self.doubts = tuple(doubts)

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets that have labels enough of their own; empty unless the question asks for stance."""
        return tuple(task.target for task in self.tasks if task.target is not None)

    def suggest(self, text: str, *, targets: Sequence[str] | None = None) -> list[Suggested]:
        """Suggest for one sentence, with reasons; a target without labels of its own is left out."""
        from annotator.learning.scoring import explain

        return explain(self.features, self.numbers, self._tasks(targets), text)

    def suggest_many(self, texts: Sequence[str], *, targets: Sequence[str] | None = None) -> list[list[Suggested]]:
        """Suggest for many sentences at once, without reasons: one list per sentence, as `suggest` gives it."""
        from annotator.learning.scoring import suggest_many

        return suggest_many(self.features, self.numbers, self._tasks(targets), texts)

    def estimators(self) -> tuple[Any, dict[tuple[str | None, str], Any]]:
        """Give the same classifier as ordinary scikit-learn objects.

        Returns
        -------
        vectoriser : sklearn.pipeline.FeatureUnion
            Turns sentences into features.
        lines : dict of (target, label) to sklearn.svm.LinearSVC
            One label against the rest; decision values as in `Suggestion.score`, before calibration.
        """
        from annotator.learning.restoring import restore_lines, restore_vectoriser

        return restore_vectoriser(self.features), restore_lines(self.tasks, self.numbers)

    def _tasks(self, targets: Sequence[str] | None) -> list["Task"]:
        if targets is None:
            return list(self.tasks)
        known = {task.target: task for task in self.tasks}
        return [known[target] for target in dict.fromkeys(targets) if target in known]


def train(
    question_type: QuestionType,
    examples: Sequence[Example],
    *,
    pool: Sequence[str] = (),
    labels: Sequence[str] = (),
    seed: int = 0,
    progress: Progress | None = None,
    at_least_one: bool = False,
    embedding: "Embedding | None" = None,
) -> Classifier:
    """Train, cross-validate and calibrate a classifier; the same input and seed give the same classifier.

    Parameters
    ----------
    question_type : {"choice", "choices", "stance", "scale"}
        ``stance`` trains one classifier per target; ``scale`` is treated as ``choice``.
    examples : sequence of Example
        Labelled texts. Texts may be empty and in any script.
    pool : sequence of str
        Texts of the project, labelled or not; a sample of them helps to weigh words. An `annotator.learning.pools.Pool`
        is read once for several trainings.
    labels : sequence of str
        Labels in the codebook's order; those without examples are listed as missing.
    at_least_one : bool
        Whether the codebook demands a label for every unit of a `choices` question.
    embedding : Embedding, optional
        Used, with a weight, if units held out are predicted better with it than without.

    Returns
    -------
    Classifier

    Raises
    ------
    InvalidInputError
        If there are too few examples for any label or target; `shortages` says which.
    """
    from annotator.learning.training import train_classifier

    return train_classifier(
        question_type, examples, pool=pool, labels=labels, seed=seed, at_least_one=at_least_one,
        progress=progress or (lambda share, sentence: None), embedding=embedding,
    )  # fmt: skip
