"""The labels beside a document that is being read."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Document, Project, Unit
from annotator.services import rounds
from annotator.services.masks import NOTHING_MASKED, Masks
from annotator.services.reading import ReadingView
from annotator.services.reviewing import Labelled, labels_of_units, masked_marks
from annotator.services.seats import find_seat


def labels_in_view(
    session: Session,
    project: Project,
    document: Document,
    view: ReadingView,
    *,
    user_id: int,
    masks: Masks = NOTHING_MASKED,
) -> dict[str, list[Labelled]]:
    """Return what counts for the sentences in view and may be seen by this person, by the sentence's id."""
    ids = [sentence.external_id for turn in view.turns for sentence in turn.sentences]
    units = session.scalars(select(Unit.id).where(Unit.document_id == document.id, Unit.external_id.in_(ids)))
    seat = find_seat(session, project, user_id)
    phase = seat.phase if seat else rounds.phase(session, project.id)
    found = labels_of_units(session, project.id, units, seat=seat, phase=phase)
    return {labelled[0].unit: list(masked_marks(labelled, masks)) for labelled in found.values()}
