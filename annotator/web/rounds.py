"""Rounds: the owner's list, a new one, how one stands, and what can be done with it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.db import Project, Round
from annotator.errors import AnnotatorError, ConflictError
from annotator.services import (
    choosing,
    drawing,
    managing_rounds,
    members,
    outlines,
    plans,
    seats,
    trainings,
    unfinished_rounds,
)
from annotator.services.members import Member
from annotator.services.outlines import Outline
from annotator.web.database import database, reading, transaction
from annotator.web.forms.rounds import AnnotatorsForm, RoundForm
from annotator.web.jobs import wake_if_waiting, wake_worker
from annotator.web.language import gettext, ngettext, translated
from annotator.web.security import Access, project_route
from annotator.web.shelf import classifiers_at_hand

#: What is offered for a first round: enough for an interval one can work with, little enough for a few days.
USUAL_SIZE, USUAL_ANNOTATORS, USUAL_MARK = 200, 2, 75

blueprint = Blueprint("rounds", __name__)


@project_route(blueprint, "/rounds", permission="can_configure")
def list_rounds(access: Access) -> ResponseReturnValue:
    """Show how all rounds stand."""
    with reading() as session:
        found = managing_rounds.standings(session, access.project)
        is_empty = not outlines.has_units(session, access.project)
    return render_template("rounds/list_rounds.html", access=access, standings=found, is_empty=is_empty)


@project_route(blueprint, "/rounds/new", permission="can_configure")
def new_round(access: Access) -> ResponseReturnValue:
    """Show the form for a new round."""
    return _form_page(access, _form(access))


@project_route(blueprint, "/rounds/new", permission="can_configure", methods=("POST",))
def make_round(access: Access) -> ResponseReturnValue:
    """Draw the units, make their places, and seat everybody who takes part."""
    form = _form(access)
    if not form.validate():
        return _form_page(access, form), 422
    plan = form.plan()
    with transaction() as session:
        plan = replace(plan, members=members.codes_of(session, access.project, plan.members))
    try:
        number = drawing.make_round(database(), access.project.id, plan, user_id=access.user.id)
    except AnnotatorError as error:
        return _form_page(access, form, error), 409 if isinstance(error, ConflictError) else 422
    with reading() as session:
        is_ready = managing_rounds.find_round(session, access.project, number).is_ready
    if is_ready:
        flash(gettext("The round is made. Everybody who takes part labels in it from now on."), "done")
    else:
        wake_worker()
    return _back(access, number)


@project_route(blueprint, "/rounds/outline", permission="can_configure", methods=("POST",))
def outline_round(access: Access) -> ResponseReturnValue:
    """Say what the round would come to; nothing is made."""
    form = _form(access)
    form.validate()
    if "HX-Request" in request.headers:
        return render_template("rounds/_outline.html", outline=_outline(access, form), share=_share(access, form))
    form.name.errors = []
    return _form_page(access, form)


@project_route(blueprint, "/rounds/<int:number>", permission="can_configure")
def show_round(access: Access, number: int) -> ResponseReturnValue:
    """Show how a round stands, and everybody's part in it."""
    return _round_page(access, number)


@project_route(blueprint, "/rounds/<int:number>/making", permission="can_configure")
def show_making(access: Access, number: int) -> ResponseReturnValue:
    """Show how far the making of a round is, alone; once it is over the whole page is asked for."""
    wake_if_waiting()
    with reading() as session:
        round_ = managing_rounds.find_round(session, access.project, number)
        job = unfinished_rounds.making_of(session, round_)
        is_over = round_.is_ready or unfinished_rounds.is_abandoned(session, round_)
    part = render_template("rounds/_making.html", slug=access.project.slug, round=round_, job=job)
    return part, {"HX-Refresh": "true"} if is_over else {}


@project_route(blueprint, "/rounds/<int:number>/close", permission="can_configure", methods=("POST",))
def close_round(access: Access, number: int) -> ResponseReturnValue:
    """Give nothing out any more."""
    return _changed(access, number, managing_rounds.close_round, gettext("The round is closed."))


@project_route(blueprint, "/rounds/<int:number>/open", permission="can_configure", methods=("POST",))
def open_round(access: Access, number: int) -> ResponseReturnValue:
    """Go on with a round that was closed."""
    return _changed(access, number, managing_rounds.open_round, gettext("The round goes on."))


@project_route(blueprint, "/rounds/<int:number>/remove", permission="can_configure", methods=("POST",))
def remove_round(access: Access, number: int) -> ResponseReturnValue:
    """Remove a round that was not finished being made."""
    with transaction() as session:
        unfinished_rounds.remove_abandoned(session, managing_rounds.find_round(session, access.project, number))
    flash(gettext("The round is removed; make it again."), "done")
    return redirect(url_for("rounds.list_rounds", slug=access.project.slug))


