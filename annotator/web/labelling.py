"""Labelling: the page, the plain form, and the one call by which the script saves and goes on."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import claiming, codebooks, holding, labelling, queues, seats, suggesting, training
from annotator.services.recording import Act, Recorded, record_act
from annotator.services.seats import Seat
from annotator.web import labelling_advice as advice
from annotator.web import labelling_views as views
from annotator.web.database import reading, transaction
from annotator.web.forms.acts import Batch, SentAct, read_batch, read_new_target
from annotator.web.forms.answers import act_of_form
from annotator.web.forms.labelling import LabellingForm, labelling_form
from annotator.web.jobs import wake_worker
from annotator.web.security import Access, prefers_json, project_route
from annotator.web.shelf import classifiers_at_hand

blueprint = Blueprint("labelling", __name__)

#: For what belongs to a codebook version, which never changes.
KEPT = "private, max-age=31536000, immutable"
TAKE_ONE_FIRST = "Take a sentence before you label; open “Label” in the bar at the top."


@project_route(blueprint, "/label", permission="can_label")
def page(access: Access) -> ResponseReturnValue:
    """Show the unit this annotator holds; taking one is a POST, so without one there is a button."""
    document = request.args.get("document") or None
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        held = holding.held_unit(session, seat, document=document) if seat else None
    if held is not None:
        return redirect(_unit_url(access, held))
    return render_template("labelling/start.html", access=access, document=document, unit=None, seat=seat)


@project_route(blueprint, "/label/claim", permission="can_label", methods=("POST",))
def claim(access: Access) -> ResponseReturnValue:
    """Take the next unit, or the one that was asked for."""
    wanted = request.form.get("unit") or None
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        if wanted is not None:
            claiming.claim_unit(session, seat, wanted)
        unit = wanted or claiming.claim_next(session, seat, document=request.form.get("document") or None)
        last = holding.last_act(session, seat)
        queue = _queue_left(session, seat) if unit is None else None
    if unit is None:
        return render_template("labelling/finished.html", access=access, last=last, queue=queue)
    return redirect(_unit_url(access, unit))


@project_route(blueprint, "/label/<path:unit>", permission="can_label")
def show_unit(access: Access, unit: str) -> ResponseReturnValue:
    """Show one unit, to be labelled or revised: a page, or what the script puts into it."""
    with reading() as session:
        seat = seats.find_seat(session, access.project, access.user.id)
        if seat is None:
            return render_template("labelling/start.html", access=access, document=None, unit=unit, seat=None)
        decision = views.decide(session, seat, unit)
        if prefers_json():
            return jsonify(next=views.fragment(access, decision))
        whole = views.whole_page(session, access, seat, decision)
    return render_template("labelling/page.html", **whole)


@project_route(blueprint, "/label/<path:unit>", permission="can_label", methods=("POST",))
def save_unit(access: Access, unit: str) -> ResponseReturnValue:
    """Store what the plain form says and go on; with a problem the form comes back as it was."""
    with reading() as session:
        viewed = labelling.view_unit(session, _seat(session, access), unit)
    form = labelling_form(viewed.codebook)(request.form)
    if "more" in request.form:
        return _with_another_row(access, unit, form)
    try:
        act = act_of_form(form, unit=unit, text=viewed.text)
        following = _save_and_go_on(access, act, is_chosen=form.chosen.data, document=form.document.data)
    except InvalidInputError as error:
        return _page_again(access, unit, form, error.problems), 422
    return redirect(_unit_url(access, following) if following else url_for("labelling.page", slug=access.project.slug))


@project_route(blueprint, "/label/acts", permission="can_label", methods=("POST",))
def take_acts(access: Access) -> ResponseReturnValue:
    """Store the script's acts and hand out the next unit: one round trip, one transaction, safe to repeat."""
    batch = read_batch(request.get_json(silent=True))
    if batch.person not in (None, access.user.uuid):
        raise ConflictError("Somebody else is signed in here now; sign in as the person whose labels these are.")
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        stored = [_store(session, access, seat, sent) for sent in batch.acts]
        decision = _next(session, seat, batch, [one.act for one in stored])
        done, total = (decision.unit.done, decision.unit.total) if decision else labelling.progress(session, seat)
        # After any other act the script knows: it is the one that was just stored.
        last = holding.last_act(session, seat) if any(one.act.act == "undo" for one in stored) else None
        queue = _queue_left(session, seat) if decision is None else None
        names = decision.unit.target_names if decision else views.target_names(session, seat)
    is_queued = _request_training(access)
    return jsonify(
        results=[views.result(one.recorded, one.act, one.codebook, names=names, following=decision) for one in stored],
        next=None if decision is None else views.fragment(access, decision),
        finished=_finished(access, queue) if decision is None else None,
        progress={"done": done, "total": total},
        last=None if last is None else {"unit": last.unit, "key": last.key},
        training=is_queued,
    )


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
        if why is not None:
            return jsonify(timing=timing, silent=why, problem=None, classifiers={}, questions=[])
        names = viewed.target_names
        asked = [target.uuid for target in viewed.targets]
        asked += [uuid for uuid in request.args.getlist("target") if uuid in names]
        found = suggesting.suggest(session, classifiers_at_hand(), access.project, viewed.text, targets=asked)
    return jsonify(advice.suggestions(found, viewed, timing=timing, names=names))


