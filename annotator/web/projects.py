"""Projects: the list, a new one, its settings."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.db import Project, User
from annotator.errors import AnnotatorError, ConflictError, InvalidInputError
from annotator.services import configuring, overview, projects
from annotator.web.database import reading, transaction
from annotator.web.forms.projects import NewProjectForm, SettingsForm
from annotator.web.language import gettext
from annotator.web.security import Access, project_route, user_route

blueprint = Blueprint("projects", __name__)


@user_route(blueprint, "/")
def home(user: User) -> ResponseReturnValue:
    """Send a person with one project there, everybody else to the list."""
    with reading() as session:
        found = projects.projects_of(session, user)
    if len(found) == 1:
        return redirect(url_for("projects.project_home", slug=found[0].slug))
    return redirect(url_for("projects.list_projects"))


@user_route(blueprint, "/projects")
def list_projects(user: User) -> ResponseReturnValue:
    """Show a person's projects."""
    with reading() as session:
        found = overview.overview_of_projects(session, user)
    return render_template("projects/list_projects.html", overviews=found)


@user_route(blueprint, "/projects/new")
def new_project(_user: User) -> ResponseReturnValue:
    """Show the form for a new project."""
    return _new_project_page(NewProjectForm())


@user_route(blueprint, "/projects/new", methods=("POST",))
def create_project(user: User) -> ResponseReturnValue:
    """Create a project, or show everything that is wrong with its codebook."""
    form = NewProjectForm()
    if not form.validate():
        return _new_project_page(form), 422
    try:
        codebook = form.codebook_text()
        with transaction() as session:
            slug = projects.create_project(session, form.name.data, codebook=codebook, owner=user).slug
    except (InvalidInputError, ConflictError) as error:
        return _new_project_page(form, error), 409 if isinstance(error, ConflictError) else 422
    return redirect(url_for("projects.project_home", slug=slug))


@project_route(blueprint, "", permission="can_view")
def project_home(access: Access) -> ResponseReturnValue:
    """Send to the documents, where everything begins."""
    return redirect(url_for("documents.list_documents", slug=access.project.slug))


@project_route(blueprint, "/settings", permission="can_configure")
def edit_settings(access: Access) -> ResponseReturnValue:
    """Show the settings."""
    project = access.project
    form = SettingsForm(
        suggestion_timing=project.suggestion_timing,
        control_percent=round(project.control_share * 100),
        retrain_every=project.retrain_every,
        retrain_minutes=project.retrain_minutes,
        masked=project.masked,
    )
    return render_template("projects/edit_settings.html", form=form, project=project)


@project_route(blueprint, "/settings", permission="can_configure", methods=("POST",))
def save_settings(access: Access) -> ResponseReturnValue:
    """Change the settings."""
    form = SettingsForm()
    if not form.validate():
        return render_template("projects/edit_settings.html", form=form, project=access.project), 422
    with transaction() as session:
        configuring.configure_project(
            session,
            session.get_one(Project, access.project.id),
            access.user,
            suggestion_timing=form.suggestion_timing.data,
            control_share=form.control_percent.data / 100,
            masked=form.masked.data,
            retrain_every=form.retrain_every.data,
            retrain_minutes=form.retrain_minutes.data,
        )
    flash(gettext("The settings are saved."), "done")
    return redirect(url_for("projects.edit_settings", slug=access.project.slug))


def _new_project_page(form: NewProjectForm, error: AnnotatorError | None = None) -> str:
    problems = error.problems if error else ()
    return render_template("projects/new_project.html", form=form, problems=problems)
