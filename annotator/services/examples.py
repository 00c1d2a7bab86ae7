"""What classifiers learn from: the answers that count, as examples, and what is still missing."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from annotator.codebook.values import Codebook, Question
from annotator.db import Annotation, CodebookVersion, CurrentAnnotation, Document, Target, Unit
from annotator.learning.shortages import shortages
from annotator.learning.values import Example, QuestionType, Shortage
from annotator.services import chain, codebooks, gold, rounds
from annotator.services.answers import OFFERED, answers_from_rows
from annotator.services.current import COUNTED
from annotator.services.succession import Succession, succession
from annotator.services.visibility import visible_annotations

TRAINABLE = ("stance", "choice", "choices", "scale")
NOT_AT_ISSUE = "not-at-issue"


def examples_of(session: Session, project_id: int, questions: Collection[Question]) -> dict[str, list[Example]]:
    """Return what may be learned from, by question: acts that count, gold before others, nothing reserved."""
    counting = succession(session, project_id)
    codebook = counting.editions[-1].codebook
    examples: dict[str, list[Example]] = {question.id: [] for question in questions}
    for unit, answers in _labelled_units(session, project_id, counting=counting):
        marked = _marked(codebook, answers)
        for question in questions:
            given = answers.get(question.id)
            if given is not None:
                made = examples_from(question, given, answers=answers, text=unit.text, group=unit.group)
                examples[question.id] += [replace(example, highlights=marked) for example in made]
    return examples


def missing(session: Session, project_id: int) -> dict[str, list[Shortage]]:
    """Return, by question, what is missing before there can be suggestions."""
    questions = trainable(codebooks.published(session, project_id).codebook)
    examples = examples_of(session, project_id, questions)
    return {
        question.id: shortages(
            kind_of(question),
            examples[question.id],
            labels=labels_of(question),
            targets=_target_uuids(session, project_id) if question.type == "stance" else (),
        )
        for question in questions
    }


def trainable(codebook: Codebook) -> list[Question]:
    """Return the questions a classifier can answer for a sentence."""
    return [question for question in codebook.questions if question.type in TRAINABLE and question.unit == "sentence"]


def has_enough(question: Question, examples: list[Example]) -> bool:
    """Tell whether a target (for stance), a label (for choices) or the question has the examples it needs."""
    short = shortages(kind_of(question), examples, labels=labels_of(question))
    if question.type == "stance":
        return bool({example.target for example in examples} - {shortage.target for shortage in short})
    if question.type == "choices":
        return bool(set(labels_of(question)) - {shortage.label for shortage in short})
    return bool(examples) and not short


def _labelled_units(session: Session, project_id: int, *, counting: Succession) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each labelled unit outside the reserved sample, its answers as they count under the newest codebook."""
    phase = rounds.phase(session, project_id)
    settled = aliased(CurrentAnnotation)
    has_gold = exists().where(settled.unit_id == Unit.id, settled.kind == gold.GOLD)
    after = 0
    while True:
        acts = session.execute(
            select(
                Annotation.id,
                Unit.id.label("unit_id"),
                Annotation.kind,
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
                Annotation.id > after,
                Document.is_reserved.is_not(True),
                Unit.withdrawn_at.is_(None),
                visible_annotations(None, phase=phase),
                or_(Annotation.kind == gold.GOLD, ~has_gold),
                gold.is_in_force(),
            )
            .order_by(Annotation.id)
            .limit(chain.BATCH)
        ).all()
        if not acts:
            return
        rows = chain.answers_of(session, [act.id for act in acts])
        for act in acts:
            given = rows.get(act.id, {}).get("final", [])
            answers = answers_from_rows(given, codebook=counting.codebook(act.number), known=counting.known)
            yield act, counting.counted(answers, act.number)
        after = acts[-1].id


def _marked(codebook: Codebook, answers: dict[str, Any]) -> tuple[tuple[int, int], ...] | None:
    """Return the stretches marked in the sentence, None where no question asked for any."""
    asked = [entry.id for entry in codebook.questions if entry.type == "spans" and entry.id in answers]
    return tuple((span["start"], span["end"]) for name in asked for span in answers[name]) if asked else None


def examples_from(
    question: Question, given: Any, *, answers: dict[str, Any], text: str, group: str
) -> Iterator[Example]:
    """Yield what an answer teaches: one example, or for stances one per target that was judged or offered."""
    if question.type == "stance":
        taken: dict[str, set[str]] = {}
        for stance in given:
            taken.setdefault(stance["target"], set()).add(stance["label"])
        for target in dict.fromkeys([*taken, *answers.get(OFFERED, ())]):
            # Two holders on two sides give a text no one label to learn.
            labels = taken.get(target, {NOT_AT_ISSUE})
            if len(labels) == 1:
                yield Example(text, group, tuple(labels), target=target)
    elif question.type == "choices":
        alone = {label.id for label in question.labels if label.exclusive}
        yield Example(text, group, tuple(label for label in given if label not in alone))
    else:
        yield Example(text, group, (given,))


def kind_of(question: Question) -> QuestionType:
    """Return the type of a question that can be learned."""
    return cast(QuestionType, question.type)  # trainable() leaves spans out


def labels_of(question: Question) -> list[str]:
    """Return the labels a classifier tells apart, in the order of the codebook."""
    labels = [label.id for label in question.labels if not (question.type == "choices" and label.exclusive)]
    return [*labels, NOT_AT_ISSUE] if question.type == "stance" else labels


def _target_uuids(session: Session, project_id: int) -> list[str]:
    return list(
        session.scalars(
            select(Target.uuid)
            .where(Target.project_id == project_id, Target.merged_into_id.is_(None))
            .order_by(Target.position, Target.id)
        )
    )
