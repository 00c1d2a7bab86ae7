"""Notes in brackets that a transcript prints about the speech: sounds, applause, "Through interpreter"."""
# ruff: noqa: RUF001  (typographic marks and other scripts are what this is about)

import re
from typing import NamedTuple

from annotator.text.lines import LINE_BREAKS

_NOTE = re.compile(r"[(\[（【]([^()\[\]（）【】\n\r\u2028\u2029]{1,120})[)\]）】]")
_TIME_CODE = re.compile(r"[\d:.,\s–-]+")
_KNOWN = re.compile(
    r"(?:(?:speaking |heard |said )?(?:through|via|in|by) (?:an? )?(?:interpreter|translator|translation)\b"
    r"|(?:as )?translated\b|speaking \w+|(?:in )?(?:foreign|non-english) language|soundbite\b|sound ?bite\b|archived?\b"
    r"|begin video|end video|video clip|audio clip|voice-?over|on camera|off[- ]camera|off[- ]mic|via \w+$"
    r"|laugh|chuckl|appl?au|crosstalk|cross-talk|inaudible|unintelligible|indiscernible|cheer|boo(?:s|ing)\b|music\b"
    r"|singing|crying|sigh|cough|pause|silence|ph\)?$|phonetic|sic$|overlapping|commercial break|off the record)",
    re.IGNORECASE,
)
_STOPS = frozenset('.!?…"”’»)]）】。！？؟।։')
_SPACES = " \t\u00a0"
_SPACES_AND_STOP = _SPACES + "."
_LINE_START = ("", *LINE_BREAKS)
MAX_OPENING_WORDS = 8


class Note(NamedTuple):
    """A note with its brackets at ``[start, end)``; ``text`` is None for what tells nothing (a time code)."""

    start: int
    end: int
    text: str | None


def find_notes(text: str, start: int, end: int, *, labelled: bool) -> list[Note]:
    """Return the notes in a turn's span that stand apart from its sentences, in order.

    A bracket within a sentence belongs to the sentence. Apart stands what opens a labelled turn, fills a line,
    or follows a full stop; it must be in capitals or say something usual, unless it opens the turn or fills a line.
    """
    found: list[Note] = []
    if not any(text.find(bracket, start, end) >= 0 for bracket in "([（【"):
        return found
    position, opening = start, labelled
    for match in _NOTE.finditer(text, start, end):
        opening = opening and not text[position : match.start()].strip()
        if _is_note(text, match, start, end, opens=opening):
            content = match[1].strip()
            found.append(Note(match.start(), match.end(), None if _TIME_CODE.fullmatch(content) else content))
            position = match.end()
        else:
            opening = False
    return found


def is_spoken_note(content: str) -> bool:
    """Say whether the text in brackets tells how something was said rather than who says it."""
    return _KNOWN.match(content) is not None or _TIME_CODE.fullmatch(content) is not None


def _is_note(text: str, match: re.Match[str], start: int, end: int, *, opens: bool) -> bool:
    content = match[1].strip()
    before = _last_character(text, start, match.start())
    starts_line = before in _LINE_START
    ends_line = _rest_of_line_is_blank(text, match.end(), end)
    usual = is_spoken_note(content) or (content.upper() == content and sum(map(str.isupper, content)) > 2)
    if opens or (starts_line and ends_line):
        return usual or (content[-1:] not in _STOPS and len(content.split()) <= MAX_OPENING_WORDS)
    return usual and (starts_line or ends_line or before in _STOPS)


def _last_character(text: str, start: int, position: int) -> str:
    """Return the last character before ``position`` that is no space, "" at the start."""
    while position > start and text[position - 1] in _SPACES:
        position -= 1
    return text[position - 1 : position] if position > start else ""


def _rest_of_line_is_blank(text: str, position: int, end: int) -> bool:
    while position < end and text[position] in _SPACES_AND_STOP:
        position += 1
    return position >= end or text[position] in LINE_BREAKS
