"""Precedents: what an annotator decided on sentences like the one at hand.

Only their own labels are looked at, in every phase of a round: nobody learns what others said. An index of the
sentences is kept in memory and follows the acts; what is shown is read anew each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, CurrentAnnotation, Document, Unit
from annotator.db.base import table
from annotator.errors import NotFoundError
from annotator.services import reviewing
from annotator.services.masks import Masks, masks_of
from annotator.services.reviewing import Mark
from annotator.services.seats import Seat
from annotator.text.similarity import SimilarityIndex
from annotator.words import say

MOST_SHOWN = 3
#: Below this, two sentences share little more than their grammar; see the tests for examples on both sides.
LEAST_SIMILAR = 0.3
#: The newest labelled sentences of an annotator that are remembered.
MOST_REMEMBERED = 5_000
#: Looked at beyond what is shown, in case what counts has changed since.
_SPARE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A similar sentence with the annotator's own marks; ``is_near`` tells that it is of the same text."""

    unit: str
    text: str
    title: str | None
    language: str | None
    is_near: bool
    similarity: float
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class _Memory:
    """What is remembered of one annotator under one set of masks, up to an act."""

    index: SimilarityIndex[int]
    newest: int | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)


class Memories:
    """The memories of annotators, those used last; safe to use from many threads."""

    def __init__(self, *, most: int = 32) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Any, ...], _Memory] = OrderedDict()
        self._turn = threading.Lock()

    def of(self, seat: Seat) -> _Memory:
        """Return the memory of an annotator, which may be empty."""
        key = (seat.annotator_id, seat.kind, seat.masked)
        with self._turn:
            memory = self._kept.setdefault(key, _Memory(SimilarityIndex(most=MOST_REMEMBERED)))
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return memory


def precedents(session: Session, memories: Memories, seat: Seat, external_id: str) -> list[Precedent]:
    """Return the annotator's own labelled sentences most similar to a unit; none for a whole document.

    Raises
    ------
    NotFoundError
        If the unit is not in the project.
    """
    unit = session.execute(_UNIT, {"project": seat.project_id, "unit": external_id}).one_or_none()
    if unit is None:
        raise NotFoundError(say("This sentence is not in the project."))
    if unit.kind != "sentence":
        return []
    text = masks_of(session, seat.masked, [unit.document_id])[unit.document_id].text(unit.text)
    memory = memories.of(seat)
    with memory.turn:
        _follow(session, memory, seat)
        found = memory.index.similar(text, count=MOST_SHOWN + _SPARE, least=LEAST_SIMILAR, without=unit.id)
    return _shown(session, seat, {one.key: one.similarity for one in found}, document_id=unit.document_id)


def _follow(session: Session, memory: _Memory, seat: Seat) -> None:
    """Take up what was done since; at first, the newest sentences with an answer that counts."""
    given = {"annotator": seat.annotator_id, "kind": seat.kind}
    if memory.newest is None:
        memory.newest = session.scalar(_NEWEST_ACT, given) or 0
        counting = list(reversed(session.execute(_COUNTING, given).all()))
    else:
        acts = session.execute(_ACTS_SINCE, {**given, "newest": memory.newest}).all()
        if not acts:
            return
        memory.newest = acts[-1].id
        touched = {act.unit_id for act in acts}
        counting = list(session.execute(_COUNTING_OF, {**given, "units": list(touched)}).all())
        for unit_id in touched - {row.id for row in counting}:
            memory.index.remove(unit_id)
    for unit_id, text in _texts(session, seat, counting):
        memory.index.add(unit_id, text)


def _texts(session: Session, seat: Seat, units: Sequence[Any]) -> Iterable[tuple[int, str]]:
    """Yield the masked text of units in their order; of each document one stretch is read."""
    by_document: dict[int, list[Any]] = {}
    for unit in units:
        by_document.setdefault(unit.document_id, []).append(unit)
    masks = masks_of(session, seat.masked, list(by_document))
    found: dict[int, str] = {}
    for document_id, some in by_document.items():
        low, high = min(unit.start for unit in some), max(unit.end for unit in some)
        text = session.scalar(_STRETCH, {"document": document_id, "low": low + 1, "length": high - low}) or ""
        found |= {unit.id: masks[document_id].text(text[unit.start - low : unit.end - low]) for unit in some}
    return [(unit.id, found[unit.id]) for unit in units]


