"""The acts on units that at least two people labelled: what agreement is about, read in two queries.

Each annotator's act that counts is read, of kinds *main* and *import*; of several the later. Gold acts stand apart.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Answer, CurrentAnnotation, Project, Target, Unit
from annotator.db.base import table
from annotator.services.asked import Asked, asked_questions
from annotator.services.collecting import without_collecting
from annotator.services.projects import annotator_codes
from annotator.services.succession import Succession, succession
from annotator.statistics.tables import Ints

COUNTED = ("main", "import")
GOLD = "adjudication"


class Act(NamedTuple):
    """One act that counts; ``annotator`` is a position in ``SharedActs.annotators``."""

    id: int
    unit: int
    document: int
    length: int
    annotator: int
    kind: str
    version: int
    round: int | None
    at: datetime


#: An answer's question, act, kind, label, target, start and end.
Line = tuple[int, int, str, Any, Any, Any, Any]


@dataclass(frozen=True)
class SharedActs:
    """All acts on units that two people labelled, with their answers by question and act."""

    annotators: tuple[str, ...]
    acts: tuple[Act, ...]
    #: The gold acts that count, at most one a unit.
    gold: tuple[Act, ...]
    answers: Mapping[int, Mapping[int, Sequence[Line]]]
    questions: tuple[Asked, ...]
    #: What targets that were merged have become, by number.
    target_of: Mapping[int, int]

    @cached_property
    def places(self) -> Ints:
        """Unit, document, length and annotator of each act, shape (acts, 4)."""
        return np.array([act[1:5] for act in self.acts], dtype=np.int64).reshape(-1, 4)


@without_collecting()
def read_shared(session: Session, project: Project, may_see: ColumnElement[bool]) -> SharedActs:
    """Read every act that may be seen and counts, of units with two of them."""
    columns = annotator_codes(session, project.id)
    order = {number: column for column, number in enumerate(columns)}
    acts: dict[tuple[int, int], Act] = {}
    gold: dict[int, Act] = {}
    for row in session.execute(_acts(project, may_see)):
        act = Act(row[0], row[1], row[2], row[3], order[row[4]], *row[5:])
        # In the order of the chain: the later one counts.
        if act.kind == GOLD:
            gold[act.unit] = act
        else:
            acts[act.unit, act.annotator] = act
    answers: dict[int, dict[int, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in session.execute(_answers(project, may_see)).all():
        answers[line[0]][line[1]].append(line)
    versions = succession(session, project.id)
    _carry_over(answers, [*acts.values(), *gold.values()], versions)
    return SharedActs(
        annotators=tuple(columns.values()), acts=tuple(acts.values()), gold=tuple(gold.values()), answers=answers,
        questions=asked_questions(versions), target_of=_target_of(session, project),
    )  # fmt: skip


def _carry_over(answers: dict[int, dict[int, list[Line]]], acts: Sequence[Act], versions: Succession) -> None:
    """Read labels given under earlier versions as what they count as now, so that what was merged is one.

    A label that counts for nothing any more stays as it was given: people agreed on it or did not.
    """
    numbers = {edition.version_id: edition.number for edition in versions.editions}
    newest = max(numbers.values(), default=0)
    earlier = {act.id: numbers[act.version] for act in acts if numbers[act.version] != newest}
    for by_act in answers.values() if earlier else ():
        for act in by_act.keys() & earlier.keys():
            carried = (_carried(line, earlier[act], versions) for line in by_act[act])
            by_act[act] = list(dict.fromkeys(carried))


def _carried(line: Line, version: int, versions: Succession) -> Line:
    question, act, kind, label, target, start, end = line
    name, asked = versions.known.label_names.get(label), versions.known.question_names[question]
    successor = versions.label(asked, name, version) if name else None
    return (question, act, kind, versions.known.labels[asked, successor] if successor else label, target, start, end)


def _target_of(session: Session, project: Project) -> dict[int, int]:
    query = select(Target.id, Target.merged_into_id).where(Target.project_id == project.id)
    merged = {number: into for number, into in session.execute(query) if into is not None}

    def end(number: int) -> int:
        # A chain of mergers ends somewhere; a circle would be a mistake elsewhere and must not hang a page.
        for _ in merged:
            number = merged.get(number, number)
        return number

    return {number: end(number) for number in merged}


# Tables and not records: a tenth of a million rows are read, and records cost twice as much.
_POINTERS = table(CurrentAnnotation)
_ACTS = table(Annotation)
_UNITS = table(Unit)
_GIVEN = table(Answer)


def _counting(columns: Sequence[Any], project: Project, may_see: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(_POINTERS)
        .join(_ACTS, _ACTS.c.id == _POINTERS.c.annotation_id)
        .where(
            _ACTS.c.project_id == project.id,
            _ACTS.c.act == "answer",
            _ACTS.c.kind.in_((*COUNTED, GOLD)),
            may_see,
        )
    )


def shared_units(project: Project, may_see: ColumnElement[bool]) -> Select[int]:
    """Select the units with two acts that may be seen and count."""
    units = _counting([_POINTERS.c.unit_id], project, may_see).group_by(_POINTERS.c.unit_id)
    return units.having(func.count() >= 2)


def _acts(project: Project, may_see: ColumnElement[bool]) -> Select[Any]:
    columns = (
        _ACTS.c.id,
        _UNITS.c.id,
        _UNITS.c.document_id,
        _UNITS.c.end - _UNITS.c.start,
        _ACTS.c.annotator_id,
        _ACTS.c.kind,
        _ACTS.c.codebook_version_id,
        _ACTS.c.round_id,
        _ACTS.c.recorded_at,
    )
    query = _counting(columns, project, may_see).join(_UNITS, _UNITS.c.id == _POINTERS.c.unit_id)
    is_shared = _POINTERS.c.unit_id.in_(shared_units(project, may_see))
    return query.where(is_shared, _UNITS.c.withdrawn_at.is_(None)).order_by(_ACTS.c.sequence)


def _answers(project: Project, may_see: ColumnElement[bool]) -> Select[Any]:
    names = ("question_id", "annotation_id", "kind", "label_id", "target_id", "start", "end")
    query = _counting([_GIVEN.c[name] for name in names], project, may_see)
    is_shared = _POINTERS.c.unit_id.in_(shared_units(project, may_see))
    return query.join(_GIVEN, _GIVEN.c.annotation_id == _ACTS.c.id).where(is_shared, _GIVEN.c.stage == "final")