@project_route(blueprint, "/label/targets", permission="can_label", methods=("POST",))
def add_target(access: Access) -> ResponseReturnValue:
    """Add a target for this annotator alone, or find the one of that name; return its rows."""
    wanted = read_new_target(request.get_json(silent=True))
    with transaction() as session:
        target = views.private_target(session, access, wanted.name)
        uuid, name = target.uuid, target.name
        codebook = _asked(session, access, wanted.kind)
    rows = views.rows_of_target(codebook, target=uuid, name=name, index=wanted.index)
    return jsonify(uuid=uuid, name=name, rows=rows)


@project_route(blueprint, "/label/status", permission="can_label")
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
    return _kept(Response(render_template("labelling/meanings.html", codebook=codebook), mimetype="text/html"))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = KEPT
    return response


@dataclass(frozen=True, slots=True)
class _Stored:
    act: Act
    recorded: Recorded
    codebook: Codebook


def _store(session: Session, access: Access, seat: Seat, sent: SentAct) -> _Stored:
    form_class = _form_class(session, access, sent)
    form = form_class(sent.fields)
    first = form_class(sent.first) if sent.first is not None else None
    text = labelling.view_unit(session, seat, sent.unit).text if form.needs_text else ""
    act = act_of_form(form, unit=sent.unit, text=text, first=first)
    return _Stored(act, _record(session, seat, act, is_chosen=form.chosen.data), form_class.codebook_values)


def _form_class(session: Session, access: Access, sent: SentAct) -> type[LabellingForm]:
    """Return the form of the codebook version that was on the screen: what was answered is kept as it was asked."""
    number = sent.fields.get("codebook", type=int)
    if number is None:
        raise InvalidInputError("The number of the codebook is missing; reload the page.")
    return labelling_form(_asked(session, access, sent.fields.get("kind"), number=number))


def _asked(session: Session, access: Access, kind: str | None, *, number: int | None = None) -> Codebook:
    """Return the questions about one kind of unit, of the newest version without ``number``."""
    by_kind = codebooks.published(session, access.project.id, number).by_kind
    return by_kind.get(kind or "", by_kind["sentence"])


def _record(session: Session, seat: Seat, act: Act, *, is_chosen: bool) -> Recorded:
    if is_chosen and act.act != "undo":
        # A unit that was withdrawn meanwhile cannot be held; the answer is kept all the same.
        with suppress(NotFoundError):
            claiming.claim_unit(session, seat, act.unit)
    return record_act(session, seat, act)


def _next(session: Session, seat: Seat, batch: Batch, acts: list[Act]) -> views.Decision | None:
    """Return what comes next: after an undo the unit that was taken back, with its answers to be corrected."""
    undone = next((act for act in reversed(acts) if act.act == "undo"), None)
    if undone is not None:
        return views.decide(session, seat, undone.unit, taken_back=undone.supersedes)
    unit = batch.unit or claiming.claim_next(session, seat, document=batch.document)
    return None if unit is None else views.decide(session, seat, unit)


def _save_and_go_on(access: Access, act: Act, *, is_chosen: bool, document: str | None) -> str | None:
    """Store a plain form's act; return the unit to show next."""
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        _record(session, seat, act, is_chosen=is_chosen)
        following = act.unit if act.act == "undo" else claiming.claim_next(session, seat, document=document or None)
    _request_training(access)
    return following


def _page_again(access: Access, unit: str, form: LabellingForm, problems: Any = ()) -> str:
    with reading() as session:
        seat = _seat(session, access)
        whole = views.whole_page(session, access, seat, views.decide(session, seat, unit, form=form))
    return render_template("labelling/page.html", **{**whole, "problems": list(problems)})


def _with_another_row(access: Access, unit: str, form: LabellingForm) -> ResponseReturnValue:
    """Show the plain form again with one more row: for another holder, or for a target typed in."""
    name, _, target = request.form["more"].partition(":")
    if name not in form.stance_names:
        raise InvalidInputError("That question is not asked here; reload the page.")
    if not target:
        with transaction() as session:
            target = views.private_target(session, access, request.form.get(f"{name}_new", "")).uuid
    form[name].append_entry({"target": target})
    return _page_again(access, unit, form)


def _queue_left(session: Session, seat: Seat) -> str | None:
    """Go back to all sentences when a queue is finished; return what it is called."""
    return seat.queue_name if queues.leave_finished(session, seat) else None


def _finished(access: Access, queue: str | None) -> str:
    return render_template("labelling/_finished.html", access=access, last=None, queue=queue)


def _request_training(access: Access) -> bool:
    """Put a training in line if it is time; asked once the labels are stored, since to count them nobody must wait."""
    with reading() as session:
        is_due = training.is_due(session, access.project)
    if is_due:
        with transaction() as session:
            training.request_training(session, access.project.id)
        wake_worker()
    return is_due


def _seat(session: Session, access: Access) -> Seat:
    seat = seats.find_seat(session, access.project, access.user.id)
    if seat is None:
        raise NotFoundError(TAKE_ONE_FIRST)
    return seat


def _unit_url(access: Access, unit: str) -> str:
    return url_for("labelling.show_unit", slug=access.project.slug, unit=unit)
