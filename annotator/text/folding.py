"""Texts as a reader compares them: without case, diacritics and the shapes of quotation marks."""

import unicodedata
from bisect import bisect_right

#: Letters that are read as another although Unicode does not take them apart.
_READ_AS = {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "ß": "ss"}
_ALIKE = {"’": "'", "‘": "'", "\u02bc": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u0640": ""}
#: Letters for :func:`ascii_letters`, which must not lose them; a capital ß is one letter, too.
_LETTERS = (*((big, small) for letter, small in _READ_AS.items() for big in (letter, letter.upper())), ("ẞ", "ss"))


class _Folds(dict[int, str]):
    """What each code point is read as, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _fold_character(chr(code))
        return found


def _fold_character(character: str) -> str:
    if character in _ALIKE:
        return _ALIKE[character]
    parts = unicodedata.normalize("NFKD", character.casefold())
    kept = "".join(_READ_AS.get(part, part) for part in parts if not _is_diacritic(part))
    # Once more: a letter in a font of its own is a capital only after it was taken apart.
    return unicodedata.normalize("NFC", kept.casefold())


def _is_diacritic(character: str) -> bool:
    """Tell accents, Hebrew points and Arabic vowel signs from marks that make another letter (kana, Indic scripts)."""
    order = unicodedata.combining(character)
    return order == 1 or 10 <= order <= 36 or order >= 200


_FOLDS = _Folds()


def fold(text: str) -> str:
    r"""Return a text as it is compared.

    Parameters
    ----------
    text
        Any text; decomposed characters are put together first.

    Returns
    -------
    str
        Without case and diacritics; quotation marks and apostrophes are the plain ones. It can be longer or shorter
        than the text: :class:`Folded` knows the way back.

    Examples
    --------
    >>> fold("Łódź, “Straße” DON’T")
    'lodz, "strasse" don\'t'
    """
    if text.isascii():
        return text.lower()
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.translate(_FOLDS)


def ascii_letters(text: str) -> bytes:
    """Return the Latin letters and digits of the folded text (with whatever else ASCII has), some ten times faster.

    What ``fold`` turns into ASCII is all there in the same order, so that a run of letters and digits missing here is
    missing in ``fold(text)``, too. The converse does not hold: what stood between two letters may be gone.
    """
    if not text.isascii():
        for letter, plain in _LETTERS:
            if letter in text:
                text = text.replace(letter, plain)
        text = unicodedata.normalize("NFKD", text)
    return text.encode("ascii", "ignore").lower()


class Folded:
    """A folded text that knows where each of its characters came from."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts: list[int] = []
        self._origins: list[int] = []
        parts: list[str] = []
        length = 0
        for start, cluster in _clusters(text):
            folded = fold(cluster)
            if folded:
                self._starts.append(length)
                self._origins.append(start)
                parts.append(folded)
                length += len(folded)
        self.text = "".join(parts)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original that a stretch of the folded text was made of."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1)
        return self._origins[first], self._origins[last] if last < len(self._origins) else self._length


def _clusters(text: str) -> list[tuple[int, str]]:
    """Cut a text into characters with the marks that belong to them."""
    starts = [index for index, character in enumerate(text) if index == 0 or not _continues(character)]
    ends = [*starts[1:], len(text)] if starts else []
    return [(start, text[start:end]) for start, end in zip(starts, ends, strict=True)]


def _continues(character: str) -> bool:
    return not character.isascii() and (unicodedata.combining(character) > 0 or "\u1160" <= character <= "\u11ff")
