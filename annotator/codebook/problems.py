"""The problems found in a codebook file: finished sentences in the order of its lines."""

from collections.abc import Iterable
from difflib import get_close_matches

from annotator.errors import InvalidInputError
from annotator.words import joined, say

EXCERPT_LENGTH = 60
MOST_TOLD = 200


class Problems:
    """Collects what is wrong with one file, so that all of it can be told at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[tuple[int, str]] = []

    def add(self, sentence: str, *, line: int, place: str = "") -> None:
        """Note a problem; ``line`` counts from 1, ``place`` names question and label."""
        where = say("{file}, line {line}", file=self.file, line=line)
        self._found.append((line, joined((joined((where, place)) if place else where, sentence), ": ")))

    def raise_if_any(self) -> None:
        """Raise the error that tells every problem, if there is one."""
        if self._found:
            raise self.error()

    def error(self) -> InvalidInputError:
        """Return the error that tells every problem."""
        return InvalidInputError(*self.sentences())

    def sentences(self) -> list[str]:
        """Return every problem by line; beyond 200 the rest is counted."""
        found = list(dict.fromkeys(sorted(self._found, key=lambda found: found[0])))
        sentences = [sentence for _, sentence in found[:MOST_TOLD]]
        if len(found) > MOST_TOLD:
            line, more = found[MOST_TOLD][0], len(found) - MOST_TOLD
            sentences.append(
                say(
                    "{file}, line {line}: {more} more problems begin here; correct those above first.",
                    file=self.file,
                    line=line,
                    more=more,
                )
            )
        return sentences


def excerpt(value: str) -> str:
    """Return the value in quotation marks, shortened, with invisible characters made visible."""
    shown = value if len(value) <= EXCERPT_LENGTH else value[: EXCERPT_LENGTH - 1] + "…"
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown) + '"'


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return the advice to give about an unknown word: the nearest known one, or all of them."""
    names = sorted(known)
    near = get_close_matches(given.casefold()[:EXCERPT_LENGTH], names, n=1, cutoff=0.55)
    return say('did you mean "{word}"?', word=near[0]) if near else say("use one of {words}.", words=", ".join(names))
