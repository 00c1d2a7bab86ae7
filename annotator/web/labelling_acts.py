"""Acts in; results and the next sentences out: how the page's script saves and goes on."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.errors import AnnotatorError, ConflictError, InvalidInputError, NotFoundError
from annotator.services import (
    appending,
    claiming,
    codebooks,
    holding,
    labelling,
    managing_rounds,
    projects,
    queues,
    retraining,
    reviewing,
    seats,
    trainings,
)
from annotator.services.acts import Act
from annotator.services.answers import OFFERED
from annotator.services.recording import Recorded, record_act
from annotator.services.seats import Seat
from annotator.web import labelling_views as views
from annotator.web.database import reading, transaction
from annotator.web.forms.acts import Batch, SentAct, read_act
from annotator.web.forms.answers import act_of_form
from annotator.web.forms.labelling import LabellingForm, labelling_form
from annotator.web.jobs import wake_worker
from annotator.web.labelling_advice import unsealed
from annotator.web.language import translated
from annotator.web.security import Access
from annotator.words import say


def exchange(access: Access, batch: Batch) -> dict[str, Any]:
    """Store a batch and hand out what comes next: one transaction, safe to repeat.

    Each act stands for itself: one that is refused takes no other with it. Results come in the order of the acts.

    Raises
    ------
    ConflictError
        If the acts are not of the person who is signed in.
    """
    check_person(access, batch)
    with transaction() as session:
        seat = seats.take_seat(session, access.project, access.user)
        results = [_result(session, access, seat, sent) for sent in batch.acts]
        answer = _what_follows(session, access, seat, batch)
        done, total = labelling.progress(session, seat)
        # After any other act the page knows: it is the one that was just stored.
        last = holding.last_act(session, seat) if any(one.get("act") == "undo" for one in results) else None
        made = next((unit["codebook"] for unit in answer["ahead"] or () if "codebook" in unit), None)
        version = made or codebooks.published(session, access.project.id).number
    is_queued = bool(batch.acts) and request_training(access)
    return {
        "results": results,
        **answer,
        "codebook": version,
        "progress": {"done": done, "total": total},
        "last": None if last is None else {"unit": last.unit, "key": last.key},
        "training": is_queued,
    }


def check_person(access: Access, batch: Batch) -> None:
    """Make sure that acts are of the person who is signed in.

    Raises
    ------
    ConflictError
        If they are not.
    """
    if batch.person not in (None, access.user.uuid):
        raise ConflictError(say("Somebody else is signed in here now; sign in as the person whose labels these are."))


def _what_follows(session: Session, access: Access, seat: Seat, batch: Batch) -> dict[str, Any]:
    """Return the units to be labelled after the one on the screen, each with its form unless the page has it."""
    if not batch.ahead:
        return {"ahead": None, "finished": None}
    held = claiming.claim_ahead(session, seat, count=batch.ahead + 1, document=batch.document)
    units = [unit for unit in held if unit != batch.here][: batch.ahead]
    return {
        "ahead": [_waiting(session, access, seat, unit, is_there=unit in batch.have) for unit in units],
        "finished": None if held else _finished(session, access, seat),
    }


def queue_left(session: Session, seat: Seat) -> str | None:
    """Go back to all sentences when a queue is finished; return what it was called."""
    return translated(seat.queue_name) if queues.leave_finished(session, seat) else None


def _finished(session: Session, access: Access, seat: Seat) -> str:
    return render_template("labelling/_finished.html", **finished(session, access, seat), last=None)


def finished(session: Session, access: Access, seat: Seat) -> dict[str, Any]:
    """Return what is shown when nothing is given out: which queue ended, how a training went, where else to label."""
    return {
        "access": access,
        "queue": queue_left(session, seat),
        "choices": managing_rounds.choices(session, seat),
        "has_documents": projects.has_documents(session, access.project),
        "trained": trainings.outcome(session, seat) if seat.kind == trainings.KIND else None,
    }


def _waiting(session: Session, access: Access, seat: Seat, unit: str, *, is_there: bool) -> dict[str, Any]:
    return {"unit": unit} if is_there else views.fragment(access, views.decide(session, seat, unit))


def _result(session: Session, access: Access, seat: Seat, sent: Any) -> dict[str, Any]:
    """Store one act and say what became of it; one that is refused has written nothing."""
    try:
        return _stored(session, access, seat, read_act(sent))
    except AnnotatorError as error:
        return {
            "status": "refused",
            "problems": [translated(problem) for problem in error.problems],
        }


def _stored(session: Session, access: Access, seat: Seat, sent: SentAct) -> dict[str, Any]:
    form_class = form_of_act(session, access, sent)
    form = form_class(sent.fields)
    first = form_class(sent.first) if sent.first is not None else None
    made = unsealed(access, sent.unit, form.sealed.data)
    act = act_of_form(form, unit=sent.unit, text=text_for(session, seat, form, sent.unit), first=first, made=made)
    recorded = record(session, seat, act, is_chosen=form.chosen.data)
    return {
        "key": recorded.key,
        "status": recorded.status,
        "act": act.act,
        "unit": recorded.unit,
        "late": recorded.is_late,
        "stale": recorded.is_stale,
        "chips": "".join(_chips(session, seat, act, recorded, codebook=form_class.codebook_values)),
        **_told(session, access, seat, recorded),
    }


def _told(session: Session, access: Access, seat: Seat, recorded: Recorded) -> dict[str, Any]:
    """Return what is known of a sentence of a training, now that it is answered."""
    if seat.kind != trainings.KIND:
        return {}
    told = views.feedback(session, access, seat, recorded.unit)
    return {"feedback": render_template("labelling/_feedback.html", feedback=told)}


def _chips(session: Session, seat: Seat, act: Act, recorded: Recorded, *, codebook: Codebook) -> Iterator[str]:
    """Yield the marks to put beside the sentence: of what counts now, which after an undo must be looked up."""
    if act.act != "undo" and not recorded.is_stale:
        answers = act.answers or {}
        names = views.target_names(session, seat) if answers.get(OFFERED) else {}
        yield views.chips(reviewing.marks_of(answers, codebook=codebook, names=names), act=act.act)
        return
    unit = labelling.unit_id(session, seat, recorded.unit)
    found = reviewing.labels_of_units(session, seat.project_id, [unit], seat=seat, phase=seat.phase)
    for labelled in found.get(unit, ()):
        if labelled.is_own:
            yield views.chips(labelled.marks, act=labelled.act)


def text_for(session: Session, seat: Seat, form: LabellingForm, unit: str) -> str:
    """Return the text of a unit where a form gives marked words as words."""
    return labelling.view_unit(session, seat, unit).text if form.needs_text else ""


def form_of_act(session: Session, access: Access, sent: SentAct) -> type[LabellingForm]:
    """Return the form of the codebook version that was on the screen: what was answered is kept as it was asked.

    Raises
    ------
    InvalidInputError
        If the version is not named.
    """
    number = sent.fields.get("codebook", type=int)
    if number is None:
        raise InvalidInputError(say("The number of the codebook is missing; reload the page."))
    return labelling_form(_asked(session, access, sent.fields.get("kind"), number=number))


def _asked(session: Session, access: Access, kind: str | None, *, number: int | None = None) -> Codebook:
    """Return the questions about one kind of unit, of the newest version without ``number``."""
    by_kind = codebooks.published(session, access.project.id, number).by_kind
    return by_kind.get(kind or "", by_kind["sentence"])


def record(session: Session, seat: Seat, act: Act, *, is_chosen: bool) -> Recorded:
    """Store an act; a unit the annotator chose without holding it is held first, unless the act is refused."""
    if not is_chosen or act.act == "undo":
        return record_act(session, seat, act)
    # In this order everywhere: the head, then places.
    appending.take_head(session, seat.project_id)
    with session.begin_nested():
        # A unit that was withdrawn meanwhile cannot be held; the answer is kept all the same.
        with suppress(NotFoundError):
            claiming.claim_unit(session, seat, act.unit)
        return record_act(session, seat, act)


def request_training(access: Access) -> bool:
    """Put a training in line if it is time; asked once the labels are stored, since to count them nobody must wait."""
    with reading() as session:
        is_due = retraining.is_due(session, access.project)
    if is_due:
        with transaction() as session:
            retraining.request_training(session, access.project.id)
        wake_worker()
    return is_due
