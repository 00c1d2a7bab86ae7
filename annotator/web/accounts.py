"""Sign in by a one-time link, and sign out."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from annotator.db import User
from annotator.errors import NotFoundError
from annotator.services import accounts
from annotator.web.database import reading, transaction
from annotator.web.security import current_visit, public_route, user_route
from annotator.words import say

blueprint = Blueprint("accounts", __name__)


@public_route(blueprint, "/sign-in")
def sign_in() -> ResponseReturnValue:
    """Say how to get in."""
    if current_visit() is not None:
        return redirect(url_for("projects.list_projects"))
    return render_template("accounts/sign_in.html")


@public_route(blueprint, "/sign-in/<secret>")
def confirm_sign_in(secret: str) -> ResponseReturnValue:
    """Show whom the link is for; opening it must not use it up, since mail scanners open links too."""
    with reading() as records:
        name = accounts.link_owner(records, secret)
    if name is None:
        raise NotFoundError(
            say("This sign-in link has been used or is too old; make a new one with “annotator user link NAME”.")
        )
    return render_template("accounts/confirm_sign_in.html", name=name, secret=secret)


@public_route(blueprint, "/sign-in/<secret>", methods=("POST",))
def use_link(secret: str) -> ResponseReturnValue:
    """Use the link up and start a session of its own, whatever the browser brought along."""
    with transaction() as records:
        session_secret = accounts.sign_in_with_link(records, secret)
        if "_user_id" in session:
            accounts.sign_out(records, session["_user_id"])
    session.clear()
    session.permanent = True
    session["_user_id"] = session_secret
    return redirect(url_for("projects.home"))


@user_route(blueprint, "/sign-out", methods=("POST",))
def sign_out(_user: User) -> ResponseReturnValue:
    """End the session here and on the server."""
    with transaction() as records:
        accounts.sign_out(records, session["_user_id"])
    session.clear()
    return redirect(url_for("accounts.sign_in"))
