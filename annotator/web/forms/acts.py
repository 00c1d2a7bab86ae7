"""What the labelling script sends: acts as forms, and where it wants to go on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from annotator.errors import InvalidInputError
from annotator.words import say

MOST_ACTS = 50
MOST_AHEAD = 10


@dataclass(frozen=True, slots=True)
class SentAct:
    """One act: the unit, the form's fields, and those before suggestions were shown where they came after."""

    unit: str
    fields: MultiDict[str, str]
    first: MultiDict[str, str] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Acts as they were sent, whose they are (a user's UUID), and what the page has and wants to go on with.

    ``here`` is the unit on the screen, ``have`` those that are waiting behind it, ``ahead`` how many should wait.
    """

    person: str | None
    acts: tuple[Any, ...]
    document: str | None
    here: str | None
    have: frozenset[str]
    ahead: int


def read_new_target(sent: Any) -> str:
    """Return the name of a target that was typed in.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    name = _text(sent, "name") if isinstance(sent, dict) else None
    if name is None:
        raise InvalidInputError(say("A target needs a name."))
    return name


def read_batch(sent: Any) -> Batch:
    """Return what was sent; each act is read by itself, with :func:`read_act`, when it is stored.

    Raises
    ------
    InvalidInputError
        If it has another form.
    """
    if not isinstance(sent, dict) or not _is_list(sent.get("acts"), MOST_ACTS):
        raise InvalidInputError(say("A list of at most {most} acts is expected; reload the page.", most=MOST_ACTS))
    have, ahead = sent.get("have", []), sent.get("ahead", 0)
    if not _is_list(have, MOST_ACTS) or not all(isinstance(unit, str) for unit in have) or type(ahead) is not int:
        raise InvalidInputError(say("What the page has could not be read; reload the page."))
    return Batch(
        person=_text(sent, "person"),
        acts=tuple(sent["acts"]),
        document=_text(sent, "document"),
        here=_text(sent, "here"),
        have=frozenset(have),
        ahead=min(max(ahead, 0), MOST_AHEAD),
    )


def read_act(sent: Any) -> SentAct:
    """Return one act of a batch.

    Raises
    ------
    InvalidInputError
        If it has another form.
    """
    unit = _text(sent, "unit") if isinstance(sent, dict) else None
    if unit is None:
        raise InvalidInputError(say("An act must name its sentence; reload the page."))
    first = sent.get("first")
    return SentAct(unit, fields_from_pairs(sent.get("fields")), None if first is None else fields_from_pairs(first))


def _is_list(value: Any, most: int) -> bool:
    return isinstance(value, list) and len(value) <= most


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
