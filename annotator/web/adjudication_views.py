"""What the pages of adjudication are put together from; nothing here writes."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import Annotator
from annotator.errors import NotFoundError
from annotator.services import (
    adjudication,
    codebooks,
    identities,
    keyboard,
    labelling,
    opinions,
    reviewing,
    sighted_targets,
    text_pane,
    unsettled,
    visibility,
)
from annotator.services.adjudication import Decided
from annotator.services.agreement_remarks import as_percent
from annotator.services.disputes import Dispute
from annotator.services.doubts import Doubted
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.labelling import TargetView, UnitView
from annotator.services.opinions import Comparison
from annotator.services.seats import Seat
from annotator.services.unsettled import PAGE, Filters, Listed, Queue
from annotator.text.differing import Piece, differing
from annotator.web.forms.adjudication import DecisionForm, QueueForm
from annotator.web.forms.labelling import LabellingForm, form_of_answers, labelling_form
from annotator.web.labelling_views import decision_about, meanings_url, part, stylesheet_url
from annotator.web.language import decimal_mark, gettext
from annotator.web.security import Access, masked_for

#: Codes offered in the filters; any other can stand in the address.
MOST_CODES = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its rows, how many there are in all, and why each is there."""

    rows: Sequence[Listed]
    total: int
    reasons: Mapping[str, Sequence["Reason | str"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What annotators differ about or what is in doubt, by names, each of which may be in any script."""

    question: str
    target: str | None = None
    is_twin: bool = False
    #: None where nothing is in doubt but the answers differ.
    label: str | None = None
    is_given: bool = True
    share: str = ""
    instead: str | None = None
    likelier: str = ""


def waiting(session: Session, access: Access, queue: Queue, _filters: Filters, *, page: int) -> Page:
    """Return a page of what waits for a decision."""
    shown = queue.waiting[(page - 1) * PAGE : page * PAGE]
    visible = visibility.reviewable_annotations(session, access.project, access.user.id)
    rows = unsettled.list_units(
        session, access.project, [one.unit_id for one in shown], visible=visible, masked=masked_for(access)
    )
    return Page(rows, len(queue.waiting), _reasons(session, access, shown))


def settled(session: Session, access: Access, _queue: Queue, filters: Filters, *, page: int) -> Page:
    """Return a page of what has been decided."""
    visible = visibility.reviewable_annotations(session, access.project, access.user.id)
    found = unsettled.read_settled(
        session, access.project, filters, page=page, masked=masked_for(access), visible=visible
    )
    return Page(found.rows, found.total, {})


def _reasons(session: Session, access: Access, shown: Sequence[Dispute]) -> dict[str, list[Reason | str]]:
    """Say in a word or two what each unit waits for."""
    known = identities.identities(session, access.project.id)
    names = reviewing.target_names(session, access.project.id)
    codebook = _codebook(session, access)
    found: dict[str, list[Reason | str]] = {}
    for dispute in shown:
        said = found.setdefault(dispute.unit, [])
        if dispute.doubts:
            said += [_doubt(doubted, codebook, names) for doubted in dispute.doubts]
            continue
        for number, target in dispute.topics:
            question = codebook.question(known.question_names[number])
            if question is not None:
                about = None if target is None else names[known.target_names[target]]
                said.append(Reason(question=question.name, target=about))
        said += [gettext("flagged")] if dispute.is_flagged else []
        said += [gettext("skipped")] if dispute.is_skipped else []
        said += [gettext("answered late")] if dispute.is_late else []
        said += [gettext("to be settled anew")] if dispute.is_anew else []
    return found


def _doubt(doubted: Doubted, codebook: Codebook, targets: Mapping[str, str]) -> Reason:
    """Return the names of what is in doubt, and how much."""
    question = codebook.question(doubted.question)
    labels = {label.id: label.name for label in question.labels} if question else {}
    labels[NOT_AT_ISSUE] = gettext("not at issue")
    return Reason(
        question=question.name if question else doubted.question,
        target=None if doubted.target is None else targets.get(doubted.target, doubted.target),
        is_twin=doubted.twin is not None,
        label=labels.get(doubted.label or "", doubted.label or ""),
        is_given=doubted.is_given,
        share=_percent(doubted.probability),
        instead=None if doubted.instead is None else labels.get(doubted.instead, doubted.instead),
        likelier=_percent(doubted.instead_probability),
    )


def _percent(share: float) -> str:
    # A number and its unit are not torn apart at the end of a line.
    return decimal_mark(as_percent(share)).replace(" ", "\u00a0")


@dataclass(frozen=True, slots=True)
class Twin:
    """A nearly identical sentence, in pieces that tell where it differs."""

    there: Listed
    pieces: Sequence[Piece]


def why_here(
    session: Session, access: Access, queue: Queue, unit: UnitView
) -> dict[str, Sequence[Reason | str] | Sequence[Twin]]:
    """Return why a unit's labels are in doubt, if that is why it is looked at, with its twins."""
    dispute = next((one for one in queue.waiting if one.unit == unit.external_id and one.doubts), None)
    if dispute is None:
        return {"doubts": (), "twins": ()}
    visible = visibility.reviewable_annotations(session, access.project, access.user.id)
    numbers = list(dict.fromkeys(one.twin_id for one in dispute.doubts if one.twin_id is not None))
    twins = unsettled.list_units(session, access.project, numbers, visible=visible, masked=masked_for(access))
    compared = [Twin(one, differing(unit.text, one.text)[1]) for one in twins]
    return {"doubts": _reasons(session, access, [dispute])[dispute.unit], "twins": compared}


def _codebook(session: Session, access: Access) -> Codebook:
    try:
        return codebooks.published(session, access.project.id).codebook
    except NotFoundError:
        return Codebook(name="")


def queue_form(session: Session, access: Access, filters: Filters) -> QueueForm:
    """Return the filters of the queue with what there is to choose from."""
    codes = select(Annotator.code).where(Annotator.project_id == access.project.id).order_by(Annotator.code)
    targets = sighted_targets.targets_in_sight(session, access.project.id, None)
    return QueueForm(
        filters,
        _codebook(session, access),
        targets=[(uuid_, name) for uuid_, name, _ in targets],
        codes=list(session.scalars(codes.limit(MOST_CODES))),
    )


def form_and_text(session: Session, seat: Seat, unit: str) -> tuple[type[LabellingForm], str]:
    """Return the form that asks about a unit, and the text in which marked words are looked for."""
    viewed = labelling.view_unit(session, seat, unit)
    return labelling_form(viewed.codebook), viewed.text


def decision_page(
    session: Session,
    access: Access,
    external_id: str,
    *,
    form: LabellingForm | None,
    take: str | None,
    is_told: bool = False,
) -> dict[str, Any]:
    """Return everything the page of one unit shows.

    ``form`` is one that was sent and comes back, ``take`` the code of whose answers fill it. ``is_told`` says that a
    decision made meanwhile is pointed out; until then a form that comes back was filled in without having seen it.
    """
    seat = adjudication.seat_of(session, access.project, access.user.id, masked=masked_for(access))
    unit = labelling.view_unit(session, seat, external_id)
    visible = visibility.reviewable_annotations(session, access.project, access.user.id)
    compared = opinions.compare(session, access.project.id, unit, visible=visible)
    in_force = adjudication.in_force(session, access.project.id, unit.unit_id, masks=unit.masks, visible=visible)
    unit = _with_targets(session, access, unit, compared, in_force)
    beside = _beside(in_force, has_seen=form is None or is_told)
    form = _form(unit, compared, in_force, form=form, take=take)
    return {
        "access": access,
        "seat": seat,
        "unit": unit,
        "decision": decision_about(session, seat, unit, form),
        "form": form,
        "beside": beside,
        "compared": compared,
        "in_force": in_force,
        "taken": take,
        "part": part,
        "turns": text_pane.view_text(session, seat, unit),
        "last": adjudication.last_decision(session, seat),
        **_beside_the_unit(access, unit),
        "problems": [],
        "is_settled_meanwhile": is_told,
    }


def _beside_the_unit(access: Access, unit: UnitView) -> dict[str, str]:
    return {
        "undo_key": str(uuid.uuid4()),
        "keys": json.dumps(keyboard.own_keys(access.user.preferences, project=access.project.uuid)),
        "stylesheet": stylesheet_url(access, unit),
        "meanings": meanings_url(access, unit),
    }


def _beside(in_force: Decided | None, *, has_seen: bool) -> DecisionForm:
    known = in_force.key if in_force else ""
    seen = known if has_seen else request.form.get("seen", "")
    return DecisionForm(note=request.form.get("note", ""), seen=seen)


def _with_targets(
    session: Session, access: Access, unit: UnitView, compared: Comparison, in_force: Decided | None
) -> UnitView:
    """Return the unit asking about every target that anybody was asked about, known to all or not."""
    names = reviewing.target_names(session, access.project.id)
    given = [*compared.targets(), *((in_force.answers.get("targets_offered") or ()) if in_force else ())]
    there = {target.uuid for target in unit.targets}
    added = [uuid_ for uuid_ in dict.fromkeys(given) if uuid_ not in there and uuid_ in names]
    more = tuple(TargetView(uuid=uuid_, name=names[uuid_], is_mentioned=False) for uuid_ in added)
    known = {**unit.target_names, **{uuid_: names[uuid_] for uuid_ in added}}
    # One's own decision is shown as what it is, not as a label given before.
    return replace(unit, targets=(*unit.targets, *more), target_names=known, earlier=None, draft=None)


def _form(
    unit: UnitView,
    compared: Comparison,
    in_force: Decided | None,
    *,
    form: LabellingForm | None,
    take: str | None,
) -> LabellingForm:
    """Return the form: as it was sent, or with somebody's answers, or as decided before, or empty."""
    if form is not None and take is None:
        return form
    taken = next((one.answers for one in compared.opinions if one.code == take), None)
    answers = taken if taken is not None else in_force.answers if in_force else None
    sent = form.comment.data if form is not None else None
    return form_of_answers(
        unit.codebook,
        [target.uuid for target in unit.targets],
        answers,
        key=form.key.data if form is not None and form.key.data else str(uuid.uuid4()),
        codebook=unit.codebook_number,
        document=unit.document,
        kind=unit.unit_kind,
        holder="speaker" if unit.is_spoken else "author",
        comment=sent if sent is not None else in_force.comment if in_force else None,
        flag=False,
    )
