"""The next version of a codebook while it is written: one draft a project, shared by its owners."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.codebook.reading import read_unfinished
from annotator.codebook.values import Codebook
from annotator.codebook.writing import write_codebook
from annotator.db import CodebookDraft, Project, User
from annotator.db.base import now
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import codebooks, projects
from annotator.services.answers import is_storable
from annotator.services.identities import identities
from annotator.words import say

Edit = Callable[[Codebook], Codebook]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The draft as it stands: its text, what it describes as far as it can be read, and what is wrong with it."""

    source: str
    revision: int
    based_on: int
    updated_at: datetime
    updated_by: str | None
    codebook: Codebook | None
    problems: tuple[str, ...]
    #: Whether its values can be edited one by one; a text with mistakes in its form would lose them.
    is_editable: bool


def find_draft(session: Session, project_id: int) -> Draft | None:
    """Return a project's draft, None where there is none."""
    row = session.execute(
        select(CodebookDraft, User.name)
        .outerjoin(User, User.id == CodebookDraft.updated_by_id)
        .where(CodebookDraft.project_id == project_id, CodebookDraft.source.is_not(None))
    ).one_or_none()
    return None if row is None else _read(row.CodebookDraft, row.name)


def read_draft(session: Session, project_id: int) -> Draft:
    """Return a project's draft.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    draft = find_draft(session, project_id)
    if draft is None:
        raise NotFoundError(say("There is no draft of the codebook; begin one."))
    return draft


def begin_draft(session: Session, project: Project, user: User) -> None:
    """Begin a draft with what is published; one that is there already stays as it is."""
    row = _locked(session, project.id)
    if row is not None and row.source is not None:
        return
    newest = codebooks.newest_version(session, project.id)
    source = newest.source if newest else write_codebook(Codebook(name=project.name))
    _write(session, project, user, row, source=source, based_on=newest.number if newest else 0)


def save_draft(session: Session, project: Project, user: User, source: str, *, revision: int) -> None:
    """Put another text in the place of the draft's.

    Raises
    ------
    ConflictError
        If somebody else has changed the draft since the revision on the page.
    InvalidInputError
        If it holds what no database can keep.
    """
    if not is_storable(source):
        raise InvalidInputError(say("The draft holds a character that no file can have (U+0000); take it out."))
    row = _unchanged(session, project, revision)
    _write(session, project, user, row, source=source.replace("\r\n", "\n"), based_on=row.based_on)


def edit_draft(session: Session, project: Project, user: User, edit: Edit, *, revision: int) -> None:
    """Change one value of the draft.

    Raises
    ------
    ConflictError
        If somebody else has changed the draft since the revision on the page.
    InvalidInputError
        If its text must be put in order first.
    NotFoundError
        If what is to be changed is not there.
    """
    row = _unchanged(session, project, revision)
    draft = _read(row, None)
    if draft.codebook is None or not draft.is_editable:
        raise InvalidInputError(say("The draft's file has mistakes in its form; correct them in the file first."))
    _write(session, project, user, row, source=write_codebook(edit(draft.codebook)), based_on=row.based_on)


def discard_draft(session: Session, project: Project, user: User, *, revision: int) -> None:
    """Throw the draft away.

    Raises
    ------
    ConflictError
        If somebody else has changed the draft since the revision on the page.
    """
    row = _unchanged(session, project, revision)
    _write(session, project, user, row, source=None, based_on=row.based_on)


def ids_in_use(session: Session, project_id: int, question: str | None = None) -> list[str]:
    """Return the ids that questions, or the labels of one question, have had in any version."""
    known = identities(session, project_id)
    # Looked up here and not in the database, which may refuse what somebody sends as the name of a question.
    return list(known.questions) if question is None else [label for asked, label in known.labels if asked == question]


def _locked(session: Session, project_id: int) -> CodebookDraft | None:
    # Two who begin a draft at once take turns, although there is no row of it yet.
    projects.lock_project(session, project_id)
    return session.scalar(select(CodebookDraft).where(CodebookDraft.project_id == project_id).with_for_update())


def _unchanged(session: Session, project: Project, revision: int) -> CodebookDraft:
    row = _locked(session, project.id)
    if row is None or row.source is None:
        raise ConflictError(say("The draft was published or discarded meanwhile."))
    if row.revision != revision:
        raise ConflictError(say("Somebody else has changed the draft meanwhile; look at it before you go on."))
    return row


def _write(
    session: Session, project: Project, user: User, row: CodebookDraft | None, *, source: str | None, based_on: int
) -> None:
    if row is None:
        row = CodebookDraft(project_id=project.id, revision=0)
        session.add(row)
    row.source, row.based_on = source, based_on
    row.revision += 1
    row.updated_at, row.updated_by_id = now(), user.id
    session.flush()


def _read(row: CodebookDraft, name: str | None) -> Draft:
    source = row.source or ""
    codebook, problems = read_unfinished(source, name=say("draft"))
    return Draft(
        source=source,
        revision=row.revision,
        based_on=row.based_on,
        updated_at=row.updated_at,
        updated_by=name,
        codebook=codebook,
        problems=problems,
        is_editable=codebook is not None and _survives(codebook, problems),
    )


def _survives(codebook: Codebook, problems: tuple[str, ...]) -> bool:
    """Tell whether writing the codebook anew keeps all that is wrong with it: else something written would be lost."""
    return not problems or len(read_unfinished(write_codebook(codebook))[1]) == len(problems)
