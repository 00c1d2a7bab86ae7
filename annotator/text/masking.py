"""Hide names in a text without moving anything: what is masked keeps its length in code points."""
# ruff: noqa: RUF001  (other scripts are what this is about)

import re
import unicodedata
from collections.abc import Iterable, Iterator

from annotator.text.mentions import MentionFinder
from annotator.text.titles import is_role_word, is_title_word, is_unnamed, split_title
from annotator.text.vocabulary import PARTICLES, frozen_words

#: Stands for one masked character. Shaded, since black blocks occur in texts that were blackened by others.
FILLER = "▒"
#: First and middle names that are common words: alone they stay, within the full name they are masked.
ORDINARY = frozen_words("""
    april art august chase christian dale dawn drew earnest faith frank glory grace grant hope iris jack june joy
    justice lance mark may melody mercy miles pat pearl peace rich rob rose ruby sky storm summer tab victor
    violet will
""")
_SUFFIXES = frozen_words("jr jr. sr sr. ii iii iv phd md")
_AUTHORS = re.compile(r"\s*(?:[,;/&|·]|\b(?:and|und|et|y|und|von|by)\b)\s*", re.IGNORECASE)
_RUNS = re.compile(f"{FILLER}+|[^{FILLER}]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]$")
#: Endings a name can take: genitive or plural, and the cases of Russian nouns that add letters.
_ENDINGS = ("s",)
_CYRILLIC_ENDINGS = ("а", "у", "ом", "е", "ым", "ой")
_SHORTEST_NAME = 3


class Masker:
    """Hides names in texts.

    Parameters
    ----------
    forms
        The forms to hide, as :func:`name_forms` makes them. Matched as whole words: several words in any case, one
        word as it is written or in capitals, in scripts without spaces anywhere.

    Examples
    --------
    >>> Masker(name_forms(outlet="NPR", people=["Peter Kenyon"])).mask("NPR’s Peter Kenyon reports.")
    '▒▒▒’s ▒▒▒▒▒▒▒▒▒▒▒▒ reports.'
    """

    def __init__(self, forms: Iterable[str]) -> None:
        self._finder = MentionFinder([(True, tuple(forms))])

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return what is hidden in a text, as half-open spans of code points in order."""
        return [(mention.start, mention.end) for mention in self._finder.find(text)]

    def mask(self, text: str) -> str:
        """Return the text with a filler for every code point of a name, so that every offset still counts."""
        parts, at = [], 0
        for start, end in self.spans(text):
            parts += [text[at:start], FILLER * (end - start)]
            at = end
        return "".join([*parts, text[at:]]) if parts else text


def name_forms(
    *, outlet: str | None = None, author: str | None = None, people: Iterable[str] = (), labels: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the forms under which an outlet, authors and speakers can be named in running text.

    Parameters
    ----------
    outlet
        Name of the outlet; hidden with and without "The" before it.
    author
        By-line, possibly of several people ("By Ann Lee and Bo Ek").
    people
        Full names. Each word of a name is hidden on its own, too, surnames always; particles, titles and first names
        that are common words ("Will") are not.
    labels
        Speakers as printed ("PRESIDENT ERDOGAN"); those that name no person ("HOST", "MAN #1") hide nothing.

    Examples
    --------
    >>> name_forms(people=["Ann de Vries"], labels=["HOST"])
    ('ann de vries', 'de vries', 'Ann', 'ANN', 'Anns', 'Vries', 'VRIES', 'Vriess')
    """
    found: dict[str, None] = {}
    if outlet:
        found |= dict.fromkeys(_outlet_forms(outlet))
    for name in [*people, *labels, *_authors(author or "")]:
        found |= dict.fromkeys(_person_forms(name))
    return tuple(found)


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the stretches of a masked text in order, and whether each is a masked name."""
    for match in _RUNS.finditer(text):
        yield match[0], match[0][0] == FILLER


def _outlet_forms(outlet: str) -> Iterator[str]:
    words = outlet.split()
    for form in (words, words[1:] if words[:1] and words[0].casefold() == "the" else []):
        if form:
            yield from _forms(form)


def _authors(author: str) -> list[str]:
    return [part for part in _AUTHORS.split(author) if part]


def _person_forms(name: str) -> Iterator[str]:
    words = [word for word in split_title(name.strip(" :.").split())[1] if word.casefold() not in _SUFFIXES]
    if not words or is_unnamed(words) or all(is_role_word(word) for word in words):
        return
    yield from _forms(words)
    *given, surname = words
    particles = len(given) - next((index for index, word in enumerate(reversed(given)) if word not in PARTICLES), 0)
    if particles < len(given):
        yield from _forms(words[particles:])
    for word in given:
        if _is_telling(word):
            yield from _forms([word])
    if len(surname.rstrip(".")) > 1 or not surname.isascii():
        yield from _forms([surname])


def _is_telling(word: str) -> bool:
    if word in PARTICLES or is_title_word(word) or word.casefold() in ORDINARY:
        return False
    return len(word.rstrip(".")) >= _SHORTEST_NAME or not word.isascii()


def _forms(words: list[str]) -> Iterator[str]:
    """Yield a name with and without accents: several words for any case, one as written and in capitals."""
    name = " ".join(words)
    for spelt in dict.fromkeys((name, _without_accents(name))):
        if len(words) > 1:
            yield spelt.lower()
            continue
        proper = spelt if spelt != spelt.upper() else spelt.capitalize() if len(spelt) > _SHORTEST_NAME else spelt
        endings = _CYRILLIC_ENDINGS if _CYRILLIC.search(spelt) else _ENDINGS
        yield from dict.fromkeys((proper, spelt, spelt.upper(), *(proper + ending for ending in endings)))


def _without_accents(name: str) -> str:
    if name.isascii():
        return name
    return "".join(mark for mark in unicodedata.normalize("NFD", name) if unicodedata.category(mark) != "Mn")
