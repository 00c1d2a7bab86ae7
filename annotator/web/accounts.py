"""Sign in with a password or by a one-time link, sign out; one's own account."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from annotator.db import User
from annotator.errors import InvalidInputError, NotAllowedError
from annotator.services import accounts, background, sessions, signing_in
from annotator.web.browsers import name_browser
from annotator.web.database import database, reading, transaction
from annotator.web.forms.accounts import PasswordForm, SignInForm
from annotator.web.language import gettext, translated
from annotator.web.security import current_visit, public_route, session_secret, user_route
from annotator.web.visits import begin_visit, end_visit

blueprint = Blueprint("accounts", __name__)


@public_route(blueprint, "/sign-in")
def sign_in() -> ResponseReturnValue:
    """Show the form, and say how to get in without a password."""
    if current_visit() is not None:
        return redirect(url_for("projects.list_projects"))
    return render_template("accounts/sign_in.html", form=SignInForm())


@public_route(blueprint, "/sign-in", methods=("POST",))
def use_password() -> ResponseReturnValue:
    """Let in who knows the password, back to the invitation they came from if there was one."""
    form = SignInForm()
    secret = None
    if form.validate():
        secret = signing_in.sign_in_with_password(
            database(),
            form.name.data,
            form.password.data,
            address=request.remote_addr,
            browser=name_browser(request.user_agent.string),
        )
        if secret is None:
            form.password.errors = [gettext("Name and password do not belong together.")]
    if secret is None:
        return render_template("accounts/sign_in.html", form=form), 422
    begin_visit(secret)
    if form.invitation.data:
        return redirect(url_for("invitations.show_invitation", secret=form.invitation.data))
    return redirect(url_for("projects.home"))


@public_route(blueprint, "/sign-in/<secret>")
def confirm_sign_in(secret: str) -> ResponseReturnValue:
    """Show whom the link is for; opening it must not use it up, since mail scanners open links too."""
    with reading() as records:
        name = accounts.link_owner(records, secret)
    if name is None:
        raise accounts.link_is_gone()
    return render_template("accounts/confirm_sign_in.html", name=name, secret=secret)


@public_route(blueprint, "/sign-in/<secret>", methods=("POST",))
def use_link(secret: str) -> ResponseReturnValue:
    """Use the link up and start a session of its own, whatever the browser brought along."""
    browser = name_browser(request.user_agent.string)
    with transaction() as records:
        new_session = accounts.sign_in_with_link(records, secret, browser=browser)
    begin_visit(new_session)
    return redirect(url_for("projects.home"))


@user_route(blueprint, "/sign-out", methods=("POST",))
def sign_out(_user: User) -> ResponseReturnValue:
    """End the session here and on the server."""
    end_visit()
    return redirect(url_for("accounts.sign_in"))


@user_route(blueprint, "/account")
def show_account(user: User) -> ResponseReturnValue:
    """Show where one is signed in, and the form for another password."""
    return _account_page(user, PasswordForm(has_password=user.password_hash is not None))


@user_route(blueprint, "/account/password", methods=("POST",))
def change_password(user: User) -> ResponseReturnValue:
    """Change the password; every other browser is signed out."""
    form = PasswordForm(has_password=user.password_hash is not None)
    if not form.validate():
        return _account_page(user, form), 422
    try:
        signing_in.change_password(
            database(),
            user.id,
            present=(form.present.data or "") if form.present else "",
            new=form.new.data,
            secret=session_secret() or "",
        )
    except NotAllowedError as error:
        form.present.errors = list(map(translated, error.problems))
        return _account_page(user, form), 422
    except InvalidInputError as error:
        form.new.errors = list(map(translated, error.problems))
        return _account_page(user, form), 422
    flash(gettext("The password is changed. Everywhere else you are signed out."), "done")
    return redirect(url_for("accounts.show_account"))


@user_route(blueprint, "/account/sign-out-elsewhere", methods=("POST",))
def sign_out_elsewhere(user: User) -> ResponseReturnValue:
    """End all sessions but this one."""
    with transaction() as records:
        sessions.sign_out_elsewhere(records, user.id, secret=session_secret() or "")
    flash(gettext("Everywhere else you are signed out."), "done")
    return redirect(url_for("accounts.show_account"))


def _account_page(user: User, form: PasswordForm) -> str:
    with reading() as records:
        signed_in = sessions.sessions_of(records, user.id, secret=session_secret() or "")
        asked = background.asked_of(records, user.id)
        kept = background.kept_about(records, user.id)
    return render_template(
        "accounts/show_account.html", form=form, user=user, signed_in=signed_in, asked=asked, kept=kept
    )
