"""What an annotator does with a unit, as it is sent to be stored, and whether it is well formed."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotator.errors import InvalidInputError
from annotator.services.answers import OFFERED, is_storable
from annotator.words import say

MAX_COMMENT = 10_000
MAX_REASON = 200
#: Reasons for skipping a unit that the page offers; any other words are kept as they were typed.
SKIP_REASONS = ("not-a-sentence", "needs-context", "cannot-decide", "off-topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an annotator did with a unit; ``key`` is a UUID made where it was done.

    ``answers`` as in :mod:`annotator.services.answers`; None for a skip or an undo. ``supersedes`` is the key of
    the act this one revises or undoes.
    """

    key: str
    unit: str
    act: str = "answer"
    codebook: int
    answers: dict[str, Any] | None = None
    first_answers: dict[str, Any] | None = None
    supersedes: str | None = None
    comment: str | None = None
    #: Why a unit was skipped: one of :data:`SKIP_REASONS`, or the person's own words.
    reason: str | None = None
    is_flagged: bool = False
    active_seconds: float | None = None
    client_at: datetime | None = None
    suggestions_shown: dict[str, Any] | None = None


def check_act(act: Act) -> None:
    """Make sure that an act is one, before anything is looked up for it.

    Raises
    ------
    InvalidInputError
        If it is none, or says nothing, or too much.
    """
    if act.act not in ("answer", "skip", "undo"):
        raise InvalidInputError(
            say("“{act}” is nothing that can be done with a sentence; reload the page.", act=act.act)
        )
    if act.act == "answer" and not (act.answers and act.answers.keys() - {OFFERED}):
        raise InvalidInputError(say("Nothing was answered; choose at least one label, or skip the sentence."))
    if act.act == "undo" and act.supersedes is None:
        raise InvalidInputError(say("An undo must say what it undoes; reload the page."))
    if act.comment and (len(act.comment) > MAX_COMMENT or not is_storable(act.comment)):
        raise InvalidInputError(say("A comment is a text of at most {most:,} characters.", most=MAX_COMMENT))
    if act.reason and (len(act.reason) > MAX_REASON or not is_storable(act.reason)):
        raise InvalidInputError(say("A reason for skipping is a text of at most {most} characters.", most=MAX_REASON))


def checked_key(key: str) -> str:
    """Return the key of an act in the one form in which it is compared.

    Raises
    ------
    InvalidInputError
        If it is no UUID.
    """
    try:
        return str(uuid.UUID(key))
    except ValueError:
        raise InvalidInputError(say("“{key}” is no key of an act; reload the page.", key=key[:60])) from None


def targets_named(act: Act) -> set[str]:
    """Return whatever the act names as targets; whether they exist is checked with the rest."""
    named: set[str] = set()
    for answers in (act.answers or {}, act.first_answers or {}):
        for question, given in answers.items():
            for item in given if isinstance(given, list) else ():
                # Labels of other questions are plain texts, too, and no target is looked up for them.
                name = item.get("target") if isinstance(item, dict) else item if question == OFFERED else None
                named |= {name} if isinstance(name, str) else set()
    return named
