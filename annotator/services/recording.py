"""Take acts in: store each once, chain it, and keep what counts up to date."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Unit
from annotator.db.base import now, table
from annotator.errors import ConflictError, NotFoundError
from annotator.services import appending, chain, claiming, codebooks, current, elsewhere, relabelling, trainings
from annotator.services.acts import Act, check_act, checked_key, targets_named
from annotator.services.answers import answers_from_rows, in_columns, rows_from_answers
from annotator.services.codebooks import Published
from annotator.services.current import Counting
from annotator.services.places import GIVEN_AT_PLACES, Place, find_place
from annotator.services.seats import RELABEL, Seat
from annotator.words import say

#: Longer than anyone looks at one sentence; a clock that went wrong is cut here.
MAX_ACTIVE_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an act.

    ``status`` is "stored", "repeated" (had arrived before) or "differs" (an earlier act with this key said
    something else; both are kept).
    """

    key: str
    status: str
    unit: str
    sequence: int
    is_late: bool = False
    is_stale: bool = False


def record_act(session: Session, seat: Seat, act: Act, *, left: Place | None = None) -> Recorded:
    """Store one act, whatever happened to its lease meanwhile; whatever is wrong with it is found before it is written.

    ``left`` is said for somebody who may not label any more: the place they gave back, if they had one.

    Raises
    ------
    NotFoundError
        If the unit or the codebook version is not of this project, or who left never had a place on the unit.
    InvalidInputError
        If the answers do not fit the codebook.
    ConflictError
        If what it revises is not there.
    """
    check_act(act)
    unit = _find_unit(session, seat, act.unit)
    version = codebooks.published(session, seat.project_id, act.codebook)
    act, rows = _in_rows(session, seat, act, version=version, unit=unit)
    # The head row is the project's turnstile: whoever holds it looks whether the act is there, and appends.
    head = appending.take_head(session, seat.project_id)
    same = _of_key(session, seat, checked_key(act.key))
    revised = _revised(session, seat, act)
    seat, place = _placed(session, seat, unit, same=same, revised=revised, left=left)
    said = _said(seat, act)
    digest = chain.payload_hash(said)
    if same is not None:
        if same.payload_hash == digest:
            return _as_recorded(same, "repeated")
        # The same key and other content: both are kept, the second under a key made of both.
        act = replace(act, key=str(uuid.uuid5(uuid.UUID(act.key), digest)))
        other = _of_key(session, seat, act.key)
        if other is not None:
            return _as_recorded(other, "differs")
    recorded = _append(
        session, seat, act, head=head, unit=unit, place=place, revised=revised, version=version, said=said,
        digest=digest, rows=rows,
    )  # fmt: skip
    return recorded if same is None else replace(recorded, status="differs")


def _placed(
    session: Session, seat: Seat, unit: Any, *, same: Any, revised: Any, left: Place | None
) -> tuple[Seat, Place]:
    """Return the seat at which an act is given and its place: what is revised or was sent before says of which kind.

    Without either the annotator's place on the unit does; nobody is told which of their places are checks.
    """
    if seat.kind not in GIVEN_AT_PLACES:
        return seat, Place()
    # Another tab of theirs may just be getting a place on the same unit.
    claiming.take_turn(session, seat)
    kind = same.kind if same else revised.kind if revised else None
    earlier_round = revised.round_id if revised else None
    place = find_place(session, seat, unit.id, earlier_round=earlier_round, kind=kind, hold=True)
    if left is not None:
        place = replace(place, is_late=True) if place.is_own else left
        if place.round is None:
            raise NotFoundError(say("This sentence is not in the project."))
    elif kind is None and seat.kind != "main" and not place.is_own:
        # What is said beside a training does not count, either, and takes nobody a place.
        return seat, Place()
    return place.seat(seat if kind in (None, seat.kind) else replace(seat, kind=kind)), place


def find_repetition(session: Session, seat: Seat, act: Act) -> Recorded | None:
    """Return what became of an act that was stored before, word for word; raises what ``record_act`` raises."""
    check_act(act)
    unit = _find_unit(session, seat, act.unit)
    version = codebooks.published(session, seat.project_id, act.codebook)
    act, _ = _in_rows(session, seat, act, version=version, unit=unit)
    same = _of_key(session, seat, checked_key(act.key))
    if same is None or same.payload_hash != chain.payload_hash(_said(seat, act)):
        return None
    return _as_recorded(same, "repeated")


def _in_rows(
    session: Session, seat: Seat, act: Act, *, version: Published, unit: Any
) -> tuple[Act, list[dict[str, Any]]]:
    """Return the answers as rows, and the act with its answers as those rows say them."""
    if act.act != "answer":
        return replace(act, answers=None, first_answers=None), []
    version = codebooks.with_targets(session, seat.project_id, version, targets_named(act))
    codebook, known, length = version.by_kind[unit.kind], version.known, unit.end - unit.start
    made: dict[str, list[dict[str, Any]]] = {}
    for stage, given in (("final", act.answers), ("first", act.first_answers)):
        if given is not None:
            made[stage] = rows_from_answers(given, codebook=codebook, known=known, length=length, stage=stage)
    said = {stage: answers_from_rows(in_columns(rows), codebook=codebook, known=known) for stage, rows in made.items()}
    act = replace(act, answers=said["final"], first_answers=said.get("first"))
    return act, [row for rows in made.values() for row in rows]


