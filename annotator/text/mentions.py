"""Where targets and people are named in a text, by their aliases."""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

#: Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Han; no border can be asked for there.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: In Korean, particles follow a name without space.
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_ARABIC = re.compile("[\u0620-\u064a\u0671-\u06d3]")
#: Arabic writes and, so, in, for, like as one letter before the word.
_ARABIC_PREFIXES = "وفبلك"
_LETTER = r"[^\W_]"
_ANY = r"[\s\S]"
_LINE = re.compile(r"[^\n\r]+")


@dataclass(frozen=True, slots=True)
class Mention(Generic[K]):
    """An alias of ``key`` at ``[start, end)``, without a possessive ending."""

    start: int
    end: int
    key: K


class MentionFinder(Generic[K]):
    """Finds the aliases of many targets at once, the longest first, without overlaps, as whole words.

    An alias with a capital is matched as it is written ("US" is not "us"), its first letter also as a capital ("The
    West"), and in any case within a line all in capitals. An alias without capitals is matched in any case. White
    space in an alias stands for any white space. Scripts without spaces have no word borders.

    Parameters
    ----------
    targets
        Pairs of a key and its aliases. An alias of two keys belongs to the first.

    Examples
    --------
    >>> finder = MentionFinder([("TR", ["Turkey", "Erdogan"]), ("W", ["the West"])])
    >>> finder.find("The West heard Erdogan's speech.")
    [Mention(start=0, end=8, key='W'), Mention(start=15, end=22, key='TR')]
    """

    def __init__(self, targets: Sequence[tuple[K, Sequence[str]]]) -> None:
        exact: dict[str, K] = {}
        folded: dict[str, K] = {}
        everything: dict[str, K] = {}
        for key, aliases in targets:
            for alias in filter(None, map(_normalised, aliases)):
                everything.setdefault(alias.lower(), key)
                if alias == alias.lower():
                    folded.setdefault(alias, key)
                else:
                    exact.setdefault(alias, key)
                    exact.setdefault(alias[0].upper() + alias[1:], key)
        self._exact = _Matcher(exact, ignore_case=False)
        self._folded = _Matcher(folded, ignore_case=True)
        self._capitals = _Matcher(everything, ignore_case=True)

    def find(self, text: str) -> list[Mention[K]]:
        """Return the mentions in ``text`` in order, offsets in code points into it."""
        found = self._exact.matches(text)
        found += self._folded.matches(text)
        capitals = list(_lines_in_capitals(text))
        if capitals:
            found += [mention for span in capitals for mention in self._capitals.matches(text, *span)]
        found.sort(key=lambda mention: (mention.start, -mention.end))
        kept: list[Mention[K]] = []
        for mention in found:
            if not kept or mention.start >= kept[-1].end:
                kept.append(mention)
        return kept


class _Matcher(Generic[K]):
    """A compiled expression for all aliases of each script; nobody's expression runs, only escaped characters."""

    def __init__(self, keys: dict[str, K], *, ignore_case: bool) -> None:
        self._ignore_case = ignore_case
        self._keys = {form: key for alias, key in keys.items() for form in _forms(alias)}
        self._patterns = [re.compile(one, re.IGNORECASE if ignore_case else 0) for one in _expressions(self._keys)]

    def matches(self, text: str, start: int = 0, end: int = sys.maxsize) -> list[Mention[K]]:
        """Return the leftmost longest matches; those that end in different scripts may overlap."""
        found = []
        for pattern in self._patterns:
            for match in pattern.finditer(text, start, min(end, len(text))):
                key = self._keys.get(self._form(match[0]))
                if key is not None:
                    found.append(Mention(match.start(), match.end(), key))
        return found

    def _form(self, matched: str) -> str:
        form = _normalised(matched)
        return form.lower() if self._ignore_case else form


def _normalised(alias: str) -> str:
    return " ".join(alias.replace("’", "'").split())


def _forms(alias: str) -> set[str]:
    """Return the alias with its accents as one character and as two."""
    if alias.isascii():
        return {alias}
    return {alias, unicodedata.normalize("NFC", alias), unicodedata.normalize("NFD", alias)}


def _lines_in_capitals(text: str) -> Iterator[tuple[int, int]]:
    if text.isupper():
        yield 0, len(text)
    elif "\n" in text or "\r" in text:
        for match in _LINE.finditer(text):
            if match[0].isupper():
                yield match.span()


def _expressions(aliases: Iterable[str]) -> list[str]:
    """Return an expression for all aliases that need the same border at their end.

    As alternatives in one, the first would be taken where a longer alias ends in another script.
    """
    by_border: dict[str, list[list[str]]] = defaultdict(list)
    for alias in aliases:
        by_border[_right_border(alias[-1])].append(_tokens(alias))
    return [f"(?:{_tree_expression(_tree(group))}){border}" for border, group in by_border.items()]


def _tokens(alias: str) -> list[str]:
    """Return the pieces of an alias' expression: its characters, and the border after the first."""
    tokens = [_token(character) for character in alias]
    tokens[0] += _left_border(alias[0])
    return tokens


def _token(character: str) -> str:
    if character == " ":
        return r"\s+"
    return "['’]" if character == "'" else re.escape(character)


def _left_border(character: str) -> str:
    # Looks back over the first character instead of standing before it, so that the search can skip to first
    # characters.
    if _UNSPACED.match(character):
        return ""
    border = f"(?<!{_LETTER}{_ANY})"
    if not character.isascii():
        border += f"(?<![{_marks()}]{_ANY})"
    if _ARABIC.match(character):
        return f"(?:{border}|(?<=[{_ARABIC_PREFIXES}]{_ANY})(?<!{_LETTER}{_ANY}{_ANY})(?<![{_marks()}]{_ANY}{_ANY}))"
    return border


def _right_border(character: str) -> str:
    if _UNSPACED.match(character) or _HANGUL.match(character):
        return ""
    return f"(?!{_LETTER}|[{_marks()}])"


@lru_cache(maxsize=1)
def _marks() -> str:
    """Return the inside of a character class of combining marks, which no border may divide from their letter."""
    marks = [code for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


class _Node(dict[str, "_Node"]):
    """A place in the tree of aliases; ``ends`` if one ends there."""

    ends = False


def _tree(aliases: list[list[str]]) -> _Node:
    root = _Node()
    for tokens in aliases:
        node = root
        for token in tokens:
            node = node.setdefault(token, _Node())
        node.ends = True
    return root


def _tree_expression(node: _Node) -> str:
    """Return the expression of a tree: common beginnings shared, the longest alias tried first."""
    chain = ""
    while len(node) == 1 and not node.ends:
        ((token, node),) = node.items()
        chain += token
    if not node:
        return chain
    body = "|".join(token + _tree_expression(child) for token, child in node.items())
    return f"{chain}(?:{body})" + ("?" if node.ends else "")
