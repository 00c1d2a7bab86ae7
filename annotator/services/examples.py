"""What classifiers learn from: the answers that count, as examples, and what is still missing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from annotator.codebook.values import Codebook, Question
from annotator.db import Annotation, CodebookVersion, CurrentAnnotation, Document, Project, Target, Unit
from annotator.learning.shortages import may_learn_from_others, shortages
from annotator.learning.values import Example, QuestionType, Shortage
from annotator.services import chain, codebooks, gold, rounds
from annotator.services.answers import OFFERED, answers_from_rows
from annotator.services.current import COUNTED
from annotator.services.succession import Succession, succession
from annotator.services.visibility import visible_annotations
from annotator.services.votes import Material, Vote, material_of

TRAINABLE = ("stance", "choice", "choices", "scale")
NOT_AT_ISSUE = "not-at-issue"


def examples_of(session: Session, project_id: int, questions: Collection[Question]) -> dict[str, Sequence[Example]]:
    """Return what may be learned from, by question: acts that count, gold before others, nothing reserved."""
    return {name: found.examples for name, found in read_material(session, project_id, questions).items()}


def read_material(session: Session, project_id: int, questions: Collection[Question]) -> dict[str, Material]:
    """Return what may be learned from, several answers about a unit made one as the project has chosen."""
    rule = session.scalars(select(Project.learns_from).where(Project.id == project_id)).one()
    votes = _votes(session, project_id, questions)
    return {question.id: material_of(question, votes[question.id], rule) for question in questions}


def _votes(session: Session, project_id: int, questions: Collection[Question]) -> dict[str, list[Vote]]:
    counting = succession(session, project_id)
    codebook = counting.editions[-1].codebook
    votes: dict[str, list[Vote]] = {question.id: [] for question in questions}
    for unit, answers in _labelled_units(session, project_id, counting=counting):
        marked, is_gold = _marked(codebook, answers), unit.kind == gold.GOLD
        for question in questions:
            given = answers.get(question.id)
            if given is not None:
                made = examples_from(question, given, answers=answers, text=unit.text, group=unit.group)
                kept = (replace(example, highlights=marked, key=unit.id) for example in made)
                votes[question.id] += [Vote(unit.unit_id, unit.annotator_id, is_gold, example) for example in kept]
    return votes


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


def has_enough(question: Question, examples: Sequence[Example]) -> bool:
    """Tell whether a target or all together (for stance), a label (for choices) or the question has enough examples."""
    short = shortages(kind_of(question), examples, labels=labels_of(question))
    if question.type == "stance":
        has_own = bool({example.target for example in examples} - {shortage.target for shortage in short})
        return has_own or may_learn_from_others(examples)
    if question.type == "choices":
        return bool(set(labels_of(question)) - {shortage.label for shortage in short})
    return bool(examples) and not short


def _labelled_units(session: Session, project_id: int, *, counting: Succession) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each labelled unit outside the reserved sample, its answers as they count under the newest codebook."""
    return read_counted(session, _acts(project_id, phase=rounds.phase(session, project_id)), counting)


def read_counted(session: Session, query: Select[Any], counting: Succession) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each act of a query with its answers as they count under the newest codebook.

    The query selects at least the ``id`` and the codebook's ``number`` of acts in their order, a batch of them at most.
    """
    after = 0
    while acts := session.execute(query.where(Annotation.id > after)).all():
        rows = chain.answers_of(session, [act.id for act in acts])
        for act in acts:
            given = rows.get(act.id, {}).get("final", [])
            answers = answers_from_rows(given, codebook=counting.codebook(act.number), known=counting.known)
            yield act, counting.counted(answers, act.number)
        after = acts[-1].id


def _acts(project_id: int, *, phase: str) -> Select[Any]:
    """Select a batch of the acts that may be learned from, in their order."""
    settled = aliased(CurrentAnnotation)
    has_gold = exists().where(settled.unit_id == Unit.id, settled.kind == gold.GOLD)
    return (
        select(
            Annotation.id,
            Annotation.annotator_id,
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
            Document.is_reserved.is_not(True),
            Unit.withdrawn_at.is_(None),
            visible_annotations(None, phase=phase),
            or_(Annotation.kind == gold.GOLD, ~has_gold),
            gold.is_in_force(),
        )
        .order_by(Annotation.id)
        .limit(chain.BATCH)
    )


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
