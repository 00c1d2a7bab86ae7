"""Where a line begins with the label of a speaker."""
# ruff: noqa: RUF001  (typographic marks and other scripts are what this is about)

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from annotator.text.lines import INVISIBLE, Line
from annotator.text.notes import is_spoken_note
from annotator.text.titles import is_never_a_speaker, is_role_word, is_unnamed, split_title
from annotator.text.vocabulary import PARTICLES

Style = Literal["capitals", "mixed", "uncased"]

MAX_LABEL = 150
MAX_NAME_WORDS = 7
MAX_MIXED_WORDS = 5
#: In a transcript with labels in mixed case or a script without capitals, at least this share of paragraphs has one.
MIN_SHARE = 0.25
#: ... and this share if at least two labels return.
MIN_SHARE_IF_BOTH_RETURN = 0.05
MIN_SHARE_IF_NONE_RETURNS = 0.8
_PREFIX = re.compile(r"(?:>>+\s*)?(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?[\])]?\s+)?(?:>>+\s*|\*+)?")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]*)[)\]）】]")
_FORBIDDEN = re.compile(r"[?!;؟。！？।<>{}=|\\@/…]|\.\.|[^\W\d_]{5}\.\s")
_CAPITALISED = re.compile(r"(?:Mc|Mac|De|Di|La|Le|Van|Fitz|O['’]|D['’]|de|van)?[^a-z]*")
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"#?\d{1,3}\.?")


@dataclass(frozen=True, slots=True)
class LabelParts:
    """A speaker label as ``printed``: name, what follows the first comma, and what stands in brackets."""

    printed: str
    name: str
    rest: tuple[str, ...]
    brackets: tuple[str, ...]
    style: Style


class Label(NamedTuple):
    """A speaker label at ``[start, end)``, colon included."""

    start: int
    end: int
    parts: LabelParts


def find_labels(text: str, rows: list[Line], *, forced: bool = False) -> list[Label]:
    """Return the labels of a transcript, or nothing if the text is no transcript.

    Labels in capitals count from the second one on, or if the only one has a role, a title or a by-line. Labels in
    mixed case or in a script without capitals count where the text shows a consistent pattern of them. ``forced``
    says that the text is known to be a transcript: then one label of any style is enough.
    """
    candidates = [label for row in rows if (label := label_at(text, row))]
    capitals = [label for label in candidates if label.parts.style == "capitals"]
    others = [label for label in candidates if label.parts.style != "capitals"]
    if len(capitals) < len(others) and (forced or _is_pattern(candidates, rows)):
        return _without_ordinary_words(text, candidates)
    known = {label.parts.name.casefold() for label in capitals}
    capitals += [label for label in others if label.parts.name.casefold() in known]
    if len(capitals) > 1 or forced or any(map(_is_beyond_doubt, capitals)):
        return sorted(capitals, key=lambda label: label.start)
    return []


def label_at(text: str, row: Line) -> Label | None:
    """Return the label a line begins with if it could be one."""
    start = row.start
    if text[start] in ">[(*0123456789":
        start = _skip_prefix(text, row)
    colon = _colon(text, start, min(row.end, start + MAX_LABEL))
    if colon <= start or not text[start].isalpha():
        return None
    parts = _read(text[start:colon])
    if parts is None or not _fits_after_colon(text, colon, row.end, parts.style):
        return None
    end = colon + 1
    while text.startswith("*", end):
        end += 1
    return Label(row.start, end, parts)


@lru_cache(maxsize=4096)
def _read(head: str) -> LabelParts | None:
    """Return the parts of what stands before a colon if that could be a label."""
    printed = " ".join(_INVISIBLE.sub("", head).split()).rstrip("*")
    name, *rest = (part.strip() for part in re.split(r"[,，،、]", _BRACKETS.sub(" ", printed)))
    words = name.split()
    if not words or _FORBIDDEN.search(printed) or is_never_a_speaker(words):
        return None
    style = _style(words)
    if style is None:
        return None
    brackets = tuple(bracket.strip() for bracket in _BRACKETS.findall(printed))
    return LabelParts(printed, " ".join(words), tuple(filter(None, rest)), brackets, style)


def _skip_prefix(text: str, row: Line) -> int:
    match = _PREFIX.match(text, row.start, row.end)
    return match.end() if match and match.end() < row.end else row.start


