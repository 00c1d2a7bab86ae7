"""The documents of a project: list them, find one, put its metadata right."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date as calendar_date
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, CurrentAnnotation, Document, Event, ImportBatch, Project, Unit
from annotator.errors import InvalidInputError, NotFoundError
from annotator.services.imports import next_position
from annotator.services.masks import Masks, masks_of
from annotator.services.seats import Seat
from annotator.services.visibility import visible_annotations
from annotator.words import say

PAGE = 50
#: Documents a search looks through where names are masked inside titles.
MOST_SIFTED = 2_000
MAX_METADATA = 2000
CORRECTABLE = ("title", "outlet", "author", "url", "date", "language")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_PRECISIONS = {4: "year", 7: "month", 10: "day"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One line of the list of documents; ``labelled`` counts the sentences with a label one may see."""

    external_id: str
    title: str | None
    outlet: str | None
    date: str | None
    kind: str
    is_reserved: bool | None
    sentences: int
    labelled: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A page of the list; pages count from 1."""

    rows: tuple[DocumentRow, ...]
    number: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """How much a project holds."""

    documents: int
    sentences: int


def list_documents(
    session: Session,
    project: Project,
    *,
    page: int = 1,
    search: str | None = None,
    seat: Seat | None = None,
    phase: str = "open",
    masked: Collection[str] = (),
) -> DocumentPage:
    """Return one page of the documents in the order they came; ``search`` looks into title, outlet and author.

    Neither what is shown nor what is found tells what is ``masked``.
    """
    page = max(page, 1)
    query = _visible(project).order_by(Document.position)
    if search and search.strip():
        found = _search(session, query, search.strip(), masked, first=(page - 1) * PAGE)
        has_next, found = len(found) > PAGE, found[:PAGE]
    else:
        # Positions have no gaps, so that the thousandth page costs what the first one does.
        first = (page - 1) * PAGE
        found = list(session.scalars(query.where(Document.position.between(first, first + PAGE - 1))))
        has_next = next_position(session, project.id) > first + PAGE
    ids = [document.id for document in found]
    sentences, labelled = _sentences(session, ids), _labelled(session, ids, seat=seat, phase=phase)
    masks = masks_of(session, masked, ids)
    rows = (
        _row(document, sentences.get(document.id, 0), labelled.get(document.id, 0), masks[document.id])
        for document in found
    )
    return DocumentPage(tuple(rows), page, has_next)


def find_document(session: Session, project: Project, external_id: str) -> Document:
    """Return the document of this id; one that is still being imported is not found.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    document = session.scalar(_visible(project).where(Document.external_id == external_id))
    if document is None:
        raise NotFoundError(say("This document is not in the project."))
    return document


