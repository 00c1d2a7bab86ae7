"""The classifier of a question: train one, ask it for suggestions, read its card."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annotator.learning.shortages import shortages
from annotator.learning.values import Doubt, Example, Progress, QuestionType, Suggested

if TYPE_CHECKING:  # NumPy and SciPy are imported with the first classifier, not with this module
    from annotator.learning.embedding import Embedding
    from annotator.learning.features import Features
    from annotator.learning.mentioned import Mentioned, Named
    from annotator.learning.scoring import Numbers, Task

__all__ = ["Classifier", "Mentions", "shortages", "train"]

#: Where a sentence names targets: the first place of each.
Mentions = Mapping[str, tuple[int, int]]


class Classifier:
    """Suggests the labels of one question and says why; ``card`` tells how it was made and how good it is.

    ``doubts`` are the labels it was trained on and finds unlikely; they are not stored with it. ``mentioned`` judges
    targets that have few labels of their own by how sentences speak of others; None where that does not hold.
    """

    def __init__(
        self, card: dict[str, Any], features: "Features", tasks: Sequence["Task"], numbers: "Numbers", *,
        doubts: Sequence[Doubt] = (), mentioned: "Mentioned | None" = None,
    ):  # fmt: skip
        self.card = card
        self.features = features
        self.tasks = tuple(tasks)
        self.numbers = numbers
        self.doubts = tuple(doubts)
        self.mentioned = mentioned

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets that have labels enough of their own; empty unless the question asks for stance."""
        return tuple(task.target for task in self.tasks if task.target is not None)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that are told apart, of all targets together: one of them may not have examples of each."""
        tasks = [*self.tasks, *([self.mentioned.task] if self.mentioned else [])]
        return tuple(dict.fromkeys(label for task in tasks for label in task.labels))

    def suggest(
        self, text: str, *, targets: Sequence[str] | None = None, mentions: Mentions | None = None
    ) -> list[Suggested]:
        """Suggest for one sentence, with reasons; a target that has no labels enough is left out.

        Where the sentence names a target (``mentions``) whose own labels are few, it is judged by how sentences speak
        of the others, if that holds.
        """
        from annotator.learning.scoring import explain

        named = self.strangers(text, targets, mentions)
        others = {one.target for one in named}
        own = [task for task in self._tasks(targets) if task.target is None or task.target not in others]
        found = explain(self.features, self.numbers, own, text)
        return found + [self.mentioned.explain(one) for one in named if self.mentioned]

    def suggest_many(
        self, texts: Sequence[str], *, targets: Sequence[str] | None = None, mentions: Sequence[Mentions] | None = None
    ) -> list[list[Suggested]]:
        """Suggest for many sentences at once, without reasons: one list per sentence, as `suggest` gives it."""
        from annotator.learning.scoring import suggest_many

        found = suggest_many(self.features, self.numbers, self._tasks(targets), texts)
        if self.mentioned is None or mentions is None:
            return found
        named = [self.strangers(text, targets, those) for text, those in zip(texts, mentions, strict=True)]
        more = iter(self.mentioned.suggest_many([one for some in named for one in some]))
        return [_replaced(own, [next(more) for _ in some]) for own, some in zip(found, named, strict=True)]

    def strangers(self, text: str, targets: Sequence[str] | None, mentions: Mentions | None) -> "list[Named]":
        """Return the targets that a sentence names and that have few labels of their own, if they can be judged.

        Few are none, and those from which every suggestion is early still: too few, or not surely better than guessing.
        """
        if self.mentioned is None or not mentions:
            return []
        from annotator.learning.mentioned import Named

        settled = {task.target for task in self.tasks if not all(task.early)}
        wanted = mentions if targets is None else [target for target in mentions if target in targets]
        return [Named(text, target, mentions[target]) for target in wanted if target not in settled]

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


def _replaced(own: Sequence[Suggested], others: Sequence[Suggested]) -> list[Suggested]:
    """Put what is learned from others in the place of what is learned from few labels."""
    targets = {one.target for one in others}
    return [*(one for one in own if one.target is None or one.target not in targets), *others]


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
        Whether every unit of a `choices` question has a label: then the likeliest is suggested where none is likely.
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
