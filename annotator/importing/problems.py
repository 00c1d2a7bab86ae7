"""Collects what is wrong with a file while its reading goes on, to be told all at once."""

from annotator.errors import InvalidInputError

#: More than these are only counted: nobody reads the two-hundredth sentence about the same mistake.
MOST_TOLD = 50


def place(name: str, line: int | None) -> str:
    """Return how an error names a place: the file and, where there is one, the line."""
    return name if line is None else f"{name}, line {line}"


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
        self.add_told(f"{place(self.name, line)}: {sentence}")

    def add_told(self, sentence: str) -> None:
        """Note a problem whose sentence names its place already."""
        if len(self._told) < MOST_TOLD:
            self._told.append(sentence)
        else:
            self._more += 1

    def raise_any(self) -> None:
        """Raise InvalidInputError with everything noted, if there is anything."""
        if not self._told:
            return
        more = (f"{self.name}: and {self._more:,} more.",) if self._more else ()
        raise InvalidInputError(*self._told, *more)
