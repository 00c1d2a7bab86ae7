"""What a plan for a round would come to, before anything is made: counted, not drawn, so that it costs little."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotator.db import Document, Project, Unit
from annotator.services import frames
from annotator.services.plans import MARGIN, MAX_TRAINING, RARE, Plan
from annotator.services.suggesting import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The size of a round that is not made yet."""

    units: int
    #: Units that several annotators label.
    shared: int
    #: How many label each of these.
    annotators: int
    places: int
    #: It may come to other numbers: documents are not equally long, a classifier has no opinion on some sentences.
    is_estimate: bool
    #: Everybody labels all of it.
    is_training: bool


def outline(session: Session, project: Project, plan: Plan, *, shelf: Shelf) -> Outline:
    """Say what a round would come to."""
    units = _units(session, project, plan, shelf=shelf)
    shared = round(plan.overlap * units) if plan.annotators > 1 else 0
    return Outline(
        units=units,
        shared=shared,
        annotators=plan.annotators,
        places=units + shared * (plan.annotators - 1),
        is_estimate=plan.is_by_classifier or (plan.selection == "documents" and plan.size is not None),
        is_training=plan.is_training,
    )


def _units(session: Session, project: Project, plan: Plan, *, shelf: Shelf) -> int:
    if plan.selection == "search":
        return _at_most(len(frames.read_frame(session, project, plan, shelf=shelf).documents), plan)
    if plan.selection == "documents":
        units, documents = _count(session, project, plan, func.count(), func.count(Unit.document_id.distinct()))
        # What so many documents have on average.
        return round(units * min(1.0, (plan.size or documents) / documents)) if documents else 0
    (units,) = _count(session, project, plan, func.count())
    return _at_most(units, plan)


def _at_most(units: int, plan: Plan) -> int:
    if plan.is_training:
        units = min(units, MAX_TRAINING)
    return units if plan.size is None else min(units, plan.size)


def _count(session: Session, project: Project, plan: Plan, *counted: ColumnElement[int]) -> tuple[int, ...]:
    conditions = frames.drawable(session, project, plan)
    if plan.selection in (MARGIN, RARE):
        conditions.append(Document.is_reserved.is_not(True))
    query = select(*counted).select_from(Unit).join(Document, Document.id == Unit.document_id)
    return tuple(session.execute(query.where(*conditions)).one())


def has_units(session: Session, project: Project) -> bool:
    """Tell whether there is anything to draw from."""
    return session.scalar(_there(project).limit(1)) is not None


def sentences(session: Session, project: Project, *, most: int) -> int:
    """Return how many units there are that are no whole texts, counting no further than ``most``."""
    some = _there(project).where(Unit.kind != "document").limit(most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _there(project: Project) -> Select[int]:
    shown = (Document.is_pending.is_(False), Unit.project_id == project.id, Unit.withdrawn_at.is_(None))
    return select(Unit.id).join(Document, Document.id == Unit.document_id).where(*shown)
