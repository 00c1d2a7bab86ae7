"""Documents: the list, the reader, and what can be put right later."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.db import Document, Project
from annotator.errors import InvalidInputError
from annotator.services import (
    documents,
    margins,
    masks,
    matching,
    reading,
    search_options,
    sights,
    speakers,
)
from annotator.services.matching import Matches
from annotator.web import database
from annotator.web.forms.documents import MetadataForm, SpeakerForm
from annotator.web.forms.reader import FilterForm
from annotator.web.language import gettext
from annotator.web.security import Access, masked_for, project_route

blueprint = Blueprint("documents", __name__)

MAX_PAGE = 10**6
MAX_SEARCH = 200


@project_route(blueprint, "/documents", permission="can_view")
def list_documents(access: Access) -> ResponseReturnValue:
    """Show the documents of a project."""
    page = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGE)
    search = request.args.get("search", "").replace("\0", "")[:MAX_SEARCH]
    with database.reading() as session:
        sight = sights.sight_of(session, access.project, access.user.id)
        found = documents.list_documents(
            session,
            access.project,
            page=page,
            search=search,
            seat=sight.seat,
            phase=sight.phase,
            masked=masked_for(access),
        )
    return render_template(
        "documents/list_documents.html", access=access, page=found, search=search, masked=masked_for(access)
    )


@project_route(blueprint, "/documents/read", permission="can_view")
def read_document(access: Access) -> ResponseReturnValue:
    """Show a whole text by turns, with the labels beside it; ``unit`` names a sentence to light."""
    return _reader(access, None)


@project_route(blueprint, "/documents/correct", permission="can_import", methods=("POST",))
def correct_document(access: Access) -> ResponseReturnValue:
    """Put title, outlet, author, date or address right."""
    form = MetadataForm()
    try:
        with database.transaction() as session:
            document = _document(session, access)
            documents.correct_metadata(session, document, form.changes(), user_id=access.user.id)
    except InvalidInputError as error:
        return _reader(access, error), 422
    flash(gettext("The document is corrected."), "done")
    return redirect(_here(access))


@project_route(blueprint, "/documents/rename-speaker", permission="can_import", methods=("POST",))
def rename_speaker(access: Access) -> ResponseReturnValue:
    """Give a speaker another name in the whole project; another speaker's name merges the two."""
    form = SpeakerForm()
    try:
        with database.transaction() as session:
            speakers.rename_speaker(
                session,
                session.get_one(Project, access.project.id),
                name=form.name.data or "",
                new_name=form.new_name.data or "",
                user_id=access.user.id,
            )
    except InvalidInputError as error:
        return _reader(access, error), 422
    flash(gettext("“%(old)s” is now “%(new)s”.", old=form.name.data, new=form.new_name.data), "done")
    return redirect(_here(access))


def _reader(access: Access, error: InvalidInputError | None) -> str:
    unit = request.args.get("unit")
    with database.reading() as session:
        document = _document(session, access)
        hidden = masks.masks_of(session, masked_for(access), [document.id])[document.id]
        view = reading.reading_view(session, document, start_unit=unit, masks=hidden)
        labels = margins.labels_in_view(session, access.project, document, view, user_id=access.user.id, masks=hidden)
        filtered = _filtered(session, access, document, unit)
        before, after = reading.neighbours(session, document)
    return render_template(
        "documents/read_document.html",
        access=access,
        document=document,
        view=view,
        labels=labels,
        lit=unit,
        masked=hidden.masked,
        title=hidden.text(document.title),
        form=MetadataForm(obj=document) if error is None else MetadataForm(),
        problems=error.problems if error else (),
        before=before,
        after=after,
        filters=filtered.form,
        query=filtered.query,
        matches=filtered.matches,
    )


@dataclass(frozen=True, slots=True)
class _Filtered:
    """The filters of the reader: their form, what is asked as parts of an address, and what meets it."""

    form: FilterForm
    query: dict[str, str]
    matches: Matches | None


def _filtered(session: Session, access: Access, document: Document, unit: str | None) -> _Filtered:
    sight = sights.sight_of(session, access.project, access.user.id)
    sees_speakers = "speaker" not in masked_for(access)
    options = search_options.search_options(session, access.project, sight, with_speakers=False)
    speakers = reading.speakers_of(session, document) if sees_speakers else None
    annotators = matching.annotators_in_sight(session, document, sight)
    form = FilterForm(request.args, options, speakers=speakers, annotators=annotators)
    filters = form.filters()
    if not filters:
        return _Filtered(form, {}, None)
    position = reading.position_of(session, document, unit) if unit else 0
    masked = masked_for(access)
    found = matching.find_matches(session, access.project, document, filters, sight, position=position, masked=masked)
    return _Filtered(form, filters.as_dict() | ({"only": "y"} if form.only.data else {}), found)


def _document(session: Session, access: Access) -> Document:
    return documents.find_document(session, access.project, request.args.get("document", ""))


def _here(access: Access) -> str:
    return url_for("documents.read_document", slug=access.project.slug, document=request.args.get("document", ""))