@project_route(blueprint, "/rounds/<int:number>/annotators", permission="can_configure", methods=("POST",))
def add_annotators(access: Access, number: int) -> ResponseReturnValue:
    """Let more annotators label each sentence."""
    form = AnnotatorsForm()
    if not form.validate():
        return _round_page(access, number, form), 422
    with reading() as session:
        round_id = managing_rounds.find_round(session, access.project, number).id
    try:
        added = drawing.add_annotators(database(), round_id, form.annotators.data)
    except AnnotatorError as error:
        form.annotators.errors = list(map(translated, error.problems))
        return _round_page(access, number, form), 422
    flash(ngettext("%(num)s place was added.", "%(num)s places were added.", added), "done")
    return _back(access, number)


@project_route(blueprint, "/rounds/<int:number>/people/<code>/pass", permission="can_configure", methods=("POST",))
def let_pass(access: Access, number: int, code: str) -> ResponseReturnValue:
    """Let somebody go on who did not reach the pass mark."""
    return _judged(access, number, code, trainings.let_pass, gettext("%(code)s goes on to the coding.", code=code))


@project_route(blueprint, "/rounds/<int:number>/people/<code>/again", permission="can_configure", methods=("POST",))
def train_again(access: Access, number: int, code: str) -> ResponseReturnValue:
    """Let somebody label the training once more."""
    return _judged(access, number, code, trainings.train_again, gettext("%(code)s trains once more.", code=code))


@project_route(blueprint, "/label/rounds", permission="can_label", methods=("POST",))
def enter_round(access: Access) -> ResponseReturnValue:
    """Work in another round from now on."""
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        managing_rounds.enter_round(session, seat, request.form.get("round", -1, type=int))
    return redirect(url_for("labelling.page", slug=access.project.slug))


def _form(access: Access) -> RoundForm:
    with reading() as session:
        people = [one for one in members.members_of(session, access.project) if one.role != "reader"]
        known = trainings.names(session, access.project)
        sentences = outlines.sentences(session, access.project, most=USUAL_SIZE)
        offers = choosing.offers(session, access.project)
    shown = [(one.uuid, f"{one.name} ({one.code})" if one.code else one.name) for one in people]
    return RoundForm(shown, known, offers, **_usual(people, sentences))


def _usual(people: Sequence[Member], sentences: int) -> dict[str, Any]:
    """Return what suits most: annotators take part, and owners do not, who could not look at blind labels then."""
    annotators = [one.uuid for one in people if one.role == "annotator"]
    enough = len(annotators) >= USUAL_ANNOTATORS
    return {
        # Where only whole texts are labelled, there is nothing to draw but all of them.
        "selection": "random" if sentences else "all",
        "size": sentences or None,
        "annotators": USUAL_ANNOTATORS,
        "members": annotators if enough else [],
        "pass_mark": USUAL_MARK,
    }


def _form_page(access: Access, form: RoundForm, error: AnnotatorError | None = None) -> str:
    with reading() as session:
        is_empty = not outlines.has_units(session, access.project)
        missing = choosing.missing(session, access.project)
    return render_template(
        "rounds/new_round.html",
        access=access,
        form=form,
        problems=error.problems if error else (),
        outline=_outline(access, form),
        share=_share(access, form),
        is_empty=is_empty,
        missing=missing,
        able=_able(access),
    )


def _outline(access: Access, form: RoundForm) -> Outline | None:
    if not form.can_be_drawn:
        return None
    with reading() as session:
        return outlines.outline(session, access.project, form.plan(), shelf=classifiers_at_hand())


def _share(access: Access, form: RoundForm) -> int:
    """Return by how many a round is labelled: those who are chosen, else all who can label."""
    return len(form.members.data or ()) or _able(access)


def _able(access: Access) -> int:
    """Return how many annotators there are; without any, an owner labels."""
    with reading() as session:
        return sum(one.role == "annotator" for one in members.members_of(session, access.project))


def _round_page(access: Access, number: int, form: AnnotatorsForm | None = None) -> str:
    with reading() as session:
        round_ = managing_rounds.find_round(session, access.project, number)
        names = {one.code: one.name for one in members.members_of(session, access.project)}
        shown: dict[str, Any] = {
            "standing": managing_rounds.standing(session, round_),
            "people": managing_rounds.participants(session, round_),
            "job": unfinished_rounds.making_of(session, round_),
            "stuck": managing_rounds.out_of_reach(session, round_),
        }
    form = form or AnnotatorsForm(annotators=min(round_.places_per_unit + 1, plans.MAX_PLACES))
    return render_template("rounds/show_round.html", access=access, round=round_, form=form, names=names, **shown)


def _changed(access: Access, number: int, change: Callable[[Session, Round], None], said: str) -> ResponseReturnValue:
    with transaction() as session:
        change(session, managing_rounds.find_round(session, session.get_one(Project, access.project.id), number))
    flash(said, "done")
    return _back(access, number)


def _judged(
    access: Access, number: int, code: str, change: Callable[[Session, int, int], None], said: str
) -> ResponseReturnValue:
    with transaction() as session:
        round_ = managing_rounds.find_round(session, access.project, number)
        change(session, round_.id, managing_rounds.find_participant(session, round_, code).annotator_id)
    flash(said, "done")
    return _back(access, number)


def _back(access: Access, number: int) -> ResponseReturnValue:
    return redirect(url_for("rounds.show_round", slug=access.project.slug, number=number))
