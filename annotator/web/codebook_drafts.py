"""The draft of a codebook: its editor, its file, the dry run of what it would change, and its publication."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.codebook.editing import find_label
from annotator.db import Project, User
from annotator.errors import AnnotatorError, ConflictError, InvalidInputError, NotFoundError
from annotator.services import codebook_changes, codebook_drafts, gold_examples
from annotator.services.codebook_changes import DryRun
from annotator.services.codebook_drafts import Draft
from annotator.web.codebook import differences, yaml_file
from annotator.web.codebook_edits import Edited, edit_of
from annotator.web.codebook_words import choice_words
from annotator.web.database import reading, transaction
from annotator.web.forms.codebook import (
    DraftForm,
    FileForm,
    LabelForm,
    NewLabelForm,
    NewQuestionForm,
    PublishForm,
    QuestionForm,
    WordsForm,
    fields_of_label,
    fields_of_question,
    words_of,
)
from annotator.web.jobs import wake_if_waiting
from annotator.web.labelling_views import colours
from annotator.web.language import gettext
from annotator.web.security import Access, project_route
from annotator.words import say

blueprint = Blueprint("codebook_drafts", __name__)

CHOICE_PREFIX = "choice:"
_STATUS = {ConflictError: 409, InvalidInputError: 422, NotFoundError: 404}


@project_route(blueprint, "/codebook/draft", permission="can_configure")
def edit_draft(access: Access) -> ResponseReturnValue:
    """Show the editor, or the way to begin a draft."""
    with reading() as session:
        draft = codebook_drafts.find_draft(session, access.project.id)
        gold = gold_examples.counts_of_gold(session, access.project, access.user.id) if draft else {}
    if draft is None:
        return render_template("codebook_drafts/begin.html", access=access)
    return render_template("codebook_drafts/edit_draft.html", access=access, draft=draft, gold=gold, **_forms(draft))


@project_route(blueprint, "/codebook/draft", permission="can_configure", methods=("POST",))
def begin_draft(access: Access) -> ResponseReturnValue:
    """Begin a draft with what is published."""
    with transaction() as session:
        codebook_drafts.begin_draft(session, _project(session, access), _user(session, access))
    return redirect(_editor(access))


@project_route(blueprint, "/codebook/draft/change", permission="can_configure", methods=("POST",))
def change_draft(access: Access) -> ResponseReturnValue:
    """Change one thing in the draft; what somebody typed comes back if it could not be taken."""
    edited = edit_of(request.form.get("do", ""))
    form = edited.form()
    if not form.validate():
        return _again(access, edited, form), 422
    try:
        with transaction() as session:
            edit = edited.make(session, access.project.id, form)
            codebook_drafts.edit_draft(
                session, _project(session, access), _user(session, access), edit, revision=form.revision.data
            )
    except (ConflictError, InvalidInputError, NotFoundError) as error:
        return _again(access, edited, form, error), _STATUS[type(error)]
    return redirect(_editor(access, edited.anchor(form)))


@project_route(blueprint, "/codebook/draft/file", permission="can_configure")
def edit_file(access: Access) -> ResponseReturnValue:
    """Show the draft as a file."""
    with reading() as session:
        draft = codebook_drafts.find_draft(session, access.project.id)
    if draft is None:
        return _to_what_is_published(access)
    form = FileForm(formdata=None, revision=draft.revision, source=draft.source)
    return render_template("codebook_drafts/edit_file.html", access=access, draft=draft, form=form, problems=())


@project_route(blueprint, "/codebook/draft/file", permission="can_configure", methods=("POST",))
def save_file(access: Access) -> ResponseReturnValue:
    """Keep the file as it is, with whatever is wrong in it."""
    form = FileForm()
    if not form.validate():
        return _file_again(access, form, InvalidInputError(say("The page has no revision; reload it."))), 422
    try:
        text = form.text()
        with transaction() as session:
            codebook_drafts.save_draft(
                session, _project(session, access), _user(session, access), text, revision=form.revision.data
            )
    except (ConflictError, InvalidInputError) as error:
        return _file_again(access, form, error), _STATUS[type(error)]
    with reading() as session:
        draft = codebook_drafts.read_draft(session, access.project.id)
    if draft.problems:
        return redirect(url_for("codebook_drafts.edit_file", slug=access.project.slug))
    flash(gettext("The draft is saved."), "done")
    return redirect(_editor(access))


@project_route(blueprint, "/codebook/draft.yaml", permission="can_configure")
def fetch_draft(access: Access) -> ResponseReturnValue:
    """Send the draft as a file."""
    with reading() as session:
        draft = codebook_drafts.read_draft(session, access.project.id)
    return yaml_file(draft.source, f"{access.project.slug}-codebook-draft.yaml")


@project_route(blueprint, "/codebook/draft.css", permission="can_configure")
def draft_stylesheet(access: Access) -> ResponseReturnValue:
    """Send the colours of the draft's labels; one that is no colour is left out."""
    with reading() as session:
        draft = codebook_drafts.read_draft(session, access.project.id)
    is_usable = draft.codebook is not None and not draft.problems
    return Response(colours(draft.codebook) if draft.codebook and is_usable else "", mimetype="text/css")


