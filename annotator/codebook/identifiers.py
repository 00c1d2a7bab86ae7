"""Ids that are derived from names: readable, the same every time, in any script."""

import unicodedata
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

ID_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a question or a label says of itself in a file; ``id`` may be empty."""

    name: str
    id: str = ""
    was: str = ""


def folded(text: str) -> str:
    """Return the text in the form in which two names count as the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def slug(name: str) -> str:
    """Return the name in lower case with hyphens between its words; letters of every script are kept."""
    kept = (char if is_id_character(char) and char not in "-." else " " for char in folded(name))
    return "-".join("".join(kept).split())[: ID_LENGTH - 8].strip("-") or "unnamed"


def is_id_character(character: str) -> bool:
    """Tell whether an id may hold the character: letters, marks and digits of any script, and ``-``, ``_``, ``.``."""
    return character in "-_." or unicodedata.category(character)[0] in "LMN"


def derive_ids(entries: Sequence[Named]) -> list[str]:
    """Return an id for each entry: its own, or a slug of the old name of a renamed one, or of its name.

    No id is another entry's id or name, so that either finds one entry only.
    """
    ids = [entry.id for entry in entries]
    taken = {folded(id_) for id_ in ids if id_}
    named = Counter(folded(entry.name) for entry in entries)
    for renamed in (True, False):
        for index, entry in enumerate(entries):
            if not ids[index] and bool(entry.was) == renamed:
                others = named - Counter([folded(entry.name)])
                ids[index] = _free_slug(slug(entry.was or entry.name), taken, others)
                taken.add(folded(ids[index]))
    return ids


def _free_slug(base: str, *taken: Container[str]) -> str:
    """Return the slug, numbered where it is taken."""
    candidate, number = base, 1
    while any(folded(candidate) in words for words in taken):
        number += 1
        candidate = f"{base}-{number}"
    return candidate
