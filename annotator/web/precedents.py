"""Precedents: what the annotator decided on similar sentences, beside the one at hand."""

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.services import precedents, seats
from annotator.web.database import reading
from annotator.web.security import Access, project_route

blueprint = Blueprint("precedents", __name__)


@project_route(blueprint, "/label/<path:unit>/precedents", permission="can_label")
def show_precedents(access: Access, unit: str) -> ResponseReturnValue:
    """Show what this annotator decided on similar sentences; nothing where there is nothing."""
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        found = precedents.precedents(session, _memories(), seat, unit) if seat else []
    label_url = url_for("labelling.page", slug=access.project.slug)
    return render_template("labelling/_precedents.html", precedents=found, label_url=label_url)


def _memories() -> precedents.Memories:
    # One for the application: its memories follow the acts of all processes.
    kept: precedents.Memories = current_app.extensions.setdefault("annotator.memories", precedents.Memories())
    return kept