@project_route(blueprint, "/codebook/draft/discard", permission="can_configure", methods=("POST",))
def discard_draft(access: Access) -> ResponseReturnValue:
    """Throw the draft away, if nobody has changed it since it was looked at."""
    form = DraftForm()
    try:
        if not form.validate():
            raise ConflictError(say("The page has no revision; reload it."))
        with transaction() as session:
            codebook_drafts.discard_draft(
                session, _project(session, access), _user(session, access), revision=form.revision.data
            )
    except ConflictError as error:
        flash(error.problems[0], "problem")
        return redirect(_editor(access))
    flash(gettext("The draft is discarded; what is published stays in force."), "done")
    return redirect(url_for("codebook.show_codebook", slug=access.project.slug))


@project_route(blueprint, "/codebook/draft/examples", permission="can_configure")
def choose_examples(access: Access) -> ResponseReturnValue:
    """Show sentences whose gold label is a label of the draft, to be taken as examples."""
    question, label = request.args.get("question", ""), request.args.get("label", "")
    with reading() as session:
        draft = codebook_drafts.find_draft(session, access.project.id)
        if draft is None:
            return _to_what_is_published(access)
        found = find_label(draft.codebook, question, label) if draft.codebook else None
        sentences = gold_examples.gold_examples(session, access.project, access.user.id, question, label)
    return render_template(
        "codebook_drafts/choose_examples.html",
        access=access, draft=draft, question=question, label=found, sentences=sentences,
    )  # fmt: skip


@project_route(blueprint, "/codebook/draft/changes", permission="can_configure")
def dry_run(access: Access) -> ResponseReturnValue:
    """Show what publishing the draft would change and touch; nothing is changed by looking."""
    with reading() as session:
        draft = codebook_drafts.find_draft(session, access.project.id)
    if draft is None:
        return _to_what_is_published(access)
    return _dry_run_page(access, None)


@project_route(blueprint, "/codebook/draft/publish", permission="can_configure", methods=("POST",))
def publish_draft(access: Access) -> ResponseReturnValue:
    """Publish the draft with the choices made on its dry run."""
    form = PublishForm()
    if not form.validate():
        return _dry_run_page(access, form), 422
    choices = {
        name.removeprefix(CHOICE_PREFIX): value
        for name, value in request.form.items()
        if name.startswith(CHOICE_PREFIX)
    }
    try:
        with transaction() as session:
            version, _ = codebook_changes.publish_draft(
                session, _project(session, access), _user(session, access),
                revision=form.revision.data, base=form.base.data, choices=choices, note=form.note.data or "",
            )  # fmt: skip
            number = version.number
    except (ConflictError, InvalidInputError) as error:
        return _dry_run_page(access, form, error), _STATUS[type(error)]
    wake_if_waiting()
    flash(gettext("Version %(number)s is published.", number=number), "done")
    if "relabel" in choices.values():
        flash(gettext("What is to be given anew waits for its annotators as a queue of their own."), "done")
    return redirect(url_for("codebook.show_codebook", slug=access.project.slug))


