"""The numbers behind questions, labels and targets, both ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Label, Question, Target
from annotator.errors import InvalidInputError
from annotator.words import say


@dataclass(frozen=True, slots=True)
class Identities:
    """Database numbers by stable id or UUID, and back, for one project."""

    questions: dict[str, int]
    labels: dict[tuple[str, str], int]
    targets: dict[str, int]
    question_names: dict[int, str]
    label_names: dict[int | None, str]
    target_names: dict[int, str]


def identities(session: Session, project_id: int) -> Identities:
    """Read the numbers of a project's questions, labels and targets (merged and private targets too)."""
    labels = session.execute(
        select(Question.stable_id, Question.id, Label.stable_id, Label.id)
        .outerjoin(Label, Label.question_id == Question.id)
        .where(Question.project_id == project_id)
    ).all()
    targets = session.execute(select(Target.uuid, Target.id).where(Target.project_id == project_id)).all()
    return Identities(
        questions={question: number for question, number, _, _ in labels},
        labels={(question, label): number for question, _, label, number in labels if label is not None},
        targets=dict(targets),
        question_names={number: question for question, number, _, _ in labels},
        label_names={number: label for _, _, label, number in labels if label is not None},
        target_names={number: uuid for uuid, number in targets},
    )


def named(found: Mapping[Any, int], name: Any, what: str, where: str) -> int:
    """Return the number of what a data set calls by this name; an act goes by annotator and key.

    Raises
    ------
    InvalidInputError
        If it is not in the data set.
    """
    if name not in found:
        shown = name[-1] if isinstance(name, tuple) else name
        raise InvalidInputError(
            say(
                "{where}: there is no {what} “{shown}” in the data set; export it again.",
                where=where,
                what=what,
                shown=shown,
            )
        )
    return found[name]
