"""What annotators choose to tell about themselves: their own page in a project."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.db import Project, User
from annotator.errors import InvalidInputError
from annotator.services import background
from annotator.web.database import reading, transaction
from annotator.web.language import gettext, translated
from annotator.web.security import Access, project_route, user_route

blueprint = Blueprint("background", __name__)

#: What a question's field is called: this and the question's id.
FIELD = "answer-"


@project_route(blueprint, "/background", permission="can_label")
def edit_answers(access: Access) -> ResponseReturnValue:
    """Show the questions and what one told before."""
    return _page(access)


@project_route(blueprint, "/background", permission="can_label", methods=("POST",))
def save_answers(access: Access) -> ResponseReturnValue:
    """Keep what was chosen, with consent only."""
    given = {name.removeprefix(FIELD): option for name, option in request.form.items() if name.startswith(FIELD)}
    has_consented = request.form.get("consent") == "yes"
    try:
        with transaction() as session:
            project = session.get_one(Project, access.project.id)
            background.save_answers(session, project, access.user, access.policy, given, has_consented=has_consented)
    except InvalidInputError as error:
        return _page(access, given=given, problem=translated(error.problems[0])), 422
    flash(gettext("Your answers are kept. You can change or delete them here at any time."), "done")
    return redirect(url_for("background.edit_answers", slug=access.project.slug))


@user_route(blueprint, "/account/background/<project>/delete", methods=("POST",))
def forget_answers(user: User, project: str) -> ResponseReturnValue:
    """Delete what one told in a project, whether one still belongs to it or not."""
    with transaction() as session:
        background.forget_answers(session, user.id, project)
    flash(gettext("What you told about yourself is deleted."), "done")
    return redirect(url_for("accounts.show_account"))


def _page(access: Access, *, given: dict[str, str] | None = None, problem: str | None = None) -> str:
    project = access.project
    with reading() as session:
        kept = background.answers_of(session, project.id, access.user.id)
        return render_template(
            "background/edit_answers.html",
            project=project,
            questions=background.questions_of(session, project.id),
            may_answer=background.may_answer(session, project, access.user, access.policy),
            given=kept if given is None else given,
            has_answered=bool(kept),
            field=FIELD,
            problem=problem,
        )
