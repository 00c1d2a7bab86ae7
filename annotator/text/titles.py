"""Words around a name in a speaker label: titles, roles, kinds of unnamed speakers, and what is never a speaker."""

from annotator.text.vocabulary import (
    BYLINES,
    HEADINGS,
    HONORIFICS,
    OFFICES,
    OPENERS,
    QUALIFIERS,
    SPEECH_VERBS,
    UNNAMED,
    UNNAMED_ROLES,
)

_OPENING_WORDS = HONORIFICS | OFFICES
_UNNAMED_STEMS = frozenset(word.rstrip("s.") for word in UNNAMED)
MAX_TITLE_WORDS = 6


def is_never_a_speaker(words: list[str]) -> bool:
    """Is it a heading or the start of a sentence rather than a label ("NOTE", "HE SAID")?"""
    folded = [word.casefold().strip("*'’") for word in words]
    if len(folded) == 1:
        return folded[0] in HEADINGS or folded[0] in OPENERS
    return folded[0] in HEADINGS or not SPEECH_VERBS.isdisjoint(folded)


def is_unnamed(words: list[str]) -> bool:
    """Say whether a label tells what kind of person speaks, not who ("UNIDENTIFIED WOMAN #1")."""
    return all(word.casefold().strip("#()").rstrip("s.") in _UNNAMED_STEMS or _is_number(word) for word in words)


def unnamed_role(words: list[str]) -> bool:
    """Is the unnamed speaker's label a role in itself ("HOST")?"""
    return len(words) == 1 and words[0].casefold() in UNNAMED_ROLES


def split_title(words: list[str]) -> tuple[list[str], list[str]]:
    """Divide the words of a label into title and name; the name keeps at least one word."""
    folded = [word.casefold() for word in words]
    count = 0
    for length in range(1, min(len(words) - 1, MAX_TITLE_WORDS) + 1):
        if _is_title(folded[:length]):
            count = length
    return words[:count], words[count:]


def is_title_word(word: str) -> bool:
    """Say whether the word stands before names as a title."""
    return word.casefold() in _OPENING_WORDS or word.casefold() in QUALIFIERS


def is_role_word(word: str) -> bool:
    """Say whether the word names what somebody is or does ("BYLINE", "HOST", "GENERAL")."""
    folded = word.casefold()
    return folded in OFFICES or folded in UNNAMED or folded in BYLINES


def _is_title(words: list[str]) -> bool:
    if words[-1] in _OPENING_WORDS and all(word in _OPENING_WORDS | QUALIFIERS for word in words[:-1]):
        return True
    return words[-1] in OFFICES or any(" ".join(words[-n:]) in _OPENING_WORDS for n in (2, 3) if n <= len(words))


def _is_number(word: str) -> bool:
    return word.lstrip("#").isdecimal() or (len(word) == 1 and word.isalpha())
