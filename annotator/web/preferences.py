"""Preferences: what a person chooses for themselves, in every project."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.db import User
from annotator.services.preferences import read_preferences, write_preferences
from annotator.web.database import transaction
from annotator.web.forms.preferences import PreferencesForm
from annotator.web.language import gettext, speaking
from annotator.web.security import user_route

blueprint = Blueprint("preferences", __name__)


@user_route(blueprint, "/preferences")
def edit(user: User) -> ResponseReturnValue:
    """Show the form."""
    return render_template("preferences/edit.html", form=PreferencesForm(read_preferences(user)))


@user_route(blueprint, "/preferences", methods=("POST",))
def save(user: User) -> ResponseReturnValue:
    """Keep what was chosen; the page that follows is in the language chosen."""
    form = PreferencesForm()
    if not form.validate():
        return render_template("preferences/edit.html", form=form), 422
    chosen = form.changed(read_preferences(user))
    with transaction() as session:
        write_preferences(session, user.id, chosen)
    with speaking(chosen.language):
        flash(gettext("The preferences are saved."), "done")
    return redirect(url_for("preferences.edit"))
