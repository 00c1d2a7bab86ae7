"""Make the places at which units are labelled."""

from typing import Any, cast

from sqlalchemy import Case, ColumnElement, CursorResult, case, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session

from annotator.db import Assignment, CurrentAnnotation, Document, Project, Round, Unit
from annotator.db.functions import random_permille
from annotator.errors import NotFoundError
from annotator.services import codebooks
from annotator.services.projects import MAIN_ROUND
from annotator.words import say

#: An order key is the document's random number times this, plus the unit's position.
POSITIONS = 1 << 22
#: Documents draw their random number below this.
ORDER_KEYS = 1 << 40


def main_round(session: Session, project_id: int) -> Round:
    """Return the round everyone starts with."""
    found = session.scalar(select(Round).where(Round.project_id == project_id, Round.name == MAIN_ROUND))
    if found is None:
        raise NotFoundError(say("This project has no main round; run “annotator doctor”."))
    return found


def phase(session: Session, project_id: int) -> str:
    """Return "blind" while annotators label on their own in any round that is not closed, else "open"."""
    return "blind" if session.scalar(select(is_blind(project_id))) else "open"


def is_blind(project_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Return the condition that annotators of a project label on their own in a round that is ready and not closed."""
    return exists().where(
        Round.project_id == project_id,
        Round.phase == "blind",
        Round.is_ready,
        Round.closed_at.is_(None),
        # Checks are blind with the round they belong to.
        Round.parent_id.is_(None),
    )


def make_places(session: Session, project: Project, *, batch_id: int) -> None:
    """Give every unit of an import that the codebook asks about a place in the main round.

    A whole document is asked about after its last sentence. What arrived with gold labels needs no place.
    """
    round_ = main_round(session, project.id)
    asked = _kinds_asked(session, project)
    if "document" in asked:
        _add_whole_documents(session, batch_id=batch_id)
    has_gold = (
        select(CurrentAnnotation.unit_id)
        .where(CurrentAnnotation.unit_id == Unit.id, CurrentAnnotation.kind == "adjudication")
        .exists()
    )
    made = session.execute(
        insert(Assignment).from_select(
            ["round_id", "unit_id", "place", "order_key", "state", "selection_mode", "selection_probability",
             "suggestion_arm"],
            select(
                literal(round_.id),
                Unit.id,
                literal(1),
                Document.order_key * POSITIONS + position_in_document(),
                literal("open"),
                literal(round_.selection_mode),
                literal(1.0),
                drawn_arm(project),
            )
            .join(Document, Document.id == Unit.document_id)
            .where(Document.batch_id == batch_id, Unit.kind.in_(asked), Unit.withdrawn_at.is_(None), ~has_gold),
        )
    )  # fmt: skip
    # Counted by the database: somebody may choose a unit without a place meanwhile.
    counted = update(Round).where(Round.id == round_.id)
    session.execute(counted.values(units=Round.units + cast("CursorResult[Any]", made).rowcount))


def position_in_document() -> Case[int]:
    """Return the expression for where a unit comes in its document; the whole of it comes last."""
    return case((Unit.kind == "document", POSITIONS - 1), else_=Unit.position)


def _kinds_asked(session: Session, project: Project) -> set[str]:
    try:
        codebook = codebooks.published(session, project.id).codebook
    except NotFoundError:
        return {"sentence"}
    return {question.unit for question in codebook.questions}


def _add_whole_documents(session: Session, *, batch_id: int) -> None:
    there = select(Unit.id).where(Unit.document_id == Document.id, Unit.kind == "document").exists()
    session.execute(
        insert(Unit).from_select(
            ["project_id", "document_id", "external_id", "kind", "position", "start", "end"],
            select(
                Document.project_id,
                Document.id,
                Document.external_id + ":document",
                literal("document"),
                literal(0),
                literal(0),
                func.length(Document.text),
            ).where(Document.batch_id == batch_id, ~there),
        )
    )


def drawn_arm(project: Project) -> Case[str]:
    """Return the expression that draws, for a place on a unit of a document, whether suggestions are shown there."""
    # Drawn once, when the place is made, so that nothing learned later can bend it.
    return case(
        (Document.is_reserved.is_(True), "reserved"),
        (random_permille() < round(project.control_share * 1000), "control"),
        else_="shown",
    )
