"""What annotators choose to tell about themselves: asked by the project, kept apart, shown only of three or more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotator, BackgroundAnswer, BackgroundQuestion, Event, Membership, Project, User
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services.accounts import one_line
from annotator.services.policy import Policy
from annotator.services.projects import annotator_of, lock_project
from annotator.words import say

#: Groups of fewer annotators are not reported: who is in them could be guessed.
SMALLEST_GROUP = 3
MAX_TEXT = 300
MAX_OPTION = 100
OPTIONS = range(2, 21)
MOST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Groups:
    """How many annotators gave each answer; None where they are fewer than three, or none at all."""

    uuid: str
    text: str
    counts: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A project in which a person has told something about themselves."""

    uuid: str
    name: str


def questions_of(session: Session, project_id: int) -> list[BackgroundQuestion]:
    """Return the questions a project asks of its annotators, in the order in which they were added."""
    query = select(BackgroundQuestion).where(BackgroundQuestion.project_id == project_id)
    return list(session.scalars(query.order_by(BackgroundQuestion.id)))


def _held_questions(project_id: int) -> Select[BackgroundQuestion]:
    """Select a project's questions, so that none is removed before the answers to it are stored."""
    query = select(BackgroundQuestion).where(BackgroundQuestion.project_id == project_id)
    return query.order_by(BackgroundQuestion.id).with_for_update(read=True, key_share=True)


def add_question(
    session: Session, project: Project, user: User, *, text: str, options: Sequence[str]
) -> BackgroundQuestion:
    """Ask the project's annotators something about themselves.

    Raises
    ------
    InvalidInputError
        If the text or the options cannot be used.
    """
    text = one_line(text)
    offered = list(dict.fromkeys(filter(None, map(one_line, options))))
    if not 0 < len(text) <= MAX_TEXT:
        raise InvalidInputError(say("A question has 1 to {most} characters.", most=MAX_TEXT))
    if len(offered) not in OPTIONS or any(len(option) > MAX_OPTION for option in offered):
        raise InvalidInputError(
            say(
                "A question has {least} to {most} different options of at most {characters} characters, one per line.",
                least=OPTIONS[0],
                most=OPTIONS[-1],
                characters=MAX_OPTION,
            )
        )
    # One after the other, so that they can be counted.
    lock_project(session, project.id)
    if len(questions_of(session, project.id)) >= MOST_QUESTIONS:
        raise InvalidInputError(say("A project asks at most {most} questions of its annotators.", most=MOST_QUESTIONS))
    question = BackgroundQuestion(project_id=project.id, text=text, options=offered)
    session.add(question)
    session.flush()
    _log(session, "background-asked", project, user, question.uuid)
    return question


def remove_question(session: Session, project: Project, user: User, uuid: str) -> None:
    """Stop asking, and forget what was answered.

    Raises
    ------
    NotFoundError
        If the project asks no such question.
    """
    query = select(BackgroundQuestion).where(
        BackgroundQuestion.project_id == project.id, BackgroundQuestion.uuid == uuid
    )
    question = session.scalar(query.with_for_update())
    if question is None:
        raise NotFoundError(say("This project asks no such question."))
    session.execute(delete(BackgroundAnswer).where(BackgroundAnswer.question_id == question.id))
    session.delete(question)
    _log(session, "background-removed", project, user, uuid)


def answers_of(session: Session, project_id: int, user_id: int) -> dict[str, str]:
    """Return what a person has told in a project, by question."""
    rows = session.execute(
        select(BackgroundQuestion.uuid, BackgroundAnswer.option)
        .join(BackgroundAnswer, BackgroundAnswer.question_id == BackgroundQuestion.id)
        .join(Annotator, Annotator.id == BackgroundAnswer.annotator_id)
        .where(Annotator.project_id == project_id, Annotator.user_id == user_id)
    )
    return dict(rows.all())


