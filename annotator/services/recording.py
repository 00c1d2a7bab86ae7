"""Take acts in: store each once, chain it, and keep what counts up to date."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotation, Answer, ChainHead, Unit
from annotator.db.base import now, table
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import chain, codebooks, current, elsewhere
from annotator.services.answers import OFFERED, answers_from_rows, in_columns, is_storable, rows_from_answers
from annotator.services.codebooks import Published
from annotator.services.places import Place, find_place
from annotator.services.seats import RELABEL, Seat
from annotator.words import say

MAX_COMMENT = 10_000
MAX_REASON = 200
#: Reasons for skipping a unit that the page offers; any other words are kept as they were typed.
SKIP_REASONS = ("not-a-sentence", "needs-context", "cannot-decide", "off-topic")
#: Longer than anyone looks at one sentence; a clock that went wrong is cut here.
MAX_ACTIVE_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an annotator did with a unit; ``key`` is a UUID made where it was done.

    ``answers`` as in :mod:`annotator.services.answers`; None for a skip or an undo. ``supersedes`` is the key of
    the act this one revises or undoes.
    """

    key: str
    unit: str
    act: str = "answer"
    codebook: int
    answers: dict[str, Any] | None = None
    first_answers: dict[str, Any] | None = None
    supersedes: str | None = None
    comment: str | None = None
    #: Why a unit was skipped: one of :data:`SKIP_REASONS`, or the person's own words.
    reason: str | None = None
    is_flagged: bool = False
    active_seconds: float | None = None
    client_at: datetime | None = None
    suggestions_shown: dict[str, Any] | None = None


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


def record_act(session: Session, seat: Seat, act: Act) -> Recorded:
    """Store one act, whatever happened to its lease meanwhile; whatever is wrong with it is found before it is written.

    Raises
    ------
    NotFoundError
        If the unit or the codebook version is not of this project.
    InvalidInputError
        If the answers do not fit the codebook.
    ConflictError
        If what it revises is not there.
    """
    _check(act)
    unit = _find_unit(session, seat, act.unit)
    version = codebooks.published(session, seat.project_id, act.codebook)
    act, rows = _in_rows(session, seat, act, version=version, unit=unit)
    digest = chain.payload_hash(_content(seat, act))
    # The head row is the project's turnstile: whoever holds it looks whether the act is there, and appends.
    head = session.execute(_HEAD, {"project": seat.project_id}).one()
    earlier, key, differs = _earlier(session, seat, act.key, digest)
    if earlier is not None:
        return earlier
    act = replace(act, key=key)
    recorded = _append(session, seat, act, head=head, unit=unit, version=version, digest=digest, rows=rows)
    return replace(recorded, status="differs") if differs else recorded


def _in_rows(
    session: Session, seat: Seat, act: Act, *, version: Published, unit: Any
) -> tuple[Act, list[dict[str, Any]]]:
    """Return the answers as rows, and the act with its answers as those rows say them."""
    if act.act != "answer":
        return replace(act, answers=None, first_answers=None), []
    version = codebooks.with_targets(session, seat.project_id, version, _targets(act))
    codebook, known, length = version.by_kind[unit.kind], version.known, unit.end - unit.start
    made: dict[str, list[dict[str, Any]]] = {}
    for stage, given in (("final", act.answers), ("first", act.first_answers)):
        if given is not None:
            made[stage] = rows_from_answers(given, codebook=codebook, known=known, length=length, stage=stage)
    said = {stage: answers_from_rows(in_columns(rows), codebook=codebook, known=known) for stage, rows in made.items()}
    act = replace(act, answers=said["final"], first_answers=said.get("first"))
    return act, [row for rows in made.values() for row in rows]


def _targets(act: Act) -> set[str]:
    """Return whatever the act names as targets; whether they exist is checked with the rest."""
    named: set[str] = set()
    for answers in (act.answers or {}, act.first_answers or {}):
        for question, given in answers.items():
            for item in given if isinstance(given, list) else ():
                # Labels of other questions are plain texts, too, and no target is looked up for them.
                name = item.get("target") if isinstance(item, dict) else item if question == OFFERED else None
                named |= {name} if isinstance(name, str) else set()
    return named


def _check(act: Act) -> None:
    if act.act not in ("answer", "skip", "undo"):
        raise InvalidInputError(
            say("“{act}” is nothing that can be done with a sentence; reload the page.", act=act.act)
        )
    if act.act == "answer" and not (act.answers and act.answers.keys() - {OFFERED}):
        raise InvalidInputError(say("Nothing was answered; choose at least one label, or skip the sentence."))
    if act.act == "undo" and act.supersedes is None:
        raise InvalidInputError(say("An undo must say what it undoes; reload the page."))
    if act.comment and (len(act.comment) > MAX_COMMENT or not is_storable(act.comment)):
        raise InvalidInputError(say("A comment is a text of at most {most:,} characters.", most=MAX_COMMENT))
    if act.reason and (len(act.reason) > MAX_REASON or not is_storable(act.reason)):
        raise InvalidInputError(say("A reason for skipping is a text of at most {most} characters.", most=MAX_REASON))


def _find_unit(session: Session, seat: Seat, external_id: str) -> Any:
    unit = session.execute(_UNIT, {"project": seat.project_id, "unit": external_id}).one_or_none()
    if unit is None:
        raise NotFoundError(say("This sentence is not in the project."))
    return unit


def _content(seat: Seat, act: Act) -> dict[str, Any]:
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


