"""What a classifier chooses for a round: the sentences it is least sure of, or those most likely to have a label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import Classifier, Document, Project, Unit
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.learning.values import Progress
from annotator.services import (
    codebooks,
    counting,
    examples,
    reviewing,
    rounds,
    shortfalls,
    sighted_targets,
    suggesting,
    unsureness,
)
from annotator.services.frames import Frame
from annotator.services.given import Sight
from annotator.services.plans import RARE, Plan
from annotator.services.suggesting import Shelf
from annotator.words import say

#: Labelled sentences before a classifier chooses: the first ones are worth more at random, spread over the texts.
LEAST_LABELLED = 100
#: Sentences read and scored at a time.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """A question whose classifier may choose, and the labels it knows, by id and name."""

    question: str
    name: str
    labels: tuple[tuple[str, str], ...]


def offers(session: Session, project: Project) -> list[Offer]:
    """Return the questions whose classifiers may choose by now; none before enough is labelled."""
    if counting.labelled_units(session, project.id) < LEAST_LABELLED:
        return []
    active = dict(suggesting.active_classifiers(session, project))
    return [
        Offer(question.id, question.name, _labels(question, active[question.id]))
        for question in examples.trainable(codebooks.published(session, project.id).codebook)
        if question.id in active
    ]


def _labels(question: Question, row: Classifier) -> tuple[tuple[str, str], ...]:
    known = {label for task in row.card.get("tasks", ()) for label in task["labels"]}
    known |= set(row.card.get("mentioned", {}).get("labels", ()))
    return tuple((label.id, label.name) for label in question.labels if label.id in known)


def missing(session: Session, project: Project) -> list[str]:
    """Return what is missing before a classifier can choose, in sentences; none if one can."""
    if offers(session, project):
        return []
    labelled = counting.labelled_units(session, project.id)
    lacking = _without_classifier(session, project)
    if labelled < LEAST_LABELLED:
        few = say("{have} of {need} labelled sentences", have=labelled, need=LEAST_LABELLED)
        return [few, *lacking]
    return lacking


def _without_classifier(session: Session, project: Project) -> list[str]:
    if suggesting.active_classifiers(session, project):
        return []
    if rounds.phase(session, project.id) == "blind" and suggesting.classifiers(session, project):
        return [
            say(
                "a classifier that learned from adjudicated labels alone, as long as a blind round runs: the choice of "
                "another would tell what the annotators said"
            )
        ]
    names = reviewing.target_names(session, project.id)
    # Targets that are one annotator's own until an owner accepts them are not named.
    in_sight = {None, *(uuid for uuid, _, _ in sighted_targets.targets_in_sight(session, project.id, None))}
    short = examples.missing(session, project.id)
    sentences = []
    for question in examples.trainable(codebooks.published(session, project.id).codebook):
        seen = [one for one in short[question.id] if one.target in in_sight]
        nearest = shortfalls.lines(seen, question, names=names)[:1]
        sentences += [line.sentence(question.name) for line in nearest]
    return sentences


def settled(session: Session, project: Project, plan: Plan) -> Plan:
    """Return a plan with the classifier that chooses from now on, whichever is active when it comes to it.

    Raises
    ------
    InvalidInputError
        If the question has none that may choose, or none that knows the label.
    """
    offer = next((one for one in offers(session, project) if one.question == plan.question), None)
    if offer is None:
        raise InvalidInputError(say("No classifier can choose for this question yet; draw at random first."))
    if plan.selection == RARE and plan.label not in dict(offer.labels):
        raise InvalidInputError(say("The classifier does not know this label yet; choose another."))
    row = dict(suggesting.active_classifiers(session, project))[offer.question]
    return replace(plan, classifier=row.number)


def ranked(
    database: Database, project_id: int, plan: Plan, frame: Frame, *, seed: int, progress: Progress
) -> Sequence[int]:
    """Return the units of a frame in the order in which the plan's classifier would choose them.

    Nothing of the test sample is among them, and no sentence the classifier has no opinion on.
    """
    from annotator.learning.selection import lowest_first

    with database.reading() as session:
        project = session.get_one(Project, project_id)
        _, row = suggesting.find_classifier(session, project, plan.classifier or 0)
        shelf = Shelf.of(database.settings)
        scorer = unsureness.scorer_of(session, shelf, project, row, Sight(None, "open"))
    units = [unit for unit in frame.documents if unit not in frame.reserved]
    scores: list[float] = []
    for sentences in _sentences(database, units):
        scores += _scores(scorer, plan, sentences)
        progress(len(scores) / len(units), say("The classifier reads the sentences."))
    return [units[place] for place in lowest_first(scores, seed=seed).tolist()]


def _scores(scorer: unsureness.Scorer, plan: Plan, sentences: Sequence[str]) -> list[float]:
    """Return what comes first where it is low; nothing where the classifier has no opinion."""
    if plan.selection == RARE:
        likely = scorer.probabilities(sentences, plan.label or "")
        return [nan if one is None else -one for one in likely]
    return [nan if one is None else one for one in scorer.margins(sentences)]


def _sentences(database: Database, units: Sequence[int]) -> Iterator[list[str]]:
    text: Any = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
    query = select(Unit.id, text).join(Document, Document.id == Unit.document_id)
    for start in range(0, len(units), BATCH):
        wanted = units[start : start + BATCH]
        with database.reading() as session:
            read: dict[int, str] = {row[0]: row[1] for row in session.execute(query.where(Unit.id.in_(wanted)))}
        yield [read[unit] for unit in wanted]
