"""Whether suggestions are shown for a unit on which an annotator has no place: they chose it, or look at it.

Places that are made in advance keep what was drawn for them. Here the draw is a seeded hash of unit and annotator: the
same when the unit is looked at and when a place is made for it, and nothing learned meanwhile can bend it.
"""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Document, Project, Round, Unit
from annotator.services.seats import Seat


def arm_without_place(session: Session, seat: Seat, unit_id: int) -> str:
    """Return the arm of a unit for an annotator who has no place on it: kept for testing, control, or shown."""
    row = session.execute(
        select(Project.seed, Project.control_share, Unit.external_id, Document.is_reserved, Round.plan)
        .join(Document, Document.id == Unit.document_id)
        .join(Project, Project.id == Unit.project_id)
        .join(Round, Round.id == seat.round_id)
        .where(Unit.id == unit_id)
    ).one()
    if row.is_reserved:
        return "reserved"
    has_suggestions = (row.plan or {}).get("has_suggestions", True)
    is_control = is_drawn(row.external_id, seat.code, seed=row.seed, share=row.control_share)
    return "control" if is_control or not has_suggestions else "shown"


def is_drawn(unit: str, annotator: str, *, seed: int, share: float) -> bool:
    """Tell whether a unit belongs to an annotator's control share; the same whenever and wherever it is asked."""
    digest = hashlib.sha256(f"{seed}:arm:{unit}:{annotator}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
