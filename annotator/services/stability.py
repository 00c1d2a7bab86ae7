"""How much a classifier still changes with more labels: the share of sentences on which it and the last one agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, CurrentAnnotation, Document, Project, Question, Unit
from annotator.db import Classifier as ClassifierRow
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.learning import store
from annotator.learning.classifier import Classifier, Mentions
from annotator.services import rounds, sighted_targets
from annotator.services.current import COUNTED
from annotator.services.visibility import visible_annotations

#: Sentences that are compared: enough for a share that is right to three points or so.
SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Sentences without a label, and for each the targets that it names, and where."""

    sentences: tuple[str, ...]
    targets: tuple[Mentions, ...]


def draw_sample(session: Session, project: Project) -> Sample:
    """Draw sentences without a label: from training to training the same, but for what was labelled meanwhile.

    Each sentence has a number that depends on nothing but the project's seed and its id; those with the lowest are in.
    """
    rows = session.execute(select(Unit.id, Unit.external_id).join(Document).where(*_unlabelled(session, project))).all()
    drawn = nsmallest(SAMPLE, rows, key=lambda row: sha256(f"{project.seed}:{row.external_id}".encode()).digest())
    text: Any = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
    texts = select(text).select_from(Unit).join(Document, Document.id == Unit.document_id).order_by(Unit.id)
    sentences = tuple(session.scalars(texts.where(Unit.id.in_([row.id for row in drawn]))))
    find = sighted_targets.finder(sighted_targets.targets_in_sight(session, project.id, None)).find
    return Sample(sentences, tuple(sighted_targets.first_mentions(find(one)) for one in sentences))


def compared(
    database: Database, project: Project, question: str, classifier: Classifier, sample: Sample
) -> dict[str, Any] | None:
    """Return on which share of a sample a new classifier suggests the same as the last one of its question.

    None if there is no other that can be read, or no sentence of which both have something to say.
    """
    with database.reading() as session:
        row = session.scalars(_last(project, question)).first()
        if row is None or not sample.sentences:
            return None
        number, digest = row.number, row.sha256
    try:
        before = store.load(
            database.settings.models / project.slug / str(number), sha256=digest, embedding=database.settings.embedding
        )
    except InvalidInputError:
        return None
    pairs = zip(_said(before, sample), _said(classifier, sample), strict=True)
    same = [all(old[target] == new[target] for target in old.keys() & new) for old, new in pairs if old.keys() & new]
    return {"classifier": number, "sentences": len(same), "same": sum(same) / len(same)} if same else None


def _last(project: Project, question: str) -> Select[ClassifierRow]:
    of_question = (ClassifierRow.project_id == project.id, Question.stable_id == question)
    query = select(ClassifierRow).join(Question, Question.id == ClassifierRow.question_id).where(*of_question)
    return query.order_by(ClassifierRow.number.desc()).limit(1)


def _said(classifier: Classifier, sample: Sample) -> Iterator[dict[str | None, frozenset[str]]]:
    """Yield what is suggested for each sentence, by target where the question is about targets: those it names."""
    for of, named in zip(
        classifier.suggest_many(sample.sentences, mentions=sample.targets), sample.targets, strict=True
    ):
        yield {one.target: frozenset(one.chosen) for one in of if one.target is None or one.target in named}


def _unlabelled(session: Session, project: Project) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on sentences without a label that may be learned from: others are not to be told of."""
    phase = rounds.phase(session, project.id)
    has_label = exists().where(
        CurrentAnnotation.unit_id == Unit.id,
        Annotation.id == CurrentAnnotation.annotation_id,
        Annotation.act == "answer",
        Annotation.kind.in_(COUNTED),
        visible_annotations(None, phase=phase),
    )
    return (
        Unit.project_id == project.id,
        Unit.kind == "sentence",
        Unit.withdrawn_at.is_(None),
        Document.is_pending.is_(False),
        # What is kept apart for testing tells nothing before it is tested on.
        Document.is_reserved.is_not(True),
        ~has_label,
    )
