"""Who the labels of a transcript name: one speaker for "PETER KENYON, BYLINE" and "KENYON"."""

from dataclasses import dataclass, field

from annotator.text.labels import Label
from annotator.text.names import NameFinder, fold, role_case, title_case
from annotator.text.notes import is_spoken_note
from annotator.text.titles import is_unnamed, split_title, unnamed_role
from annotator.text.values import Speaker
from annotator.text.vocabulary import PARTICLES

_BYLINES = frozenset({"byline", "by-line"})
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


@dataclass(slots=True)
class _Entry:
    """A speaker while labels are still being read; ``key`` holds the folded words of the name."""

    name: str
    key: tuple[str, ...]
    unnamed: bool
    role: str | None = None
    byline: bool = False
    aliases: dict[str, None] = field(default_factory=dict)


class Cast:
    """The speakers of one transcript, in order of appearance.

    A surname alone is the last full name with it among the labels before. If two labelled people have that surname,
    only a title tells them apart, else the surname becomes a speaker of its own, for a wrong link is worse than a
    missing one. Without such a label, the one full name with that surname in the text before counts; of two, none.
    """

    def __init__(self, text: str) -> None:
        self._names = NameFinder(text)
        self._entries: list[_Entry] = []
        self._by_alias: dict[tuple[str, str | None], int] = {}

    def speakers(self) -> tuple[Speaker, ...]:
        """Return the speakers seen so far."""
        return tuple(Speaker(entry.name, tuple(entry.aliases), entry.role, entry.byline) for entry in self._entries)

    def add(self, label: Label) -> tuple[int, str | None]:
        """Return the index of the speaker a label names, and the note within the label ("through interpreter")."""
        title, words, rest = _parts(label)
        notes = [bracket for bracket in label.brackets if is_spoken_note(bracket)]
        roles = [role for role in (*rest, *label.brackets) if role not in notes and role.casefold() not in _BYLINES]
        role = ", ".join(role_case(part) for part in (" ".join(title), *roles) if part) or None
        index = self._find(words, title=role_case(" ".join(title)), place=label.start)
        entry = self._entries[index]
        entry.byline = entry.byline or any(part.casefold() in _BYLINES for part in rest)
        entry.role = entry.role or role or (entry.name if unnamed_role(words) else None)
        entry.aliases.setdefault(" ".join(words))
        return index, "; ".join(notes) or None

    def _find(self, words: list[str], *, title: str, place: int) -> int:
        alias = (" ".join(words), title or None)
        index = self._by_alias.get(alias)
        if index is None:
            index = self._match(tuple(map(fold, words)), title) if not is_unnamed(words) else self._same_name(words)
        if index is None:
            index = self._create(words, place)
        self._by_alias[alias] = index
        return index

    def _same_name(self, words: list[str]) -> int | None:
        key = tuple(map(fold, words))
        return next((index for index, entry in enumerate(self._entries) if entry.key == key), None)

    def _match(self, key: tuple[str, ...], title: str) -> int | None:
        """Return the one speaker a name can mean."""
        named = [index for index, entry in enumerate(self._entries) if not entry.unnamed]
        same = [index for index in named if self._entries[index].key == key]
        if same:
            return same[-1]
        alike = [index for index in named if _means(key, self._entries[index].key)]
        if len(alike) > 1 and title:
            alike = [index for index in alike if title in (self._entries[index].role or "")]
        return alike[0] if len(alike) == 1 else None

    def _create(self, words: list[str], place: int) -> int:
        unnamed = is_unnamed(words)
        name = None
        if not unnamed and _is_surname(words):
            full = self._names.full_names(words, place)
            name = full[0] if len(full) == 1 else None
            index = self._same_name(name.split()) if name else None
            if index is not None:
                return index
        name = name or (None if unnamed else self._names.spelling(words)) or title_case(words)
        self._entries.append(_Entry(name, tuple(map(fold, name.split())), unnamed))
        return len(self._entries) - 1


def _parts(label: Label) -> tuple[list[str], list[str], list[str]]:
    """Divide a label into title, name and what follows the first comma."""
    words, rest = label.name.split(), list(label.rest)
    if rest and rest[0].casefold() in _SUFFIXES:
        words.append(rest.pop(0))
    title, name = ([], words) if is_unnamed(words) else split_title(words)
    return title, name, rest


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
