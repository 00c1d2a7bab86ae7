"""Labelling: the page, the plain form, and the one call by which the script saves and goes on."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.errors import InvalidInputError, NotFoundError
from annotator.services import (
    claiming,
    codebooks,
    holding,
    keyboard,
    labelling,
    managing_rounds,
    seats,
    sighted_targets,
    suggesting,
    trainings,
)
from annotator.services.acts import Act
from annotator.services.preferences import hold_preferences, read_preferences, write_preferences
from annotator.services.seats import Seat
from annotator.web import labelling_acts as acts
from annotator.web import labelling_advice as advice
from annotator.web import labelling_views as views
from annotator.web import late_acts
from annotator.web.database import reading, transaction
from annotator.web.forms.acts import read_act, read_batch, read_new_target
from annotator.web.forms.answers import act_of_form
from annotator.web.forms.labelling import LabellingForm, append_row, labelling_form
from annotator.web.language import LANGUAGES, language, speaking, translated
from annotator.web.packing import packed
from annotator.web.security import Access, prefers_json, project_route
from annotator.web.shelf import classifiers_at_hand
from annotator.words import say

blueprint = Blueprint("labelling", __name__)

#: For what belongs to a codebook version, which never changes.
KEPT = "private, max-age=31536000, immutable"
TAKE_ONE_FIRST = say("Take a sentence before you label; open “Label” in the bar at the top.")


@project_route(blueprint, "/label", permission="can_label")
def page(access: Access) -> ResponseReturnValue:
    """Show the unit this annotator holds; taking one is a POST, so without one there is a button."""
    document = request.args.get("document") or None
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        held = holding.held_unit(session, seat, document=document) if seat else None
        choices = managing_rounds.choices(session, seat) if seat else []
    if held is not None:
        return redirect(_unit_url(access, held))
    return render_template(
        "labelling/start.html", access=access, document=document, unit=None, seat=seat, choices=choices
    )


@project_route(blueprint, "/label/claim", permission="can_label", methods=("POST",))
def claim(access: Access) -> ResponseReturnValue:
    """Take the next unit, or the one that was asked for."""
    wanted = request.form.get("unit") or None
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        if wanted is not None:
            claiming.claim_unit(session, seat, wanted)
        unit = wanted or claiming.claim_next(session, seat, document=request.form.get("document") or None)
        if unit is None:
            last, seat = holding.last_act(session, seat), seats.take_seat(session, access.project, access.user)
            return render_template("labelling/finished.html", **acts.finished(session, access, seat), last=last)
    return redirect(_unit_url(access, unit))


@project_route(blueprint, "/label/<path:unit>", permission="can_label")
def show_unit(access: Access, unit: str) -> ResponseReturnValue:
    """Show one unit, to be labelled or revised: a page, or what the script puts into it."""
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        if seat is None:
            return render_template(
                "labelling/start.html", access=access, document=None, unit=unit, seat=None, choices=[]
            )
        decision = views.decide(session, seat, unit, taken_back=request.args.get("taken-back"))
        if prefers_json():
            return jsonify(next=views.fragment(access, decision))
        whole = views.whole_page(session, access, seat, decision)
        said = request.args.get("said")
        if said:
            whole["feedback"] = views.feedback(session, access, seat, said)
    return render_template("labelling/page.html", **whole)


@project_route(
    blueprint, "/label/<path:unit>", permission="can_label", methods=("POST",), otherwise=late_acts.save_unit
)
def save_unit(access: Access, unit: str) -> ResponseReturnValue:
    """Store what the plain form says and go on; with a problem the form comes back as it was."""
    with reading() as session:
        viewed = labelling.view_unit(session, _seat(session, access), unit)
    form = labelling_form(viewed.codebook)(request.form)
    if "more" in request.form:
        return _with_another_row(access, unit, form)
    try:
        act = act_of_form(form, unit=unit, text=viewed.text)
        following, is_trained = _save_and_go_on(access, act, is_chosen=form.chosen.data, document=form.document.data)
    except InvalidInputError as error:
        return _page_again(access, unit, form, error.problems), 422
    if following is None:
        return redirect(url_for("labelling.page", slug=access.project.slug))
    if act.act == "undo":
        return redirect(_unit_url(access, following, taken_back=act.supersedes))
    return redirect(_unit_url(access, following, said=unit if is_trained else None))


@project_route(blueprint, "/label/acts", permission="can_label", methods=("POST",), otherwise=late_acts.take_acts)
def take_acts(access: Access) -> ResponseReturnValue:
    """Store the script's acts and hand out the next units."""
    answer = acts.exchange(access, read_batch(request.get_json(silent=True)))
    # What is shown at the end may hold a form with its token.
    return jsonify(answer) if answer["finished"] else packed(jsonify(answer))


@project_route(blueprint, "/label/<path:unit>/form", permission="can_label", methods=("POST",))
def show_again(access: Access, unit: str) -> ResponseReturnValue:
    """Show a unit with answers that were given and not stored; a POST only because it brings them along."""
    sent = read_act(request.get_json(silent=True))
    with reading() as session:
        form = acts.form_of_act(session, access, sent)(sent.fields)
        decision = views.decide(session, _seat(session, access), unit, form=form)
        # It revises what counts by now.
        form.supersedes.data = decision.unit.earlier.key if decision.unit.earlier else ""
        return jsonify(next=views.fragment(access, decision))


@project_route(blueprint, "/label/<path:unit>/text", permission="can_label")
def show_text(access: Access, unit: str) -> ResponseReturnValue:
    """Show the text around a unit; the script asks for it when the next unit is in another document."""
    with reading() as session:
        shown = views.text_in_view(session, access, _seat(session, access), unit)
    return render_template("labelling/_text.html", **shown)


