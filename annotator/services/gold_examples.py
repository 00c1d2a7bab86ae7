"""Sentences whose gold label is one of the codebook's: examples that were agreed on."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Answer, CurrentAnnotation, Document, Project, Target, Unit
from annotator.services import gold
from annotator.services.masks import masks_of
from annotator.services.succession import succession
from annotator.services.visibility import reviewable_annotations

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldExample:
    """A sentence that was settled; ``target`` is toward whom, for a stance."""

    unit: str
    document: str
    text: str
    title: str | None
    language: str | None
    target: str | None


def gold_examples(session: Session, project: Project, user_id: int, question: str, label: str) -> list[GoldExample]:
    """Return sentences with this gold label that a person may see, the newest first, as annotators would be shown them.

    Names that are masked stay so, since an example is read by those who label.
    """
    given = succession(session, project.id).given_as(question, label)
    visible = reviewable_annotations(session, project, user_id)
    rows = session.execute(_sentences(project.id, visible).where(given).limit(MOST_SHOWN)).all()
    masks = masks_of(session, tuple(project.masked), {row.document_id for row in rows})
    return [
        GoldExample(
            unit=row.external_id,
            document=row.document,
            text=masks[row.document_id].text(row.text),
            title=masks[row.document_id].text(row.title),
            language=row.language,
            target=row.target,
        )
        for row in rows
    ]


def _sentences(project_id: int, visible: ColumnElement[bool]) -> Select[Any]:
    columns = (
        Unit.external_id,
        Unit.document_id,
        Document.external_id.label("document"),
        Document.title,
        Document.language,
        func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
        Target.name.label("target"),
    )
    query = _gold(project_id, visible, *columns).join(Document, Document.id == Unit.document_id)
    return query.outerjoin(Target, Target.id == Answer.target_id).order_by(Annotation.id.desc(), Answer.position)


def _gold(project_id: int, visible: ColumnElement[bool], *columns: Any) -> Select[Any]:
    """Select from the answers of the decisions in force on sentences."""
    return (
        select(*columns)
        .select_from(CurrentAnnotation)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .join(Answer, Answer.annotation_id == Annotation.id)
        .join(Unit, Unit.id == CurrentAnnotation.unit_id)
        .where(
            Annotation.project_id == project_id,
            CurrentAnnotation.kind == gold.GOLD,
            Annotation.act == "answer",
            gold.is_in_force(),
            Answer.stage == "final",
            Unit.kind == "sentence",
            visible,
        )
    )


def counts_of_gold(session: Session, project: Project, user_id: int) -> dict[tuple[str, str], int]:
    """Return on how many sentences a person may see each gold label, by question and label as they count now."""
    counting = succession(session, project.id)
    visible = reviewable_annotations(session, project, user_id)
    keys = (Answer.label_id, Answer.question_id, Annotation.codebook_version_id)
    query = _gold(project.id, visible, *keys, func.count(Unit.id.distinct())).where(Answer.kind == "label")
    numbers = {edition.version_id: edition.number for edition in counting.editions}
    found: dict[tuple[str, str], int] = {}
    for label_id, question_id, version_id, count in session.execute(query.group_by(*keys)):
        question = counting.known.question_names[question_id]
        label = counting.label(question, counting.known.label_names[label_id], numbers[version_id])
        if label is not None:
            found[question, label] = found.get((question, label), 0) + count
    return found