def correct_metadata(
    session: Session, document: Document, changes: Mapping[str, str | None], *, user_id: int | None = None
) -> None:
    """Change title, outlet, author, url, date or language; the log keeps what stood there before.

    Raises
    ------
    InvalidInputError
        If a value cannot be used.
    """
    cleaned = {name: _cleaned(name, value) for name, value in changes.items()}
    before = {name: getattr(document, name) for name in cleaned}
    changed = {name: value for name, value in cleaned.items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(document, name, value)
    if "date" in changed:
        document.date_precision = _PRECISIONS[len(document.date)] if document.date else None
    details = {
        "document": document.external_id,
        "changes": {name: {"from": before[name], "to": value} for name, value in changed.items()},
    }
    session.add(Event(kind="document-corrected", project_id=document.project_id, user_id=user_id, details=details))
    session.flush()


def summaries(session: Session, project_ids: Iterable[int]) -> dict[int, Summary]:
    """Return how much each project holds."""
    return {
        number: Summary(next_position(session, number), _count_sentences(session, number)) for number in project_ids
    }


def _visible(project: Project) -> Select[Document]:
    return select(Document).where(Document.project_id == project.id, ~Document.is_pending)


def _search(
    session: Session, query: Select[Document], search: str, masked: Collection[str], *, first: int
) -> list[Document]:
    """Return the documents of a page of what is found, and one more if there is a next page."""
    query = query.where(_matches(search, masked))
    if "names" not in masked:
        return list(session.scalars(query.offset(first).limit(PAGE + 1)))
    # What matches by a masked name is no find, and must not be counted as one: pages are cut afterwards.
    found = list(session.scalars(query.limit(MOST_SIFTED)))
    masks = masks_of(session, masked, [document.id for document in found])
    shown = [document for document in found if _may_be_found(document, search, masks[document.id])]
    return shown[first : first + PAGE + 1]


def _matches(search: str, masked: Collection[str]) -> Any:
    columns = {"title": Document.title, "outlet": Document.outlet, "author": Document.author}
    shown = (column for name, column in columns.items() if name not in masked)
    return or_(*(column.icontains(search, autoescape=True) for column in shown))


def _may_be_found(document: Document, search: str, masks: Masks) -> bool:
    """Tell whether a document that matches does so by something that can be read."""
    shown = [masks.text(document.title)]
    shown += [document.outlet] * (not masks.hides("outlet")) + [document.author] * (not masks.hides("author"))
    return any(search.casefold() in (words or "").casefold() for words in shown)


def _row(document: Document, sentences: int, labelled: int, masks: Masks) -> DocumentRow:
    return DocumentRow(
        external_id=document.external_id,
        title=masks.text(document.title),
        outlet=None if masks.hides("outlet") else document.outlet,
        date=document.date,
        kind=document.kind,
        is_reserved=document.is_reserved,
        sentences=sentences,
        labelled=labelled,
    )


def _sentences(session: Session, document_ids: list[int]) -> dict[int, int]:
    query = select(Unit.document_id, func.count()).where(*_offered(document_ids)).group_by(Unit.document_id)
    return dict(session.execute(query).all())


def _labelled(session: Session, document_ids: list[int], *, seat: Seat | None, phase: str) -> dict[int, int]:
    seen = exists().where(
        CurrentAnnotation.unit_id == Unit.id,
        Annotation.id == CurrentAnnotation.annotation_id,
        Annotation.act == "answer",
        visible_annotations(seat, phase=phase),
    )
    query = select(Unit.document_id, func.count()).where(*_offered(document_ids), seen).group_by(Unit.document_id)
    return dict(session.execute(query).all())


def _offered(document_ids: list[int]) -> tuple[Any, ...]:
    return Unit.document_id.in_(document_ids), Unit.kind == "sentence", Unit.withdrawn_at.is_(None)


def _count_sentences(session: Session, project_id: int) -> int:
    """Count over an index alone; what is still being imported and what is no sentence is looked at and taken off."""
    units = session.scalar(select(func.count()).select_from(Unit).where(Unit.project_id == project_id)) or 0
    whole = (
        select(func.count())
        .select_from(Document)
        .join(Unit, (Unit.document_id == Document.id) & Unit.kind.in_(("document", "turn")))
        .where(Document.project_id == project_id, ~Document.is_pending)
    )
    pending = (
        select(func.count())
        .select_from(Unit)
        .join(Document, Document.id == Unit.document_id)
        .join(ImportBatch, ImportBatch.id == Document.batch_id)
        .where(ImportBatch.project_id == project_id, ImportBatch.state == "pending")
    )
    return units - (session.scalar(whole) or 0) - (session.scalar(pending) or 0)


def field_name(key: str) -> str:
    """Return what a field of a document is called in a sentence."""
    names = {
        "title": say("title"),
        "outlet": say("outlet"),
        "author": say("author"),
        "date": say("date"),
        "url": say("address"),
    }
    return names.get(key, key)


def _cleaned(name: str, value: str | None) -> str | None:
    if name not in CORRECTABLE:
        raise ValueError(f"{name} cannot be corrected")
    value = " ".join((value or "").split()) or None
    if value is None:
        return None
    if len(value) > MAX_METADATA or "\0" in value:
        raise InvalidInputError(
            say("The {field} can have at most {most:,} characters.", field=field_name(name), most=MAX_METADATA)
        )
    if name == "date" and not _is_date(value):
        raise InvalidInputError(say("“{value}” is no date; write 2026, 2026-05 or 2026-05-04.", value=value))
    if name == "url" and not value.lower().startswith(("http://", "https://")):
        raise InvalidInputError(say("The address must begin with http:// or https://."))
    return value


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value):
        return False
    try:
        calendar_date.fromisoformat(value + "-01-01"[len(value) - 4 :])
    except ValueError:
        return False
    return True
