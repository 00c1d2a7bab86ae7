"""What is understood of a text: speakers, turns and sentences as plain values."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["transcript", "article"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks in a transcript; ``aliases`` are the names printed in labels, in order of appearance."""

    name: str
    aliases: tuple[str, ...]
    role: str | None = None
    byline: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch said by one person.

    ``speaker`` is an index into the speakers, ``label`` the label as printed, ``note`` what stood in brackets
    around the speech ("Through interpreter"). The span ``[start, end)`` holds what was said, from the first
    sentence to the last, without label; of a turn that is only a note, the note.
    """

    speaker: int | None
    label: str | None
    note: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The span ``[start, end)`` of one sentence in code points, and the index of its turn."""

    start: int
    end: int
    turn: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text with everything an import understands of it; ``date`` is ISO 8601 (``2022-08-04``)."""

    kind: Kind
    title: str | None
    outlet: str | None
    author: str | None
    date: str | None
    speakers: tuple[Speaker, ...]
    turns: tuple[Turn, ...]
    sentences: tuple[Sentence, ...]
    segmenter: str
