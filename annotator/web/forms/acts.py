"""What the labelling script sends: acts as forms, and where it wants to go on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from annotator.errors import InvalidInputError
from annotator.words import say

MOST_ACTS = 50


@dataclass(frozen=True, slots=True)
class SentAct:
    """One act: the unit, the form's fields, and those before suggestions were shown where they came after."""

    unit: str
    fields: MultiDict[str, str]
    first: MultiDict[str, str] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Acts, whose they are (a user's UUID), and the document or the unit to go on with."""

    person: str | None
    acts: tuple[SentAct, ...]
    document: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A target typed in, the index of its first row, and the kind of unit it is for."""

    name: str
    index: int
    kind: str | None


def read_new_target(sent: Any) -> NewTarget:
    """Return what was sent.

    Raises
    ------
    InvalidInputError
        If it has another form.
    """
    name = _text(sent, "name") if isinstance(sent, dict) else None
    if name is None or not isinstance(sent.get("index"), int):
        raise InvalidInputError(say("A target needs a name."))
    return NewTarget(name, sent["index"], _text(sent, "kind"))


def read_batch(sent: Any) -> Batch:
    """Return what was sent.

    Raises
    ------
    InvalidInputError
        If it has another form.
    """
    given = sent.get("acts") if isinstance(sent, dict) else None
    if not isinstance(given, list) or len(given) > MOST_ACTS:
        raise InvalidInputError(say("A list of at most {most} acts is expected; reload the page.", most=MOST_ACTS))
    return Batch(
        person=_text(sent, "person"),
        acts=tuple(_act(one) for one in given),
        document=_text(sent, "document"),
        unit=_text(sent, "unit"),
    )


def _act(sent: Any) -> SentAct:
    unit = _text(sent, "unit") if isinstance(sent, dict) else None
    if unit is None:
        raise InvalidInputError(say("An act must name its sentence; reload the page."))
    first = sent.get("first")
    return SentAct(unit, fields_from_pairs(sent.get("fields")), None if first is None else fields_from_pairs(first))


def _text(sent: dict[str, Any], name: str) -> str | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInputError(say("“{name}” must be a text; reload the page.", name=name))
    refuse_unstorable([value or ""])
    return value or None


def fields_from_pairs(pairs: Any) -> MultiDict[str, str]:
    """Return a form's fields as the script sends them: a list of names and values.

    Raises
    ------
    InvalidInputError
        If it is anything else, or holds text no database takes.
    """
    is_read = isinstance(pairs, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair) for pair in pairs
    )
    if not is_read:
        raise InvalidInputError(say("What was sent is no form; reload the page."))
    refuse_unstorable(part for pair in pairs for part in pair)
    return MultiDict(pairs)


def refuse_unstorable(texts: Iterable[str]) -> None:
    """Refuse characters that no database stores.

    Raises
    ------
    InvalidInputError
        If there are any.
    """
    whole = "".join(texts)
    if "\0" in whole or any("\ud800" <= char <= "\udfff" for char in whole if char > "\ud7ff"):
        raise InvalidInputError(say("A text holds a character that cannot be stored; remove it and save again."))