def _colon(text: str, start: int, end: int) -> int:
    narrow = text.find(":", start, end)
    wide = text.find("：", start, end if narrow < 0 else narrow)
    return narrow if wide < 0 else wide


def _fits_after_colon(text: str, colon: int, end: int, style: Style) -> bool:
    """Rule out times, addresses and ratios, where the colon is followed by more of the same word."""
    if colon + 1 >= end or text[colon] == "：" or text[colon + 1].isspace() or text[colon + 1] == "*":
        return True
    following = text[colon + 1]
    return style != "mixed" and following not in "/:-" and not following.isdecimal() and not following.islower()


def _style(words: list[str]) -> Style | None:
    letters = "".join(words)
    if not any(map(_is_cased, letters)):
        return "uncased" if _is_uncased_name(words) else None
    if len(words) <= MAX_NAME_WORDS and _is_in_capitals(words):
        return "capitals"
    return "mixed" if _is_mixed_name(words) else None


def _is_cased(character: str) -> bool:
    # Georgian has capitals since Unicode 11 (2018), but nobody prints names with them.
    return (character.isupper() or character.islower()) and not "\u10d0" <= character <= "\u10ff"


def _is_in_capitals(words: list[str]) -> bool:
    if not all(map(_is_capital_word, words)):
        title, words = split_title(words)  # "Sen. LOPEZ"
        if not title or not all(map(_is_capital_word, words)):
            return False
    return any(map(str.isupper, words)) and _numbers_come_last(words)


def _is_capital_word(word: str) -> bool:
    if word.isupper() or word in PARTICLES or _NUMBER.fullmatch(word) or not any(map(_is_cased, word)):
        return True
    return _CAPITALISED.fullmatch(word) is not None and sum(map(str.isupper, word)) > 2


def _is_mixed_name(words: list[str]) -> bool:
    if len(words) > MAX_MIXED_WORDS or not _numbers_come_last(words):
        return False
    if is_unnamed(words):
        return True
    return words[0].lower() not in PARTICLES - {"von", "van", "de", "al", "el"} and all(
        word[0].isupper() or word in PARTICLES or _NUMBER.fullmatch(word) for word in words
    )


def _is_uncased_name(words: list[str]) -> bool:
    return len(words) <= MAX_MIXED_WORDS and sum(map(len, words)) <= 40 and _numbers_come_last(words)


def _numbers_come_last(words: list[str]) -> bool:
    return not any(any(map(str.isdecimal, word)) for word in words[:-1]) and not (
        any(map(str.isdecimal, words[-1])) and not _NUMBER.fullmatch(words[-1])
    )


def _is_beyond_doubt(label: Label) -> bool:
    """Say whether one label alone makes a transcript; a dateline ("NEW DELHI:", "LONDON (AP):") must not."""
    words = label.parts.name.split()
    roles = " ".join(label.parts.rest).split()
    known = is_unnamed(words) or bool(split_title(words)[0]) or any(map(is_role_word, roles))
    return known or any(map(is_spoken_note, label.parts.brackets))


def _is_pattern(labels: list[Label], rows: list[Line]) -> bool:
    """Do labels return, or open most paragraphs, so that they can hardly be anything else?"""
    counts = Counter(label.parts.name for label in labels).most_common(2)
    paragraphs = sum(row.first for row in rows)
    if paragraphs == 1:
        paragraphs = len(rows)
    if len(counts) < 2:
        return False
    if counts[1][1] > 1:
        return len(labels) >= MIN_SHARE_IF_BOTH_RETURN * paragraphs
    return len(labels) >= (MIN_SHARE if counts[0][1] > 1 else MIN_SHARE_IF_NONE_RETURNS) * paragraphs


def _without_ordinary_words(text: str, labels: list[Label]) -> list[Label]:
    """Leave out a word that opens one paragraph only and is an ordinary word elsewhere ("Remember: ...")."""
    counts = Counter(label.parts.name for label in labels)
    once = {label.parts.name for label in labels if counts[label.parts.name] == 1 and label.parts.style == "mixed"}
    words = set(_WORD.findall(text)) if once else set()
    return [label for label in labels if label.parts.name not in once or label.parts.name.lower() not in words]
