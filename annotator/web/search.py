"""Search: sentences across the project, and queues of them to be labelled."""

import re
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from annotator.errors import InvalidInputError
from annotator.services import hits, queues, search_options, searching, seats, sights
from annotator.services.criteria import Criteria
from annotator.services.given import Sight
from annotator.services.search_options import Options
from annotator.services.searching import Spot, Walk
from annotator.web import database
from annotator.web.forms.search import SearchForm
from annotator.web.security import Access, masked_for, project_route
from annotator.web.shelf import classifiers_at_hand
from annotator.words import say

blueprint = Blueprint("search", __name__)

PAGE = 50
_SPOT = re.compile(r"(\d{1,9})\.(\d{1,9})")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks: the form, what it says, where to begin, which page."""

    form: SearchForm
    criteria: Criteria
    options: Options
    start: Spot
    page: int


@project_route(blueprint, "/search", permission="can_view")
def search(access: Access) -> ResponseReturnValue:
    """Show the form and a page of what is found; the address is the search."""
    with database.reading() as session:
        sight = sights.sight_of(session, access.project, access.user.id)
        asked = _read(session, access, sight, request.args)
        try:
            found = _walk(session, access, asked, sight)
        except InvalidInputError as error:
            return _page(session, access, asked, sight, problems=list(error.problems)), 422
        return _page(session, access, asked, sight, found)


@project_route(blueprint, "/search/queue", permission="can_label", methods=("POST",))
def label_found(access: Access) -> ResponseReturnValue:
    """Make a queue of what is found and go on to its first sentence."""
    with database.transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
    queues.check_may_queue(seat, access.policy)
    with database.reading() as session:
        sight = Sight(seat, seat.phase)
        asked = _read(session, access, sight, request.form)
        if not asked.criteria:
            raise InvalidInputError(say("Say first what to look for."))
        found = _walk(session, access, asked, sight, most=searching.MOST_IN_QUEUE)
    made = queues.make_queue(
        database.database(),
        seat,
        [unit for _, unit in found.found],
        title=asked.options.title(asked.criteria),
        criteria=asked.criteria.as_dict(),
        with_labelled="with_labelled" in request.form,
    )
    flash(ngettext("One sentence is waiting for you.", "%(num)s sentences are waiting for you.", made), "done")
    return redirect(url_for("labelling.page", slug=access.project.slug))


@project_route(blueprint, "/search/queue/leave", permission="can_label", methods=("POST",))
def leave_queue(access: Access) -> ResponseReturnValue:
    """Go back to all sentences; the queue waits."""
    with database.transaction() as session:
        queues.leave_queue(session, seats.take_seat(session, access.project, access.user))
    return redirect(url_for("labelling.page", slug=access.project.slug))


@project_route(blueprint, "/search/queue/enter", permission="can_label", methods=("POST",))
def enter_queue(access: Access) -> ResponseReturnValue:
    """Go on with one of one's queues."""
    with database.transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        queues.enter_queue(session, seat, request.form.get("name", "").replace("\0", ""))
    return redirect(url_for("labelling.page", slug=access.project.slug))


def _read(session: Session, access: Access, sight: Sight, given: MultiDict[str, str]) -> _Asked:
    sees_speakers = "speaker" not in masked_for(access)
    options = search_options.search_options(session, access.project, sight, with_speakers=sees_speakers)
    form = SearchForm(given, options)
    if not sees_speakers:
        # Who must not know the speakers cannot look for them either.
        form.speaker.data = ""
    spot = _SPOT.fullmatch(given.get("from", ""))
    start = Spot(int(spot[1]), int(spot[2])) if spot else Spot()
    page = min(max(given.get("page", 1, type=int), 1), searching.MOST // PAGE)
    return _Asked(form, form.criteria(), options, start, page)


def _walk(session: Session, access: Access, asked: _Asked, sight: Sight, *, most: int = searching.MOST) -> Walk:
    if not asked.form.validate():
        raise InvalidInputError(say("Something was chosen that is not there any more; look at the form."))
    shelf = classifiers_at_hand()
    return searching.walk(
        session,
        access.project,
        asked.criteria,
        sight,
        shelf=shelf,
        start=asked.start,
        most=most,
        masked=masked_for(access),
    )


def _page(
    session: Session,
    access: Access,
    asked: _Asked,
    sight: Sight,
    found: Walk | None = None,
    *,
    problems: list[str] | None = None,
) -> str:
    here = [unit for _, unit in found.found[(asked.page - 1) * PAGE : asked.page * PAGE]] if found else []
    masked = masked_for(access)
    shown = hits.read_hits(session, access.project, here, asked.criteria, sight, masked=masked) if here else []
    mine = queues.queues_of(session, sight.seat) if sight.seat and access.policy.can_label else []
    return render_template(
        "search/search.html",
        access=access,
        asked=asked,
        query=asked.criteria.as_dict(),
        found=found,
        hits=shown,
        first=(asked.page - 1) * PAGE + 1,
        has_next=found is not None and len(found.found) > asked.page * PAGE,
        queues=mine,
        may_queue=_may_queue(access, sight),
        masked=masked,
        problems=problems or [],
        most=searching.MOST,
        most_in_queue=searching.MOST_IN_QUEUE,
    )


def _may_queue(access: Access, sight: Sight) -> bool:
    if not access.policy.can_label:
        return False
    return sight.phase == "open" or access.policy.can_configure
