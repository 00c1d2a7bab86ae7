"""What somebody sends who labelled in a project and may not any more: stored, and nothing else is said.

To everybody else these addresses answer as if there were no project, or as their role has it.
"""

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from annotator.errors import AnnotatorError, NotAllowedError
from annotator.services import late_acts, seats
from annotator.services.recording import Recorded
from annotator.services.seats import Seat
from annotator.web.database import reading, transaction
from annotator.web.forms.acts import SentAct, read_act, read_batch
from annotator.web.forms.answers import act_of_form
from annotator.web.labelling_acts import check_person, form_of_act, text_for
from annotator.web.labelling_advice import unsealed
from annotator.web.language import translated
from annotator.web.security import Access
from annotator.words import say

STORED = say("What you sent is stored. You do not label in this project any more.")
#: The same for whatever is wrong with an act: what was right would tell how things are in the project.
REFUSED = say("You do not label in this project any more, and this is not stored.")


def take_acts(access: Access) -> ResponseReturnValue | None:
    """Store the acts of a batch; None where nothing is to be stored."""
    seat = _seat(access)
    if seat is None:
        return None
    batch = read_batch(request.get_json(silent=True))
    check_person(access, batch)
    with transaction() as session:
        results = [_result(session, access, seat, sent) for sent in batch.acts]
    if not any("key" in result for result in results):
        return None
    return jsonify(results=results, left=translated(STORED))


def save_unit(access: Access, unit: str) -> ResponseReturnValue | None:
    """Store what a plain form says, and say so; None where nothing is to be stored.

    Raises
    ------
    NotAllowedError
        Once it is stored: there is no page to go on to.
    """
    seat = _seat(access)
    if seat is None or "more" in request.form:
        return None
    with transaction() as session:
        recorded = _record(session, access, seat, SentAct(unit, request.form, None))
    if recorded is not None:
        raise NotAllowedError(STORED)
    return None


def show_status(access: Access) -> ResponseReturnValue | None:
    """Tell who is signed in, with a fresh token: a page that was left open sends nothing before it knows."""
    return None if _seat(access) is None else jsonify(person=access.user.uuid, csrf_token=generate_csrf())


def _seat(access: Access) -> Seat | None:
    with reading() as session:
        return seats.find_seat(session, access.project, access.user.id)


def _result(session: Session, access: Access, seat: Seat, sent: Any) -> dict[str, Any]:
    try:
        read = read_act(sent)
    except AnnotatorError:
        recorded = None
    else:
        recorded = _record(session, access, seat, read)
    if recorded is None:
        return {"status": "refused", "problems": [translated(REFUSED)]}
    return {"status": recorded.status, "key": recorded.key, "unit": recorded.unit}


def _record(session: Session, access: Access, seat: Seat, sent: SentAct) -> Recorded | None:
    """Store an act, or nothing of it."""
    try:
        form_class = form_of_act(session, access, sent)
        form = form_class(sent.fields)
        first = form_class(sent.first) if sent.first is not None else None
        made = unsealed(access, sent.unit, form.sealed.data)
        text = text_for(session, seat, form, sent.unit)
        act = act_of_form(form, unit=sent.unit, text=text, first=first, made=made)
        with session.begin_nested():
            return late_acts.record_late(session, access.project, access.user, seat, act)
    except AnnotatorError:
        return None
