"""What a plan for a round would come to, before anything is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import Document, Project, Unit
from annotator.services import drawing, trainings
from annotator.services.drawing import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The size of a round that is not made yet."""

    units: int
    #: Units that several annotators label.
    shared: int
    #: How many label each of these.
    annotators: int
    places: int
    #: Another draw may come to other numbers, since documents are not equally long.
    is_estimate: bool
    #: Everybody labels all of it.
    is_training: bool


def outline(session: Session, project: Project, plan: Plan, found: Sequence[int] = ()) -> Outline:
    """Draw a round on trial; ``found`` are the units of a search."""
    frame = drawing.read_frame(session, project, plan, found)
    drawn = drawing.draw_places(frame, plan, Random(project.seed))
    return Outline(
        units=len(drawn),
        shared=sum(len(places) > 1 for places in drawn.values()),
        annotators=plan.annotators,
        places=sum(map(len, drawn.values())),
        is_estimate=plan.selection == "documents" and plan.size is not None,
        is_training=plan.kind == trainings.KIND,
    )


def stock(session: Session, project: Project) -> dict[str, int]:
    """Return how many units of each kind there are to draw from."""
    shown = select(Document.id).where(Document.project_id == project.id, Document.is_pending.is_(False))
    wanted = (Unit.project_id == project.id, Unit.withdrawn_at.is_(None), Unit.document_id.in_(shown))
    rows = session.execute(select(Unit.kind, func.count().label("units")).where(*wanted).group_by(Unit.kind))
    return {row.kind: row.units for row in rows}
