"""Who the labels of a transcript name: one speaker for "PETER KENYON, BYLINE" and "KENYON"."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

from annotator.text.labels import Label, LabelParts
from annotator.text.names import NameFinder, fold, role_case, title_case
from annotator.text.notes import is_spoken_note
from annotator.text.titles import is_unnamed, split_title, unnamed_role
from annotator.text.values import Speaker
from annotator.text.vocabulary import BYLINES, PARTICLES

_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


@dataclass(slots=True)
class _Entry:
    """A speaker while labels are still being read."""

    name: str
    key: tuple[str, ...]
    role: str | None = None
    byline: bool = False
    aliases: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Named:
    """What a label tells by itself; ``key`` holds the folded words of the name."""

    title: str
    words: list[str]
    key: tuple[str, ...]
    unnamed: bool
    role: str | None
    byline: bool
    note: str | None


class Cast:
    """The speakers of one transcript, in order of appearance.

    A surname alone is the last full name with it among the labels before. If two labelled people have that surname,
    only a title tells them apart, else the surname becomes a speaker of its own, for a wrong link is worse than a
    missing one. Without such a label, the one full name with that surname in the text before counts; of two, none.
    """

    def __init__(self, text: str) -> None:
        self._names = NameFinder(text)
        self._entries: list[_Entry] = []
        self._by_key: dict[tuple[str, ...], int] = {}
        self._by_last: dict[str, list[int]] = defaultdict(list)
        self._known: dict[LabelParts, tuple[int, str | None]] = {}

    def speakers(self) -> tuple[Speaker, ...]:
        """Return the speakers seen so far."""
        return tuple(Speaker(entry.name, tuple(entry.aliases), entry.role, entry.byline) for entry in self._entries)

    def add(self, label: Label) -> tuple[int, str | None]:
        """Return the index of the speaker a label names, and the note within the label ("through interpreter")."""
        known = self._known.get(label.parts)
        if known is None:
            count = len(self._entries)
            known = self._add(label.parts, label.start)
            if len(self._entries) > count:
                self._known.clear()  # A newcomer can make a surname ambiguous.
            self._known[label.parts] = known
        return known

    def _add(self, parts: LabelParts, place: int) -> tuple[int, str | None]:
        named = _named(parts)
        index = self._find(named, place=place)
        entry = self._entries[index]
        entry.byline = entry.byline or named.byline
        entry.role = entry.role or named.role
        entry.aliases.setdefault(" ".join(named.words))
        return index, named.note

    def _find(self, named: _Named, *, place: int) -> int:
        """Return the one speaker a name can mean, a new one if there is none."""
        index = self._same_name(named.key)
        if index is not None:
            return index
        alike = [] if named.unnamed else self._alike(named.key)
        if len(alike) > 1 and named.title:
            alike = [index for index in alike if named.title in (self._entries[index].role or "")]
        if len(alike) == 1:
            return alike[0]
        name = None if named.unnamed or alike else self._full_name(named.words, place)
        index = self._same_name(tuple(map(fold, name.split()))) if name else None
        return self._create(named, name) if index is None else index

    def _same_name(self, key: tuple[str, ...]) -> int | None:
        return self._by_key.get(key)

    def _alike(self, key: tuple[str, ...]) -> list[int]:
        return [index for index in self._by_last[key[-1]] if _means(key, self._entries[index].key)]

    def _full_name(self, words: list[str], place: int) -> str | None:
        """Return the full name of a surname if the text before names exactly one."""
        if not _is_surname(words):
            return None
        full = self._names.full_names(words, place)
        return full[0] if len(full) == 1 else None

    def _create(self, named: _Named, name: str | None) -> int:
        name = name or (None if named.unnamed else self._names.spelling(named.words)) or title_case(named.words)
        key, index = tuple(map(fold, name.split())), len(self._entries)
        self._entries.append(_Entry(name, key))
        self._by_key[key] = index
        if not named.unnamed:
            self._by_last[key[-1]].append(index)
        return index


@lru_cache(maxsize=4096)
def _named(parts: LabelParts) -> _Named:
    """Divide a label into title, name, roles and notes."""
    words, rest = parts.name.split(), list(parts.rest)
    if rest and rest[0].casefold() in _SUFFIXES:
        words.append(rest.pop(0))
    unnamed = is_unnamed(words)
    title, words = ([], words) if unnamed else split_title(words)
    notes = [bracket for bracket in parts.brackets if is_spoken_note(bracket)]
    roles = [role for role in (*rest, *parts.brackets) if role not in notes and role.casefold() not in BYLINES]
    role = ", ".join(role_case(part) for part in (" ".join(title), *roles) if part)
    return _Named(
        role_case(" ".join(title)),
        words,
        tuple(map(fold, words)),
        unnamed,
        role or (title_case(words) if unnamed_role(words) else None),
        any(part.casefold() in BYLINES for part in rest),
        "; ".join(notes) or None,
    )


def _is_surname(words: list[str]) -> bool:
    return len(words) == 1 or words[0].casefold() in PARTICLES


def _means(key: tuple[str, ...], full: tuple[str, ...]) -> bool:
    """Can the shorter name stand for the full one: its end, or first and last with other middle names?"""
    if len(key) < len(full) and full[-len(key) :] == key:
        return True
    if len(key) < 2 or len(full) < 2 or len(key) == len(full):
        return False
    short, long = sorted((key, full), key=len)
    return short[0] == long[0] and short[-1] == long[-1] and set(short) <= set(long)
