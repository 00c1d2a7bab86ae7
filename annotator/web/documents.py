"""Documents: the list and the reader."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from annotator.web.security import Access, project_route

blueprint = Blueprint("documents", __name__)


@project_route(blueprint, "/documents", permission="can_view")
def list_documents(access: Access) -> ResponseReturnValue:
    """Show the documents of a project."""
    return render_template("documents/list_documents.html", access=access)
