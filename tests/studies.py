"""Small studies for tests: a codebook with every type of question, documents, annotators with seats."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Annotator, ImportBatch, Project, Target, Unit
from annotator.db.corpus import Document
from annotator.db.engines import Database
from annotator.services import codebooks, rounds
from annotator.services.acts import Act
from annotator.services.recording import Recorded, record_act
from annotator.services.seats import Seat

CODEBOOK = """
name: Study
targets:
  - {name: Russia, aliases: [Moscow]}
  - {name: Ukraine}
questions:
  - {id: stance, name: stance, type: stance, labels: [{name: favor}, {name: against}, {name: neither}]}
  - {id: topic, name: topic, type: choice, labels: [{name: war}, {name: trade}, {name: other}]}
  - {id: frames, name: frames, type: choices,
     labels: [{name: economic}, {name: moral}, {id: no-frame, name: none of them, exclusive: true}]}
  - {id: strength, name: strength, type: scale, level: ordinal,
     labels: [{name: weak}, {name: middling}, {name: strong}]}
  - {id: loaded, name: loaded, type: spans}
"""
#: The second version renames one label, retires another, and asks something new.
SECOND_CODEBOOK = (
    CODEBOOK.replace("{name: war}", "{id: war, name: armed conflict, was: war}")
    .replace(", {name: other}", "")
    .replace(
        "name: loaded, type: spans}",
        "name: loaded, type: spans}\n  - {name: ironic, type: choice, labels: [{name: yes it is}, {name: not at all}]}",
    )
)
SENTENCES = (
    "Moscow said the talks would go on.",
    "“Ukraine will not give in,” the speaker added. 😀",
    "قالت الحكومة إن روسيا لن تنسحب.",
    "Prices rose, and nobody knows why.",
)


@dataclass(frozen=True)
class Study:
    """A project with units to label; ``units`` are their external ids in reading order."""

    database: Database
    project_id: int
    units: list[str]
    targets: list[str] = field(default_factory=list)

    def seat(self, name: str, *, kind: str = "main") -> Seat:
        """Return the seat of an annotator, who is new at the first call."""
        with self.database.transaction() as session:
            return sit(session, self.project_id, name, kind=kind)

    def record(self, seat: Seat, **act: Any) -> Recorded:
        """Record one act in a transaction of its own."""
        with self.database.transaction() as session:
            return record_act(session, seat, make_act(**act))


def make_act(**given: Any) -> Act:
    """Return an act with a fresh key; without ``act`` or ``answers`` it says that the topic is war."""
    answers = {"topic": "war"} if given.get("act", "answer") == "answer" else None
    return Act(**{"key": str(uuid.uuid4()), "codebook": 1, "answers": answers, **given})


def sit(session: Session, project_id: int, name: str, *, kind: str = "main") -> Seat:
    """Return the seat of an annotator by their code."""
    code = f"C-{name}"
    project = session.get_one(Project, project_id)
    annotator = session.scalar(select(Annotator).where(Annotator.project_id == project_id, Annotator.code == code))
    if annotator is None:
        annotator = Annotator(project_id=project_id, code=code)
        session.add(annotator)
        session.flush()
    round_ = rounds.main_round(session, project_id)
    return Seat(
        project_id=project_id, annotator_id=annotator.id, code=code, round_id=round_.id, round_name=round_.name,
        phase=round_.phase, suggestion_timing=project.suggestion_timing, masked=tuple(project.masked), kind=kind,
    )  # fmt: skip


def make_study(
    database: Database, *, documents: int | Sequence[Sequence[str]] = 1, sentences: Sequence[str] = SENTENCES,
    places: int = 1, codebook: str | None = CODEBOOK,
) -> Study:  # fmt: skip
    """Fill the empty project "Study" with documents, and places to label at.

    ``documents`` is how many, each of these sentences, or the sentences of each.
    """
    texts = [sentences] * documents if isinstance(documents, int) else documents
    with database.transaction() as session:
        project = session.scalars(select(Project).where(Project.name == "Study")).one()
        if codebook is not None:
            codebooks.publish_codebook(session, project, codebook)
        session.flush()
        round_ = rounds.main_round(session, project.id)
        round_.places_per_unit = places
        batch = ImportBatch(project_id=project.id, name="texts", state="done")
        session.add(batch)
        session.flush()
        for number, text in enumerate(texts):
            _add_document(session, project, batch, number, text)
        rounds.make_places(session, project, batch_id=batch.id)
        for place in range(2, places + 1):
            _add_places(session, round_.id, place)
        units = session.scalars(
            select(Unit.external_id).join(Document).order_by(Document.order_key, Unit.position)
        ).all()
        targets = session.scalars(select(Target.uuid).order_by(Target.id)).all()
        return Study(database, project.id, list(units), list(targets))


def _add_document(
    session: Session, project: Project, batch: ImportBatch, number: int, sentences: Sequence[str]
) -> None:
    text = " ".join(sentences)
    document = Document(
        project_id=project.id, batch_id=batch.id, is_pending=False, external_id=f"d{number}", position=number,
        kind="article", title=f"Text {number}", variables={}, text=text, text_sha256=sha256(text.encode()).hexdigest(),
        # Not in the order in which they came: the order of labelling is drawn.
        near_duplicate_group=f"d{number}", order_key=number * 7919 % 10007 + 1,
    )  # fmt: skip
    session.add(document)
    session.flush()
    start = 0
    units = []
    for position, sentence in enumerate(sentences):
        units.append(
            Unit(
                project_id=project.id, document_id=document.id, external_id=f"d{number}:s{position}",
                position=position, start=start, end=start + len(sentence),
            )
        )  # fmt: skip
        start += len(sentence) + 1
    session.add_all(units)
    session.flush()


def _add_places(session: Session, round_id: int, place: int) -> None:
    from sqlalchemy import insert, literal

    from annotator.db import Assignment

    same = ("round_id", "unit_id", "order_key", "state", "selection_mode", "selection_probability", "suggestion_arm")
    session.execute(
        insert(Assignment).from_select(
            [*same, "place"],
            select(*(getattr(Assignment, name) for name in same), literal(place)).where(
                Assignment.round_id == round_id, Assignment.place == 1
            ),
        )
    )
