"""The numbers behind questions, labels and targets, both ways."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Label, Question, Target


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
