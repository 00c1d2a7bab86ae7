"""Labels to be given anew under a version of the codebook: which units they are on, and rounds of their own.

A round is one annotator's, as that of a search is: what they said under the earlier version is to be said again by
themselves, and nobody sees how much others have to do.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, insert, literal, or_, select
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
from annotator.services import codebooks, gold, rounds
from annotator.services.current import Counting
from annotator.services.seats import RELABEL, Seat, relabel_name
from annotator.services.succession import succession
from annotator.services.touched import touching


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
    return sum(
        _add_places(
            session,
            project,
            _new_round(session, project, one, version.number),
            one,
            and_(Annotation.annotator_id == one.id, condition),
        )
        for one in session.scalars(concerned).all()
    )


def ask_anew(session: Session, seat: Seat, counts: Counting, *, newest: int) -> None:
    """Ask for a label anew that came, or counts again, only after a version was published that wants it given anew.

    It gets its place beside those of the labels that were there before.
    """
    project = session.get_one(Project, seat.project_id)
    for number in range(counts.codebook + 1, newest + 1):
        version = codebooks.find_version(session, seat.project_id, number)
        condition = _to_relabel(session, version)
        this = Annotation.id == counts.id
        if condition is not None and session.scalar(select(Annotation.id).where(this, condition)) is not None:
            annotator = session.get_one(Annotator, seat.annotator_id)
            round_ = _round_of(session, annotator, number) or _new_round(session, project, annotator, number)
            _add_places(session, project, round_, annotator, this)


def gold_to_give_anew(session: Session, project_id: int) -> Select[int]:
    """Select the units whose gold label in force was given before a version that wants it given anew."""
    versions = session.scalars(
        select(CodebookVersion)
        .join(Publication, Publication.version_id == CodebookVersion.id)
        .where(CodebookVersion.project_id == project_id)
    ).all()
    touched = [condition for version in versions if (condition := _touched(session, version)) is not None]
    return (
        select(Annotation.unit_id)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .where(Annotation.project_id == project_id, Annotation.kind == gold.GOLD, Annotation.act == "answer")
        .where(gold.is_in_force(), Unit.withdrawn_at.is_(None), or_(false(), *touched))
    )


def is_met(session: Session, round_id: int, counts: Counting) -> bool:
    """Tell whether an act was given by the codebook for which a round asks for labels anew, or a later one."""
    asked = session.scalar(select(Round.query["codebook"].as_integer()).where(Round.id == round_id))
    return asked is not None and counts.codebook >= asked


def _to_relabel(session: Session, version: CodebookVersion) -> ColumnElement[bool] | None:
    """Return the condition on ``annotation`` that an act is to be given anew; None where nothing is."""
    touched = _touched(session, version)
    is_main = (Annotation.project_id == version.project_id, Annotation.kind == "main", Annotation.act == "answer")
    labelled = aliased(Unit)
    is_there = exists().where(labelled.id == Annotation.unit_id, labelled.withdrawn_at.is_(None))
    return None if touched is None else and_(*is_main, is_there, touched)


def _touched(session: Session, version: CodebookVersion) -> ColumnElement[bool] | None:
    """Return the condition that an act of whichever kind says what is wanted anew; None if nothing is."""
    chosen = session.scalar(select(Publication.choices).where(Publication.version_id == version.id)) or {}
    if "relabel" not in chosen.values():
        return None
    before = succession(session, version.project_id, until=version.number - 1)
    if not before.editions:
        return None
    old, new = before.editions[-1].codebook, codebooks.parse_source(version.source)
    conditions = []
    for change in compare(old, new):
        if chosen.get(change.key) == "relabel" and "relabel" in choices_for(change, old=old, new=new):
            asked = new.question(change.question or "")
            conditions.append(touching(before, change, unit=asked.unit if asked else "sentence"))
    return or_(*conditions) if conditions else None


def _has_acts(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    acts = select(Annotation.id).join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
    return acts.where(Annotation.annotator_id == Annotator.id, condition).exists()


def _round_of(session: Session, annotator: Annotator, number: int) -> Round | None:
    return session.scalar(
        select(Round).where(
            Round.project_id == annotator.project_id,
            Round.selection_mode == RELABEL,
            Round.query["annotator"].as_string() == annotator.code,
            Round.query["codebook"].as_integer() == number,
        )
    )


def _new_round(session: Session, project: Project, annotator: Annotator, number: int) -> Round:
    round_ = Round(
        project_id=project.id,
        name=relabel_name(number, annotator.code),
        phase=rounds.main_round(session, project.id).phase,
        selection_mode=RELABEL,
        query={"annotator": annotator.code, "codebook": number},
    )
    session.add(round_)
    session.flush()
    return round_


def _add_places(
    session: Session, project: Project, round_: Round, annotator: Annotator, condition: ColumnElement[bool]
) -> int:
    """Make the places that are missing, and seat the annotator there if any were; return how many."""
    made = len(session.execute(_places(project, round_.id, annotator.id, condition)).all())
    round_.units += made
    if made:
        annotator.round_id = round_.id
    session.flush()
    return made


def _places(project: Project, round_id: int, annotator_id: int, condition: ColumnElement[bool]) -> ReturningInsert[Any]:
    """Return the statement that makes a place on every unit with an act to be given anew, if it is missing."""
    place = aliased(Assignment)
    is_there = exists().where(place.round_id == round_id, place.unit_id == Unit.id)
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
            .where(condition, ~is_there),
        )
        .returning(Assignment.id)
    )
