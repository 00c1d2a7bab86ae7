"""Words somebody looks for, and where a text has them; nobody's expression runs, only escaped characters."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from annotator.text.folding import Folded, ascii_letters, fold

MAX_QUERY = 200
MAX_TERMS = 20
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_RUN = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"[^\W_]+")
#: Scripts written without spaces (Thai, Lao, Burmese, Khmer, kana, Han) have no borders of words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: In Korean, particles follow a word without space.
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_ARABIC = re.compile("[\u0620-\u064a\u0671-\u06d3]")
#: Arabic writes and, so, in, for, like, and the article before a word without space.
_ARABIC_PREFIX = "[وفبلك]{0,2}(?:ال)?"
_LETTER = r"[^\W_]"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase, folded; ``is_beginning`` if only its beginning was given (a star at the end)."""

    words: tuple[str, ...]
    is_beginning: bool = False


class Query:
    r"""A search for words: every term has to be in a text, as whole words, in any order.

    Terms are words and “quoted phrases”; a star at the end finds longer words, too. Case and diacritics do not count.
    Scripts without spaces have no word borders, Korean words may have particles, Arabic ones the article and prefixes.

    Parameters
    ----------
    written
        What somebody typed; whatever it holds is taken as the characters it is. At most 200 characters and 20 terms
        count.

    Examples
    --------
    >>> query = Query('cafe "two words"')
    >>> query.matches("In the Café, TWO\n words")
    True
    >>> query.spans("In the Café, two words")
    [(7, 11), (13, 22)]
    """

    def __init__(self, written: str) -> None:
        self.terms = tuple(_terms(fold(written[:MAX_QUERY])))[:MAX_TERMS]
        self._patterns = [re.compile(_expression(term)) for term in self.terms]
        needed = {run for term in self.terms for word in term.words for run in _WORD.findall(word)}
        self._needed = tuple(needed)
        self._phrases = [
            pattern for term, pattern in zip(self.terms, self._patterns, strict=True) if len(term.words) > 1
        ]
        self._plain = [run.encode() for run in needed if _RUN.fullmatch(run)]
        self._other = [run for run in needed if not _RUN.fullmatch(run)]

    def __bool__(self) -> bool:
        return bool(self.terms)

    def may_match(self, text: str) -> bool:
        """Tell, as fast as can be, whether a long text could have a matching sentence in it."""
        if self._plain:
            letters = ascii_letters(text)
            if not all(run in letters for run in self._plain):
                return False
        if not (self._other or self._phrases):
            return True
        folded = fold(text)
        return all(run in folded for run in self._other) and all(pattern.search(folded) for pattern in self._phrases)

    def matches(self, text: str) -> bool:
        """Tell whether every term is in a text."""
        folded = fold(text)
        # Most sentences lack a word, and to look for its letters is far cheaper than for the word.
        if not all(run in folded for run in self._needed):
            return False
        return all(next(_found(pattern, folded), None) is not None for pattern in self._patterns)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the terms are, in order, as offsets in code points; those that overlap become one."""
        folded = Folded(text)
        found = sorted(folded.span(*span) for pattern in self._patterns for span in _found(pattern, folded.text))
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


@lru_cache(maxsize=256)
def read_query(written: str) -> Query:
    """Return the query somebody wrote, put together once."""
    return Query(written)


def _terms(folded: str) -> Iterator[Term]:
    for match in _TERM.finditer(folded):
        written = (match[2] if match[1] is None else match[1]).strip()
        words = tuple(written.rstrip("*").split())
        if words:
            yield Term(words, written.endswith("*"))


def _found(pattern: re.Pattern[str], folded: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(folded):
        # A vowel sign is no letter to the expression, but the word goes on.
        if match.end() == len(folded) or unicodedata.category(folded[match.end()]) not in ("Mn", "Mc"):
            yield match.span()


def _expression(term: Term) -> str:
    body = r"\s+".join(re.escape(word) for word in term.words)
    return _left_border(term.words[0][0]) + body + ("" if term.is_beginning else _right_border(term.words[-1][-1]))


def _left_border(character: str) -> str:
    if _UNSPACED.match(character) or not character.isalnum():
        return ""
    border = f"(?<!{_LETTER})"
    return border + _ARABIC_PREFIX if _ARABIC.match(character) else border


def _right_border(character: str) -> str:
    if _UNSPACED.match(character) or _HANGUL.match(character) or not character.isalnum():
        return ""
    return f"(?!{_LETTER})"
