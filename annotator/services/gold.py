"""Gold labels: what adjudication decided; of several decisions on a unit the newest counts."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, Annotator, CodebookVersion, CurrentAnnotation
from annotator.db.base import table

#: The kind of the acts that decide.
GOLD = "adjudication"


def is_in_force() -> ColumnElement[bool]:
    """Return the condition that leaves out, of acts that count, gold after which another adjudicator decided anew."""
    later = aliased(CurrentAnnotation)
    decided_later = exists().where(
        later.unit_id == Annotation.unit_id, later.kind == GOLD, later.annotation_id > Annotation.id
    )
    return or_(Annotation.kind != GOLD, ~decided_later)


def standing(session: Session, unit_id: int, *, visible: ColumnElement[bool] | None = None) -> Any:
    """Return the decision in force on a unit, with the code of who made it and its codebook's number, or None.

    With ``visible``, a condition of ``visibility``, only one that may be seen.
    """
    wanted = _STANDING if visible is None else _STANDING.where(visible)
    return session.execute(wanted, {"unit": unit_id}).one_or_none()


_ACTS = table(Annotation)
_POINTERS = table(CurrentAnnotation)
_WHO = table(Annotator)
_VERSIONS = table(CodebookVersion)
# Runs with every decision, so it is built once.
_STANDING = (
    select(
        _ACTS.c.id,
        _ACTS.c.key,
        _ACTS.c.act,
        _ACTS.c.annotator_id,
        _ACTS.c.recorded_at,
        _ACTS.c.reason,
        _ACTS.c.comment,
        _WHO.c.code,
        _VERSIONS.c.number,
    )
    .join(_POINTERS, _POINTERS.c.annotation_id == _ACTS.c.id)
    .join(_WHO, _WHO.c.id == _ACTS.c.annotator_id)
    .join(_VERSIONS, _VERSIONS.c.id == _ACTS.c.codebook_version_id)
    .where(_POINTERS.c.unit_id == bindparam("unit", type_=BigInteger), _POINTERS.c.kind == GOLD)
    .order_by(_ACTS.c.id.desc())
    .limit(1)
)
