"""Cards for people: how good a classifier is, with names instead of ids, and what is missing for another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Question
from annotator.db import Classifier, CodebookVersion, Document, Job, Project
from annotator.services import codebooks, counting, examples, jobs, reviewing, shortfalls, suggesting, training
from annotator.services.seats import Seat
from annotator.services.shortfalls import label_name
from annotator.services.sighted_targets import targets_in_sight
from annotator.words import say


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label's row of the table; shares between 0 and 1, ``units`` those that have the label."""

    name: str
    f1: float
    precision: float
    recall: float
    units: int
    is_early: bool
    telling: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskCard:
    """What one task (a target, or the whole question) has reached in cross-validation."""

    title: str | None
    units: int
    documents: int
    macro_f1: float | None
    interval: tuple[float, float] | None
    majority: float | None
    accuracy: float | None
    calibration_error: float | None
    folds: str
    labels: tuple[LabelScore, ...]
    confusion: tuple[tuple[int, ...], ...] | None

    @property
    def beats_guessing(self) -> bool:
        """Whether it does better than always saying the most frequent label."""
        return self.macro_f1 is not None and self.majority is not None and self.macro_f1 > self.majority


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
    tasks: tuple[TaskCard, ...]
    recipe: Mapping[str, Any]
    libraries: Mapping[str, str]
    seed: int
    sha256: str
    #: What several answers about a sentence were made into, as :mod:`annotator.services.votes` records it.
    consensus: Mapping[str, Any] | None
    #: None for the first of its question, and where there was nothing to compare.
    stability: Stability | None


@dataclass(frozen=True, slots=True)
class QuestionOverview:
    """A question with its classifiers, newest first, and sentences that say what is missing, the nearest first."""

    name: str
    active: Card | None
    others: tuple[Card, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the list shows."""

    questions: tuple[QuestionOverview, ...]
    job: Job | None
    labelled: int
    until_next: int | None

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
    for question, row in suggesting.classifiers(session, project):
        cards.setdefault(question, []).append(_card(session, question, row, names=names))
    in_sight = {None, *(uuid for uuid, _, _ in targets_in_sight(session, project.id, seat))}
    missing = {
        question: [one for one in short if one.target in in_sight]
        for question, short in examples.missing(session, project.id).items()
    }
    job = jobs.latest(session, project.id, training.KIND)
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
            )
            for question in examples.trainable(codebook)
        ),
        job=job,
        labelled=labelled,
        until_next=None if trained is None else max(project.retrain_every - (labelled - trained), 0),
    )


def read_card(session: Session, project: Project, number: int) -> Card:
    """Return one classifier's card.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    """
    question, row = suggesting.find_classifier(session, project, number)
    return _card(session, question, row, names=reviewing.target_names(session, project.id))


def _card(session: Session, question_id: str, row: Classifier, *, names: Mapping[str, str]) -> Card:
    version = session.get_one(CodebookVersion, row.codebook_version_id)
    question = _question(codebooks.parse_source(version.source), question_id)
    card = row.card
    return Card(
        number=row.number,
        question=question.name,
        is_active=row.is_active,
        created_at=row.created_at,
        codebook=version.number,
        examples=card["data"]["examples"],
        documents=card["data"]["groups"],
        labelled=row.n_labelled,
        has_reserved=_has_reserved(session, row.project_id),
        tasks=tuple(_task(task, question, names) for task in card["tasks"]),
        recipe=card["recipe"],
        libraries=card["libraries"],
        seed=card["seed"],
        sha256=row.sha256,
        consensus=card.get("consensus"),
        stability=Stability(**card["stability"]) if card.get("stability") else None,
    )


def _has_reserved(session: Session, project_id: int) -> bool:
    reserved = exists().where(Document.project_id == project_id, Document.is_reserved.is_(True), ~Document.is_pending)
    return session.scalar(select(reserved)) or False


def _question(codebook: Codebook, question_id: str) -> Question:
    question = codebook.question(question_id)
    if question is None:
        raise ValueError(f"codebook without the question {question_id} its classifier answers")
    return question


def _task(task: Mapping[str, Any], question: Question, names: Mapping[str, str]) -> TaskCard:
    scores, majority = task.get("scores") or {}, task.get("majority") or {}
    interval = (task.get("intervals") or {}).get("macro_f1")
    folds = task["folds"]
    return TaskCard(
        title=None if task["target"] is None else names.get(task["target"], task["target"]),
        units=task["units"],
        documents=task["groups"],
        macro_f1=scores.get("macro_f1"),
        interval=None if interval is None else (interval[0], interval[1]),
        majority=majority.get("macro_f1"),
        accuracy=scores.get("accuracy"),
        calibration_error=scores.get("ece"),
        folds=_folds(folds),
        labels=tuple(_label_scores(task, question)),
        confusion=tuple(tuple(line) for line in task["confusion"]) if task.get("confusion") else None,
    )


def _folds(folds: Mapping[str, Any]) -> str:
    """Say how units were held out, as the end of a sentence."""
    if folds["by"] == "unit":
        return say(
            "{number} folds of its own units, since there is no other document to test on", number=folds["number"]
        )
    return say("{number} folds that never separate sentences of one document", number=folds["number"])


def _label_scores(task: Mapping[str, Any], question: Question) -> list[LabelScore]:
    per_label = (task.get("scores") or {}).get("per_label", {})
    telling = task.get("telling") or {}
    rows = []
    for label, early in zip(task["labels"], task["early"], strict=True):
        score = per_label.get(label, {})
        pairs = telling.get(label, {}).get("for", [])
        words = [word for word, _ in pairs if all(part[0].isalnum() for part in word.split())]
        rows.append(
            LabelScore(
                name=label_name(question, label),
                f1=score.get("f1", 0.0),
                precision=score.get("precision", 0.0),
                recall=score.get("recall", 0.0),
                units=score.get("n", 0),
                is_early=early,
                telling=tuple(words[:10]),
            )
        )
    return rows
