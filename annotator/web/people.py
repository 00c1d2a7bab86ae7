"""The people of a project: roles, invitations, and what the project asks its annotators about themselves."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.db import Project
from annotator.errors import InvalidInputError
from annotator.services import background, invitations, members
from annotator.web.database import reading, transaction
from annotator.web.forms.people import ROLES, InvitationForm, QuestionForm, RoleForm
from annotator.web.language import gettext, translated
from annotator.web.security import Access, project_route

blueprint = Blueprint("people", __name__)


@project_route(blueprint, "/people", permission="can_manage")
def list_members(access: Access) -> ResponseReturnValue:
    """Show who is there, who is invited, and the forms."""
    return _page(access)


@project_route(blueprint, "/people/invitations", permission="can_manage", methods=("POST",))
def invite(access: Access) -> ResponseReturnValue:
    """Make an invitation and show its link, which nobody can read again."""
    form = InvitationForm()
    if not form.validate():
        return _page(access, invitation_form=form), 422
    with transaction() as session:
        secret = invitations.invite(
            session, _project(session, access), access.user, role=form.role.data, note=form.note.data or "",
            uses=form.uses.data,
        )  # fmt: skip
    link = url_for("invitations.show_invitation", secret=secret, _external=True)
    return _page(access, link=link, invitation_form=InvitationForm(formdata=None))


@project_route(blueprint, "/people/invitations/<invitation>/revoke", permission="can_manage", methods=("POST",))
def revoke_invitation(access: Access, invitation: str) -> ResponseReturnValue:
    """Make an invitation worth nothing."""
    with transaction() as session:
        invitations.revoke_invitation(session, access.project, access.user, invitation)
    flash(gettext("The invitation is withdrawn."), "done")
    return _back(access)


@project_route(blueprint, "/people/<person>/role", permission="can_manage", methods=("POST",))
def change_role(access: Access, person: str) -> ResponseReturnValue:
    """Give a member another role."""
    form = RoleForm()
    with transaction() as session:
        name = members.change_role(session, _project(session, access), access.user, person, form.role.data or "")
    flash(gettext("The role of %(name)s is changed.", name=name), "done")
    return redirect(url_for("projects.list_projects")) if person == access.user.uuid else _back(access)


@project_route(blueprint, "/people/<person>/remove", permission="can_manage", methods=("POST",))
def remove_member(access: Access, person: str) -> ResponseReturnValue:
    """Take a member out of the project; their labels stay."""
    with transaction() as session:
        name = members.remove_member(session, _project(session, access), access.user, person)
    flash(gettext("%(name)s is not in the project any more. The labels stay.", name=name), "done")
    return redirect(url_for("projects.list_projects")) if person == access.user.uuid else _back(access)


@project_route(blueprint, "/people/questions", permission="can_manage", methods=("POST",))
def add_question(access: Access) -> ResponseReturnValue:
    """Ask the annotators something about themselves."""
    form = QuestionForm()
    if not form.validate():
        return _page(access, question_form=form), 422
    try:
        with transaction() as session:
            options = form.options.data.splitlines()
            background.add_question(session, access.project, access.user, text=form.text.data, options=options)
    except InvalidInputError as error:
        form.options.errors = list(map(translated, error.problems))
        return _page(access, question_form=form), 422
    return _back(access)


@project_route(blueprint, "/people/questions/<question>/remove", permission="can_manage", methods=("POST",))
def remove_question(access: Access, question: str) -> ResponseReturnValue:
    """Stop asking, and forget the answers."""
    with transaction() as session:
        background.remove_question(session, access.project, access.user, question)
    flash(gettext("The question and its answers are deleted."), "done")
    return _back(access)


def _project(session: Any, access: Access) -> Project:
    found: Project = session.get_one(Project, access.project.id)
    return found


def _back(access: Access) -> ResponseReturnValue:
    return redirect(url_for("people.list_members", slug=access.project.slug))


def _page(
    access: Access,
    *,
    link: str | None = None,
    invitation_form: InvitationForm | None = None,
    question_form: QuestionForm | None = None,
) -> str:
    with reading() as session:
        return render_template(
            "people/list_members.html",
            access=access,
            slug=access.project.slug,
            members=members.members_of(session, access.project),
            invitations=invitations.open_invitations(session, access.project),
            groups=background.groups_of(session, access.project.id),
            roles=ROLES,
            link=link,
            form=invitation_form or InvitationForm(formdata=None),
            question_form=question_form or QuestionForm(formdata=None),
        )
