"""How sure the active classifier is of a sentence, to find those where it is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from annotator.db import Classifier as ClassifierRow
from annotator.db import Project
from annotator.errors import InvalidInputError
from annotator.learning.classifier import Classifier
from annotator.learning.values import Suggested
from annotator.services.given import Sight
from annotator.services.sighted_targets import Naming, naming
from annotator.services.suggesting import Shelf, active_classifiers
from annotator.words import say

#: Sentences scored in one walk; scoring one costs about as much as reading a page of text.
MOST_SCORED = 2_000
#: Unsure is a label that leads the next by less; for a label that stands alone, its distance from an even chance.
MARGIN = 0.2


@dataclass(frozen=True, slots=True)
class Scorer:
    """The classifier of one question; asked for the targets that a sentence names, where it is about targets."""

    classifier: Classifier
    naming: Naming | None

    def are_unsure(self, sentences: Sequence[str]) -> list[bool]:
        """Tell of each sentence whether the classifier is unsure of it, toward any target named in it."""
        return [least is not None and least < MARGIN for least in self.margins(sentences)]

    def margins(self, sentences: Sequence[str]) -> list[float | None]:
        """Return how sure the classifier is of each sentence, of its least sure target; None if it names no target."""
        return [
            min((margin(one, several=self._is_several) for one in of), default=None) for of in self._asked(sentences)
        ]

    def probabilities(self, sentences: Sequence[str], label: str) -> list[float | None]:
        """Return how probable a label is for each sentence, toward its most probable target; None if it names none."""
        return [
            max((its.probability for one in of for its in one.labels if its.label == label), default=None)
            for of in self._asked(sentences)
        ]

    def _asked(self, sentences: Sequence[str]) -> Iterator[list[Suggested]]:
        """Yield what the classifier says of each sentence; one that names no target is not asked about."""
        if self.naming is None:
            yield from self.classifier.suggest_many(sentences)
            return
        named = [self.naming.places(sentence) for sentence in sentences]
        about = [sentence for sentence, targets in zip(sentences, named, strict=True) if targets]
        places = [targets for targets in named if targets]
        said = iter(self.classifier.suggest_many(about, mentions=places) if about else ())
        for targets in named:
            yield [one for one in next(said) if one.target in targets] if targets else []

    @property
    def _is_several(self) -> bool:
        return self.classifier.card.get("question_type") == "choices"


def scorer(session: Session, shelf: Shelf, project: Project, question: str, sight: Sight) -> Scorer:
    """Return what scores sentences for a question.

    Raises
    ------
    InvalidInputError
        If the question has no classifier that can be read.
    """
    row = dict(active_classifiers(session, project)).get(question)
    if row is None:
        raise InvalidInputError(say("There is no classifier for this question yet, so nothing can be unsure."))
    return scorer_of(session, shelf, project, row, sight)


def scorer_of(session: Session, shelf: Shelf, project: Project, row: ClassifierRow, sight: Sight) -> Scorer:
    """Return what scores sentences with one classifier."""
    classifier = shelf.get(project, row)
    if classifier.card.get("question_type") != "stance":
        return Scorer(classifier, None)
    return Scorer(classifier, naming(session, project.id, sight.seat))


def margin(suggested: Suggested, *, several: bool) -> float:
    """Return by how much the first label leads the second; of labels chosen one by one, how far the nearest to even is.

    Both lie between 0, a toss-up, and 1, certainty.
    """
    if several:
        return min(abs(2 * label.probability - 1) for label in suggested.labels)
    first, *rest = (label.probability for label in suggested.labels)
    return first - (rest[0] if rest else 1 - first)
