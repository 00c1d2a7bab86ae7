"""Whose stance it may be: the people offered as holders for one sentence."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import DocumentSpeaker, Speaker
from annotator.services.labelling import UnitView
from annotator.services.seats import Seat

#: Two to four words with a capital each: probably a name, and offered only.
_NAME = re.compile(r"[^\W\d_a-z][\w'’.-]*(?:\s+(?:(?:al|bin|da|de|der|di|el|van|von)\s+)?[^\W\d_a-z][\w'’-]+){1,3}")
MOST_OFFERED = 4


def people_reported(session: Session, seat: Seat, unit: UnitView) -> list[str]:
    """Return who may be quoted in a sentence: speakers of the text it names, then what looks like a name."""
    names = [] if "speaker" in seat.masked else _speakers_named(session, unit)
    surnames = {name.split()[-1] for name in [*names, unit.speaker or ""] if name}
    for match in _NAME.finditer(unit.text):
        name = " ".join(match[0].split())
        if name.split()[-1] not in surnames and _is_capitalised(name):
            names.append(name)
            surnames.add(name.split()[-1])
    return names[:MOST_OFFERED]


def _speakers_named(session: Session, unit: UnitView) -> list[str]:
    if unit.kind != "transcript":
        return []
    speakers = session.scalars(
        select(Speaker.name)
        .join(DocumentSpeaker, DocumentSpeaker.speaker_id == Speaker.id)
        .where(DocumentSpeaker.document_id == unit.document_id)
        .order_by(DocumentSpeaker.position)
    )
    words = set(re.findall(r"\w+", unit.text))
    return [name for name in speakers if name != unit.speaker and name.split() and name.split()[-1] in words]


def _is_capitalised(name: str) -> bool:
    """Tell whether it begins and ends with a capital; in scripts without capitals nothing can be told."""
    return name[0].isupper() and name.split()[-1][0].isupper() and not name.isupper()
