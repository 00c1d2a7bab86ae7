"""Adjudication: the queue of what annotators differ about, and one unit with everybody's answers to decide."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from annotator.db import Project
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import adjudication, codebook_notes, unsettled
from annotator.services.acts import Act
from annotator.services.adjudication import SettledMeanwhileError
from annotator.services.disputes import Memory
from annotator.services.unsettled import PAGE, Filters, Queue
from annotator.web import adjudication_views as views
from annotator.web.database import reading, transaction
from annotator.web.forms.adjudication import DecisionForm, read_filters
from annotator.web.forms.answers import act_of_form
from annotator.web.forms.labelling import LabellingForm, append_row
from annotator.web.labelling_acts import request_training
from annotator.web.labelling_views import private_target
from annotator.web.language import gettext, translated
from annotator.web.security import Access, masked_for, project_route

blueprint = Blueprint("adjudication", __name__)

MAX_PAGE = 10_000


@project_route(blueprint, "/adjudication", permission="can_adjudicate")
def queue(access: Access) -> ResponseReturnValue:
    """List what waits for a decision, or what has been decided."""
    page = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGE)
    is_settled = request.args.get("show") == "settled"
    filters = read_filters(request.args)
    with reading() as session:
        found = _queue(session, access, filters)
        listed = (views.settled if is_settled else views.waiting)(session, access, found, filters, page=page)
        form = views.queue_form(session, access, filters)
        notes = codebook_notes.open_notes(session, access.project)
    return render_template(
        "adjudication/queue.html",
        access=access,
        form=form,
        query=filters.as_dict(),
        queue=found,
        listed=listed,
        page=page,
        has_next=listed.total > page * PAGE,
        is_settled=is_settled,
        notes=notes,
    )


@project_route(blueprint, "/adjudication/unit", permission="can_adjudicate")
def decide(access: Access) -> ResponseReturnValue:
    """Show one unit with everybody's answers; without one, the first that waits."""
    unit = request.args.get("unit")
    filters = read_filters(request.args)
    with reading() as session:
        if not unit:
            first = _queue(session, access, filters).after(None)
            return _go_on(access, first, filters)
        page = _page(session, access, unit, filters)
    return render_template("adjudication/decide.html", **page)


@project_route(blueprint, "/adjudication/unit", permission="can_adjudicate", methods=("POST",))
def settle(access: Access) -> ResponseReturnValue:
    """Store a decision and go on; or fill the form with an annotator's answer, or add a row to it."""
    unit, filters = request.args.get("unit", ""), read_filters(request.args)
    with reading() as session:
        seat = adjudication.seat_of(session, access.project, access.user.id, masked=masked_for(access))
        form_class, text = views.form_and_text(session, seat, unit)
    form, beside = form_class(request.form), DecisionForm(request.form)
    if "more" in request.form or "take" in request.form:
        return _filled_in(access, unit, form, filters)
    try:
        if not beside.validate():
            raise InvalidInputError(*(str(problem) for problems in beside.errors.values() for problem in problems))
        act = act_of_form(form, unit=unit, text=text)
        _store(access, act, beside)
    except (InvalidInputError, ConflictError) as error:
        return _page_again(access, unit, form, filters, error), 409 if isinstance(error, ConflictError) else 422
    # In a blind round nothing but gold is learned from.
    request_training(access)
    if act.act == "undo":
        flash(gettext("The decision is taken back; the answers stay as they were."), "done")
        return redirect(_unit_url(access, unit, filters))
    with reading() as session:
        left = _queue(session, access, filters)
        following = unsettled.following(session, left, access.project, unit, order=filters.order)
    return _go_on(access, following, filters)


def _store(access: Access, act: Act, beside: DecisionForm) -> None:
    with transaction() as session:
        project = session.get_one(Project, access.project.id)
        note = " ".join((beside.note.data or "").split())
        adjudication.settle(
            session,
            project,
            access.user,
            act,
            seen=beside.seen.data or None,
            masked=masked_for(access),
            note=note if act.act != "undo" else "",
        )


def _filled_in(access: Access, unit: str, form: LabellingForm, filters: Filters) -> ResponseReturnValue:
    """Show the form again with an annotator's answers, or with one more row; nothing is stored but a new target."""
    if "more" in request.form:
        append_row(form, request.form["more"], lambda name: _new_target(access, request.form.get(f"{name}_new", "")))
    with reading() as session:
        page = _page(session, access, unit, filters, form=form, take=request.form.get("take"))
    return render_template("adjudication/decide.html", **page)


def _page_again(
    access: Access, unit: str, form: LabellingForm, filters: Filters, error: InvalidInputError | ConflictError
) -> str:
    with reading() as session:
        page = _page(session, access, unit, filters, form=form, is_told=isinstance(error, SettledMeanwhileError))
    page["problems"] = [translated(problem) for problem in error.problems]
    return render_template("adjudication/decide.html", **page)


def _page(
    session: Session,
    access: Access,
    unit: str,
    filters: Filters,
    *,
    form: LabellingForm | None = None,
    take: str | None = None,
    is_told: bool = False,
) -> dict[str, Any]:
    found = _queue(session, access, filters)
    page = views.decision_page(session, access, unit, form=form, take=take, is_told=is_told)
    return {
        **page,
        **views.why_here(session, access, found, page["unit"]),
        "queue": found,
        "place": found.place_of(unit),
        "following": found.after(unit),
        "query": filters.as_dict(),
    }


def _new_target(access: Access, name: str) -> str:
    with transaction() as session:
        target: str = private_target(session, access, name).uuid
    return target


def _queue(session: Session, access: Access, filters: Filters) -> Queue:
    return unsettled.read_queue(session, access.project, access.user.id, filters, _memory())


def _memory() -> Memory:
    # One for the application: what acts differ in does not change.
    kept: Memory = current_app.extensions.setdefault("annotator.disputes", Memory())
    return kept


def _go_on(access: Access, unit: str | None, filters: Filters) -> ResponseReturnValue:
    if unit is None:
        return redirect(url_for("adjudication.queue", slug=access.project.slug, **filters.as_dict()))
    return redirect(_unit_url(access, unit, filters))


def _unit_url(access: Access, unit: str, filters: Filters) -> str:
    return url_for("adjudication.decide", slug=access.project.slug, unit=unit, **filters.as_dict())
