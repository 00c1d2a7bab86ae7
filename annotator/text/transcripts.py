"""A transcript's turns: who speaks from where to where, with notes, introduction and sign-off."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from annotator.text.labels import Label
from annotator.text.lines import Line
from annotator.text.notes import Note, find_notes
from annotator.text.sentences import spans_in
from annotator.text.speakers import Cast
from annotator.text.values import Sentence, Speaker, Turn

_SIGN_OFF = re.compile(
    r"(?:(?:reporting )?for [^,.]{2,40}, )?(?:(?:i['’]m|i am|this is) )?(?P<name>[^\d\W][\w.'’ -]{1,60}?)"
    r"(?P<rest>(?:, | in | at | reporting )[^!?]{2,80})",
    re.IGNORECASE,
)
#: Words of a sign-off after the name that may be in lower case ("reporting from Oslo").
_SIGN_OFF_WORDS = frozenset(["reporting", "from", "in", "at", "for", "of", "the", "and", "de", "du", "la"])
_IMPRINT = re.compile(
    r"copyright\b|©|\(c\) \d{4}|[A-Z]{2,4} transcripts are created|transcript provided by", re.IGNORECASE
)
#: A sign-off is a line of a few words.
MAX_SIGN_OFF = 120
#: Notes that announce what is heard next rather than comment on what was said.
_ANNOUNCES = re.compile(r"sound ?bite|begin |video clip|audio clip|archive", re.IGNORECASE)


@dataclass(slots=True)
class _Stretch:
    """Text between two turn borders."""

    start: int
    end: int
    label: Label | None = None
    speaker: int | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The speakers, turns and sentences of a transcript."""

    speakers: tuple[Speaker, ...]
    turns: tuple[Turn, ...]
    sentences: tuple[Sentence, ...]


def read_transcript(
    text: str,
    rows: Sequence[Line],
    labels: Sequence[Label],
    header: Sequence[Line],
    *,
    language: str,
    width: int | None,
) -> Transcript:
    """Divide a text into turns at its labels, and the turns into sentences.

    What stands before the first label, and a sign-off or imprint after the last paragraph of a turn, are turns
    without speaker. A paragraph without label goes on with the turn before it. A note belongs to the turn it stands
    in; one that announces a recording, to the turn after it. The lines of the ``header`` belong to no turn.
    """
    cast = Cast(text)
    turns: list[Turn] = []
    sentences: list[Sentence] = []
    pending: list[str] = []
    stretches = _stretches(text, rows, labels, cast)
    for stretch, following in zip_longest(stretches, stretches[1:]):
        notes = find_notes(text, stretch.start, stretch.end, labelled=stretch.label is not None)
        notes = sorted(notes + [Note(line.start, line.end, None) for line in header if _holds(stretch, line)])
        spans = _spoken(text, stretch, notes, language, width)
        spoken_until = spans[-1][1] if spans else stretch.end if stretch.label else -1
        own, announced = _divide(notes, after=spoken_until if following and following.label else len(text))
        stretch.notes += pending + own
        pending = announced
        if not spans and stretch.label is None:
            pending = stretch.notes + announced
            continue
        sentences += [Sentence(start, end, len(turns)) for start, end in spans]
        turns.append(_turn(stretch, spans, notes))
    return Transcript(cast.speakers(), tuple(turns), tuple(sentences))


def _stretches(text: str, rows: Sequence[Line], labels: Sequence[Label], cast: Cast) -> list[_Stretch]:
    """Cut the text at labels, sign-offs and imprints, and name the speakers."""
    found = [_Stretch(rows[0].start if rows else 0, 0)]
    by_line = {label.start: label for label in labels}
    for index, row in enumerate(rows):
        label = by_line.get(row.start)
        closes = index + 1 == len(rows) or rows[index + 1].start in by_line
        if label:
            speaker, note = cast.add(label)
            _close(found, row.start)
            found.append(_Stretch(label.end, 0, label, speaker, [note] if note else []))
        elif _is_imprint(text, row) or (closes and _is_sign_off(text, row, cast)):
            _close(found, row.start)
            found.append(_Stretch(row.start, 0))
    found[-1].end = rows[-1].end if rows else 0
    return [stretch for stretch in found if stretch.label or stretch.start < stretch.end]


def _holds(stretch: _Stretch, line: Line) -> bool:
    return stretch.start <= line.start < stretch.end


def _close(found: list[_Stretch], end: int) -> None:
    found[-1].end = max(found[-1].start, end)


def _is_imprint(text: str, row: Line) -> bool:
    return row.first and _IMPRINT.match(text, row.start, row.end) is not None


def _is_sign_off(text: str, row: Line, cast: Cast) -> bool:
    """Is it a line such as "Peter Kenyon, NPR News, Istanbul."?"""
    if row.end - row.start > MAX_SIGN_OFF or text[row.start] in "([":
        return False
    match = _SIGN_OFF.fullmatch(text, row.start, row.end)
    if match is None:
        return False
    rest = match["rest"].split()
    if not all(word[0].isupper() or word in _SIGN_OFF_WORDS or not word.strip(",.") for word in rest):
        return False
    name = match["name"]
    if any(name.casefold() == speaker.name.casefold() for speaker in cast.speakers()):
        return True
    return match["rest"].count(", ") > 1 and len(name.split()) > 1 and all(word[0].isupper() for word in name.split())


def _spoken(
    text: str, stretch: _Stretch, notes: Sequence[Note], language: str, width: int | None
) -> list[tuple[int, int]]:
    """Return the sentences of a stretch, notes left out."""
    starts = [stretch.start, *(note.end for note in notes)]
    ends = [*(note.start for note in notes), stretch.end]
    return [
        span
        for start, end in zip(starts, ends, strict=True)
        for span in spans_in(text, start, end, language, width=width)
    ]


def _divide(notes: Sequence[Note], *, after: int) -> tuple[list[str], list[str]]:
    """Return the notes of this turn, and those at its end that announce the next."""
    own = [note.text for note in notes if note.text and not (note.start >= after and _ANNOUNCES.match(note.text))]
    announced = [note.text for note in notes if note.text and note.start >= after and _ANNOUNCES.match(note.text)]
    return own, announced


def _turn(stretch: _Stretch, spans: Sequence[tuple[int, int]], notes: Sequence[Note]) -> Turn:
    start, end = (spans[0][0], spans[-1][1]) if spans else (stretch.start, stretch.start)
    if not spans and notes:
        start, end = notes[0].start, notes[-1].end
    label = stretch.label.parts.printed if stretch.label else None
    return Turn(stretch.speaker, label, "; ".join(dict.fromkeys(stretch.notes)) or None, start, end)
