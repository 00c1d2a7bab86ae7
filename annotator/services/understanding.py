"""From a document as a file gives it to the rows it becomes: what is known of it, who speaks, its sentences."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from random import SystemRandom
from typing import Any

from annotator.db.base import new_uuid
from annotator.importing.values import ImportedDocument, ImportedUnit
from annotator.services.rounds import ORDER_KEYS
from annotator.services.speakers import SpeakerCorrections
from annotator.text.parsing import parse
from annotator.text.values import Parsed, Speaker

_random = SystemRandom()
#: An ISO date says by its length how precisely it is known.
_PRECISIONS = {4: "year", 7: "month", 10: "day"}
DEFAULT_LANGUAGE = "en"


@dataclass(slots=True)
class Understood:
    """A document's rows before the database has numbered them.

    ``turns`` name their speaker by index into ``speakers``, ``units`` their turn by index into ``turns``.
    """

    source: ImportedDocument
    external_id: str
    document: dict[str, Any]
    speakers: tuple[Speaker, ...] = ()
    turns: list[dict[str, Any]] = field(default_factory=list)
    units: list[dict[str, Any]] = field(default_factory=list)
    bands: tuple[int, ...] = ()
    original: dict[str, Any] | None = None

    @property
    def given_ids(self) -> list[str]:
        """The ids that came with the file, of units too."""
        own = [] if self.source.id is None else [self.source.id]
        return own + [unit.id for unit in self.source.units or () if unit.id is not None]


def understand(document: ImportedDocument, *, corrections: SpeakerCorrections) -> Understood:
    """Split a document into turns and sentences, or take its ready-made units; all ids are settled here."""
    external_id = document.id or new_uuid()
    if document.units is not None:
        columns = _columns(document, external_id, parsed=None)
        made = Understood(document, external_id, columns)
        made.units = [_ready_made(unit, external_id, index) for index, unit in enumerate(document.units)]
    else:
        parsed = parse_document(document)
        made = Understood(document, external_id, _columns(document, external_id, parsed=parsed))
        _add_speech(made, parsed, corrections)
    if document.original is not None:
        sha256 = hashlib.sha256(document.original).hexdigest()
        made.original = {"name": document.name, "sha256": sha256, "content": document.original}
    return made


def parse_document(document: ImportedDocument) -> Parsed:
    """Return what the text says of itself."""
    language = (document.language or DEFAULT_LANGUAGE)[:2].lower()
    return parse(document.text, kind=document.kind, language=language)


def metadata(document: ImportedDocument, parsed: Parsed | None) -> dict[str, Any]:
    """Return title, outlet, author and date: as given with the file, else as the text's first lines say.

    What a column or a field says was put there on purpose; what the first lines say is read between them.
    """
    date = document.date or (parsed.date if parsed else None)
    precision: str | None = document.date_precision
    if date is not None and precision is None:
        precision = _PRECISIONS[len(date)]
    return {
        "title": document.title or (parsed.title if parsed else None) or _title_from_name(document),
        "outlet": document.outlet or (parsed.outlet if parsed else None),
        "author": document.author or (parsed.author if parsed else None),
        "date": date,
        "date_precision": precision,
    }


def _title_from_name(document: ImportedDocument) -> str | None:
    # The name of a file with many documents says nothing about any of them.
    return PurePath(document.name).stem if document.original is not None else None


def _columns(document: ImportedDocument, external_id: str, *, parsed: Parsed | None) -> dict[str, Any]:
    variables = dict(document.variables)
    return {
        "external_id": external_id,
        "is_pending": True,
        "kind": parsed.kind if parsed else document.kind or "article",
        **metadata(document, parsed),
        "url": document.url,
        "language": document.language,
        "split": variables.pop("split", None),
        "variables": variables,
        "text": document.text,
        "text_sha256": hashlib.sha256(document.text.encode()).hexdigest(),
        "near_duplicate_group": external_id,
        "segmenter": parsed.segmenter if parsed else None,
        "order_key": _random.randrange(ORDER_KEYS),
    }


def _add_speech(made: Understood, parsed: Parsed, corrections: SpeakerCorrections) -> None:
    made.speakers, final = corrections.apply(parsed.speakers)
    made.turns = [
        {
            "speaker": None if turn.speaker is None else final[turn.speaker],
            "position": position,
            "label": turn.label,
            "note": turn.note,
            "start": turn.start,
            "end": turn.end,
        }
        for position, turn in enumerate(parsed.turns)
    ]
    made.units = list(_sentences(parsed, made.external_id))


def _sentences(parsed: Parsed, external_id: str) -> Iterator[dict[str, Any]]:
    for position, sentence in enumerate(parsed.sentences):
        yield {
            "turn": sentence.turn,
            "external_id": f"{external_id}:s{position + 1}",
            "position": position,
            "start": sentence.start,
            "end": sentence.end,
        }


def _ready_made(unit: ImportedUnit, external_id: str, position: int) -> dict[str, Any]:
    return {
        "turn": None,
        "external_id": unit.id or f"{external_id}:s{position + 1}",
        "position": position,
        # A unit without text is known by its id alone.
        "start": unit.start or 0,
        "end": unit.end or 0,
    }