@project_route(blueprint, "/label/<path:unit>/suggestions", permission="can_label")
def show_suggestions(access: Access, unit: str) -> ResponseReturnValue:
    """Say what the active classifiers think of a unit; asked when the sentence is on screen already."""
    timing = access.project.suggestion_timing
    with reading() as session:
        seat = _seat(session, access)
        viewed = labelling.view_unit(session, seat, unit)
        why = advice.why_silent(timing, viewed)
        if not advice.is_compared(timing, viewed):
            return jsonify(timing=timing, silent=why, problem=None, classifiers={}, questions=[], sealed=None)
        names = viewed.target_names
        asked = [target.uuid for target in viewed.targets]
        asked += [uuid for uuid in request.args.getlist("target") if uuid in names]
        # Where the page underlines targets the annotator's own come first; what is suggested toward others must not
        # hang on those.
        named = sighted_targets.naming(session, access.project.id, seat).places(viewed.text)
        found = suggesting.suggest(
            session, classifiers_at_hand(), access.project, viewed.text, targets=asked, mentions=named
        )
    told = advice.suggestions(found, viewed, timing=timing, names=names)
    kept = advice.sealed(access, viewed, told)
    # In the control share what is suggested is kept for comparison, and not told.
    hidden: dict[str, Any] = {"silent": why, "problem": None, "classifiers": {}, "questions": []}
    return jsonify({**told, **(hidden if why else {}), "sealed": kept})


@project_route(blueprint, "/label/targets", permission="can_label", methods=("POST",))
def add_target(access: Access) -> ResponseReturnValue:
    """Add a target for this annotator alone, or find the one of that name."""
    name = read_new_target(request.get_json(silent=True))
    with transaction() as session:
        target = views.private_target(session, access, name)
        return jsonify(uuid=target.uuid, name=target.name)


@project_route(blueprint, "/label/preferences", permission="can_label", methods=("POST",))
def keep_preferences(access: Access) -> ResponseReturnValue:
    """Keep how this person labels: their keys, or whether the page goes on by itself."""
    sent = request.get_json(silent=True)
    with transaction() as session:
        user = hold_preferences(session, access.user.id)
        if isinstance(sent, dict) and isinstance(sent.get("advance"), bool):
            write_preferences(session, user.id, replace(read_preferences(user), advance=sent["advance"]))
        else:
            codebook = codebooks.published(session, access.project.id).codebook
            project = access.project.uuid
            user.preferences = keyboard.with_keys(user.preferences, sent, project=project, codebook=codebook)
    return jsonify(stored=True)


@project_route(blueprint, "/label/status", permission="can_label", otherwise=late_acts.show_status)
def show_status(access: Access) -> ResponseReturnValue:
    """Tell how a training goes, whether there are suggestions, and what is missing for more."""
    with reading() as session:
        return jsonify(advice.status(session, access))


@project_route(blueprint, "/codebook/<int:number>.css", permission="can_view")
def codebook_stylesheet(access: Access, number: int) -> ResponseReturnValue:
    """Send the colours of a codebook version's labels; a version never changes."""
    with reading() as session:
        codebook = codebooks.published(session, access.project.id, number).codebook
    return _kept(Response(views.colours(codebook), mimetype="text/css"))


@project_route(blueprint, "/codebook/<int:number>/meanings", permission="can_view")
def codebook_meanings(access: Access, number: int) -> ResponseReturnValue:
    """Show what the labels of a codebook version mean; the labelling page fetches it when it is first needed."""
    with reading() as session:
        codebook = codebooks.published(session, access.project.id, number).codebook
    # What is kept under an address is in the language the address names, whoever asks.
    asked = request.args.get("language")
    with speaking(asked if asked in LANGUAGES else language()):
        page = render_template("labelling/meanings.html", codebook=codebook)
    return _kept(Response(page, mimetype="text/html"))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = KEPT
    return response


def _save_and_go_on(access: Access, act: Act, *, is_chosen: bool, document: str | None) -> tuple[str | None, bool]:
    """Store a plain form's act; return the unit to show next, and whether a training says what is known of this one."""
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        acts.record(session, seat, act, is_chosen=is_chosen)
        following = act.unit if act.act == "undo" else claiming.claim_next(session, seat, document=document or None)
    acts.request_training(access)
    return following, seat.kind == trainings.KIND


def _page_again(access: Access, unit: str, form: LabellingForm, problems: Any = ()) -> str:
    with reading() as session:
        seat = _seat(session, access)
        whole = views.whole_page(session, access, seat, views.decide(session, seat, unit, form=form))
    return render_template(
        "labelling/page.html", **{**whole, "problems": [translated(problem) for problem in problems]}
    )


def _with_another_row(access: Access, unit: str, form: LabellingForm) -> ResponseReturnValue:
    """Show the plain form again with one more row: for another holder, or for a target typed in."""
    append_row(form, request.form["more"], lambda name: _new_target(access, request.form.get(f"{name}_new", "")))
    return _page_again(access, unit, form)


def _new_target(access: Access, name: str) -> str:
    with transaction() as session:
        target: str = views.private_target(session, access, name).uuid
    return target


def _seat(session: Session, access: Access) -> Seat:
    seat = seats.find_seat(session, access.project, access.user.id)
    if seat is None:
        raise NotFoundError(TAKE_ONE_FIRST)
    return seat


def _unit_url(access: Access, unit: str, *, taken_back: str | None = None, said: str | None = None) -> str:
    query: dict[str, Any] = {name: value for name, value in (("taken-back", taken_back), ("said", said)) if value}
    return url_for("labelling.show_unit", slug=access.project.slug, unit=unit, **query)
