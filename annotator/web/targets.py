"""Targets: toward what a stance is."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.db import Project
from annotator.services import projects
from annotator.web.database import reading, transaction
from annotator.web.forms.targets import TargetForm
from annotator.web.language import gettext
from annotator.web.security import Access, project_route

blueprint = Blueprint("targets", __name__)


@project_route(blueprint, "/targets", permission="can_view")
def list_targets(access: Access) -> ResponseReturnValue:
    """Show the targets, and to owners the form for a new one."""
    return _page(access, TargetForm())


@project_route(blueprint, "/targets", permission="can_import", methods=("POST",))
def add_target(access: Access) -> ResponseReturnValue:
    """Add a target for everyone; one of that name stays as it is."""
    form = TargetForm()
    if not form.validate():
        return _page(access, form), 422
    with transaction() as session:
        project = session.get_one(Project, access.project.id)
        names = {target.name.casefold() for target in projects.targets(session, project)}
        target = projects.add_target(session, project, form.name.data, aliases=form.alias_list())
        is_new = target.name.casefold() not in names
    if not is_new:
        form.name.errors = [gettext("There is a target “%(name)s” already.", name=target.name)]
        return _page(access, form), 409
    return redirect(url_for("targets.list_targets", slug=access.project.slug))


def _page(access: Access, form: TargetForm) -> str:
    with reading() as session:
        found = projects.targets(session, access.project)
    return render_template("targets/list_targets.html", targets=found, form=form, access=access)
