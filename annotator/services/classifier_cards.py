"""Cards for people: how good a classifier is, with names instead of ids, and what is missing for another."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Question
from annotator.db import Classifier, CodebookVersion, Document, Job, Project
from annotator.services import (
    activations,
    card_scores,
    codebooks,
    counting,
    examples,
    jobs,
    retraining,
    reviewing,
    shortfalls,
    suggesting,
)
from annotator.services.activations import Activation
from annotator.services.card_embeddings import EmbeddingUse, read_embedding_use
from annotator.services.card_mentioned import MentionedCard, read_mentioned
from annotator.services.card_recipe import Recipe, read_recipe
from annotator.services.card_scores import Reserved
from annotator.services.card_tasks import TaskCard, read_task
from annotator.services.masked_names import MaskedNames
from annotator.services.seats import Seat
from annotator.services.sighted_targets import targets_in_sight


@dataclass(frozen=True, slots=True)
class Stability:
    """On which share of so many sentences without a label the classifier suggests the same as the one before it."""

    classifier: int
    sentences: int
    same: float


@dataclass(frozen=True, slots=True)
class Card:
    """One classifier, ready to be read."""

    number: int
    question: str
    is_active: bool
    created_at: datetime
    codebook: int
    examples: int
    documents: int
    labelled: int
    has_reserved: bool
    learned_from: str
    selection: Mapping[str, int]
    not_random: int
    #: How many of each annotator's answers it learned from, by code, the most first; None where it was not recorded,
    #: or whoever looks may not know.
    answers: Mapping[str, int] | None
    data_hash: str | None
    question_type: str
    tasks: tuple[TaskCard, ...]
    reserved: tuple[Reserved, ...]
    recipe: Recipe
    #: None where the installation had none.
    embedding: EmbeddingUse | None
    libraries: Mapping[str, str]
    seed: int
    sha256: str
    #: What several answers about a sentence were made into, as :mod:`annotator.services.votes` records it.
    consensus: Mapping[str, Any] | None
    #: None for the first of its question, and where there was nothing to compare.
    stability: Stability | None
    #: About targets with too few labels of their own; None for other questions.
    mentioned: MentionedCard | None

    def task(self, target: str | None) -> TaskCard | None:
        """Return the task for a target, or the first where it is not known; None where no target has one."""
        first = self.tasks[0] if self.tasks else None
        return next((one for one in self.tasks if one.target == target), first)

    def test(self, target: str | None) -> Reserved | None:
        """Return the test on the reserved sample for a target."""
        return next((one for one in self.reserved if one.target == target), None)


@dataclass(frozen=True, slots=True)
class QuestionOverview:
    """A question with its classifiers, newest first, and sentences that say what is missing, the nearest first."""

    name: str
    active: Card | None
    others: tuple[Card, ...]
    missing: tuple[str, ...]
    history: tuple[Activation, ...]
    #: Whether it is about targets, and there is none in sight.
    lacks_targets: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the list shows."""

    questions: tuple[QuestionOverview, ...]
    job: Job | None
    labelled: int
    until_next: int | None
    #: Whether trainings begin without anybody asking.
    is_automatic: bool
    seconds_left: float | None

    @property
    def is_busy(self) -> bool:
        """Whether a training waits or runs."""
        return self.job is not None and self.job.state in ("queued", "running")


