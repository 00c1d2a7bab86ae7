"""Classifiers: what there is, how good it is, what is missing; train and activate."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from annotator.services import classifier_cards, seats, suggesting, training
from annotator.web.database import reading, transaction
from annotator.web.jobs import wake_if_waiting, wake_worker
from annotator.web.language import gettext
from annotator.web.security import Access, project_route

blueprint = Blueprint("classifiers", __name__)


@project_route(blueprint, "/classifiers", permission="can_view")
def list_classifiers(access: Access) -> ResponseReturnValue:
    """Show the classifiers by question, and what is missing for more."""
    return render_template("classifiers/list_classifiers.html", **_facts(access))


@project_route(blueprint, "/classifiers/overview", permission="can_view")
def show_overview(access: Access) -> ResponseReturnValue:
    """Show the changing part alone, asked for again while a training runs."""
    wake_if_waiting()
    return render_template("classifiers/_overview.html", **_facts(access))


@project_route(blueprint, "/classifiers/train", permission="can_train", methods=("POST",))
def train(access: Access) -> ResponseReturnValue:
    """Put a training in line; a second click finds the first."""
    with transaction() as session:
        training.request_training(session, access.project.id)
    wake_worker()
    return redirect(url_for("classifiers.list_classifiers", slug=access.project.slug))


@project_route(blueprint, "/classifiers/<int:number>", permission="can_view")
def show_card(access: Access, number: int) -> ResponseReturnValue:
    """Show the card of one classifier."""
    with reading() as session:
        card = classifier_cards.read_card(session, access.project, number)
    return render_template("classifiers/show_card.html", slug=access.project.slug, card=card)


@project_route(blueprint, "/classifiers/<int:number>/activate", permission="can_train", methods=("POST",))
def activate(access: Access, number: int) -> ResponseReturnValue:
    """Let this classifier make the suggestions from now on."""
    with transaction() as session:
        suggesting.activate(session, access.project, number, user_id=access.user.id)
    flash(gettext("Classifier %(number)s makes the suggestions for its question from now on.", number=number), "done")
    return redirect(url_for("classifiers.list_classifiers", slug=access.project.slug))


def _facts(access: Access) -> dict[str, object]:
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        overview = classifier_cards.read_overview(session, access.project, seat)
    return {"slug": access.project.slug, "can_train": access.policy.can_train, "overview": overview}