def _earlier(session: Session, seat: Seat, key: str, digest: str) -> tuple[Recorded | None, str, bool]:
    """Look whether the act is here already; one with the same key and other content gets a key of its own."""
    own = str(uuid.uuid5(uuid.UUID(_checked_key(key)), digest))
    found = {row.key: row for row in session.execute(_EARLIER, {"annotator": seat.annotator_id, "keys": (key, own)})}
    for name, row in found.items():
        if row.payload_hash == digest:
            status = "repeated" if name == key else "differs"
            return Recorded(name, status, row.external_id, row.sequence, row.is_late, row.is_stale), key, False
    return None, own if key in found else key, key in found


def _checked_key(key: str) -> str:
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise InvalidInputError(say("“{key}” is no key of an act; reload the page.", key=key[:60])) from None


def _append(
    session: Session,
    seat: Seat,
    act: Act,
    *,
    head: Any,
    unit: Any,
    version: Published,
    digest: str,
    rows: list[dict[str, Any]],
) -> Recorded:
    newest = current.newest(session, seat, unit.id)
    superseded = _superseded(session, seat, act)
    is_stale = (newest.id if newest else None) != superseded
    place = find_place(session, seat, unit.id, earlier_round=newest.round_id if newest else None, hold=True)
    seat = place.seat(seat)
    columns = _columns(seat, act, place=place, is_stale=is_stale)
    row = _row(seat, act, version=version, columns=columns, previous=head.hash, sequence=head.sequence + 1)
    row["hash"] = chain.chain_hash(row)
    links = {"unit_id": unit.id, "codebook_version_id": version.version_id, "supersedes_id": superseded}
    hashes = {"payload_hash": digest, "previous_hash": head.hash, "hash": row["hash"]}
    annotation_id = session.scalar(_ADD_ACT, {**columns, **links, **hashes, "sequence": row["sequence"]})
    assert annotation_id is not None
    if rows:
        session.execute(_ADD_ANSWERS, [{**answer, "annotation_id": annotation_id} for answer in rows])
    counts = current.point(session, seat, unit.id, act=act.act, annotation_id=annotation_id)
    closes = counts if _closes(session, seat, act, version=version, place=place) else None
    current.finish_place(session, seat, place.assignment_id, state=place.state, counts=closes)
    elsewhere.settle(session, seat, unit.id, counts=counts)
    change = current.labelled_change(session, seat, unit.id, before=newest.act if newest else None, after=counts)
    session.execute(
        _ADVANCE,
        {"project": seat.project_id, "new_sequence": row["sequence"], "new_hash": row["hash"], "change": change},
    )
    return Recorded(act.key, "stored", act.unit, row["sequence"], place.is_late, is_stale)


def _closes(session: Session, seat: Seat, act: Act, *, version: Published, place: Place) -> bool:
    """Tell whether an act closes its place: where labels are given anew, only one by the codebook in force does."""
    if place.selection["selection_mode"] != RELABEL:
        return True
    return act.act != "undo" and version.number == codebooks.published(session, seat.project_id).number


def _superseded(session: Session, seat: Seat, act: Act) -> int | None:
    if act.supersedes is None:
        return None
    found = session.scalar(
        select(Annotation.id)
        .join(Unit, Unit.id == Annotation.unit_id)
        .where(
            Annotation.annotator_id == seat.annotator_id,
            Annotation.key == act.supersedes,
            Unit.external_id == act.unit,
        )
    )
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


def _row(
    seat: Seat, act: Act, *, version: Published, columns: dict[str, Any], previous: str, sequence: int
) -> dict[str, Any]:
    content = _content(seat, act)
    return chain.act_row(
        **content,
        sequence=sequence,
        key=act.key,
        annotator=seat.code,
        round_name=seat.round_name,
        late=columns["is_late"],
        stale=columns["is_stale"],
        active_seconds=columns["active_seconds"],
        client_at=chain.timestamp(act.client_at),
        at=chain.timestamp(columns["recorded_at"]),
        masked=columns["masked"],
        selection_mode=columns["selection_mode"],
        selection_probability=columns["selection_probability"],
        arm=columns["suggestion_arm"],
        suggestions=act.suggestions_shown,
        previous=previous,
    )


# The statements below run with every label, so they are built once.
_ACTS = table(Annotation)
_UNITS = table(Unit)
_HEADS = table(ChainHead)
_UNIT = select(_UNITS.c.id, _UNITS.c.kind, _UNITS.c.start, _UNITS.c.end).where(
    _UNITS.c.project_id == bindparam("project"), _UNITS.c.external_id == bindparam("unit")
)
_EARLIER = (
    select(_ACTS.c.key, _ACTS.c.sequence, _ACTS.c.payload_hash, _ACTS.c.is_late, _ACTS.c.is_stale, _UNITS.c.external_id)
    .join(_UNITS, _UNITS.c.id == _ACTS.c.unit_id)
    .where(_ACTS.c.annotator_id == bindparam("annotator"), _ACTS.c.key.in_(bindparam("keys", expanding=True)))
)
_HEAD = select(_HEADS.c.sequence, _HEADS.c.hash).where(_HEADS.c.project_id == bindparam("project")).with_for_update()
_ADVANCE = (
    update(_HEADS)
    .where(_HEADS.c.project_id == bindparam("project"))
    .values(
        sequence=bindparam("new_sequence"),
        hash=bindparam("new_hash"),
        labelled=_HEADS.c.labelled + bindparam("change"),
    )
)
_ADD_ACT = insert(_ACTS).returning(_ACTS.c.id)
_ADD_ANSWERS = insert(table(Answer))
