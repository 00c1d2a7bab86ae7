"""Read what was answered: the labels that count, as small marks beside the text."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import Annotation, Annotator, CodebookVersion, CurrentAnnotation, Target, Unit
from annotator.services import arrivals, chain, gold
from annotator.services.answers import answers_from_rows
from annotator.services.codebooks import published
from annotator.services.identities import identities
from annotator.services.masks import Masks
from annotator.services.seats import Seat
from annotator.services.visibility import visible_annotations


@dataclass(frozen=True, slots=True)
class Mark:
    """One label beside a sentence; ``target`` is the target's name for a stance."""

    question: str
    label: str
    name: str
    target: str | None = None
    holder: str | None = None
    question_name: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one annotator's act says about one unit, for people to read."""

    unit: str
    annotator: str
    kind: str
    act: str
    key: str
    marks: tuple[Mark, ...]
    comment: str | None
    is_flagged: bool
    is_own: bool
    #: Why the act came late, in a word of :mod:`annotator.services.arrivals`; None if it did not.
    came: str | None = None


def labels_of_units(
    session: Session, project_id: int, unit_ids: Iterable[int], *, seat: Seat | None, phase: str = "open"
) -> dict[int, list[Labelled]]:
    """Return the acts that count for these units and may be seen, by unit."""
    return labels_under(session, project_id, unit_ids, visible_annotations(seat, phase=phase), seat=seat)


def labels_under(
    session: Session,
    project_id: int,
    unit_ids: Iterable[int],
    visible: ColumnElement[bool],
    *,
    seat: Seat | None = None,
) -> dict[int, list[Labelled]]:
    """Return the acts that count for these units and meet a condition of ``visibility``, by unit."""
    came = arrivals.arrival(session, project_id).label("came")
    acts = session.execute(_acts(list(unit_ids)).add_columns(came).where(visible)).all()
    if not acts:
        return {}
    known = identities(session, project_id)
    names = target_names(session, project_id)
    rows = chain.answers_of(session, [act.id for act in acts])
    found: dict[int, list[Labelled]] = {}
    for act in acts:
        codebook = published(session, project_id, act.number).codebook
        final = rows.get(act.id, {}).get("final", [])
        found.setdefault(act.unit_id, []).append(
            Labelled(
                unit=act.external_id,
                annotator=act.code,
                kind=act.kind,
                act=act.act,
                key=act.key,
                marks=marks_of(
                    answers_from_rows(final, codebook=codebook, known=known), codebook=codebook, names=names
                ),
                comment=act.comment,
                is_flagged=act.is_flagged,
                is_own=seat is not None and act.annotator_id == seat.annotator_id,
                came=act.came,
            )
        )
    return found


def masked_marks(labelled: Iterable[Labelled], masks: Masks) -> tuple[Labelled, ...]:
    """Return acts as they may be shown under masks: holders' names go, the labels stay."""
    return tuple(
        replace(
            one,
            marks=tuple(replace(mark, holder=masks.text(mark.holder)) if mark.holder else mark for mark in one.marks),
        )
        for one in labelled
    )


def _acts(unit_ids: list[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Annotation.id,
            Annotation.unit_id,
            Annotation.annotator_id,
            Annotation.key,
            Annotation.act,
            Annotation.kind,
            Annotation.comment,
            Annotation.is_flagged,
            Annotator.code,
            Unit.external_id,
            CodebookVersion.number,
        )
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Annotator, Annotator.id == Annotation.annotator_id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(CurrentAnnotation.unit_id.in_(unit_ids), gold.is_in_force())
        .order_by(Annotation.sequence)
    )


def target_names(session: Session, project_id: int) -> dict[str, str]:
    """Return the names of a project's targets by UUID."""
    rows = session.execute(select(Target.uuid, Target.name).where(Target.project_id == project_id))
    return dict(rows.all())


def marks_of(answers: Mapping[str, Any], *, codebook: Codebook, names: Mapping[str, str]) -> tuple[Mark, ...]:
    """Return answers as marks; ``names`` are those of targets by UUID."""
    return tuple(_marks(answers, codebook=codebook, names=names))


def _marks(answers: Mapping[str, Any], *, codebook: Codebook, names: Mapping[str, str]) -> Iterator[Mark]:
    for question in codebook.questions:
        given = answers.get(question.id)
        if question.type == "spans" or not given:
            continue
        for item in given if isinstance(given, list) else [given]:
            stance = item if isinstance(item, dict) else {}
            label = question.label(stance.get("label", "") if stance else item)
            if label is None:
                continue
            yield Mark(
                question=question.id,
                label=label.id,
                name=label.name,
                target=names.get(stance["target"]) if stance else None,
                holder=(stance["holder"].get("name") or stance["holder"]["kind"]) if stance else None,
                question_name=question.name,
            )
