"""Publish codebooks and read the version in force."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.orm import Session

from annotator.codebook.changes import adopt_ids
from annotator.codebook.reading import read_codebook
from annotator.codebook.values import Codebook
from annotator.codebook.writing import write_codebook
from annotator.db import CodebookVersion, Label, Project, Publication, Question, Target
from annotator.db.base import now, table
from annotator.errors import NotFoundError
from annotator.services.identities import Identities, identities
from annotator.words import say


def publish_codebook(
    session: Session,
    project: Project,
    text: str,
    *,
    user_id: int | None = None,
    note: str = "",
    choices: Mapping[str, str] | None = None,
) -> CodebookVersion:
    """Publish the next version from a codebook file's text; its new targets join the project's.

    ``choices`` say what becomes of the answers given before, by change; where they are silent, the usual ones hold.

    Raises
    ------
    InvalidInputError
        If the file is not a valid codebook.
    """
    codebook = read_codebook(text)
    newest = newest_version(session, project.id)
    if newest is not None:
        codebook = adopt_ids(parse_source(newest.source), codebook)
    number = newest.number + 1 if newest else 1
    version = store_version(session, project, number=number, source=write_codebook(codebook))
    add_publication(session, version, user_id=user_id, note=note, choices=choices or {})
    _add_targets(session, project, codebook)
    return version


def add_publication(
    session: Session, version: CodebookVersion, *, user_id: int | None, note: str, choices: Mapping[str, str]
) -> None:
    """Keep who published a version and what they decided, as far as there is something to keep."""
    if user_id is not None or note or choices:
        kept = Publication(version_id=version.id, published_by_id=user_id, note=note, choices=dict(choices))
        session.add(kept)
        session.flush()


def store_version(session: Session, project: Project, *, number: int, source: str) -> CodebookVersion:
    """Store one published version as it stands, and the identities of its questions and labels."""
    version = CodebookVersion(project_id=project.id, number=number, source=source, published_at=now())
    session.add(version)
    _add_identities(session, project, parse_source(source))
    session.flush()
    return version


def current_version(session: Session, project_id: int) -> CodebookVersion:
    """Return the newest published version.

    Raises
    ------
    NotFoundError
        If the project has none.
    """
    version = newest_version(session, project_id)
    if version is None:
        raise NotFoundError(say("This project has no codebook yet."))
    return version


def newest_version(session: Session, project_id: int) -> CodebookVersion | None:
    """Return the newest published version, None where there is none yet."""
    return session.scalar(
        select(CodebookVersion)
        .where(CodebookVersion.project_id == project_id)
        .order_by(CodebookVersion.number.desc())
        .limit(1)
    )


def find_version(session: Session, project_id: int, number: int) -> CodebookVersion:
    """Return the version of this number.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    wanted = select(CodebookVersion).where(CodebookVersion.project_id == project_id, CodebookVersion.number == number)
    # Larger numbers, which anyone can send, do not fit into the column.
    version = session.scalar(wanted) if abs(number) < 2**31 else None
    if version is None:
        raise NotFoundError(say("This project has no codebook version {number}.", number=number))
    return version


@dataclass(frozen=True, slots=True)
class Published:
    """A published version as it is used while labelling: read once, since it never changes."""

    version_id: int
    number: int
    codebook: Codebook
    known: Identities
    #: The codebook with only the questions about one kind of unit.
    by_kind: Mapping[str, Codebook]


_READ: WeakKeyDictionary[Engine, dict[tuple[int, int], Published]] = WeakKeyDictionary()


def published(session: Session, project_id: int, number: int | None = None) -> Published:
    """Return a version (the newest without ``number``) with its identities.

    Raises
    ------
    NotFoundError
        If there is no such version.
    """
    if number is None:
        number = session.scalar(_NEWEST, {"project": project_id})
    read = _READ.setdefault(session.connection().engine, {})
    found = read.get((project_id, number or 0))
    if found is None:
        version = find_version(session, project_id, number or 0)
        known = identities(session, project_id)
        codebook = parse_source(version.source)
        found = Published(version.id, version.number, codebook, known, _by_kind(codebook))
        read[project_id, version.number] = found
    return found


def asked_now(session: Session, project_id: int) -> frozenset[str]:
    """Return the ids of the questions of the newest version; none where there is no codebook yet."""
    if session.scalar(_NEWEST, {"project": project_id}) is None:
        return frozenset()
    return frozenset(question.id for question in published(session, project_id).codebook.questions)


def forget(engine: Engine, project_id: int) -> None:
    """Forget the versions of a project whose transaction was rolled back: its number may be given again."""
    read = _READ.get(engine, {})
    for key in [key for key in read if key[0] == project_id]:
        del read[key]


def _by_kind(codebook: Codebook) -> dict[str, Codebook]:
    kinds = ("sentence", "turn", "document")
    asked = {kind: tuple(question for question in codebook.questions if question.unit == kind) for kind in kinds}
    return {kind: replace(codebook, questions=questions) for kind, questions in asked.items()}


def with_targets(session: Session, project_id: int, version: Published, uuids: set[str]) -> Published:
    """Return the version with identities that know these targets, if they exist; targets are added meanwhile."""
    if uuids <= version.known.targets.keys():
        return version
    fresh = replace(version, known=identities(session, project_id))
    _READ[session.connection().engine][project_id, version.number] = fresh
    return fresh


_NEWEST = select(func.max(table(CodebookVersion).c.number)).where(
    table(CodebookVersion).c.project_id == bindparam("project")
)


@lru_cache(maxsize=64)
def parse_source(source: str) -> Codebook:
    """Return the codebook of a published file; versions never change, so it is read once."""
    return read_codebook(source)


def _add_identities(session: Session, project: Project, codebook: Codebook) -> None:
    known = {
        question.stable_id: question
        for question in session.scalars(select(Question).where(Question.project_id == project.id))
    }
    for question in codebook.questions:
        row = known.get(question.id)
        if row is None:
            row = Question(project_id=project.id, stable_id=question.id)
            session.add(row)
            session.flush()
        labels = set(session.scalars(select(Label.stable_id).where(Label.question_id == row.id)))
        session.add_all(
            Label(question_id=row.id, stable_id=label.id) for label in question.labels if label.id not in labels
        )


def _add_targets(session: Session, project: Project, codebook: Codebook) -> None:
    known = list(session.scalars(select(Target.name).where(Target.project_id == project.id)))
    session.add_all(
        Target(
            project_id=project.id,
            name=entry.name,
            aliases=list(entry.aliases),
            position=len(known) + index,
            accepted_at=now(),
        )
        for index, entry in enumerate(codebook.targets)
        if entry.name not in known
    )
