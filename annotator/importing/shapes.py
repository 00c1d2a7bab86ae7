"""Which keys the rows of a native data set have, and of what type they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from annotator.errors import InvalidInputError
from annotator.importing.strict_json import kind_of
from annotator.words import joined, say

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Is:
    """A permitted type, by its name in sentences.

    ``choices`` are the strings allowed, ``pattern`` what a string must match, ``inside`` the shape of an object or
    of each object in a list, ``of_strings`` says that a
    list holds nothing else. ``needed`` keys must be there.
    """

    type: type
    name: str
    needed: bool = True
    nullable: bool = False
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    inside: Mapping[str, "Is"] | None = None
    of_strings: bool = False


Shape = Mapping[str, Is]

_TEXT = Is(str, say("a string"))
_TEXT_OR_NULL = replace(_TEXT, nullable=True)
_TEXT_IF_ANY = replace(_TEXT_OR_NULL, needed=False)
_NUMBER = Is(int, say("a whole number"))
_NUMBER_OR_NULL = replace(_NUMBER, nullable=True)
_NUMBER_IF_ANY = replace(_NUMBER_OR_NULL, needed=False)
_SWITCH = Is(bool, say("true or false"))
_MEASURE = Is(float, say("a number"))
_MEASURE_OR_NULL = replace(_MEASURE, nullable=True)
_LIST = Is(list, say("a list"))
_NAMES = Is(list, say("a list of strings"), of_strings=True)
_OBJECT = Is(dict, say("an object"))
_OBJECT_OR_NULL = replace(_OBJECT, nullable=True)
_TIME_TEXT = Is(str, say("a time such as 2026-05-04T10:21:07Z"), pattern=_TIME)
_TIME_OR_NULL = replace(_TIME_TEXT, nullable=True)
_DATE_OR_NULL = Is(str, say("a date such as 2026-05"), nullable=True, pattern=re.compile(r"\d{4}(-\d\d(-\d\d)?)?"))


def _one_of(*choices: str, nullable: bool = False) -> Is:
    return Is(str, say("one of {words}", words=", ".join(choices)), choices=choices, nullable=nullable)


_SPEAKER: Shape = {"name": _TEXT, "aliases": _NAMES, "role": _TEXT_OR_NULL, "byline": _SWITCH}
_TURN: Shape = {
    **dict.fromkeys(("speaker", "label", "note"), _TEXT_OR_NULL),
    **dict.fromkeys(("start", "end"), _NUMBER),
}
_ORIGINAL: Shape = {"name": _TEXT, "sha256": _TEXT, "content": _TEXT_IF_ANY}

_MEMBER: Shape = {"annotator": _TEXT, "score": _MEASURE_OR_NULL, "passed_at": _TIME_OR_NULL}

PROJECT: Shape = {
    "name": _TEXT,
    **dict.fromkeys(("seed", "retrain_every", "retrain_minutes"), replace(_NUMBER, needed=False)),
    **dict.fromkeys(("control_share", "reserved_share"), replace(_MEASURE, needed=False)),
    "suggestion_timing": replace(_one_of("before", "after", "never"), needed=False),
    "learns_from": replace(_one_of("majority", "dawid-skene", "soft"), needed=False),
    "masked": replace(_NAMES, needed=False),
    "annotators": replace(_LIST, needed=False, inside={"code": _TEXT, "origin": _TEXT}),
    "targets": replace(
        _LIST,
        needed=False,
        inside={
            **dict.fromkeys(("id", "name"), _TEXT),
            "aliases": _NAMES,
            "position": _NUMBER,
            **dict.fromkeys(("added_by", "merged_into"), _TEXT_OR_NULL),
            "accepted_at": _TIME_OR_NULL,
        },
    ),
    "rounds": replace(
        _LIST,
        needed=False,
        inside={
            **dict.fromkeys(("name", "kind", "phase", "selection_mode"), _TEXT),
            "places_per_unit": _NUMBER_OR_NULL,
            **dict.fromkeys(("query", "plan"), replace(_OBJECT_OR_NULL, needed=False)),
            "is_by_invitation": replace(_SWITCH, needed=False),
            "quota": replace(_NUMBER_OR_NULL, needed=False),
            "pass_mark": replace(_MEASURE_OR_NULL, needed=False),
            **dict.fromkeys(("retest_share", "check_share"), replace(_MEASURE, needed=False)),
            "closed_at": replace(_TIME_OR_NULL, needed=False),
            **dict.fromkeys(("after", "parent"), replace(_TEXT_OR_NULL, needed=False)),
            "members": replace(_LIST, needed=False, inside=_MEMBER),
        },
    ),
    "codebook_notes": replace(
        _LIST,
        needed=False,
        inside={
            **dict.fromkeys(("id", "note", "unit"), _TEXT),
            "codebook": _NUMBER,
            "at": _TIME_TEXT,
            "done_at": _TIME_OR_NULL,
        },
    ),
    "codebooks": replace(_LIST, needed=False, inside={"number": _NUMBER, "published_at": _TIME_OR_NULL}),
}
DOCUMENT: Shape = {
    "id": _TEXT,
    **dict.fromkeys(("text", "text_sha256"), _TEXT_IF_ANY),
    "length": _NUMBER_IF_ANY,
    "kind": _one_of("transcript", "article"),
    **dict.fromkeys(("title", "outlet", "author", "url", "language", "segmenter", "extractor", "split"), _TEXT_OR_NULL),
    "date": _DATE_OR_NULL,
    "date_precision": _one_of("day", "month", "year", nullable=True),
    "near_duplicate_group": _TEXT,
    **dict.fromkeys(("position", "order"), _NUMBER),
    "variables": _OBJECT,
    "reserved": replace(_SWITCH, nullable=True),
    "speakers": replace(_LIST, inside=_SPEAKER),
    "turns": replace(_LIST, inside=_TURN),
    "original": replace(_OBJECT_OR_NULL, inside=_ORIGINAL),
}
UNIT: Shape = {
    **dict.fromkeys(("id", "document"), _TEXT),
    "kind": _one_of("sentence", "turn", "document"),
    **dict.fromkeys(("start", "end", "position"), _NUMBER),
    "turn": _NUMBER_OR_NULL,
    **dict.fromkeys(("text", "text_sha256"), _TEXT_IF_ANY),
    "length": _NUMBER_IF_ANY,
    **dict.fromkeys(("speaker", "split"), _TEXT_OR_NULL),
    "withdrawn_at": _TIME_OR_NULL,
    "annotations": _LIST,
    "gold": _OBJECT_OR_NULL,
}
ACT: Shape = {
    **dict.fromkeys(("key", "unit", "annotator", "kind"), _TEXT),
    "act": _one_of("answer", "skip", "undo"),
    "at": _TIME_TEXT,
    **dict.fromkeys(("sequence", "codebook"), _NUMBER),
    **dict.fromkeys(("round", "supersedes", "comment", "reason", "arm", "previous", "hash"), _TEXT_IF_ANY),
    "client_at": replace(_TIME_OR_NULL, needed=False),
    **dict.fromkeys(("answers", "first_answers", "suggestions"), replace(_OBJECT, needed=False, nullable=True)),
    "selection": replace(_OBJECT, needed=False, nullable=True, inside={"mode": _TEXT, "probability": _MEASURE_OR_NULL}),
    "active_seconds": replace(_MEASURE_OR_NULL, needed=False),
    **dict.fromkeys(("flagged", "late", "stale"), replace(_SWITCH, needed=False)),
    "masked": replace(_NAMES, needed=False),
}


def check_shape(row: Mapping[str, Any], shape: Shape, where: str) -> None:
    """Raise InvalidInputError if a needed key is missing or a value is of another kind; more keys are let be."""
    for name, expected in shape.items():
        if name not in row:
            if expected.needed:
                raise InvalidInputError(
                    say('{where}: "{name}" is missing; export the data set again.', where=where, name=name)
                )
        elif row[name] is not None or not expected.nullable:
            _check_value(row[name], name, expected, where)


def _matches(value: str, pattern: re.Pattern[str]) -> bool:
    """Tell whether a string has its form; a time must also be one, which the form alone does not say."""
    if pattern is not _TIME:
        return bool(pattern.fullmatch(value))
    try:
        return bool(pattern.fullmatch(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_of_type(value: object, expected: type) -> bool:
    # Not isinstance: true is an int to Python. The databases' integers are signed.
    is_right = type(value) is expected or (expected is float and type(value) is int)
    return is_right and not (isinstance(value, int) and value >= 2**63)


def _check_value(value: Any, name: str, expected: Is, where: str) -> None:
    if not _is_of_type(value, expected.type):
        raise InvalidInputError(
            say(
                '{where}: "{name}" must be {expected}, but is {kind}.',
                where=where,
                name=name,
                expected=expected.name,
                kind=kind_of(value),
            )
        )
    if expected.choices and value not in expected.choices:
        raise InvalidInputError(
            say(
                '{where}: "{name}" must be {expected}, but is “{value}”.',
                where=where,
                name=name,
                expected=expected.name,
                value=value[:40],
            )
        )
    if expected.of_strings and not all(isinstance(item, str) for item in value):
        raise InvalidInputError(
            say('{where}: "{name}" must be {expected}.', where=where, name=name, expected=expected.name)
        )
    if expected.pattern and not _matches(value, expected.pattern):
        raise InvalidInputError(
            say(
                '{where}: "{name}" must be {expected}, but is “{value}”.',
                where=where,
                name=name,
                expected=expected.name,
                value=value[:40],
            )
        )
    if expected.inside is not None:
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                raise InvalidInputError(
                    say(
                        '{where}: "{name}" must hold objects, but holds {kind}.',
                        where=where,
                        name=name,
                        kind=kind_of(item),
                    )
                )
            check_shape(item, expected.inside, joined((where, name)))
