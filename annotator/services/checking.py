"""Show that nothing is missing or changed: the chain of every project, and what is derived from it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import (
    Annotation,
    Annotator,
    Assignment,
    ChainHead,
    Classifier,
    CurrentAnnotation,
    ImportBatch,
    Project,
    Round,
    Tally,
    Unit,
    triggers,
)
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.learning import store
from annotator.learning.embedding import EmbeddingError
from annotator.learning.store import OutdatedError
from annotator.services import chain, codebooks, current, projects
from annotator.services.batches import SILENT_FOR
from annotator.services.training import folder_of

#: Unit, annotator and kind of work: for each of them one act counts.
Topic = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, as a sentence; ``project`` is None where it concerns all."""

    project: str | None
    sentence: str
    #: Whether working out anew what is derived from the acts puts it right.
    can_be_rebuilt: bool = False


@dataclass(slots=True)
class _Acts:
    """What a walk along a chain has seen: how long it is, and the acts that are not undone, by topic."""

    length: int = 0
    end: str = ""
    standing: dict[Topic, dict[str, tuple[int, str]]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, row: dict[str, Any]) -> None:
        """Go on by one act."""
        self.length, self.end = row["sequence"], row["hash"]
        standing = self.standing[row["unit"], row["annotator"], row["kind"]]
        if row["act"] == "undo":
            standing.pop(row["supersedes"], None)
        else:
            standing[row["key"]] = (row["sequence"], row["act"])

    def counting(self) -> dict[Topic, tuple[int, str]]:
        """Return number and act of what counts."""
        return {topic: max(acts.values()) for topic, acts in self.standing.items() if acts}


def check_database(database: Database) -> list[Finding]:
    """Check every project; an empty list says that all is well."""
    findings: list[Finding] = []
    with database.reading() as session:
        for name in triggers.missing(session.connection()):
            findings.append(Finding(None, f"The trigger {name} is missing, so labels could be changed unseen."))
        for project in projects.all_projects(session):
            findings += [
                *_check_acts(session, project),
                *_check_places(session, project),
                *_check_imports(session, project),
                *_check_classifiers(session, project, database),
            ]
    return findings


def rebuild(database: Database) -> None:
    """Work out anew what is derived from the acts: what counts, and how much of it there is."""
    with database.reading() as session:
        ids = [project.id for project in projects.all_projects(session)]
    for project_id in ids:
        with database.transaction() as session:
            # Nobody appends meanwhile.
            session.execute(select(ChainHead.sequence).where(ChainHead.project_id == project_id).with_for_update())
            current.rebuild_pointers(session, project_id)
            current.rebuild_counts(session, project_id)


def _check_acts(session: Session, project: Project) -> Iterator[Finding]:
    acts = _Acts()
    try:
        yield from _walk(session, project, acts)
    except (KeyError, RuntimeError):
        sentence = f"The answers of act {acts.length + 1} name what is not in the project; restore a backup."
        yield Finding(project.name, sentence)
        return
    head = session.get(ChainHead, project.id)
    if head is None or (head.sequence, head.hash) != (acts.length, acts.end):
        yield Finding(project.name, "The chain of acts does not end where it should; restore a backup.")
    yield from _check_pointers(session, project, acts)
    counting = acts.counting().items()
    labelled = len({unit for (unit, _, kind), (_, act) in counting if act == "answer" and kind in current.COUNTED})
    if head is not None and head.labelled != labelled:
        sentence = f"{head.labelled:,} units are counted as labelled, but there are {labelled:,}."
        yield Finding(project.name, sentence, can_be_rebuilt=True)


def _walk(session: Session, project: Project, acts: _Acts) -> Iterator[Finding]:
    """Go along the chain; stop at the first act that was changed or is missing, for all after it are in doubt."""
    payloads = select(Annotation.payload_hash).where(Annotation.project_id == project.id)
    stored = session.scalars(payloads.order_by(Annotation.sequence))
    for row, payload in zip(chain.history(session, project.id), stored, strict=True):
        if row["sequence"] != acts.length + 1 or row["previous"] != acts.end:
            yield Finding(project.name, f"After act {acts.length} an act is missing; restore a backup.")
        elif chain.chain_hash(row) != row["hash"] or chain.payload_hash(row) != payload:
            sentence = f"Act {row['sequence']} on {row['unit']} is not what was recorded; restore a backup."
            yield Finding(project.name, sentence)
        acts.take(row)