def _dry_run_page(access: Access, form: PublishForm | None, error: AnnotatorError | None = None) -> str:
    with reading() as session:
        draft = codebook_drafts.read_draft(session, access.project.id)
        run = None
        if draft.codebook is not None and not draft.problems:
            run = codebook_changes.dry_run(session, access.project, access.user.id, draft.codebook)
    # The choices made are kept, but they are about what stands on the page now.
    form = PublishForm(formdata=None, note=form.note.data if form else "")
    form.revision.data, form.base.data = draft.revision, run.base if run else 0
    return render_template(
        "codebook_drafts/dry_run.html",
        access=access, draft=draft, form=form, run=run, changes=_shown(run, draft), choice_words=choice_words,
        chosen=request.form, choice_prefix=CHOICE_PREFIX, problems=error.problems if error else (),
    )  # fmt: skip


def _shown(run: DryRun | None, draft: Draft) -> list[Any]:
    """Return the changes of a dry run beside how they read."""
    if run is None or draft.codebook is None:
        return []
    read = differences([one.change for one in run.changes], run.old, run.new)
    return list(zip(run.changes, read, strict=True))


def _forms(draft: Draft) -> dict[str, Any]:
    """Return the forms of the editor, filled in with the draft."""
    if draft.codebook is None:
        return {"words_form": None, "forms": []}
    empty = {"formdata": None, "revision": draft.revision}
    forms = [
        {
            "question": question,
            "form": QuestionForm(**empty, question=question.id, **fields_of_question(question)),
            "labels": [
                (label, LabelForm(**empty, question=question.id, label=label.id, **fields_of_label(label)))
                for label in question.labels
            ],
            "new_label": NewLabelForm(**empty, question=question.id),
        }
        for question in draft.codebook.questions
    ]
    words = WordsForm(**empty, **words_of(draft.codebook))
    return {"words_form": words, "forms": forms, "new_question": NewQuestionForm(**empty)}


def _again(access: Access, edited: Edited, form: DraftForm, error: AnnotatorError | None = None) -> str:
    """Show what somebody typed once more, now against the draft as it stands."""
    with reading() as session:
        draft = codebook_drafts.find_draft(session, access.project.id)
    form.revision.data = draft.revision if draft else 0
    return render_template(
        "codebook_drafts/once_more.html",
        access=access, draft=draft, form=form, edited=edited, problems=error.problems if error else (),
        is_conflict=isinstance(error, ConflictError),
    )  # fmt: skip


def _file_again(access: Access, form: FileForm, error: AnnotatorError) -> str:
    with reading() as session:
        draft = codebook_drafts.find_draft(session, access.project.id)
    form.revision.data = draft.revision if draft else 0
    return render_template(
        "codebook_drafts/edit_file.html", access=access, draft=draft, form=form, problems=error.problems
    )


def _to_what_is_published(access: Access) -> ResponseReturnValue:
    """Say that there is no draft: whoever goes back after publishing comes to pages that were about it."""
    flash(gettext("There is no draft by now; this is what is published."), "note")
    return redirect(url_for("codebook.show_codebook", slug=access.project.slug))


def _editor(access: Access, anchor: str | None = None) -> str:
    return url_for("codebook_drafts.edit_draft", slug=access.project.slug, _anchor=anchor)


def _project(session: Session, access: Access) -> Project:
    return session.get_one(Project, access.project.id)


def _user(session: Session, access: Access) -> User:
    return session.get_one(User, access.user.id)
