"""Which keys the rows of a native data set have, and of what type they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.errors import InvalidInputError
from annotator.importing.strict_json import kind_of


@dataclass(frozen=True, slots=True)
class Is:
    """A permitted type, by its name in sentences; ``needed`` keys must be there."""

    type: type
    name: str
    needed: bool = False
    nullable: bool = True


_TEXT = Is(str, "a string")
_TEXT_NEEDED = Is(str, "a string", needed=True, nullable=False)
_NUMBER = Is(int, "a whole number")
_NUMBER_NEEDED = Is(int, "a whole number", needed=True, nullable=False)
_LIST = Is(list, "a list")
_OBJECT = Is(dict, "an object")
_SWITCH = Is(bool, "true or false")

Shape = Mapping[str, Is]

DOCUMENT: Shape = {
    "id": _TEXT_NEEDED,
    "text": _TEXT,
    "text_sha256": _TEXT,
    "length": _NUMBER,
    **dict.fromkeys(("kind", "title", "outlet", "author", "url", "date", "date_precision", "language"), _TEXT),
    **dict.fromkeys(("segmenter", "extractor", "near_duplicate_group", "split"), _TEXT),
    **dict.fromkeys(("position", "order"), _NUMBER),
    "variables": _OBJECT,
    "reserved": _SWITCH,
    "speakers": _LIST,
    "turns": _LIST,
    "original": _OBJECT,
}
UNIT: Shape = {
    "id": _TEXT_NEEDED,
    "document": _TEXT_NEEDED,
    "start": _NUMBER_NEEDED,
    "end": _NUMBER_NEEDED,
    **dict.fromkeys(("text", "text_sha256", "kind", "speaker", "split", "withdrawn_at"), _TEXT),
    **dict.fromkeys(("length", "position", "turn"), _NUMBER),
    "annotations": Is(list, "a list", needed=True, nullable=False),
    "gold": _OBJECT,
}
ACT: Shape = {
    **dict.fromkeys(("key", "unit", "annotator", "act", "kind", "at"), _TEXT_NEEDED),
    **dict.fromkeys(("sequence", "codebook"), _NUMBER_NEEDED),
    **dict.fromkeys(("round", "supersedes", "comment", "client_at", "arm", "previous", "hash"), _TEXT),
    **dict.fromkeys(("answers", "first_answers", "selection", "suggestions"), _OBJECT),
    **dict.fromkeys(("flagged", "late", "stale"), _SWITCH),
    "masked": _LIST,
}


def check_shape(row: Mapping[str, object], shape: Shape, where: str) -> None:
    """Raise InvalidInputError if a needed key is missing or a value has another type; more keys are let be."""
    for name, expected in shape.items():
        if name not in row:
            if expected.needed:
                raise InvalidInputError(f'{where}: "{name}" is missing; export the data set again.')
        elif not _fits(row[name], expected):
            found = kind_of(row[name])
            raise InvalidInputError(f'{where}: "{name}" must be {expected.name}, but is {found}.')


def _fits(value: object, expected: Is) -> bool:
    if value is None:
        return expected.nullable
    # Not isinstance: true is an int to Python. The databases' integers are signed.
    return type(value) is expected.type and (type(value) is not int or value < 2**63)
