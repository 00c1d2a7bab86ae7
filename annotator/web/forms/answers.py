"""The one place where a labelling form becomes answers, whether the browser or the script sent it."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from wtforms import FieldList

from annotator.codebook.values import Question
from annotator.errors import InvalidInputError
from annotator.services.acts import SKIP_REASONS, Act
from annotator.services.answers import OFFERED
from annotator.web.forms.labelling import REPORTED, LabellingForm
from annotator.web.forms.shown import read_shown
from annotator.words import say


def act_of_form(
    form: LabellingForm,
    *,
    unit: str,
    text: str = "",
    first: LabellingForm | None = None,
    made: dict[str, Any] | None = None,
) -> Act:
    """Return what the form says was done with a unit; ``text`` is needed where marked words are given as words.

    ``made`` is what the classifiers suggested, whether it was shown or not.

    Raises
    ------
    InvalidInputError
        If a field holds what it cannot hold.
    """
    if not form.validate():
        raise InvalidInputError(*(str(problem) for problem in _problems(form.errors)))
    said = "skip" if form.skip.data else form.act.data
    is_answer = said == "answer"
    return Act(
        key=form.key.data,
        unit=unit,
        act=said,
        codebook=form.codebook.data,
        answers=answers_from_form(form, text=text) if is_answer else None,
        first_answers=answers_from_form(first, text=text) if is_answer and first else None,
        supersedes=form.supersedes.data or None,
        comment=(form.comment.data or "").strip() or None,
        reason=_reason(form) if said == "skip" else None,
        is_flagged=form.flag.data,
        active_seconds=_seconds(form.active_seconds.data),
        client_at=_moment(form.client_at.data),
        suggestions_shown=read_shown(form.shown.data, form.codebook_values, made=made),
    )


def _reason(form: LabellingForm) -> str | None:
    """Return why a unit is skipped: one of the reasons offered, or words of one's own."""
    typed = " ".join((form.reason.data or "").split())
    return form.skip.data if form.skip.data in SKIP_REASONS else typed or None


def answers_from_form(form: LabellingForm, *, text: str = "") -> dict[str, Any]:
    """Return the answers: an untouched question is left out, an empty list is an explicit none.

    Raises
    ------
    InvalidInputError
        If a question is answered both with labels and with none, or marked words cannot be found.
    """
    answers: dict[str, Any] = {}
    for name, question in form.questions:
        if question.type in ("choice", "scale"):
            given = form[name].data or None
        else:
            given = _several(form, name, question, text=text)
        if given is not None:
            answers[question.id] = given
            if question.type == "stance":
                answers[OFFERED] = list(dict.fromkeys([*answers.get(OFFERED, ()), *_offered(form[name])]))
    return answers


def _several(form: LabellingForm, name: str, question: Question, *, text: str) -> list[Any] | None:
    """Return the answer to a question that can have several; None if it was left untouched."""
    if question.type == "stance":
        given: list[Any] = list(_stances(form, name))
    elif question.type == "choices":
        given = list(form[name].data or ())
    else:
        given = _spans(form, name, text)
    is_none = form[f"{name}_none"].data
    if given and is_none:
        raise InvalidInputError(
            say("“{question}” has an answer and is marked as none; take one of the two back.", question=question.name)
        )
    return given if given or is_none else None


def _stances(form: LabellingForm, name: str) -> Iterator[dict[str, Any]]:
    for row in form[name].entries:
        if row.data["label"]:
            own = row.data["holder"]
            given = (own, row.data["holder_name"]) if own else (form.holder.data, form.holder_name.data)
            yield {"target": row.data["target"], "holder": _holder(*given), "label": row.data["label"]}


def _offered(rows: FieldList) -> list[str]:
    return [row.data["target"] for row in rows.entries if row.data["target"]]


def _holder(value: str | None, typed: str | None) -> dict[str, Any]:
    kind, _, name = (value or "").partition(":")
    name = " ".join((name or (typed or "" if kind == REPORTED else "")).split())
    return {"kind": kind, "name": name} if name else {"kind": kind}


def _spans(form: LabellingForm, name: str, text: str) -> list[Any]:
    words = form[f"{name}_words"]
    # The script switches the text field off; where it was sent, words were typed without the script.
    if words.raw_data:
        return list(_located(words.data, text))
    try:
        spans = json.loads(form[name].data or "[]")
    except ValueError:
        spans = None
    if not isinstance(spans, list):
        raise InvalidInputError(say("The marked words could not be read; reload the page."))
    return spans


def _located(words: str, text: str) -> Iterator[dict[str, int]]:
    """Yield where words typed between bars stand; a word given twice is looked for after its first place."""
    after: dict[str, int] = {}
    for word in filter(None, (part.strip() for part in words.split("|"))):
        start = text.find(word, after.get(word, 0))
        if start < 0:
            raise InvalidInputError(
                say("“{word}” does not occur in the sentence; copy marked words as they stand in it.", word=word)
            )
        after[word] = start + len(word)
        yield {"start": start, "end": start + len(word)}


def _seconds(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _moment(written: str | None) -> datetime | None:
    """Return when the browser says it was; its clock may say anything."""
    try:
        moment = datetime.fromisoformat(written or "")
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _problems(errors: Any) -> Iterator[str]:
    for value in errors.values() if isinstance(errors, dict) else errors:
        if isinstance(value, dict | list | tuple):
            yield from _problems(value)
        else:
            yield str(value)
