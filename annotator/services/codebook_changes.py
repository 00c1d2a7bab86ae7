"""A change of the codebook before it is made: what it touches, what can be chosen, and its publication."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from annotator.codebook.changes import Change, adopt_ids, compare
from annotator.codebook.succession import Choice, choices_for
from annotator.codebook.values import Codebook
from annotator.codebook.writing import write_codebook
from annotator.db import Classifier, CodebookVersion, Event, Project, User
from annotator.db import Question as QuestionRow
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import appending, codebook_drafts, codebooks, projects, relabelling, retraining
from annotator.services.answers import is_storable
from annotator.services.succession import Succession, succession
from annotator.services.touched import Touched, answering, count_touched, touching
from annotator.services.visibility import reviewable_annotations
from annotator.words import say

MAX_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One change with what it touches and what can be chosen, the usual choice first."""

    change: Change
    question: str
    touched: Touched
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The classifiers of a question that learned from labels that change."""

    question: str
    numbers: tuple[int, ...]
    active: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Everything that publishing a draft would do; looking at it changes nothing."""

    base: int
    number: int
    old: Codebook
    new: Codebook
    changes: tuple[Planned, ...]
    classifiers: tuple[Learned, ...]
    #: Names of the questions whose agreement rests on answers that are touched.
    agreement: tuple[str, ...]
    #: Whether the counts leave out what others said, since the person labels blind.
    is_partial: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs from what is published."""
        return not self.changes


def dry_run(session: Session, project: Project, user_id: int, codebook: Codebook) -> DryRun:
    """Return what publishing a codebook would change, and what that touches."""
    before = succession(session, project.id)
    newest = before.editions[-1] if before.editions else None
    old = newest.codebook if newest else Codebook(name=codebook.name)
    new = adopt_ids(old, codebook)
    visible = reviewable_annotations(session, project, user_id)
    planned = tuple(
        _planned(session, project, before, change, visible, old=old, new=new) for change in compare(old, new)
    )
    return DryRun(
        base=newest.number if newest else 0,
        number=newest.number + 1 if newest else 1,
        old=old,
        new=new,
        changes=planned,
        classifiers=tuple(_classifiers(session, project, planned)),
        agreement=tuple(dict.fromkeys(one.question for one in planned if one.touched.compared)),
        is_partial=not _sees_everything(visible),
    )


def publish_draft(
    session: Session,
    project: Project,
    user: User,
    *,
    revision: int,
    base: int,
    choices: Mapping[str, str],
    note: str = "",
) -> tuple[CodebookVersion, int]:
    """Publish the draft as its dry run showed it; return the version and how many places there are to label anew.

    Raises
    ------
    ConflictError
        If the draft, or what is published, is not what the dry run was about.
    InvalidInputError
        If the draft is no valid codebook, a choice cannot be made, or the note is too long.
    """
    draft, old = _as_shown(session, project, revision=revision, base=base)
    if len(note) > MAX_NOTE or not is_storable(note):
        raise InvalidInputError(say("A note is a text of at most {most} characters.", most=MAX_NOTE))
    new = adopt_ids(old, draft)
    kept = checked_choices(choices, old=old, new=new)
    version = codebooks.publish_codebook(
        session, project, write_codebook(new), user_id=user.id, note=note.strip(), choices=kept
    )
    places = relabelling.make_relabelling_rounds(session, project, version)
    codebook_drafts.discard_draft(session, project, user, revision=revision)
    details = {"number": version.number, "choices": len(kept)}
    session.add(Event(kind="codebook-published", project_id=project.id, user_id=user.id, details=details))
    if kept and session.scalar(select(Classifier.id).where(Classifier.project_id == project.id).limit(1)) is not None:
        retraining.request_training(session, project.id)
    return version, places


def _as_shown(session: Session, project: Project, *, revision: int, base: int) -> tuple[Codebook, Codebook]:
    """Return the draft and what is published, if both are still what a dry run showed."""
    # Acts under way come to their end first, so that each of them is either touched by the change or late. Whoever
    # stores one takes the head before the project's row, and so does this; two who publish at once take turns.
    appending.take_head(session, project.id)
    projects.lock_project(session, project.id)
    draft = codebook_drafts.read_draft(session, project.id)
    newest = codebooks.newest_version(session, project.id)
    if draft.revision != revision or (newest.number if newest else 0) != base:
        raise ConflictError(say("The draft has changed since this dry run; look at what it touches now."))
    if draft.problems or draft.codebook is None:
        raise InvalidInputError(*draft.problems)
    old = codebooks.parse_source(newest.source) if newest else Codebook(name=draft.codebook.name)
    return draft.codebook, old


def checked_choices(choices: Mapping[str, str], *, old: Codebook, new: Codebook) -> dict[str, str]:
    """Return a choice for every change that has one, the usual where none was made.

    Raises
    ------
    InvalidInputError
        If something else was chosen than there is to choose from.
    """
    kept = {}
    for change in compare(old, new):
        possible = choices_for(change, old=old, new=new)
        chosen = choices.get(change.key, possible[0] if possible else None)
        if possible and chosen not in possible:
            raise InvalidInputError(
                say("“{choice}” cannot be chosen for “{name}”.", choice=chosen, name=change.before or change.after)
            )
        if chosen is not None and possible:
            kept[change.key] = chosen
    if not compare(old, new):
        raise InvalidInputError(say("The draft says the same as what is published; there is nothing to publish."))
    return kept


def _planned(
    session: Session,
    project: Project,
    before: Succession,
    change: Change,
    visible: ColumnElement[bool],
    *,
    old: Codebook,
    new: Codebook,
) -> Planned:
    asked = new.question(change.question or "") or old.question(change.question or "")
    choices = choices_for(change, old=old, new=new)
    touched = Touched()
    if choices and asked is not None and before.editions:
        condition = touching(before, change, unit=asked.unit)
        answered = answering(before, asked.id)
        touched = count_touched(session, project.id, condition, visible, answered=answered)
    return Planned(change=change, question=asked.name if asked else "", touched=touched, choices=choices)


def _classifiers(session: Session, project: Project, planned: tuple[Planned, ...]) -> list[Learned]:
    questions = {one.change.question: one.question for one in planned if one.choices and one.change.question}
    rows = session.execute(
        select(QuestionRow.stable_id, Classifier.number, Classifier.is_active)
        .join(Classifier, Classifier.question_id == QuestionRow.id)
        .where(Classifier.project_id == project.id, QuestionRow.stable_id.in_(questions))
        .order_by(Classifier.number)
    ).all()
    found: dict[str, list[tuple[int, bool]]] = {}
    for question, number, is_active in rows:
        found.setdefault(question, []).append((number, is_active))
    return [
        Learned(
            question=questions[question],
            numbers=tuple(number for number, _ in several),
            active=next((number for number, is_active in several if is_active), None),
        )
        for question, several in found.items()
    ]


def _sees_everything(visible: ColumnElement[bool]) -> bool:
    return visible.compare(true())
