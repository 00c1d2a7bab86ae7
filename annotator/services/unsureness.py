"""How sure the active classifier is of a sentence, to find those where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from annotator.db import Project
from annotator.errors import InvalidInputError
from annotator.learning.classifier import Classifier
from annotator.learning.values import Suggested
from annotator.services import sighted_targets
from annotator.services.given import Sight
from annotator.services.suggesting import Shelf, active_classifiers
from annotator.text.mentions import MentionFinder
from annotator.words import say

#: Sentences scored in one walk; scoring one costs about as much as reading a page of text.
MOST_SCORED = 2_000
#: Unsure is a label that leads the next by less; for a label that stands alone, its distance from an even chance.
MARGIN = 0.2


@dataclass(frozen=True, slots=True)
class Scorer:
    """The classifier of one question; asked for the targets that a sentence names, where it is about targets."""

    classifier: Classifier
    finder: MentionFinder[str] | None

    def are_unsure(self, sentences: Sequence[str]) -> list[bool]:
        """Tell of each sentence whether the classifier is unsure of it, toward any target named in it."""
        found = self.classifier.suggest_many(sentences)
        return [
            any(self._is_unsure(one, sentence) for one in of) for sentence, of in zip(sentences, found, strict=True)
        ]

    def _is_unsure(self, suggested: Suggested, sentence: str) -> bool:
        is_asked = self.finder is None or suggested.target in {mention.key for mention in self.finder.find(sentence)}
        return is_asked and margin(suggested, several=self._is_several) < MARGIN

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
    classifier = shelf.get(project, row)
    if classifier.card.get("question_type") != "stance":
        return Scorer(classifier, None)
    return Scorer(classifier, sighted_targets.finder(sighted_targets.targets_in_sight(session, project.id, sight.seat)))


def margin(suggested: Suggested, *, several: bool) -> float:
    """Return by how much the first label leads the second; of labels chosen one by one, how far the nearest to even is.

    Both lie between 0, a toss-up, and 1, certainty.
    """
    if several:
        return min(abs(2 * label.probability - 1) for label in suggested.labels)
    first, *rest = (label.probability for label in suggested.labels)
    return first - (rest[0] if rest else 1 - first)
