"""What a document's columns are called, and what may stand in them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from annotator.importing.dates import parse_date, shorten
from annotator.words import say

#: The fields of a document and the columns (any case) that are taken for them, the first found counting.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "content"),
    "id": ("id",),
    "title": ("title", "headline"),
    "outlet": ("outlet", "source", "publication"),
    "author": ("author", "byline"),
    "url": ("url",),
    "date": ("date",),
    "language": ("language",),
    "kind": ("kind",),
}
KINDS = ("transcript", "article")
_ADDRESS = re.compile(r"https?://[^\s/?#\\]\S*", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

#: Called with the field's name and a sentence.
Report = Callable[[str, str], None]


def read_fields(given: Mapping[str, str], report: Report) -> dict[str, Any]:
    """Return the fields of an imported document from cells named by field; problems go to ``report``."""
    fields: dict[str, Any] = {}
    for name, cell in given.items():
        if value := cell.strip():
            try:
                fields.update(_READERS[name](value) if name in _READERS else {name: value})
            except ValueError as error:
                report(name, say("{problem}.", problem=error.args[0]))
    return fields


def _date(value: str) -> dict[str, str]:
    iso, precision = parse_date(value)
    return {"date": iso, "date_precision": precision}


def _url(value: str) -> dict[str, str]:
    if not _ADDRESS.fullmatch(value) or not value.isprintable():
        raise ValueError(
            say("the address “{value}” must begin with http:// or https://; correct or empty it", value=shorten(value))
        )
    return {"url": value}


def _language(value: str) -> dict[str, str]:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(say("the language “{value}” must be a code such as en or pt-BR", value=shorten(value)))
    return {"language": value}


def _kind(value: str) -> dict[str, str]:
    if value.lower() not in KINDS:
        raise ValueError(
            say(
                "the kind “{value}” must be transcript or article; correct it, or rename the column to "
                "keep it as a variable",
                value=shorten(value),
            )
        )
    return {"kind": value.lower()}


_READERS: Mapping[str, Callable[[str], dict[str, str]]] = {
    "date": _date,
    "url": _url,
    "language": _language,
    "kind": _kind,
}
