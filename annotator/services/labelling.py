"""What the labelling page shows: one unit with all that is needed to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.db import (
    Annotation,
    Assignment,
    CodebookVersion,
    Document,
    DocumentSpeaker,
    Round,
    Speaker,
    Tally,
    Turn,
    Unit,
)
from annotator.db.base import table
from annotator.errors import NotFoundError
from annotator.services import chain, codebooks, current, places
from annotator.services.answers import answers_from_rows
from annotator.services.arms import arm_without_place
from annotator.services.identities import identities
from annotator.services.masks import Masks, masks_of
from annotator.services.seats import Seat
from annotator.services.sighted_targets import finder, targets_in_sight
from annotator.services.succession import succession
from annotator.text.mentions import Mention
from annotator.words import say


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """A target as offered for one unit."""

    uuid: str
    name: str
    is_mentioned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the annotator said about this unit before."""

    key: str
    act: str
    answers: dict[str, Any]
    comment: str | None
    is_flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """One unit on the labelling page; ``mentions`` are spans in ``text`` with target UUIDs."""

    unit_id: int
    external_id: str
    document_id: int
    document: str
    title: str | None
    outlet: str | None
    date: str | None
    kind: str
    #: "sentence", or "document" where the codebook asks about the whole text; then ``text`` is its title.
    unit_kind: str
    position: int
    of: int
    text: str
    speaker: str | None
    #: Whether somebody speaks here, also where a mask hides who.
    is_spoken: bool
    role: str | None
    note: str | None
    language: str | None
    mentions: tuple[Mention[str], ...]
    targets: tuple[TargetView, ...]
    #: Names of all targets the annotator may choose, by UUID.
    target_names: Mapping[str, str]
    codebook: Codebook
    codebook_number: int
    #: What counts, and what the page shows as answered: the same, but for an act that was just taken back.
    earlier: Earlier | None
    draft: Earlier | None
    arm: str
    #: Whether the annotator has a place here; a unit can be looked at without.
    is_held: bool
    #: What is masked in this document; texts here are masked already.
    masks: Masks


def view_unit(session: Session, seat: Seat, external_id: str, *, taken_back: str | None = None) -> UnitView:
    """Return one unit with its speaker, targets, mentions, and what this annotator said before.

    ``taken_back`` is the key of an act that was undone and is to be shown again, to be corrected.

    Raises
    ------
    NotFoundError
        If the unit is not in the project.
    """
    seat = places.seat_to_answer(session, seat, external_id)
    row = _unit_row(session, seat, external_id)
    version = codebooks.published(session, seat.project_id)
    targets = targets_in_sight(session, seat.project_id, seat)
    masks = masks_of(session, seat.masked, [row.document_id])[row.document_id]
    # Targets are looked for in what can be read: whom a mask hides is neither underlined nor offered.
    text = masks.text(row.text)
    mentions = tuple(finder(targets).find(text))
    earlier = _earlier(session, seat, row.id)
    draft = (_act_of_key(session, seat, row.id, taken_back) if taken_back else None) or earlier
    return UnitView(
        **_read_of(row, masks),
        text=text,
        mentions=mentions,
        targets=_offered(targets, mentions, draft),
        target_names={uuid: name for uuid, name, _ in targets},
        codebook=version.by_kind[row.unit_kind],
        codebook_number=version.number,
        earlier=earlier,
        draft=draft,
        arm=row.suggestion_arm or _arm_of_free_place(session, seat, row.id),
        is_held=row.suggestion_arm is not None,
        masks=masks,
    )


def _read_of(row: Any, masks: Masks) -> dict[str, Any]:
    """Return what a unit and its document say of themselves, as this annotator may read it."""
    speaker = None if masks.hides("speaker") else row.speaker
    return {
        "unit_id": row.id,
        "external_id": row.external_id,
        "document_id": row.document_id,
        "document": row.document,
        "title": masks.text(row.title),
        "outlet": None if masks.hides("outlet") else row.outlet,
        "date": row.date,
        "kind": row.kind,
        "unit_kind": row.unit_kind,
        "position": row.last + 1 if row.unit_kind == "document" else row.position + 1,
        "of": row.last + 1,
        "speaker": speaker,
        "is_spoken": row.speaker is not None,
        "role": row.role if speaker else None,
        "note": masks.text(row.note),
        "language": row.language,
    }


def progress(session: Session, seat: Seat) -> tuple[int, int]:
    """Return how many places of the round this annotator has finished, and how many sentences it has."""
    row = session.execute(_PROGRESS, {"round": seat.round_id, "annotator": seat.annotator_id}).one()
    return row.done or 0, row.units


def unit_id(session: Session, seat: Seat, external_id: str) -> int:
    """Return a unit's number in the database.

    Raises
    ------
    NotFoundError
        If the unit is not in the project.
    """
    number: int = _unit_row(session, seat, external_id).id
    return number


def _unit_row(session: Session, seat: Seat, external_id: str) -> Any:
    given = {
        "project": seat.project_id,
        "unit": external_id,
        "round": seat.round_id,
        "annotator": seat.annotator_id,
    }
    row = session.execute(_UNIT, given).one_or_none()
    if row is None:
        raise NotFoundError(say("This sentence is not in the project."))
    return row


