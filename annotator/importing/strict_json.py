"""The one JSON loader: what it lets through, both databases and every exporter can hold."""

import json
import math
from collections.abc import Iterator
from typing import NoReturn

import orjson

from annotator.errors import InvalidInputError
from annotator.importing.normalising import flaw_in
from annotator.words import joined, say

MAX_DEPTH = 64
#: Empty lists, or keys, take a hundred times the memory of their characters.
MAX_BRACKETS = 500_000
MAX_QUOTES = 2_000_000
#: What fits into 64 bits, signed or not: orjson's own bounds, so that both ways of loading agree.
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


class _RefusedError(ValueError):
    """What the strict rules object to, as the end of a sentence."""


def loads(text: str, *, where: str) -> object:
    """Return the value of a JSON text; raise InvalidInputError naming ``where`` (file and line).

    Refused beside broken JSON: nesting over 64, NaN and Infinity, duplicate keys, lone surrogates, NUL,
    integers beyond 64 bits, numbers too large for a float.
    """
    try:
        return _load(text)
    except _RefusedError as refusal:
        raise InvalidInputError(say("{where}: {refusal}.", where=where, refusal=refusal.args[0])) from None
    except RecursionError:
        raise InvalidInputError(say("{where}: {refusal}.", where=where, refusal=_too_deep())) from None
    except json.JSONDecodeError as error:
        at = say("character {position:,}", position=error.colno)
        if error.lineno > 1:
            at = say("line {line}, character {position:,}", line=error.lineno, position=error.colno)
        sentence = say("this is not valid JSON ({reason} at {at}); correct it.", reason=error.msg, at=at)
        raise InvalidInputError(joined((where, sentence), ": ")) from None


def load_object(text: str, *, where: str) -> dict[str, object]:
    """Return the object of a JSON text, or raise InvalidInputError if it is anything else."""
    value = loads(text, where=where)
    if not isinstance(value, dict):
        raise InvalidInputError(
            say("{where}: this must be a JSON object, {{…}}, but is {kind}.", where=where, kind=kind_of(value))
        )
    return value


def kind_of(value: object) -> str:
    """Return what a JSON value is called in a sentence."""
    names = {
        bool: say("true or false"),
        type(None): say("null"),
        str: say("a string"),
        list: say("a list"),
        dict: say("an object"),
    }
    return names.get(type(value), say("a number"))


def decoder() -> json.JSONDecoder:
    """Return a decoder with the strict rules on keys and numbers (``check`` holds the others)."""
    return json.JSONDecoder(
        object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_bounded_int, parse_float=_finite
    )


def check(value: object) -> None:
    """Raise ValueError if the value is nested too deeply or one of its strings cannot be stored."""
    for text in _strings(value):
        if flaw := flaw_in(text):
            raise _RefusedError(say("in a string, {flaw}", flaw=flaw))


def refuse_bloat(text: str) -> None:
    """Raise ValueError if the values of a JSON text could fill the memory."""
    if count_brackets(text) > MAX_BRACKETS or text.count('"') > MAX_QUOTES:
        raise _RefusedError(say("the JSON holds too many values in one piece; write several lines (.jsonl) instead"))


def count_brackets(text: str) -> int:
    """Return how many lists and objects there are at most."""
    return text.count("{") + text.count("[")


def _load(text: str) -> object:
    refuse_bloat(text)
    suspicious = count_brackets(text) > MAX_DEPTH or "\\u" in text
    if not suspicious and (value := _load_own(text)) is not None:
        return value
    value = decoder().decode(text)
    if suspicious:
        check(value)
    return value


def _load_own(text: str) -> object:
    """Load a line that our own writer could have written, ten times as fast; None for any other.

    Writing it again gives the same bytes only if no key occurs twice and every number is plain.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if orjson.dumps(value) == text.rstrip("\r\n").encode() else None


def _strings(value: object) -> Iterator[str]:
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict | list):
            if depth >= MAX_DEPTH:
                raise _RefusedError(_too_deep())
            children = (*item, *item.values()) if isinstance(item, dict) else item
            waiting.extend((child, depth + 1) for child in children)


def _too_deep() -> str:
    return say("the JSON is nested deeper than {most} levels; flatten it", most=MAX_DEPTH)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RefusedError(say("the key {key} occurs twice in one object; keep one of them", key=json.dumps(twice)))
    return result


def _no_constant(name: str) -> NoReturn:
    raise _RefusedError(say("{name} is no JSON number; use null", name=name))


def _bounded_int(digits: str) -> int:
    if len(digits) > 20 or not _SMALLEST <= int(digits) <= _LARGEST:
        raise _RefusedError(
            say("the number {digits} does not fit into 64 bits; write it as a string", digits=digits[:24])
        )
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _RefusedError(say("the number {digits} is too large; write it as a string", digits=digits[:24]))
    return number