def _shown(session: Session, seat: Seat, found: dict[int, float], *, document_id: int) -> list[Precedent]:
    """Read what is similar, leaving out what does not count any more."""
    labels = reviewing.labels_of_units(session, seat.project_id, found, seat=seat, phase=seat.phase) if found else {}
    own = {
        unit_id: labelled
        for unit_id, several in labels.items()
        for labelled in several
        if labelled.is_own and labelled.kind == seat.kind and labelled.act == "answer"
    }
    chosen = [unit_id for unit_id in found if unit_id in own][:MOST_SHOWN]
    rows = {row.id: row for row in session.execute(_UNITS_SHOWN, {"units": chosen})} if chosen else {}
    masks = masks_of(session, seat.masked, {row.document_id for row in rows.values()}) if rows else {}
    return [
        _precedent(
            rows[unit_id], own[unit_id], masks[rows[unit_id].document_id], near=document_id, similarity=found[unit_id]
        )
        for unit_id in chosen
    ]


def _precedent(row: Any, labelled: reviewing.Labelled, masks: Masks, *, near: int, similarity: float) -> Precedent:
    (shown,) = reviewing.masked_marks([labelled], masks)
    return Precedent(
        unit=row.external_id,
        text=masks.text(row.text),
        title=masks.text(row.title),
        language=row.language,
        is_near=row.document_id == near,
        similarity=similarity,
        marks=shown.marks,
    )


# The statements below run with every sentence that is shown, so they are built once.
_TEXTS = table(Document)
_UNITS = table(Unit)
_ACTS = table(Annotation)
_CURRENT = table(CurrentAnnotation)
_AMONG: BindParameter[Any] = bindparam("units", expanding=True)
_WORDS = func.substr(_TEXTS.c.text, _UNITS.c.start + 1, _UNITS.c.end - _UNITS.c.start).label("text")
_UNIT = (
    select(_UNITS.c.id, _UNITS.c.kind, _UNITS.c.document_id, _WORDS)
    .join(_TEXTS, _TEXTS.c.id == _UNITS.c.document_id)
    .where(
        _UNITS.c.project_id == bindparam("project"),
        _UNITS.c.external_id == bindparam("unit"),
        _TEXTS.c.is_pending.is_(False),
    )
)
_UNITS_SHOWN = (
    select(_UNITS.c.id, _UNITS.c.external_id, _UNITS.c.document_id, _TEXTS.c.title, _TEXTS.c.language, _WORDS)
    .join(_TEXTS, _TEXTS.c.id == _UNITS.c.document_id)
    .where(_UNITS.c.id.in_(_AMONG))
)
_STRETCH = select(func.substr(_TEXTS.c.text, bindparam("low"), bindparam("length"))).where(
    _TEXTS.c.id == bindparam("document")
)
_MINE = _ACTS.c.annotator_id == bindparam("annotator")
_NEWEST_ACT = select(func.max(_ACTS.c.id)).where(_MINE)
_ACTS_SINCE = select(_ACTS.c.id, _ACTS.c.unit_id).where(_MINE, _ACTS.c.id > bindparam("newest")).order_by(_ACTS.c.id)
_COUNTING_ALL = (
    select(_UNITS.c.id, _UNITS.c.document_id, _UNITS.c.start, _UNITS.c.end)
    .join_from(_ACTS, _CURRENT, _CURRENT.c.annotation_id == _ACTS.c.id)
    .join(_UNITS, _UNITS.c.id == _CURRENT.c.unit_id)
    .where(_MINE, _CURRENT.c.kind == bindparam("kind"), _ACTS.c.act == "answer", _UNITS.c.kind == "sentence")
)
_COUNTING = _COUNTING_ALL.order_by(_ACTS.c.id.desc()).limit(MOST_REMEMBERED)
_COUNTING_OF = _COUNTING_ALL.where(_UNITS.c.id.in_(_AMONG)).order_by(_ACTS.c.id)
