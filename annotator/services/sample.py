"""Set up the sample project, so that a newcomer has a working classifier in the first minute."""

import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Annotator, Document, Project, Unit, User
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument
from annotator.sample import Sample, SampleDocument, SampleLabels, load_sample
from annotator.services import codebooks, imports, projects, recording, retraining, rounds
from annotator.services.acts import Act
from annotator.services.answers import OFFERED
from annotator.services.batches import Batch
from annotator.services.seats import Seat

#: The shipped labels come from nobody who signs in.
GOLD_CODE = "GOLD"


def create_sample_project(database: Database, user_id: int) -> str:
    """Create the sample project with its texts and gold labels, ask for its first training, and return its slug.

    Suggestions are shown before the answer and at every place, unlike in a new project, so that there is
    something to see at once.
    """
    sample = load_sample()
    with database.transaction() as session:
        project = projects.create_project(
            session, sample.name, codebook=builtin_codebooks()[sample.codebook], owner=session.get_one(User, user_id)
        )
        project.suggestion_timing = "before"
        project.control_share = 0.0
        for target in sample.targets:
            projects.add_target(session, project, target.name, aliases=target.aliases)
        session.flush()
        project_id, slug = project.id, project.slug
    imports.import_documents(
        database,
        project_id,
        [_document(document) for document in sample.documents],
        name="sample",
        user_id=user_id,
        reserved=[document.slug for document in sample.documents if document.reserved],
        record_labels=lambda session, batch: _record(session, batch, sample),
    )
    with database.transaction() as session:
        retraining.request_training(session, project_id)
    return slug


def _document(document: SampleDocument) -> ImportedDocument:
    return ImportedDocument(
        id=document.slug,
        title=document.title,
        outlet=document.outlet,
        author=document.author,
        url=None,
        date=document.date.isoformat(),
        date_precision=document.date_precision,
        language=document.language,
        kind=document.kind,
        text=document.content.decode(),
        variables={},
        original=document.content,
        name=document.filename,
        line=None,
        units=None,
    )


def _record(session: Session, batch: Batch, sample: Sample) -> None:
    project = session.get_one(Project, batch.project_id)
    _order(session, project, sample)
    annotator = Annotator(project_id=project.id, code=GOLD_CODE, origin="import")
    session.add(annotator)
    session.flush()
    round_ = rounds.main_round(session, project.id)
    seat = Seat(
        project_id=project.id,
        annotator_id=annotator.id,
        code=annotator.code,
        round_id=round_.id,
        round_name=round_.name,
        phase=round_.phase,
        suggestion_timing="never",
        kind="adjudication",
    )
    number = codebooks.current_version(session, project.id).number
    targets = {target.name: target.uuid for target in projects.targets(session, project)}
    units = dict(_units(session, project.id))
    for labels in sample.labels:
        unit = units[labels.document, labels.text]
        answers = _answers(labels, targets)
        key = str(uuid.UUID(bytes=hashlib.sha256(unit.encode()).digest()[:16]))
        recording.record_act(session, seat, Act(key=key, unit=unit, codebook=number, answers=answers))


def _order(session: Session, project: Project, sample: Sample) -> None:
    """Begin with the texts nobody has labelled, in the order of the file: the first sentence names a known target."""
    started = {labels.document for labels in sample.labels}
    slugs = sorted((document.slug for document in sample.documents), key=lambda slug: slug in started)
    for rank, slug in enumerate(slugs):
        mine = (Document.project_id == project.id, Document.external_id == slug)
        session.execute(update(Document).where(*mine).values(order_key=rank))


def _units(session: Session, project_id: int) -> Iterator[tuple[tuple[str, str], str]]:
    text = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
    rows = session.execute(
        select(Document.external_id, text, Unit.external_id)
        .join(Document, Document.id == Unit.document_id)
        .where(Unit.project_id == project_id, Unit.kind == "sentence")
    )
    for document, sentence, unit in rows:
        yield (document, sentence), unit


def _answers(labels: SampleLabels, targets: dict[str, str]) -> dict[str, Any]:
    return {
        "stance": [
            {
                "target": targets[stance.target],
                "holder": {"kind": stance.holder_kind, "name": stance.holder_name},
                "label": stance.label,
            }
            for stance in labels.stances
        ],
        OFFERED: [targets[name] for name in labels.targets_offered],
        "frames": list(labels.frames),
        "loaded": [{"start": start, "end": end} for start, end in labels.loaded],
    }
