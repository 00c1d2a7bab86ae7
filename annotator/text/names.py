"""Names as people write them: from capitals to proper case, and full names found in running text."""
# ruff: noqa: RUF001  (typographic marks and other scripts are what this is about)

import re
import unicodedata
from functools import cached_property, lru_cache
from itertools import pairwise

from annotator.text.titles import is_title_word
from annotator.text.vocabulary import ACRONYMS, LOWER_FIRST, PARTICLES, SMALL_WORDS, STARTERS

_INITIAL = re.compile(r"[^\W\d_]\.?|[^\W\d_]\.(?:-?[^\W\d_]\.)+")
_PARAGRAPH = re.compile(r"\n\s*\n|\r\n\s*\r\n|\r\s*\r|\u2029")
#: "McDONALD", "deGRASSE": a prefix in lower case keeps its case.
_PREFIXED = re.compile(r"([A-Z]?[a-z]{1,3})([A-Z]{3,})")
_NUMERAL = re.compile(r"[IVX]{2,4}")
_PREFIX = re.compile(r"(mc|o['’]|d['’]|l['’])(?=\w{2})", re.IGNORECASE)
_EDGE = "\"'“”‘’«»([{)]},;:!?"
_VOWELS = frozenset("aeiouyаеёиоуыэюяαεηιουω")
#: How far before a surname a full name may begin.
MAX_NAME_LENGTH = 60
MAX_GIVEN_NAMES = 4
#: A look-up reads the text; with more different labels than this, it is no transcript of people talking.
MAX_LOOKUPS = 500
MAX_PLACES = 1000


class NameFinder:
    """Looks names up in one text, in any case; the text is folded once, when it is first needed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lookups = 0

    @cached_property
    def _lower(self) -> str:
        lower = self._text.lower()
        return lower if len(lower) == len(self._text) else "".join(map(_lower_one, self._text))

    def spelling(self, words: list[str]) -> str | None:
        """Return the name as the text spells it where it does not print it in capitals, or None."""
        name = " ".join(words)
        for start in self._places(name):
            spelt = self._text[start : start + len(name)]
            if spelt != spelt.upper() and all(map(_is_proper, spelt.split())):
                return spelt
        return None

    def full_names(self, surname: list[str], end: int) -> list[str]:
        """Return the different full names with this surname in the text before ``end``, in order of appearance.

        A longer form of a name already found ("Analyst Kerim Has") is the same name; words that only begin a
        sentence are not part of it.
        """
        name = " ".join(surname)
        found: list[list[str]] = []
        for start in self._places(name, end):
            spelt = self._text[start : start + len(name)].split()
            given = self._given_names(start) if spelt[-1][0].isupper() and not _is_all_capitals(spelt) else []
            if given and not any(_is_same(known, given + spelt) for known in found):
                found = [known for known in found if not _is_same(given + spelt, known)]
                found.append(given + spelt)
        return [" ".join(words) for words in found]

    def _places(self, name: str, end: int | None = None) -> list[int]:
        """Return where a name stands as whole words."""
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            return []
        needle = "".join(map(_lower_one, name))
        places: list[int] = []
        place = self._lower.find(needle, 0, end)
        while place >= 0 and len(places) < MAX_PLACES:
            if self._is_word(place, place + len(needle)):
                places.append(place)
            place = self._lower.find(needle, place + len(needle), end)
        return places

    def _is_word(self, start: int, end: int) -> bool:
        before, after = self._text[start - 1 : start] if start else "", self._text[end : end + 1]
        return not (before.isalnum() or before in ("-", "'", "’", "_")) and not (after.isalnum() or after in ("-", "_"))

    def _given_names(self, place: int) -> list[str]:
        """Return the words before a surname that can be given names, as far back as they go."""
        window_start = max(0, place - MAX_NAME_LENGTH)
        before = self._text[window_start:place]
        if not before[-1:].isspace():
            return []
        words: list[str] = []
        for word in reversed(_PARAGRAPH.split(before)[-1].split()):
            if len(words) == MAX_GIVEN_NAMES or not _can_be_given_name(word.lstrip(_EDGE)):
                break
            words.insert(0, word.lstrip(_EDGE))
            if word != words[0]:
                break
        while words and (words[0].casefold() in STARTERS or words[0] in PARTICLES or is_title_word(words[0])):
            del words[0]
        return words


def title_case(words: list[str]) -> str:
    """Write a name in capitals as names are written; what already is in mixed case stays.

    Examples
    --------
    >>> title_case(["URSULA", "VON", "DER", "LEYEN"]), title_case(["CONOR", "O'BRIEN-MCDONALD"])
    ('Ursula von der Leyen', "Conor O'Brien-McDonald")
    """
    return " ".join(_word_case(word, index, words) for index, word in enumerate(words))


def role_case(role: str) -> str:
    """Write a role in capitals in title case, abbreviations left alone ("CNN HOST": "CNN Host")."""
    if role != role.upper():
        return role
    words = role.split()
    return " ".join(_role_word(word, first=index == 0) for index, word in enumerate(words))


def fold(word: str) -> str:
    """Return a name's word for comparison: without case, accents and final stop."""
    folded = word.casefold().replace("’", "'").rstrip(".")
    if folded.isascii():
        return folded
    return _without_accents(folded)


