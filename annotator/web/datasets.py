"""Data sets that were exported before: uploaded, looked at, and imported as a new project."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from annotator.db import User
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services.batches import sweep_pending
from annotator.services.data_set_previews import DataSetPreview, preview_data_set
from annotator.services.datasets import import_data_set
from annotator.web import staging
from annotator.web.database import database, settings
from annotator.web.forms.datasets import DataSetForm, NameForm
from annotator.web.language import gettext
from annotator.web.security import user_route
from annotator.web.staging import Upload
from annotator.words import say

blueprint = Blueprint("datasets", __name__)

#: A data set may be this many times as large as an upload when it is unpacked; text shrinks to a fifth or so.
UNPACKED = 16


@user_route(blueprint, "/import")
def choose_data_set(_user: User) -> ResponseReturnValue:
    """Show the form for a data set."""
    return _choose_page(DataSetForm())


@user_route(blueprint, "/import", methods=("POST",), is_upload=True)
def stage_data_set(user: User) -> ResponseReturnValue:
    """Keep the file if it is a data set, and go on to what it holds."""
    form = DataSetForm()
    try:
        upload = staging.stage(settings(), _own(user), _one_zip(form.file.data))
    except InvalidInputError as error:
        return _choose_page(form, error.problems), 422
    try:
        _preview(upload)
    except InvalidInputError as error:
        staging.discard(upload)
        return _choose_page(form, error.problems), 422
    return redirect(url_for("datasets.review", upload_id=upload.id))


@user_route(blueprint, "/import/<upload_id>")
def review(user: User, upload_id: str) -> ResponseReturnValue:
    """Show what the data set holds, and ask for the project's name."""
    upload = staging.find(settings(), _own(user), upload_id)
    seen = _preview(upload)
    return _review_page(upload, NameForm(name=seen.name), seen)


@user_route(blueprint, "/import/<upload_id>", methods=("POST",))
def import_project(user: User, upload_id: str) -> ResponseReturnValue:
    """Import the data set as a project of this person's."""
    form = NameForm()
    try:
        upload = staging.find(settings(), _own(user), upload_id)
        if not form.validate():
            return _review_page(upload, form, _preview(upload)), 422
        claimed = staging.claim(settings(), _own(user), upload_id)
    except (NotFoundError, ConflictError):
        # The second click of two: the first one does the work, and its answer is not looked at any more.
        flash(gettext("This data set is imported or discarded already, or the import is still going on."), "note")
        return redirect(url_for("projects.list_projects"))
    return _import(claimed, form, user)


@user_route(blueprint, "/import/<upload_id>/discard", methods=("POST",))
def discard(user: User, upload_id: str) -> ResponseReturnValue:
    """Throw the file away without importing it."""
    staging.discard(staging.claim(settings(), _own(user), upload_id))
    return redirect(url_for("projects.new_project"))


def _import(upload: Upload, form: NameForm, user: User) -> ResponseReturnValue:
    """Import what is claimed; whatever happens, the file is there again or gone."""
    rest = list(upload.files)
    (file,) = rest
    try:
        sweep_pending(database())
        slug = import_data_set(
            database(), file.path, project_name=form.name.data, user_id=user.id, name=file.name, limit=_limit()
        )
        rest = []
    except ConflictError as error:
        form.name.errors = list(error.problems)
        return _review_page(upload, form, _preview(upload)), 409
    except InvalidInputError as error:
        rest = []
        return _choose_page(DataSetForm(), error.problems), 422
    finally:
        staging.release(upload, rest)
    flash(gettext("The data set is imported as “%(name)s”.", name=" ".join(form.name.data.split())), "done")
    return redirect(url_for("documents.list_documents", slug=slug))


def _own(user: User) -> int:
    """Return whose staged files these are: there is no project yet, so the person's number, below all projects'."""
    return -user.id


def _one_zip(file: FileStorage | None) -> list[FileStorage]:
    """Return the file, or tell that it cannot be a data set."""
    if file is None or not file.filename:
        raise InvalidInputError(say("Choose the .zip file of a data set."))
    if not file.filename.lower().endswith(".zip"):
        raise InvalidInputError(
            say(
                "{file} is not a .zip file. Choose what Exports has written as JSON Lines; "
                "texts and tables are imported on the page Documents of a project.",
                file=file.filename,
            )
        )
    return [file]


def _limit() -> int:
    return UNPACKED * settings().max_upload_bytes


def _preview(upload: Upload) -> DataSetPreview:
    (file,) = upload.files
    return preview_data_set(file.path, name=file.name, limit=_limit())


def _choose_page(form: DataSetForm, problems: Sequence[str] = ()) -> str:
    return render_template("datasets/choose_data_set.html", form=form, problems=problems)


def _review_page(upload: Upload, form: NameForm, seen: DataSetPreview) -> str:
    return render_template("datasets/review.html", upload=upload, seen=seen, form=form)