def _arm_of_free_place(session: Session, seat: Seat, unit_id: int) -> str:
    """Return the arm drawn for the unit: looking at it before taking it must not show what it hides."""
    place = places.find_place(session, seat, unit_id)
    # What was drawn for a place that somebody else has is for them.
    drawn: str | None = place.selection["suggestion_arm"] if place.assignment_id is not None else None
    return drawn or arm_without_place(session, seat, unit_id)


def _offered(
    targets: tuple[tuple[str, str, tuple[str, ...]], ...],
    mentions: Sequence[Mention[str]],
    earlier: Earlier | None,
) -> tuple[TargetView, ...]:
    """Return the targets to ask about: those mentioned, in order of mention, then those answered before."""
    names = {uuid: name for uuid, name, _ in targets}
    mentioned = list(dict.fromkeys(mention.key for mention in mentions))
    answered = [] if earlier is None else list(earlier.answers.get("targets_offered", ()))
    return tuple(
        TargetView(uuid=uuid, name=names[uuid], is_mentioned=uuid in mentioned)
        for uuid in dict.fromkeys([*mentioned, *answered])
        if uuid in names
    )


def _earlier(session: Session, seat: Seat, unit_id: int) -> Earlier | None:
    newest = current.newest(session, seat, unit_id)
    return None if newest is None else _read_act(session, seat, newest)


def _act_of_key(session: Session, seat: Seat, unit_id: int, key: str) -> Earlier | None:
    columns = (Annotation.id, Annotation.key, Annotation.act)
    mine = (Annotation.annotator_id == seat.annotator_id, Annotation.key == key, Annotation.unit_id == unit_id)
    found = session.execute(select(*columns).where(*mine)).one_or_none()
    return None if found is None else _read_act(session, seat, found)


def _read_act(session: Session, seat: Seat, found: Any) -> Earlier:
    act = session.execute(
        select(Annotation.comment, Annotation.is_flagged, CodebookVersion.number)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .where(Annotation.id == found.id)
    ).one()
    rows = chain.answers_of(session, [found.id]).get(found.id, {}).get("final", [])
    asked = codebooks.published(session, seat.project_id, act.number)
    answers = answers_from_rows(rows, codebook=asked.codebook, known=identities(session, seat.project_id))
    if act.number != codebooks.published(session, seat.project_id).number:
        # The form asks by the newest codebook: a label that was merged stands there as its successor.
        answers = succession(session, seat.project_id).counted(answers, act.number)
    return Earlier(key=found.key, act=found.act, answers=answers, comment=act.comment, is_flagged=act.is_flagged)


# The statements below run with every label, so they are built once.
_UNITS = table(Unit)
_DOCUMENTS = table(Document)
_TURNS = table(Turn)
_SPEAKERS = table(Speaker)
_ROLES = table(DocumentSpeaker)
_PLACES = table(Assignment)
_SIBLINGS = _UNITS.alias("siblings")
_LAST = (
    select(func.max(_SIBLINGS.c.position))
    .where(_SIBLINGS.c.document_id == _UNITS.c.document_id, _SIBLINGS.c.kind == "sentence")
    .correlate(_UNITS)
    .scalar_subquery()
)
_UNIT = (
    select(
        _UNITS.c.id,
        _UNITS.c.external_id,
        _UNITS.c.position,
        _UNITS.c.kind.label("unit_kind"),
        _DOCUMENTS.c.id.label("document_id"),
        _DOCUMENTS.c.external_id.label("document"),
        _DOCUMENTS.c.title,
        _DOCUMENTS.c.outlet,
        _DOCUMENTS.c.date,
        _DOCUMENTS.c.kind,
        _DOCUMENTS.c.language,
        # Cut in the database: the page needs one sentence of a text that may be long; a whole one stands beside it.
        case(
            (_UNITS.c.kind == "document", func.coalesce(_DOCUMENTS.c.title, "")),
            else_=func.substr(_DOCUMENTS.c.text, _UNITS.c.start + 1, _UNITS.c.end - _UNITS.c.start),
        ).label("text"),
        _LAST.label("last"),
        _TURNS.c.note,
        _SPEAKERS.c.name.label("speaker"),
        _ROLES.c.role,
        _PLACES.c.suggestion_arm,
    )
    .select_from(_UNITS)
    .join(_DOCUMENTS, _DOCUMENTS.c.id == _UNITS.c.document_id)
    .outerjoin(_TURNS, _TURNS.c.id == _UNITS.c.turn_id)
    .outerjoin(_SPEAKERS, _SPEAKERS.c.id == _TURNS.c.speaker_id)
    .outerjoin(_ROLES, (_ROLES.c.document_id == _DOCUMENTS.c.id) & (_ROLES.c.speaker_id == _TURNS.c.speaker_id))
    .outerjoin(
        _PLACES,
        (_PLACES.c.unit_id == _UNITS.c.id)
        & (_PLACES.c.round_id == bindparam("round"))
        & (_PLACES.c.annotator_id == bindparam("annotator")),
    )
    .where(
        _UNITS.c.project_id == bindparam("project"),
        _UNITS.c.external_id == bindparam("unit"),
        _DOCUMENTS.c.is_pending.is_(False),
    )
)
_PROGRESS = (
    select(table(Round).c.units, table(Tally).c.done)
    .select_from(table(Round))
    .outerjoin(
        table(Tally),
        (table(Tally).c.round_id == table(Round).c.id) & (table(Tally).c.annotator_id == bindparam("annotator")),
    )
    .where(table(Round).c.id == bindparam("round"))
)
