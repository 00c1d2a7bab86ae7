"""Labels to be given anew under a version of the codebook: which units they are on, and rounds of their own.

A round is one annotator's, as that of a search is: what they said under the earlier version is to be said again by
themselves, and nobody sees how much others have to do.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningInsert

from annotator.codebook.changes import compare
from annotator.codebook.succession import choices_for
from annotator.db import (
    Annotation,
    Annotator,
    Assignment,
    CodebookVersion,
    CurrentAnnotation,
    Document,
    Project,
    Publication,
    Round,
    Unit,
)
from annotator.services import codebooks, rounds
from annotator.services.seats import RELABEL, RELABEL_PREFIX
from annotator.services.succession import succession
from annotator.services.touched import touching


def units_to_relabel(session: Session, version: CodebookVersion) -> list[int]:
    """Return the units on which an act that counts was given before a version that wants it given anew."""
    condition = _to_relabel(session, version)
    if condition is None:
        return []
    found = select(Annotation.unit_id).join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
    return list(session.scalars(found.where(condition).distinct().order_by(Annotation.unit_id)))


def make_relabelling_rounds(session: Session, project: Project, version: CodebookVersion) -> int:
    """Give everyone whose labels are to be given anew a round with places for them; return how many places."""
    condition = _to_relabel(session, version)
    if condition is None:
        return 0
    concerned = (
        select(Annotator)
        .where(Annotator.project_id == project.id, Annotator.user_id.is_not(None))
        .where(_has_acts(condition))
        .order_by(Annotator.id)
    )
    return sum(_make_round(session, project, version, one, condition) for one in session.scalars(concerned).all())


def _to_relabel(session: Session, version: CodebookVersion) -> ColumnElement[bool] | None:
    """Return the condition on ``annotation`` that an act is to be given anew; None where nothing is."""
    chosen = session.scalar(select(Publication.choices).where(Publication.version_id == version.id)) or {}
    before = succession(session, version.project_id, until=version.number - 1)
    if "relabel" not in chosen.values() or not before.editions:
        return None
    old, new = before.editions[-1].codebook, codebooks.parse_source(version.source)
    conditions = []
    for change in compare(old, new):
        if chosen.get(change.key) == "relabel" and "relabel" in choices_for(change, old=old, new=new):
            asked = new.question(change.question or "")
            conditions.append(touching(before, change, unit=asked.unit if asked else "sentence"))
    is_main = (Annotation.project_id == version.project_id, Annotation.kind == "main", Annotation.act == "answer")
    labelled = aliased(Unit)
    is_there = exists().where(labelled.id == Annotation.unit_id, labelled.withdrawn_at.is_(None))
    return and_(*is_main, is_there, or_(*conditions)) if conditions else None


def _has_acts(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    acts = select(Annotation.id).join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
    return acts.where(Annotation.annotator_id == Annotator.id, condition).exists()


def _make_round(
    session: Session,
    project: Project,
    version: CodebookVersion,
    annotator: Annotator,
    condition: ColumnElement[bool],
) -> int:
    round_ = Round(
        project_id=project.id,
        name=f"{RELABEL_PREFIX}version {version.number} ({annotator.code})",
        phase=rounds.main_round(session, project.id).phase,
        selection_mode=RELABEL,
        query={"annotator": annotator.code, "codebook": version.number},
    )
    session.add(round_)
    session.flush()
    mine = and_(Annotation.annotator_id == annotator.id, condition)
    round_.units = len(session.execute(_places(project, round_.id, annotator.id, mine)).all())
    session.execute(update(Annotator).where(Annotator.id == annotator.id).values(round_id=round_.id))
    return round_.units


def _places(project: Project, round_id: int, annotator_id: int, condition: ColumnElement[bool]) -> ReturningInsert[Any]:
    """Return the statement that makes a place on every unit with an act that is to be given anew."""
    return (
        insert(Assignment)
        .from_select(
            ["round_id", "unit_id", "place", "order_key", "state", "annotator_id", "selection_mode", "suggestion_arm"],
            select(
                literal(round_id),
                Unit.id,
                literal(1),
                Document.order_key * rounds.POSITIONS + rounds.position_in_document(),
                # Held from the start: a claim never gives out a unit that its annotator has answered.
                literal("claimed"),
                literal(annotator_id),
                literal(RELABEL),
                rounds.drawn_arm(project),
            )
            .join(Document, Document.id == Unit.document_id)
            .join(Annotation, Annotation.unit_id == Unit.id)
            .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
            .where(condition),
        )
        .returning(Assignment.id)
    )
