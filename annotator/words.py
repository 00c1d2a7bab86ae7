"""Sentences for people that can be said in other languages at the edge of the application.

Below the web nobody knows a language: an error or a finding is put in English words by :func:`say`, which keeps the
words apart from the values in them. The catalogue is looked up where the page is made.
"""

import json
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any


class Sentence(str):
    """An English sentence that remembers its ``template`` and ``values``; a plain text to everybody else."""

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, values: dict[str, Any]) -> "Sentence":
        """Fill the template's ``{names}`` with the values, which may be sentences themselves."""
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template = template
        made.values = values
        return made

    def __reduce__(self) -> tuple[type["Sentence"], tuple[str, dict[str, Any]]]:
        """Survive a journey between processes."""
        return Sentence, (self.template, self.values)


def say(template: str, **values: Any) -> Sentence:
    """Return a sentence; ``template`` is a literal, since the catalogue is made by looking for it."""
    return Sentence(template, values)


def joined(parts: Iterable[str], between: str = ", ") -> str:
    """Return texts one after the other; those that are sentences stay so."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Sentence(between.join(f"{{{name}}}" for name in values), values) if values else ""


def all_of(parts: Sequence[str]) -> str:
    """Return texts joined by *and*."""
    return reduce(lambda some, other: say("{some} and {other}", some=some, other=other), parts) if parts else ""


def one_of(parts: Sequence[str]) -> str:
    """Return texts joined by *or*."""
    return reduce(lambda some, other: say("{some} or {other}", some=some, other=other), parts) if parts else ""


def packed(text: str) -> str:
    """Return a text to be kept: of a sentence also its values, so that whoever reads it hears their own language."""
    if isinstance(text, Sentence) and text.values:
        return json.dumps(_parts(text), ensure_ascii=False, default=str)
    return str(text)


def unpacked(kept: str) -> str:
    """Return the sentence that was packed; any other text is a sentence without values."""
    return _sentence(json.loads(kept)) if kept.startswith(_PACKED) else Sentence(kept, {})


_PACKED = '{"say": '


def _parts(sentence: Sentence) -> dict[str, Any]:
    values = {name: _parts(value) if isinstance(value, Sentence) else value for name, value in sentence.values.items()}
    return {"say": sentence.template, "with": values}


def _sentence(parts: dict[str, Any]) -> Sentence:
    values = {name: _sentence(value) if isinstance(value, dict) else value for name, value in parts["with"].items()}
    return Sentence(parts["say"], values)