@lru_cache(maxsize=4096)
def _without_accents(word: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFD", word) if not unicodedata.combining(mark))


def _lower_one(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else lower[0]


def _is_all_capitals(words: list[str]) -> bool:
    return all(word == word.upper() for word in words) and sum(map(len, words)) > 1


def _can_be_given_name(word: str) -> bool:
    if not word or not all(character.isalpha() or character in "-.'’" for character in word):
        return False
    if word in PARTICLES or _INITIAL.fullmatch(word):
        return word in PARTICLES or word[0].isupper()
    if word[0].islower() or word == word.upper() or word.endswith(("'s", "’s", "s'", "s’")):
        return False
    return not (word.endswith(".") or is_title_word(word))


def _is_same(short: list[str], long: list[str]) -> bool:
    """Is ``short`` the end of ``long``, or ``long`` without middle names?"""
    if long[-len(short) :] == short:
        return True
    return len(short) < len(long) and short[0] == long[0] and set(short) <= set(long)


def _is_proper(word: str) -> bool:
    """Say whether a word is written as in a name, not in lower case and not in capitals ("McDONALD")."""
    if word in PARTICLES or word.lower().startswith(("al-", "el-")):
        return True
    return word[0].isupper() and not any(a.isupper() and b.isupper() for a, b in pairwise(word))


def _word_case(word: str, index: int, words: list[str]) -> str:
    prefixed = _PREFIXED.fullmatch(word)
    if prefixed:
        return prefixed[1] + _capital(prefixed[2].lower())
    if word != word.upper() or word == word.lower() or _INITIAL.fullmatch(word):
        return word
    lower = word.lower().replace("i\u0307", "i")
    if lower in PARTICLES and len(words) > 1 and index < len(words) - 1 and _is_small(lower, index, words):
        return lower
    if (_NUMERAL.fullmatch(word) and 0 < index == len(words) - 1) or _is_initialism(word):
        return word
    parts = re.split(r"(-)", word)
    return "".join(_part_case(part, first=place == 0 and len(parts) > 1) for place, part in enumerate(parts))


def _is_initialism(word: str) -> bool:
    return len(word) == 3 and word.isascii() and word.isalpha() and _VOWELS.isdisjoint(word.lower())


def _is_small(lower: str, index: int, words: list[str]) -> bool:
    if index > 0:
        return True
    return lower in LOWER_FIRST or (lower == "van" and words[1].lower() in PARTICLES)


def _part_case(part: str, *, first: bool) -> str:
    lower = part.lower().replace("i\u0307", "i")
    if first and lower in ("al", "el", "ad", "ar", "as"):
        return lower
    prefix = _PREFIX.match(part)
    if prefix:
        return part[0].upper() + lower[1 : prefix.end()] + _capital(lower[prefix.end() :])
    return part[:1] + lower[1:] if len(lower) == len(part) else _capital(lower)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _role_word(word: str, *, first: bool) -> str:
    lower = word.lower()
    if lower in SMALL_WORDS and not first:
        return lower
    letters = [character for character in lower if character.isalpha()]
    dotted = word.count(".") > 1
    if dotted or (len(letters) < 6 and _VOWELS.isdisjoint(letters) and not word.endswith(".")) or word in ACRONYMS:
        return word
    return (
        "-".join(_capital(part) for part in lower.split("-")) if "-" in word and len(letters) > 4 else _hyphened(word)
    )


def _hyphened(word: str) -> str:
    return word if "-" in word else _capital(word.lower())