def read_overview(session: Session, project: Project, seat: Seat | None) -> Overview:
    """Return the classifiers of a project by question, the latest training, and what is missing.

    Of targets only those in sight are named: what somebody added is theirs until an owner accepts it.
    """
    codebook = codebooks.published(session, project.id).codebook
    names = reviewing.target_names(session, project.id)
    cards: dict[str, list[Card]] = {}
    activated = activations.read_activations(session, project.id)
    history: dict[str, list[Activation]] = {}
    for question, row in suggesting.classifiers(session, project):
        cards.setdefault(question, []).append(_card(session, question, row, names=names))
        history[question] = activated[row.question_id]
    in_sight = {None, *(uuid for uuid, _, _ in targets_in_sight(session, project.id, seat))}
    missing = {
        question: [one for one in short if one.target in in_sight]
        for question, short in examples.missing(session, project.id).items()
    }
    job = jobs.latest(session, project.id, retraining.KIND)
    labelled = counting.labelled_units(session, project.id)
    trained = None if job is None else int(job.arguments.get("labelled", 0))
    return Overview(
        questions=tuple(
            QuestionOverview(
                name=question.name,
                active=next((card for card in cards.get(question.id, []) if card.is_active), None),
                others=tuple(card for card in cards.get(question.id, []) if not card.is_active),
                missing=tuple(
                    line.sentence() for line in shortfalls.lines(missing[question.id], question, names=names)
                ),
                history=tuple(history.get(question.id, ())),
                lacks_targets=question.type == "stance" and in_sight == {None},
            )
            for question in examples.trainable(codebook)
        ),
        job=job,
        labelled=labelled,
        until_next=None if trained is None else max(project.retrain_every - (labelled - trained), 0),
        is_automatic=project.retrain_every > 0,
        seconds_left=None if job is None else jobs.seconds_left(job),
    )


def read_card(
    session: Session, project: Project, number: int, *, masked: Collection[str] = (), shows_annotators: bool = False
) -> Card:
    """Return one classifier's card, without telling words that are masked names.

    Whose answers it learned from is for those who review and do not label blind.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    """
    question, row = suggesting.find_classifier(session, project, number)
    hides = MaskedNames(session, project.id).hides if "names" in masked else _hides_nothing
    card = _card(session, question, row, names=reviewing.target_names(session, project.id), hides=hides)
    return card if shows_annotators else replace(card, answers=None)


def _hides_nothing(_word: str) -> bool:
    return False


def same_question(session: Session, project: Project, number: int) -> list[int]:
    """Return the numbers of all classifiers for the question of this one, newest first."""
    question, _ = suggesting.find_classifier(session, project, number)
    return [row.number for own, row in suggesting.classifiers(session, project) if own == question]


def history_of(session: Session, project: Project, number: int) -> list[Activation]:
    """Return when this classifier became the active one, newest first."""
    _, row = suggesting.find_classifier(session, project, number)
    found = activations.read_activations(session, project.id)[row.question_id]
    return [one for one in found if one.number == number]


def _card(
    session: Session, question_id: str, row: Classifier, *, names: Mapping[str, str],
    hides: Callable[[str], bool] = _hides_nothing,
) -> Card:  # fmt: skip
    version = session.get_one(CodebookVersion, row.codebook_version_id)
    question = _question(codebooks.parse_source(version.source), question_id)
    card = row.card
    data = card["data"]
    return Card(
        number=row.number,
        question=question.name,
        is_active=row.is_active,
        created_at=row.created_at,
        codebook=version.number,
        examples=data["examples"],
        documents=data["groups"],
        labelled=row.n_labelled,
        has_reserved=_has_reserved(session, row.project_id),
        learned_from=card.get("learned_from", "everybody"),
        selection=data.get("selection", {}),
        not_random=data.get("not_random", 0),
        answers=_answers(data.get("per_annotator")),
        data_hash=data.get("sha256"),
        question_type=question.type,
        tasks=tuple(read_task(task, question, names, hides=hides) for task in card["tasks"]),
        reserved=card_scores.read_reserved(card, question, names),
        recipe=read_recipe(card["recipe"]),
        embedding=read_embedding_use(card, names),
        libraries=card["libraries"],
        seed=card["seed"],
        sha256=row.sha256,
        consensus=card.get("consensus"),
        stability=Stability(**card["stability"]) if card.get("stability") else None,
        mentioned=read_mentioned(card, question),
    )


def _answers(counted: Mapping[str, int] | None) -> Mapping[str, int] | None:
    return counted and dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _has_reserved(session: Session, project_id: int) -> bool:
    reserved = exists().where(Document.project_id == project_id, Document.is_reserved.is_(True), ~Document.is_pending)
    return session.scalar(select(reserved)) or False


def _question(codebook: Codebook, question_id: str) -> Question:
    question = codebook.question(question_id)
    if question is None:
        raise ValueError(f"codebook without the question {question_id} its classifier answers")
    return question
