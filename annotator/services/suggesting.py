"""Offer the active classifiers' opinions on a sentence, with their reasons; list, read and activate them."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from annotator.config import Settings
from annotator.db import Classifier, Event, Project, Question
from annotator.errors import InvalidInputError, NotFoundError
from annotator.learning import classifier as learning
from annotator.learning import store
from annotator.learning.classifier import Mentions
from annotator.learning.embedding import EmbeddingError
from annotator.learning.store import OutdatedError
from annotator.learning.values import Suggested
from annotator.services import activations, appending, codebooks, rounds
from annotator.services.training import ADJUDICATED, folder_of
from annotator.words import say


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the active classifiers say about one sentence; ``problem`` says why one of them is silent."""

    classifiers: dict[str, int]
    by_question: dict[str, tuple[Suggested, ...]]
    problem: str | None = None


class Shelf:
    """Classifiers kept in memory, each read from disk once; safe to use from many threads.

    ``embedding`` is the folder of the sentence embedding that some of them may need.
    """

    def __init__(self, models: Path, *, embedding: Path | None = None, most: int = 8) -> None:
        self.models = models
        self._embedding = embedding
        self._most = most
        self._loaded: OrderedDict[str, learning.Classifier] = OrderedDict()
        self._turn = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> "Shelf":
        """Make the shelf of an installation."""
        return cls(settings.models, embedding=settings.embedding)

    def get(self, project: Project, row: Classifier) -> learning.Classifier:
        """Return a stored classifier.

        Raises
        ------
        EmbeddingError
            If it needs a sentence embedding that is not there.
        OutdatedError
            If another version stored it otherwise.
        InvalidInputError
            If its files are missing or not what was stored.
        """
        with self._turn:
            if row.sha256 not in self._loaded:
                self._loaded[row.sha256] = self._read(project, row)
                while len(self._loaded) > self._most:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(row.sha256)
            return self._loaded[row.sha256]

    def why_silent(self, session: Session, project: Project) -> list[str]:
        """Say why active classifiers suggest nothing, a sentence for each that cannot be used."""
        found: list[str] = []
        for _, row in active_classifiers(session, project):
            try:
                self.get(project, row)
            except InvalidInputError as error:
                found += error.problems
        return found

    def _read(self, project: Project, row: Classifier) -> learning.Classifier:
        """Read it from the disk; what is said if it cannot be is for everybody, so that no folder is named."""
        folder = folder_of(self.models, project, row.number)
        try:
            return store.load(folder, sha256=row.sha256, embedding=self._embedding)
        except InvalidInputError as error:
            raise type(error)(_silence(error, row.number)) from error


def _silence(error: InvalidInputError, number: int) -> str:
    """Say why there are no suggestions of a classifier that cannot be read."""
    if isinstance(error, EmbeddingError):
        return say(
            "Classifier {number} needs the sentence embedding that it was trained with, which is not on the server "
            "any more, so there are no suggestions; put it back or train again.",
            number=number,
        )
    if isinstance(error, OutdatedError):
        return say(
            "Classifier {number} was made by another version of Annotator, so there are no suggestions; train again.",
            number=number,
        )
    return say("Classifier {number} cannot be read, so there are no suggestions; train again.", number=number)


def suggest(
    session: Session, shelf: Shelf, project: Project, text: str, *, targets: Sequence[str],
    mentions: Mentions | None = None,
) -> Suggestions:  # fmt: skip
    """Ask the active classifiers about one sentence; a damaged one is named and labelling goes on without it.

    ``mentions`` are the places where it names targets: with them, one may be judged by what is said of others.
    """
    numbers: dict[str, int] = {}
    found: dict[str, tuple[Suggested, ...]] = {}
    problem = None
    for question, row in active_classifiers(session, project):
        try:
            classifier = shelf.get(project, row)
        except InvalidInputError as error:
            problem = error.problems[0]
            continue
        wanted = list(targets) if row.card.get("question_type", "") == "stance" else None
        numbers[question] = row.number
        found[question] = tuple(classifier.suggest(text, targets=wanted, mentions=mentions))
    return Suggestions(numbers, found, problem)


def active_classifiers(session: Session, project: Project) -> list[tuple[str, Classifier]]:
    """Return the active classifier of each question that is asked, by the question's id.

    In a blind phase those that learned from what annotators said are silent: only adjudicated labels speak.
    """
    rows = session.execute(
        select(Question.stable_id, Classifier)
        .join(Classifier, Classifier.question_id == Question.id)
        .where(Classifier.project_id == project.id, Classifier.is_active)
        .order_by(Question.id)
    )
    asked = codebooks.asked_now(session, project.id)
    active = [(question, row) for question, row in rows if question in asked]
    if all(_may_always_speak(row) for _, row in active) or rounds.phase(session, project.id) == "open":
        return active
    return [(question, row) for question, row in active if _may_always_speak(row)]


def _may_always_speak(row: Classifier) -> bool:
    return row.card.get("learned_from") == ADJUDICATED


def classifiers(session: Session, project: Project) -> list[tuple[str, Classifier]]:
    """Return all classifiers with the ids of their questions, newest first."""
    rows = session.execute(
        select(Question.stable_id, Classifier)
        .join(Classifier, Classifier.question_id == Question.id)
        .where(Classifier.project_id == project.id)
        .order_by(Classifier.number.desc())
    )
    return [(question, row) for question, row in rows]


def find_classifier(session: Session, project: Project, number: int) -> tuple[str, Classifier]:
    """Return one classifier and the id of its question.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    """
    row = session.execute(
        select(Question.stable_id, Classifier)
        .join(Classifier, Classifier.question_id == Question.id)
        .where(Classifier.project_id == project.id, Classifier.number == number)
    ).one_or_none()
    if row is None:
        raise NotFoundError(say("There is no classifier {number} in this project.", number=number))
    return row.stable_id, row.Classifier


def activate(session: Session, project: Project, number: int, *, user_id: int | None = None) -> None:
    """Let this classifier make the suggestions for its question from now on."""
    # A training that ends at the same moment activates its own: both take turns at the head, as trainings do.
    appending.take_head(session, project.id)
    _, row = find_classifier(session, project, number)
    session.execute(update(Classifier).where(Classifier.question_id == row.question_id).values(is_active=False))
    session.execute(update(Classifier).where(Classifier.id == row.id).values(is_active=True))
    details = {"number": number}
    session.add(Event(kind=activations.KIND, project_id=project.id, user_id=user_id, details=details))
