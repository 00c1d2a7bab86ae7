"""The last sentences an annotator has labelled, to be looked at again and corrected."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from annotator.db import Document, Unit
from annotator.services import reviewing
from annotator.services.holding import LastAct
from annotator.services.masks import masks_of
from annotator.services.reviewing import Labelled
from annotator.services.seats import Seat

#: Of a long sentence the beginning is enough to know it again.
CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Recent:
    """A sentence and what its annotator says about it now."""

    unit: str
    text: str
    labelled: Labelled


def recent_decisions(session: Session, seat: Seat, acts: list[LastAct]) -> list[Recent]:
    """Return the sentences of these acts in their order, each with what counts for it."""
    length = case((Unit.end - Unit.start < CHARACTERS, Unit.end - Unit.start), else_=CHARACTERS)
    rows = session.execute(
        select(Unit.id, Unit.external_id, Unit.document_id, func.substr(Document.text, Unit.start + 1, length))
        .join(Document, Document.id == Unit.document_id)
        .where(Unit.project_id == seat.project_id, Unit.external_id.in_([act.unit for act in acts]))
    ).all()
    ids = [row[0] for row in rows]
    found = reviewing.labels_of_units(session, seat.project_id, ids, seat=seat, phase=seat.phase)
    own = {one.unit: one for labelled in found.values() for one in labelled if one.is_own and one.kind == seat.kind}
    masks = masks_of(session, seat.masked, {row[2] for row in rows})
    texts = {unit: masks[document].text(text) for _, unit, document, text in rows}
    return [Recent(act.unit, texts[act.unit], own[act.unit]) for act in acts if act.unit in own]
