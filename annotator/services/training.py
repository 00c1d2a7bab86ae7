"""Train classifiers from the labels that count, and store them."""

import secrets
import shutil
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import ChainHead, Classifier, Project
from annotator.db import Question as QuestionRow
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.learning import classifier as learning
from annotator.learning import store
from annotator.learning.embedding import Embedding, read_embedding
from annotator.learning.shortages import is_always_given
from annotator.learning.values import Example, Progress
from annotator.services import doubts, stability
from annotator.services.examples import kind_of, labels_of
from annotator.services.training_sources import Sources, read_sources
from annotator.services.votes import Material
from annotator.words import joined, say

#: What the card says of a classifier that learned in a blind phase.
ADJUDICATED = "adjudicated"
#: Which share of the work is done when a classifier is trained, and when it is tested: it has yet to be stored, and
#: whoever looks is not told that all is done while it is not.
TRAINED, TESTED = 0.95, 0.98


def train_project(
    database: Database, project_id: int, *, question: str | None = None, progress: Progress | None = None
) -> list[Classifier]:
    """Train a classifier per question that has labels enough, and make each the active one.

    No transaction is open while a classifier trains.

    Raises
    ------
    InvalidInputError
        If no question has labels enough; the sentence says what is missing.
    NotFoundError
        If the question named cannot be learned, or is not there.
    EmbeddingError
        If there is to be a sentence embedding, and it cannot be read.
    """
    # Until the first step is done, which takes most of the time with stances, nobody is told that it has yet to start.
    _step(progress, 0, 1)(0.0, say("Reading the labels to learn from."))
    folder = database.settings.embedding
    embedding = None if folder is None else read_embedding(folder)
    with database.reading() as session:
        sources = read_sources(session, project_id, question=question)
    # It brings NumPy, which only the worker needs at its start.
    from annotator.learning.pools import Pool

    pool = Pool(sources.pool, seed=sources.project.seed)
    made: list[Classifier] = []
    reasons: list[str] = []
    for entry, (begin, end) in zip(sources.questions, portions(sources), strict=True):
        step = _step(progress, begin, end)
        material = sources.material_of(entry)
        try:
            trained = _train(
                entry, material, pool=pool, seed=sources.project.seed, progress=_step(step, 0, TRAINED),
                embedding=embedding,
            )  # fmt: skip
        except InvalidInputError as error:
            reasons.append(joined((entry.name, error.problems[0]), ": "))
            continue
        trained.card |= _tested(database, sources, entry, trained, material)
        step(TESTED, say("The classifier is being stored."))
        trained.card["data"]["per_annotator"] = {sources.codes[one]: count for one, count in material.answers.items()}
        made.append(_store(database, sources, entry, trained, twins=doubts.twins_of(material.examples)))
    if not made:
        raise InvalidInputError(*reasons or [say("No question of this codebook can be learned.")])
    return made


def _train(
    question: Question, material: Material, *, pool: Sequence[str], seed: int, progress: Progress,
    embedding: Embedding | None,
) -> learning.Classifier:  # fmt: skip
    kind, labels = kind_of(question), labels_of(question)
    trained = learning.train(
        kind, material.examples, pool=pool, labels=labels, seed=seed, progress=progress, embedding=embedding,
        at_least_one=is_always_given(kind, material.examples),
    )  # fmt: skip
    trained.card["consensus"] = material.as_record()
    return trained


def _tested(
    database: Database, sources: Sources, question: Question, trained: learning.Classifier, material: Material
) -> dict[str, Any]:
    """Return how a classifier does on the reserved sample, and how it differs from the one before it."""
    from annotator.learning import testing

    return {
        "reserved": testing.reserved_card(
            trained,
            material.examples,
            sources.tests_of(question),
            labels=labels_of(question),
            seed=sources.project.seed,
        ),
        "stability": stability.compared(database, sources.project, question.id, trained, sources.sample),
    }


def portions(sources: Sources) -> list[tuple[float, float]]:
    """Return from where to where the work of each question goes, by how much it is learned from."""
    sizes = [len(sources.material[entry.id].examples) for entry in sources.questions]
    whole = max(sum(sizes), 1)
    return [((end - size) / whole, end / whole) for size, end in zip(sizes, accumulate(sizes), strict=True)]


def _step(progress: Progress | None, begin: float, end: float) -> Progress:
    """Return a progress function for one of several questions."""
    if progress is None:
        return lambda _share, _message: None
    return lambda share, message: progress(begin + share * (end - begin), message)


def _store(
    database: Database,
    sources: Sources,
    question: Question,
    trained: learning.Classifier,
    *,
    twins: Sequence[tuple[Example, Example]],
) -> Classifier:
    shelf = database.settings.models / sources.project.slug
    shelf.mkdir(parents=True, exist_ok=True)
    unfinished = shelf / f".unfinished-{secrets.token_hex(8)}"
    sha256 = store.save(trained, unfinished)
    try:
        with database.transaction() as session:
            row = _row(session, sources, question, card=trained.card, sha256=sha256)
            doubts.replace_doubts(session, row.project_id, row.question_id, trained.doubts, twins)
            place = shelf / str(row.number)
            # A folder without a row was left by a crash between the two.
            shutil.rmtree(place, ignore_errors=True)
            unfinished.rename(place)
            session.flush()
            session.expunge(row)
        return row
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _row(session: Session, sources: Sources, question: Question, *, card: dict[str, Any], sha256: str) -> Classifier:
    project = sources.project
    # The head row is the project's turnstile, so that two workers cannot take one number.
    session.execute(select(ChainHead.project_id).where(ChainHead.project_id == project.id).with_for_update())
    newest = session.scalar(select(func.max(Classifier.number)).where(Classifier.project_id == project.id)) or 0
    question_id = session.scalars(
        select(QuestionRow.id).where(QuestionRow.project_id == project.id, QuestionRow.stable_id == question.id)
    ).one()
    session.execute(update(Classifier).where(Classifier.question_id == question_id).values(is_active=False))
    row = Classifier(
        project_id=project.id,
        number=newest + 1,
        question_id=question_id,
        codebook_version_id=sources.version.id,
        sha256=sha256,
        n_labelled=sources.labelled,
        card={
            "question": question.id,
            "codebook": sources.version.number,
            "learned_from": ADJUDICATED if sources.phase == "blind" else "everybody",
            **card,
        },
        is_active=True,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def folder_of(models: Path, project: Project, number: int) -> Path:
    """Return where a classifier is stored."""
    return models / project.slug / str(number)