def save_answers(
    session: Session, project: Project, user: User, policy: Policy, given: Mapping[str, str], *, has_consented: bool
) -> None:
    """Keep what an annotator chose to tell, in place of what they told before; unanswered is not kept.

    Raises
    ------
    InvalidInputError
        If they have not agreed, or an option is none.
    ConflictError
        If the person does not label here.
    """
    if not has_consented:
        raise InvalidInputError(say("Nothing was kept: it is only with your consent."))
    annotator = _annotator(session, project, user, policy)
    asked = {question.uuid: question for question in session.scalars(_held_questions(project.id))}
    chosen = {asked[uuid]: option for uuid, option in given.items() if uuid in asked and option}
    if any(option not in question.options for question, option in chosen.items()):
        raise InvalidInputError(say("Choose one of the answers offered."))
    session.execute(delete(BackgroundAnswer).where(BackgroundAnswer.annotator_id == annotator.id))
    session.add_all(
        BackgroundAnswer(annotator_id=annotator.id, question_id=question.id, option=option)
        for question, option in chosen.items()
    )
    session.flush()


def forget_answers(session: Session, user_id: int, project_uuid: str) -> None:
    """Delete what a person told in a project, also after they left it.

    Raises
    ------
    NotFoundError
        If they told nothing there.
    """
    theirs = (
        select(Annotator.id)
        .join(Project, Project.id == Annotator.project_id)
        .where(Annotator.user_id == user_id, Project.uuid == project_uuid)
    )
    gone = session.execute(
        delete(BackgroundAnswer).where(BackgroundAnswer.annotator_id.in_(theirs)).returning(BackgroundAnswer.option)
    ).all()
    if not gone:
        raise NotFoundError(say("Nothing about you is kept there."))


def kept_about(session: Session, user_id: int) -> list[Kept]:
    """Return the projects in which something is kept that a person told about themselves."""
    rows = session.execute(
        select(Project.uuid, Project.name)
        .join(Annotator, Annotator.project_id == Project.id)
        .join(BackgroundAnswer, BackgroundAnswer.annotator_id == Annotator.id)
        .where(Annotator.user_id == user_id)
        .distinct()
        .order_by(Project.name)
    )
    return [Kept(uuid, name) for uuid, name in rows]


def asked_of(session: Session, user_id: int) -> list[Project]:
    """Return the projects that ask a person who labels there something about themselves."""
    is_asked = select(BackgroundQuestion.id).where(BackgroundQuestion.project_id == Project.id).exists()
    return list(
        session.scalars(
            select(Project)
            .join(Membership, Membership.project_id == Project.id)
            .where(Membership.user_id == user_id, Membership.role == "annotator", is_asked)
            .order_by(Project.name)
        )
    )


def groups_of(session: Session, project_id: int) -> list[Groups]:
    """Return how many annotators gave which answer, for groups of three and more.

    None and fewer than three look the same, and no total is told, so that a hidden group cannot be found by taking
    the others away.
    """
    rows = session.execute(
        select(BackgroundAnswer.question_id, BackgroundAnswer.option, func.count())
        .join(BackgroundQuestion, BackgroundQuestion.id == BackgroundAnswer.question_id)
        .where(BackgroundQuestion.project_id == project_id)
        .group_by(BackgroundAnswer.question_id, BackgroundAnswer.option)
        .having(func.count() >= SMALLEST_GROUP)
    )
    counts = {(question_id, option): count for question_id, option, count in rows}
    return [
        Groups(
            question.uuid,
            question.text,
            tuple((option, counts.get((question.id, option))) for option in question.options),
        )
        for question in questions_of(session, project_id)
    ]


def may_answer(session: Session, project: Project, user: User, policy: Policy) -> bool:
    """Tell whether a person labels here; a code of their own would make a reviewer one who labels."""
    query = select(Annotator.id).where(Annotator.project_id == project.id, Annotator.user_id == user.id)
    return policy.role == "annotator" or session.scalar(query) is not None


def _annotator(session: Session, project: Project, user: User, policy: Policy) -> Annotator:
    if not may_answer(session, project, user, policy):
        raise ConflictError(say("These questions are for those who label here; label something first."))
    annotator = annotator_of(session, project, user)
    # Two tabs take turns.
    return session.get_one(Annotator, annotator.id, with_for_update=True)


def _log(session: Session, kind: str, project: Project, user: User, uuid: str) -> None:
    session.add(Event(kind=kind, user_id=user.id, project_id=project.id, details={"question": uuid}))
