"""Everybody on this server, for those who run it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.db import User
from annotator.services import administration
from annotator.web.database import reading, transaction
from annotator.web.language import gettext
from annotator.web.security import administrator_route

blueprint = Blueprint("administration", __name__)


@administrator_route(blueprint, "/people")
def list_people(user: User) -> ResponseReturnValue:
    """Show everybody."""
    return _page(user)


@administrator_route(blueprint, "/people/<person>/link", methods=("POST",))
def make_link(user: User, person: str) -> ResponseReturnValue:
    """Make a one-time link for somebody who cannot get in, and show it this once."""
    with transaction() as session:
        name, secret = administration.make_link(session, user, person)
    return _page(user, link=url_for("accounts.confirm_sign_in", secret=secret, _external=True), link_for=name)


@administrator_route(blueprint, "/people/<person>/disable", methods=("POST",))
def disable(user: User, person: str) -> ResponseReturnValue:
    """Keep somebody out from now on."""
    with transaction() as session:
        name = administration.disable_person(session, user, person)
    return _done(gettext("%(name)s cannot get in any more. The labels stay.", name=name))


@administrator_route(blueprint, "/people/<person>/enable", methods=("POST",))
def enable(user: User, person: str) -> ResponseReturnValue:
    """Let somebody in again."""
    with transaction() as session:
        name = administration.enable_person(session, user, person)
    return _done(gettext("%(name)s can get in again.", name=name))


@administrator_route(blueprint, "/people/<person>/make-administrator", methods=("POST",))
def make_administrator(user: User, person: str) -> ResponseReturnValue:
    """Let somebody else run the server, too."""
    with transaction() as session:
        name = administration.set_administrator(session, user, person, is_administrator=True)
    return _done(gettext("%(name)s is an administrator now.", name=name))


@administrator_route(blueprint, "/people/<person>/withdraw-administrator", methods=("POST",))
def withdraw_administrator(user: User, person: str) -> ResponseReturnValue:
    """Let somebody run the server no longer."""
    with transaction() as session:
        name = administration.set_administrator(session, user, person, is_administrator=False)
    said = gettext("%(name)s is no administrator any more.", name=name)
    # Who withdraws it from themselves may not look at the list any more.
    return _done(said, leads_to="accounts.show_account") if person == user.uuid else _done(said)


def _done(said: str, *, leads_to: str = "administration.list_people") -> ResponseReturnValue:
    flash(said, "done")
    return redirect(url_for(leads_to))


def _page(user: User, *, link: str | None = None, link_for: str | None = None) -> str:
    with reading() as session:
        people = administration.everybody(session)
    return render_template("administration/list_people.html", people=people, user=user, link=link, link_for=link_for)
