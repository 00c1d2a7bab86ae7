"""Train classifiers from the labels that count, and store them."""

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Question
from annotator.db import ChainHead, Classifier, CodebookVersion, Document, Project, Unit
from annotator.db import Question as QuestionRow
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotFoundError
from annotator.learning import classifier as learning
from annotator.learning import store
from annotator.learning.embedding import Embedding, read_embedding
from annotator.learning.shortages import is_always_given
from annotator.learning.values import Example, Progress
from annotator.services import (
    codebooks,
    counting,
    doubts,
    origins,
    projects,
    reserved_tests,
    reviewing,
    rounds,
    stability,
)
from annotator.services.examples import kind_of, labels_of, read_material, trainable
from annotator.services.named_targets import Namer
from annotator.services.votes import Material
from annotator.words import joined, say

#: What the card says of a classifier that learned in a blind phase.
ADJUDICATED = "adjudicated"
#: Texts without labels that help to weigh words.
MAX_POOL = 20_000


def train_project(
    database: Database, project_id: int, *, question: str | None = None, progress: Progress | None = None
) -> list[Classifier]:
    """Train a classifier per question that has labels enough, and make each the active one.

    No transaction is open while a classifier trains.

    Raises
    ------
    InvalidInputError
        If no question has labels enough; the sentence says what is missing.
    EmbeddingError
        If there is to be a sentence embedding, and it cannot be read.
    """
    folder = database.settings.embedding
    embedding = None if folder is None else read_embedding(folder)
    with database.reading() as session:
        project = session.get_one(Project, project_id)
        version = codebooks.current_version(session, project_id)
        wanted = _wanted(codebooks.parse_source(version.source), question)
        labelled = counting.labelled_units(session, project_id)
        phase = rounds.phase(session, project_id)
        material = origins.of_material(session, project_id, read_material(session, project_id, wanted))
        tests = reserved_tests.read_tests(session, project_id, wanted)
        namer = Namer(session, project_id)
        pool = _pool(session, project_id)
        sample = stability.draw_sample(session, project)
        names = reviewing.target_names(session, project_id)
        codes = projects.annotator_codes(session, project_id)
    # They bring NumPy, which only the worker needs at its start.
    from annotator.learning import testing
    from annotator.learning.pools import Pool

    texts = Pool(pool, seed=project.seed)
    material = {name: namer.material(found) for name, found in material.items()}
    tests = {name: namer.panels(found) for name, found in tests.items()}
    made: list[Classifier] = []
    reasons: list[str] = []
    for index, entry in enumerate(wanted):
        step = _step(progress, index, len(wanted), names)
        try:
            trained = _train(
                entry, material[entry.id], pool=texts, seed=project.seed, progress=step, embedding=embedding
            )  # fmt: skip
            trained.card["data"]["per_annotator"] = {
                codes[number]: count for number, count in material[entry.id].answers.items()
            }
        except InvalidInputError as error:
            reasons.append(joined((entry.name, error.problems[0]), ": "))
            continue
        trained.card["reserved"] = testing.reserved_card(
            trained, material[entry.id].examples, tests[entry.id], labels=labels_of(entry), seed=project.seed
        )
        trained.card["stability"] = stability.compared(database, project, entry.id, trained, sample)
        twins = doubts.twins_of(material[entry.id].examples)
        made.append(
            _store(database, project, entry, trained, version=version, labelled=labelled, phase=phase, twins=twins)
        )
    if not made:
        raise InvalidInputError(*reasons or [say("No question of this codebook can be learned.")])
    return made


def _train(
    question: Question, material: Material, *, pool: Sequence[str], seed: int, progress: Progress | None,
    embedding: Embedding | None,
) -> learning.Classifier:  # fmt: skip
    kind, labels = kind_of(question), labels_of(question)
    trained = learning.train(
        kind, material.examples, pool=pool, labels=labels, seed=seed, progress=progress, embedding=embedding,
        at_least_one=is_always_given(kind, material.examples),
    )  # fmt: skip
    trained.card["consensus"] = material.as_record()
    return trained


def _wanted(codebook: Codebook, question: str | None) -> list[Question]:
    possible = trainable(codebook)
    if question is None:
        return possible
    found = [entry for entry in possible if question in (entry.id, entry.name)]
    if not found:
        names = ", ".join(f"“{entry.name}”" for entry in possible) or say("none")
        raise NotFoundError(
            say(
                "There is no question “{question}” that can be learned; there is: {names}.",
                question=question,
                names=names,
            )
        )
    return found


def _pool(session: Session, project_id: int) -> list[str]:
    """Return texts of units, labelled or not, spread over documents; the words of the reserved sample stay unseen."""
    text = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
    query = (
        select(text)
        .select_from(Unit)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Document.project_id == project_id,
            ~Document.is_pending,
            Document.is_reserved.is_not(True),
            Unit.kind == "sentence",
        )
        .order_by(Document.order_key, Unit.position)
        .limit(MAX_POOL)
    )
    return list(session.scalars(query))


def _step(progress: Progress | None, index: int, of: int, names: dict[str, str]) -> Progress | None:
    """Return a progress function for one of several questions; it names targets as people do."""
    if progress is None:
        return None

    def report(share: float, message: str) -> None:
        for uuid, name in names.items():
            message = message.replace(uuid, name)
        progress((index + share) / of, message)

    return report


def _store(
    database: Database,
    project: Project,
    question: Question,
    trained: learning.Classifier,
    *,
    version: CodebookVersion,
    labelled: int,
    phase: str,
    twins: Sequence[tuple[Example, Example]],
) -> Classifier:
    shelf = database.settings.models / project.slug
    shelf.mkdir(parents=True, exist_ok=True)
    unfinished = shelf / f".unfinished-{secrets.token_hex(8)}"
    sha256 = store.save(trained, unfinished)
    try:
        with database.transaction() as session:
            row = _row(
                session,
                project,
                question,
                trained,
                version=version,
                sha256=sha256,
                labelled=labelled,
                phase=phase,
            )
            doubts.replace_doubts(session, project.id, row.question_id, trained.doubts, twins)
            place = shelf / str(row.number)
            # A folder without a row was left by a crash between the two.
            shutil.rmtree(place, ignore_errors=True)
            unfinished.rename(place)
            session.flush()
            session.expunge(row)
        return row
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _row(
    session: Session,
    project: Project,
    question: Question,
    trained: learning.Classifier,
    *,
    version: CodebookVersion,
    sha256: str,
    labelled: int,
    phase: str,
) -> Classifier:
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
        codebook_version_id=version.id,
        sha256=sha256,
        n_labelled=labelled,
        card={
            "question": question.id,
            "codebook": version.number,
            "learned_from": ADJUDICATED if phase == "blind" else "everybody",
            **trained.card,
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
