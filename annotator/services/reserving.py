"""Keep a sample apart for testing classifiers: whole groups of near-duplicates, by seeded hash."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, Update, exists, func, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotation, Assignment, Document, Unit
from annotator.services.batches import Batch

#: Below this nothing is reserved: too little would be left to learn from.
DOCUMENTS_NEEDED = 10


def is_drawn(group: str, *, seed: int, share: float) -> bool:
    """Tell whether a group belongs to the reserved sample; the same whenever and wherever it is asked."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def for_document(batch: Batch, external_id: str) -> bool:
    """Return the decision for a document that is alone in its group."""
    return external_id in batch.reserved or is_drawn(external_id, seed=batch.seed, share=batch.reserved_share)


def for_group(session: Session, batch: Batch, group: str, new_members: Sequence[str]) -> bool:
    """Return the decision for a group: the one it has, else one made by name, else by hash."""
    decided = session.scalar(
        select(Document.is_reserved)
        .where(
            Document.project_id == batch.project_id,
            Document.near_duplicate_group == group,
            Document.is_reserved.is_not(None),
            ~Document.is_pending,
        )
        .limit(1)
    )
    if decided is not None:
        return decided
    return not batch.reserved.isdisjoint(new_members) or is_drawn(group, seed=batch.seed, share=batch.reserved_share)


def settle(session: Session, batch: Batch) -> None:
    """Let the decisions of a batch stand that is about to become visible, or put them off below ten documents."""
    visible = (Document.project_id == batch.project_id, ~Document.is_pending | (Document.batch_id == batch.id))
    enough = select(Document.id).where(*visible).limit(DOCUMENTS_NEEDED).subquery()
    if (session.scalar(select(func.count()).select_from(enough)) or 0) < DOCUMENTS_NEEDED:
        session.execute(_of_batch(batch).where(Document.external_id.not_in(batch.reserved)).values(is_reserved=None))
        return
    touched = set(session.scalars(_undecided(batch, has_work=True)))
    if touched:
        # What has been worked on with suggestions is no test, nor is what repeats it.
        repeats = _of_batch(batch).where(Document.near_duplicate_group.in_(touched))
        session.execute(repeats.values(is_reserved=False))
    for group in set(session.scalars(_undecided(batch, has_work=False))):
        reserved = group not in touched and for_group(session, batch, group, ())
        _decide(session, batch, group, reserved=reserved)


def _of_batch(batch: Batch) -> Update:
    return update(Document).where(Document.batch_id == batch.id)


def _undecided(batch: Batch, *, has_work: bool) -> Select[str]:
    """Select the groups of visible documents without decision, those somebody has worked on or the others."""
    worked_on = _worked_on()
    return select(Document.near_duplicate_group).where(
        Document.project_id == batch.project_id,
        ~Document.is_pending,
        Document.is_reserved.is_(None),
        worked_on if has_work else ~worked_on,
    )


def _worked_on() -> ColumnElement[bool]:
    annotated = exists().where(Annotation.unit_id == Unit.id)
    seen = exists().where(Assignment.unit_id == Unit.id, Assignment.state != "open")
    return exists().where(Unit.document_id == Document.id, annotated | seen)


def _decide(session: Session, batch: Batch, group: str, *, reserved: bool) -> None:
    """Decide for the untouched visible documents of a group; their places show no suggestion from now on."""
    mine = select(Document.id).where(
        Document.project_id == batch.project_id,
        Document.near_duplicate_group == group,
        ~Document.is_pending,
        Document.is_reserved.is_(None),
        ~_worked_on(),
    )
    ids = list(session.scalars(mine))
    session.execute(update(Document).where(Document.id.in_(ids)).values(is_reserved=reserved))
    if reserved:
        units = select(Unit.id).where(Unit.document_id.in_(ids))
        session.execute(update(Assignment).where(Assignment.unit_id.in_(units)).values(suggestion_arm="reserved"))
