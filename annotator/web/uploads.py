"""Uploads: files in, a look at what was understood, and the import."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.errors import AnnotatorError, ConflictError, InvalidInputError, NotFoundError
from annotator.services.imports import ImportResult
from annotator.services.previews import Preview, preview
from annotator.services.uploads import Edits, check_edits, import_edited
from annotator.web import staging
from annotator.web.database import database, settings
from annotator.web.forms.uploads import UploadForm, read_edits
from annotator.web.language import gettext, ngettext
from annotator.web.security import Access, project_route
from annotator.web.staging import StagedFile, Upload

blueprint = Blueprint("uploads", __name__)

#: Speakers shown for putting right; a file with more is an archive, whose names are mended later.
SPEAKERS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Understood:
    """A file and its preview, or what is wrong with it."""

    number: int
    name: str
    preview: Preview | None
    problems: tuple[str, ...]
    edits: Edits


@project_route(blueprint, "/upload", permission="can_import")
def choose_files(access: Access) -> ResponseReturnValue:
    """Show the form for files."""
    return render_template("uploads/choose_files.html", form=UploadForm(), access=access)


@project_route(blueprint, "/upload", permission="can_import", methods=("POST",), is_upload=True)
def stage_files(access: Access) -> ResponseReturnValue:
    """Keep the files and show what is understood of them."""
    form = UploadForm()
    try:
        upload = staging.stage(settings(), access.project.id, request.files.getlist("files"))
    except InvalidInputError as error:
        form.files.errors = list(error.problems)
        return render_template("uploads/choose_files.html", form=form, access=access), 422
    return redirect(url_for("uploads.review", slug=access.project.slug, upload_id=upload.id))


@project_route(blueprint, "/uploads/<upload_id>", permission="can_import")
def review(access: Access, upload_id: str) -> ResponseReturnValue:
    """Show what is understood of the files, to be put right before the import; 422 where nothing can be imported."""
    upload = staging.find(settings(), access.project.id, upload_id)
    files = _understand_all(upload)
    return _review_page(access, upload, files=files), 200 if any(file.preview for file in files) else 422


@project_route(blueprint, "/uploads/<upload_id>", permission="can_import", methods=("POST",))
def import_files(access: Access, upload_id: str) -> ResponseReturnValue:
    """Import the files, each as a whole; those that cannot be imported stay to be looked at."""
    try:
        upload = staging.find(settings(), access.project.id, upload_id)
        edits = [read_edits(request.form, number) for number in range(len(upload.files))]
        problems = _problems(upload, edits)
        if problems:
            return _review_page(access, upload, files=_understand_all(upload, edits), problems=problems), 422
        claimed = staging.claim(settings(), access.project.id, upload_id)
    except (NotFoundError, ConflictError):
        # The second click of two: the first one does the work, and its answer is not looked at any more.
        flash(gettext("These files are imported or discarded already, or the import is still going on."), "note")
        return redirect(url_for("documents.list_documents", slug=access.project.slug))
    problems = _import_all(access, claimed, edits)
    if not problems:
        return redirect(url_for("documents.list_documents", slug=access.project.slug))
    upload = staging.find(settings(), access.project.id, upload_id)
    return _review_page(access, upload, files=_understand_all(upload), problems=problems), 422


@project_route(blueprint, "/uploads/<upload_id>/discard", permission="can_import", methods=("POST",))
def discard(access: Access, upload_id: str) -> ResponseReturnValue:
    """Throw the files away without importing them."""
    staging.discard(staging.claim(settings(), access.project.id, upload_id))
    return redirect(url_for("documents.list_documents", slug=access.project.slug))


def _problems(upload: Upload, edits: list[Edits]) -> list[str]:
    problems: list[str] = []
    for file, edit in zip(upload.files, edits, strict=True):
        try:
            check_edits(edit, name=file.name)
        except InvalidInputError as error:
            problems.extend(error.problems)
    return problems


def _import_all(access: Access, upload: Upload, edits: list[Edits]) -> list[str]:
    """Import every file that can be, and return what is wrong with the others; whatever happens, those stay."""
    problems: list[str] = []
    done: list[ImportResult] = []
    rest = list(upload.files)
    try:
        for file, edit in zip(upload.files, edits, strict=True):
            try:
                done.append(_import_one(access, file, edit))
            except AnnotatorError as error:
                problems.extend(error.problems)
            else:
                rest.remove(file)
    finally:
        staging.release(upload, rest)
    if done:
        documents = ngettext("%(num)s document", "%(num)s documents", sum(one.documents for one in done))
        sentences = ngettext("%(num)s sentence", "%(num)s sentences", sum(one.units for one in done))
        flash(gettext("Imported %(documents)s with %(sentences)s.", documents=documents, sentences=sentences), "done")
    return problems


def _import_one(access: Access, file: StagedFile, edits: Edits) -> ImportResult:
    project_id, user_id = access.project.id, access.user.id
    return import_edited(database(), project_id, file.path, name=file.name, edits=edits, user_id=user_id)


def _review_page(access: Access, upload: Upload, *, files: list[Understood], problems: Sequence[str] = ()) -> str:
    return render_template(
        "uploads/review.html", access=access, upload=upload, files=files, problems=problems, shown=SPEAKERS_SHOWN
    )


def _understand_all(upload: Upload, edits: Sequence[Edits] = ()) -> list[Understood]:
    edits = edits or [Edits()] * len(upload.files)
    return [_understand(number, file, edits[number]) for number, file in enumerate(upload.files)]


def _understand(number: int, file: StagedFile, edits: Edits) -> Understood:
    try:
        return Understood(number, file.name, preview(file.path, name=file.name), (), edits)
    except InvalidInputError as error:
        return Understood(number, file.name, None, tuple(error.problems), edits)