def _check_pointers(session: Session, project: Project, acts: _Acts) -> Iterator[Finding]:
    pointers = session.execute(
        select(Unit.external_id, Annotator.code, CurrentAnnotation.kind, Annotation.sequence)
        .join(Unit, Unit.id == CurrentAnnotation.unit_id)
        .join(Annotator, Annotator.id == CurrentAnnotation.annotator_id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(Annotation.project_id == project.id)
    )
    found = {(unit, code, kind): sequence for unit, code, kind, sequence in pointers}
    wanted = {topic: sequence for topic, (sequence, _) in acts.counting().items()}
    wrong = {topic for topic in found.keys() | wanted.keys() if found.get(topic) != wanted.get(topic)}
    if wrong:
        unit, code, _ = min(wrong)
        sentence = f"The label that counts is not the newest for {len(wrong):,} units, such as {unit} by {code}."
        yield Finding(project.name, sentence, can_be_rebuilt=True)


def _check_places(session: Session, project: Project) -> Iterator[Finding]:
    # The places of a round in the making are just being added.
    for round_ in session.scalars(select(Round).where(Round.project_id == project.id, Round.is_ready)):
        if current.units_in(session, round_) != round_.units:
            sentence = f"The round “{round_.name}” counts its units wrongly."
            yield Finding(project.name, sentence, can_be_rebuilt=True)
        if _finished(session, round_) != _tallied(session, round_):
            sentence = f"The round “{round_.name}” counts wrongly who has finished how much."
            yield Finding(project.name, sentence, can_be_rebuilt=True)
        wrong = session.scalar(_places_at_odds(round_)) or 0
        if wrong:
            yield Finding(project.name, f"{wrong:,} places of the round “{round_.name}” are closed without an answer.")


def _finished(session: Session, round_: Round) -> Counter[int]:
    query = select(Assignment.annotator_id).where(
        Assignment.round_id == round_.id, Assignment.state.in_(current.FINISHED.values())
    )
    return Counter(annotator for annotator in session.scalars(query) if annotator is not None)


def _tallied(session: Session, round_: Round) -> Counter[int]:
    rows = session.execute(select(Tally.annotator_id, Tally.done).where(Tally.round_id == round_.id))
    return Counter({annotator: done for annotator, done in rows if done})


def _places_at_odds(round_: Round) -> Any:
    counts = (
        select(CurrentAnnotation.unit_id)
        .where(
            CurrentAnnotation.unit_id == Assignment.unit_id,
            CurrentAnnotation.annotator_id == Assignment.annotator_id,
        )
        .exists()
    )
    closed = Assignment.state.in_(current.FINISHED.values())
    return select(func.count()).where(Assignment.round_id == round_.id, closed, ~counts)


def _check_imports(session: Session, project: Project) -> Iterator[Finding]:
    silent = session.scalars(
        select(ImportBatch).where(
            ImportBatch.project_id == project.id,
            ImportBatch.state == "pending",
            ImportBatch.heartbeat_at < now() - SILENT_FOR,
        )
    )
    for batch in silent:
        sentence = f"The import of “{batch.name}” was interrupted; the next start of the server removes its rest."
        yield Finding(project.name, sentence)


def _check_classifiers(session: Session, project: Project, database: Database) -> Iterator[Finding]:
    rows = session.scalars(select(Classifier).where(Classifier.project_id == project.id).order_by(Classifier.number))
    for row in rows:
        try:
            store.load(
                folder_of(database.settings.models, project, row.number), sha256=row.sha256,
                embedding=database.settings.embedding,
            )  # fmt: skip
        except EmbeddingError as error:
            yield Finding(project.name, f"Classifier {row.number} cannot be used. {error}")
        except OutdatedError as error:
            # Of those that are not in use nothing is to be done: after an upgrade no training brings them back.
            if row.is_active and row.card["question"] in codebooks.asked_now(session, project.id):
                sentence = f"Classifier {row.number}, which makes the suggestions, was made by another version. {error}"
                yield Finding(project.name, sentence)
        except InvalidInputError as error:
            is_used = "makes the suggestions" if row.is_active else "is not in use"
            yield Finding(project.name, f"Classifier {row.number}, which {is_used}, is damaged. {error}")
