"""Append acts to a project's chain: one as it is given, or some hundred at once as a file brings them.

Whoever appends has taken the chain's head first: it is the project's turnstile until the transaction ends. What else
is held comes after it, so that two never wait for each other: the project's row, annotators, a unit, its places, the
round.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotation, Answer, ChainHead, CodebookVersion
from annotator.db.base import table
from annotator.services import chain


def take_head(session: Session, project_id: int) -> Any:
    """Return ``sequence`` and ``hash`` of a project's last act; nobody else appends before the transaction ends."""
    return session.execute(_HEAD, {"project": project_id}).one()


def chained(
    said: Mapping[str, Any],
    columns: Mapping[str, Any],
    *,
    annotator: str,
    round_name: str | None,
    sequence: int,
    previous: str,
) -> dict[str, Any]:
    """Return the columns that chain an act to its predecessor.

    ``said`` is what was answered, as ``chain.payload_hash`` reads it; ``columns`` are those of the act's own row.
    """
    row = chain.act_row(
        **said,
        sequence=sequence,
        key=columns["key"],
        annotator=annotator,
        round_name=round_name,
        late=columns["is_late"],
        stale=columns["is_stale"],
        active_seconds=columns["active_seconds"],
        client_at=chain.timestamp(columns["client_at"]),
        at=chain.timestamp(columns["recorded_at"]),
        masked=columns["masked"],
        selection_mode=columns["selection_mode"],
        selection_probability=columns["selection_probability"],
        arm=columns["suggestion_arm"],
        suggestions=columns["suggestions_shown"],
        previous=previous,
    )
    return {"sequence": sequence, "previous_hash": previous, "hash": chain.chain_hash(row)}


def append(session: Session, act: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Any:
    """Store one act with its answers; return its ``id`` and the number of the codebook in force, ``newest``."""
    added = session.execute(_ADD_ACT, {**act, "of_project": act["project_id"]}).one()
    if answers:
        session.execute(_ADD_ANSWERS, [{**answer, "annotation_id": added.id} for answer in answers])
    return added


def append_many(
    session: Session, acts: Sequence[Mapping[str, Any]], answers: Sequence[Sequence[Mapping[str, Any]]]
) -> Sequence[int]:
    """Store several acts, each with its answers; return their numbers in the same order."""
    ids = session.execute(_ADD_ACTS, acts).scalars().all()
    lines = [{**row, "annotation_id": number} for number, rows in zip(ids, answers, strict=True) for row in rows]
    session.execute(_ADD_ANSWERS, lines)
    return ids


def advance(session: Session, project_id: int, *, sequence: int, hash: str, labelled: int) -> None:
    """Move a project's head to the act that was appended last; so many units more are labelled."""
    moved = {"project": project_id, "new_sequence": sequence, "new_hash": hash, "change": labelled}
    session.execute(_ADVANCE, moved)


# The statements below run with every label, so they are built once.
_ACTS = table(Annotation)
_HEADS = table(ChainHead)
_HEAD = select(_HEADS.c.sequence, _HEADS.c.hash).where(_HEADS.c.project_id == bindparam("project")).with_for_update()
_ADVANCE = (
    update(_HEADS)
    .where(_HEADS.c.project_id == bindparam("project"))
    .values(
        sequence=bindparam("new_sequence"),
        hash=bindparam("new_hash"),
        labelled=_HEADS.c.labelled + bindparam("change"),
    )
)
_VERSIONS = table(CodebookVersion)
# Told by this statement, for it begins after the head was taken and so sees what was published before.
_NEWEST = select(func.max(_VERSIONS.c.number)).where(_VERSIONS.c.project_id == bindparam("of_project"))
_ADD_ACT = insert(_ACTS).returning(_ACTS.c.id, _NEWEST.scalar_subquery().label("newest"))
_ADD_ACTS = insert(_ACTS).returning(_ACTS.c.id, sort_by_parameter_order=True)
_ADD_ANSWERS = insert(table(Answer))
