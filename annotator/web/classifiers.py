"""Classifiers: what there is, how good it is, what is missing; train and activate."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.services import (
    card_comparisons,
    changed_sentences,
    classifier_cards,
    retraining,
    seats,
    suggesting,
    telling_words,
)
from annotator.services.visibility import labels_blind
from annotator.web import classifier_tables
from annotator.web.database import reading, transaction
from annotator.web.forms.classifiers import CompareForm
from annotator.web.jobs import wake_if_waiting, wake_worker
from annotator.web.language import gettext
from annotator.web.security import Access, masked_for, project_route
from annotator.web.shelf import classifiers_at_hand

blueprint = Blueprint("classifiers", __name__)


@project_route(blueprint, "/classifiers", permission="can_view")
def list_classifiers(access: Access) -> ResponseReturnValue:
    """Show the classifiers by question, and what is missing for more."""
    return render_template("classifiers/list_classifiers.html", is_followed=False, **_facts(access))


@project_route(blueprint, "/classifiers/overview", permission="can_view")
def show_overview(access: Access) -> ResponseReturnValue:
    """Show the changing part alone, asked for again while a training runs; its end is told to whoever followed it."""
    wake_if_waiting()
    return render_template("classifiers/_overview.html", is_followed=True, **_facts(access))


@project_route(blueprint, "/classifiers/train", permission="can_train", methods=("POST",))
def train(access: Access) -> ResponseReturnValue:
    """Put a training in line; a second click finds the first."""
    with transaction() as session:
        retraining.request_training(session, access.project.id)
    wake_worker()
    return redirect(url_for("classifiers.list_classifiers", slug=access.project.slug))


@project_route(blueprint, "/classifiers/<int:number>", permission="can_view")
def show_card(access: Access, number: int) -> ResponseReturnValue:
    """Show the card of one classifier; of several targets the address says which is told of."""
    with reading() as session:
        card = classifier_cards.read_card(
            session,
            access.project,
            number,
            masked=masked_for(access),
            shows_annotators=_sees_annotators(session, access),
        )
        same = classifier_cards.same_question(session, access.project, number)
        history = classifier_cards.history_of(session, access.project, number)
    task = card.task(request.args.get("target"))
    test = card.test(task.target if task else None)
    return render_template(
        "classifiers/show_card.html", slug=access.project.slug, access=access, card=card, history=history, task=task,
        test=test, others=[other for other in same if other != number],
        calibration=classifier_tables.calibration(test),
        curve=classifier_tables.curve(task, card.question) if task else None,
    )  # fmt: skip


@project_route(blueprint, "/classifiers/<int:number>/labels/<label>", permission="can_view")
def show_label(access: Access, number: int, label: str) -> ResponseReturnValue:
    """Show what speaks for a label and what against it, all in all."""
    target = request.args.get("target") or None
    with reading() as session:
        told = telling_words.read_words(
            session, access.project, number, label, target=target, masked=masked_for(access)
        )
    return render_template(
        "classifiers/show_label.html", slug=access.project.slug, told=told, target=target, label=label
    )


@project_route(blueprint, "/classifiers/compare", permission="can_view")
def compare(access: Access) -> ResponseReturnValue:
    """Show two classifiers of a question side by side; the address says which."""
    form = CompareForm(request.args)
    first, second = form.numbers
    with reading() as session:
        same = classifier_cards.same_question(session, access.project, first)
        form.offer(same)
        found = card_comparisons.compare(
            session, classifiers_at_hand(), access.project, first, second,
            shows_annotators=_sees_annotators(session, access),
        )  # fmt: skip
    return render_template(
        "classifiers/compare.html", slug=access.project.slug, access=access, form=form, found=found,
        can_see_changes=access.policy.can_review,
    )  # fmt: skip


@project_route(blueprint, "/classifiers/changes", permission="can_review")
def list_changes(access: Access) -> ResponseReturnValue:
    """List the sentences about which two classifiers differ; nothing to somebody who labels blind."""
    form = CompareForm(request.args)
    first, second = form.numbers
    changes = None
    with reading() as session:
        card_comparisons.pair(session, access.project, first, second)
        if not labels_blind(session, access.project, access.user.id):
            changes = changed_sentences.read_changes(
                session, classifiers_at_hand(), access.project, first, second, user_id=access.user.id, after=form.start,
                masked=masked_for(access),
            )  # fmt: skip
    return render_template(
        "classifiers/list_changes.html", slug=access.project.slug, first=first, second=second, changes=changes,
        start=form.start,
    )  # fmt: skip


@project_route(blueprint, "/classifiers/<int:number>/activate", permission="can_train", methods=("POST",))
def activate(access: Access, number: int) -> ResponseReturnValue:
    """Let this classifier make the suggestions from now on."""
    with transaction() as session:
        suggesting.activate(session, access.project, number, user_id=access.user.id)
    flash(gettext("Classifier %(number)s makes the suggestions for its question from now on.", number=number), "done")
    return redirect(url_for("classifiers.list_classifiers", slug=access.project.slug))


def _sees_annotators(session: Session, access: Access) -> bool:
    return access.policy.can_review and not labels_blind(session, access.project, access.user.id)


def _facts(access: Access) -> dict[str, object]:
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        overview = classifier_cards.read_overview(session, access.project, seat)
        # A training that runs brings others: nobody has to be told to train again, nor are they read every second.
        silent = [] if overview.is_busy else classifiers_at_hand().why_silent(session, access.project)
    return {
        "slug": access.project.slug,
        "can_train": access.policy.can_train,
        "can_manage": access.policy.can_manage,
        "overview": overview,
        "silent": silent,
    }
