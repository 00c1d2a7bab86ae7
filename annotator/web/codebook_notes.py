"""Notes for the codebook from adjudication: what to write into it next, for who amends it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.db import Project
from annotator.services import codebook_notes
from annotator.web.database import reading, transaction
from annotator.web.security import Access, masked_for, project_route

blueprint = Blueprint("codebook_notes", __name__)


@project_route(blueprint, "/codebook/notes", permission="can_configure")
def list_notes(access: Access) -> ResponseReturnValue:
    """Show the notes, open ones first, each with its sentence and what was decided."""
    with reading() as session:
        notes = codebook_notes.list_notes(session, access.project)
        found = codebook_notes.with_sentences(session, access.project, notes, masked=masked_for(access))
    waiting = [one for one in found if one.note.done_at is None]
    done = [one for one in found if one.note.done_at is not None]
    return render_template("codebook_notes/list_notes.html", access=access, waiting=waiting, done=done)


@project_route(blueprint, "/codebook/notes/<note>", permission="can_configure", methods=("POST",))
def mark_note(access: Access, note: str) -> ResponseReturnValue:
    """Say that a note was dealt with, or that it is open again."""
    with transaction() as session:
        project = session.get_one(Project, access.project.id)
        codebook_notes.mark_note(session, project, access.user, note, is_done="done" in request.form)
    return redirect(url_for("codebook_notes.list_notes", slug=access.project.slug))
