"""Invitation links: what they are for, and joining by them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.db import User
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import background, invitations
from annotator.services.invitations import Offer
from annotator.web.browsers import name_browser
from annotator.web.database import database, reading, transaction
from annotator.web.forms.accounts import NewPersonForm, SignInForm
from annotator.web.language import gettext, translated
from annotator.web.security import current_visit, public_route
from annotator.web.visits import begin_visit

blueprint = Blueprint("invitations", __name__)


@public_route(blueprint, "/join/<secret>")
def show_invitation(secret: str) -> ResponseReturnValue:
    """Say what one is invited to; opening the link uses nothing up, since mail scanners open links too."""
    user = _signed_in()
    return _member_already(secret, user) or _page(secret, user, NewPersonForm())


@public_route(blueprint, "/join/<secret>", methods=("POST",))
def join(secret: str) -> ResponseReturnValue:
    """Join with the account one is signed in with, or with a new one."""
    user = _signed_in()
    if user is None:
        return _join_as_new_person(secret)
    already = _member_already(secret, user)
    if already is not None:
        return already
    try:
        with transaction() as records:
            offer = invitations.find_offer(records, secret)
            invitations.join_project(records, secret, records.get_one(User, user.id))
    except (ConflictError, NotFoundError):
        # The second click of two may come before the first one's answer.
        already = _member_already(secret, user)
        if already is None:
            raise
        return already
    return _welcome(offer)


def _join_as_new_person(secret: str) -> ResponseReturnValue:
    form = NewPersonForm()
    if not form.validate():
        return _page(secret, None, form), 422
    try:
        session_secret, offer = invitations.join_as_new_person(
            database(),
            secret,
            name=form.name.data,
            password=form.password.data or "",
            address=request.remote_addr,
            browser=name_browser(request.user_agent.string),
        )
    except ConflictError as error:
        form.name.errors = list(map(translated, error.problems))
        return _page(secret, None, form), 409
    except InvalidInputError as error:
        form.password.errors = list(map(translated, error.problems))
        return _page(secret, None, form), 422
    begin_visit(session_secret)
    return _welcome(offer)


def _welcome(offer: Offer) -> ResponseReturnValue:
    """Lead into the project; to those who label, first what it would like to know of them, if it asks."""
    flash(gettext("Welcome: you have joined."), "done")
    with reading() as records:
        is_asked = offer.role == "annotator" and bool(background.questions_of(records, offer.project_id))
    return redirect(url_for("background.edit_answers" if is_asked else "projects.project_home", slug=offer.slug))


def _member_already(secret: str, user: User | None) -> ResponseReturnValue | None:
    if user is None:
        return None
    with reading() as records:
        slug = invitations.joined_already(records, secret, user.id)
    if slug is None:
        return None
    flash(gettext("You belong to this project already; the invitation was not needed."), "note")
    return redirect(url_for("projects.project_home", slug=slug))


def _page(secret: str, user: User | None, form: NewPersonForm) -> str:
    with reading() as records:
        offer = invitations.find_offer(records, secret)
    return render_template(
        "invitations/show_invitation.html",
        offer=offer,
        secret=secret,
        user=user,
        form=form,
        sign_in_form=SignInForm(formdata=None, invitation=secret),
    )


def _signed_in() -> User | None:
    visit = current_visit()
    return visit.user if visit else None