def _find_unit(session: Session, seat: Seat, external_id: str) -> Any:
    unit = session.execute(_UNIT, {"project": seat.project_id, "unit": external_id}).one_or_none()
    if unit is None:
        raise NotFoundError(say("This sentence is not in the project."))
    return unit


def _said(seat: Seat, act: Act) -> dict[str, Any]:
    """Return what was answered, as its hash and the chain say it; the key is not in it."""
    return {
        "unit": act.unit,
        "codebook": act.codebook,
        "act": act.act,
        "kind": seat.kind,
        "supersedes": act.supersedes,
        "comment": act.comment or None,
        **chain.reason_of(act.reason if act.act == "skip" else None),
        "flagged": act.is_flagged,
        "answers": act.answers if act.act == "answer" else None,
        "first_answers": act.first_answers,
    }


def _of_key(session: Session, seat: Seat, key: str) -> Any:
    """Return the act of this annotator that came with this key, if it did."""
    return session.execute(_SAME_KEY, {"annotator": seat.annotator_id, "key": key}).one_or_none()


def _as_recorded(row: Any, status: str) -> Recorded:
    return Recorded(row.key, status, row.external_id, row.sequence, row.is_late, row.is_stale)


def _append(
    session: Session,
    seat: Seat,
    act: Act,
    *,
    head: Any,
    unit: Any,
    place: Place,
    revised: Any,
    version: Published,
    said: dict[str, Any],
    digest: str,
    rows: list[dict[str, Any]],
) -> Recorded:
    newest = current.newest(session, seat, unit.id)
    superseded = revised.id if revised else None
    is_stale = (newest.id if newest else None) != superseded
    columns = _columns(seat, act, place=place, is_stale=is_stale)
    link = appending.chained(
        said, columns, annotator=seat.code, round_name=seat.round_name, sequence=head.sequence + 1, previous=head.hash
    )
    links = {"unit_id": unit.id, "codebook_version_id": version.version_id, "supersedes_id": superseded}
    added = appending.append(session, {**columns, **links, **link, "payload_hash": digest}, rows)
    counts = current.point(session, seat, unit.id, Counting(added.id, act.act, version.number))
    counted = counts.act if counts else None
    closes = None if counts and _waits(session, place, counts) else counted
    current.finish_place(session, seat, place.assignment_id, state=place.state, counts=closes)
    if seat.kind == trainings.KIND:
        trainings.finish(session, seat)
    if not place.is_given_back:
        elsewhere.settle(session, seat, unit.id, counts=counts)
    if counts and counts.codebook < added.newest:
        relabelling.ask_anew(session, seat, counts, newest=added.newest)
    change = current.labelled_change(session, seat, unit.id, before=newest.act if newest else None, after=counted)
    appending.advance(session, seat.project_id, sequence=link["sequence"], hash=link["hash"], labelled=change)
    return Recorded(act.key, "stored", act.unit, link["sequence"], place.is_late, is_stale)


def _waits(session: Session, place: Place, counts: Counting) -> bool:
    """Tell whether a place goes on waiting, for a label by a later codebook than that of the act that counts."""
    return (
        place.selection["selection_mode"] == RELABEL
        and place.round is not None
        and not relabelling.is_met(session, place.round[0], counts)
    )


def _revised(session: Session, seat: Seat, act: Act) -> Any:
    """Return ``id``, ``kind`` and ``round_id`` of the act this one revises or undoes, None if it does neither."""
    if act.supersedes is None:
        return None
    found = session.execute(
        select(Annotation.id, Annotation.kind, Annotation.round_id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .where(
            Annotation.annotator_id == seat.annotator_id,
            Annotation.key == act.supersedes,
            Unit.external_id == act.unit,
        )
    ).one_or_none()
    if found is None:
        raise ConflictError(say("What this act revises is not here; look at the sentence and answer it again."))
    return found


def _columns(seat: Seat, act: Act, *, place: Place, is_stale: bool) -> dict[str, Any]:
    seconds = act.active_seconds
    return {
        "project_id": seat.project_id,
        "key": act.key,
        "annotator_id": seat.annotator_id,
        "round_id": seat.round_id,
        "act": act.act,
        "kind": seat.kind,
        "comment": act.comment or None,
        "reason": (act.reason or None) if act.act == "skip" else None,
        "is_flagged": act.is_flagged,
        "is_late": place.is_late,
        "is_stale": is_stale,
        "active_seconds": None if seconds is None else min(max(seconds, 0.0), MAX_ACTIVE_SECONDS),
        "client_at": act.client_at,
        "recorded_at": now(),
        "masked": list(seat.masked),
        "suggestions_shown": act.suggestions_shown,
        **place.selection,
    }


# The statements below run with every label, so they are built once.
_ACTS = table(Annotation)
_UNITS = table(Unit)
_UNIT = select(_UNITS.c.id, _UNITS.c.kind, _UNITS.c.start, _UNITS.c.end).where(
    _UNITS.c.project_id == bindparam("project"), _UNITS.c.external_id == bindparam("unit")
)
_SAME_KEY = (
    select(
        _ACTS.c.key,
        _ACTS.c.kind,
        _ACTS.c.sequence,
        _ACTS.c.payload_hash,
        _ACTS.c.is_late,
        _ACTS.c.is_stale,
        _UNITS.c.external_id,
    )
    .join(_UNITS, _UNITS.c.id == _ACTS.c.unit_id)
    .where(_ACTS.c.annotator_id == bindparam("annotator"), _ACTS.c.key == bindparam("key"))
)
