"""Whose stance it may be: the people offered as holders for one sentence."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, Speaker
from annotator.db.base import table
from annotator.services.labelling import UnitView
from annotator.text.names import NameFinder
from annotator.text.reporting import full_form, named, reporters

MOST_OFFERED = 4
#: Whoever is not introduced with a full name by here is offered as printed.
LOOKED_THROUGH = 100_000


@dataclass(frozen=True, slots=True)
class People:
    """Who may hold a stance in a sentence beside author and speaker; ``reported`` is who says something in it."""

    offered: tuple[str, ...] = ()
    reported: str | None = None


def people_reported(session: Session, unit: UnitView) -> People:
    """Return who is the subject of a verb of saying in a sentence, then the speakers of the text it names.

    Names are given in full where the text knows them in full; those that a mask hides are not offered.
    """
    speakers = _speakers(session, unit)
    saying = reporters(unit.text)
    known = [] if unit.masks.hides("speaker") else speakers
    finder = _finder(session, unit) if any(_is_short(name, known) for name in saying) else None
    in_full = [full_form(name, known, finder) for name in saying]
    # In full somebody may be who must not be read, where the surname alone may.
    hidden = set(speakers) if unit.masks.hides("speaker") else set()
    shown = [long if long not in hidden else short for short, long in zip(saying, in_full, strict=True)]
    found = [name for name in shown if name != unit.speaker and unit.masks.shows(name)]
    others = [name for name in named(unit.text, known) if name != unit.speaker and unit.masks.shows(name)]
    offered = tuple(dict.fromkeys([*found, *others]))[:MOST_OFFERED]
    return People(offered, found[0] if found else None)


def _is_short(name: str, known: list[str]) -> bool:
    """Tell whether a name is a surname of nobody known, so that the text has to be asked."""
    return " " not in name and full_form(name, known) == name


def _speakers(session: Session, unit: UnitView) -> list[str]:
    if unit.kind != "transcript":
        return []
    return list(session.scalars(_SPEAKERS, {"document": unit.document_id}))


def _finder(session: Session, unit: UnitView) -> NameFinder:
    text = session.scalar(_TEXT, {"document": unit.document_id}) or ""
    return NameFinder(unit.masks.text(text))


# The statements below run with many labels, so they are built once.
_NAMES = table(Speaker)
_SPOKE = table(DocumentSpeaker)
_TEXTS = table(Document)
_SPEAKERS = (
    select(_NAMES.c.name)
    .join(_SPOKE, _SPOKE.c.speaker_id == _NAMES.c.id)
    .where(_SPOKE.c.document_id == bindparam("document"))
    .order_by(_SPOKE.c.position)
)
_TEXT = select(func.substr(_TEXTS.c.text, 1, LOOKED_THROUGH)).where(_TEXTS.c.id == bindparam("document"))
