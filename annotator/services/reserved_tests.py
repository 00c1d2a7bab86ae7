"""The reserved sample as a test: units drawn by chance and labelled without suggestions, gold before what most said."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from annotator.codebook.values import Question
from annotator.db import Annotation, CodebookVersion, CurrentAnnotation, Document, Unit
from annotator.learning.panels import Panel, consensus
from annotator.learning.values import Example
from annotator.services import chain, gold, rounds
from annotator.services.current import COUNTED
from annotator.services.examples import examples_from, read_counted
from annotator.services.origins import is_drawn
from annotator.services.succession import succession
from annotator.services.visibility import visible_annotations


@dataclass(slots=True)
class _Said:
    """What was said about a unit, or a unit and a target: gold if it was decided, else each annotator's answer."""

    example: Example
    gold: Example | None = None
    answers: list[tuple[str, ...]] = field(default_factory=list)

    def take(self, example: Example, *, is_gold: bool) -> None:
        """Add one answer."""
        if is_gold:
            self.gold = example
        else:
            self.answers.append(tuple(sorted(example.labels)))


def read_tests(session: Session, project_id: int, questions: Collection[Question]) -> dict[str, list[Panel]]:
    """Return what classifiers can be tested on, by question.

    Blind as training is: while somebody labels blind, only what was adjudicated is seen. Units on which most agree to
    nothing, and none decided, have no label to test on.
    """
    counting = succession(session, project_id)
    said: dict[str, dict[tuple[int, str | None], _Said]] = {question.id: {} for question in questions}
    query = _unassisted(project_id, rounds.phase(session, project_id))
    for act, answers in read_counted(session, query, counting):
        for question in questions:
            given = answers.get(question.id)
            if given is None:
                continue
            for example in examples_from(question, given, answers=answers, text=act.text, group=act.group):
                about = said[question.id].setdefault((act.unit_id, example.target), _Said(example))
                about.take(example, is_gold=act.kind == gold.GOLD)
    return {name: list(_tested(found.values())) for name, found in said.items()}


def _tested(said: Iterable[_Said]) -> Iterator[Panel]:
    for one in said:
        answers = tuple(one.answers)
        if one.gold is not None:
            yield Panel(one.gold, answers, is_gold=True)
        elif (most := consensus(answers)) is not None:
            made = Example(one.example.text, one.example.group, most, target=one.example.target)
            yield Panel(made, answers)


def _unassisted(project_id: int, phase: str) -> Select[Any]:
    earlier = aliased(Annotation)
    was_shown = exists().where(
        earlier.unit_id == Annotation.unit_id,
        earlier.annotator_id == Annotation.annotator_id,
        earlier.suggestions_shown.is_not(None),
    )
    return (
        select(
            Annotation.id,
            Annotation.kind,
            Annotation.unit_id,
            CodebookVersion.number,
            func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
            Document.near_duplicate_group.label("group"),
        )
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .join(Unit, Unit.id == CurrentAnnotation.unit_id)
        .join(Document, Document.id == Unit.document_id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(
            Annotation.project_id == project_id,
            Annotation.act == "answer",
            Annotation.kind.in_(COUNTED),
            Document.is_reserved.is_(True),
            ~Document.is_pending,
            Unit.kind == "sentence",
            Unit.withdrawn_at.is_(None),
            visible_annotations(None, phase=phase),
            gold.is_in_force(),
            is_drawn(),
            ~was_shown,
        )
        .order_by(Annotation.id)
        .limit(chain.BATCH)
    )
