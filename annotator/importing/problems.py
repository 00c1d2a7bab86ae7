"""Collects what is wrong with a file while its reading goes on, to be told all at once."""

from annotator.errors import InvalidInputError
from annotator.words import joined, say

#: More than these are only counted: nobody reads the two-hundredth sentence about the same mistake.
MOST_TOLD = 50
#: After so many the reading stops: the file is of another kind, and going on would take minutes.
MOST_COUNTED = 10_000


def place(name: str, line: int | None) -> str:
    """Return how an error names a place: the file and, where there is one, the line."""
    return name if line is None else say("{file}, line {line}", file=name, line=line)


class FoundProblemsError(InvalidInputError):
    """What was wrong with a file; ``more`` problems were only counted."""

    def __init__(self, *problems: str, more: int = 0) -> None:
        super().__init__(*problems)
        self.more = more


class Problems:
    """The problems found so far in the file ``name``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._told: list[str] = []
        self._more = 0

    def __len__(self) -> int:
        return len(self._told) + self._more

    def add(self, line: int | None, sentence: str) -> None:
        """Note a problem; ``sentence`` says what is wrong and what to do."""
        self.add_told(joined((place(self.name, line), sentence), ": "))

    def add_told(self, sentence: str) -> None:
        """Note a problem whose sentence names its place already; the last one that is counted raises all."""
        if len(self._told) < MOST_TOLD:
            self._told.append(sentence)
        else:
            self._more += 1
        if len(self) >= MOST_COUNTED:
            self.raise_any()

    def take(self, error: InvalidInputError) -> None:
        """Note what an error told, unless it is the one that stops the reading."""
        if len(self) >= MOST_COUNTED:
            raise error
        more = error.more if isinstance(error, FoundProblemsError) else 0
        for sentence in error.problems[: -1 if more else None]:
            self.add_told(sentence)
        self._more += more

    def raise_any(self) -> None:
        """Raise InvalidInputError with everything noted, if there is anything."""
        if not self._told:
            return
        more: tuple[str, ...] = ()
        if len(self) >= MOST_COUNTED:
            more = (say("{file}: and {more:,} more at least; reading stopped there.", file=self.name, more=self._more),)
        elif self._more:
            more = (say("{file}: and {more:,} more.", file=self.name, more=self._more),)
        raise FoundProblemsError(*self._told, *more, more=self._more)
