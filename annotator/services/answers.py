"""Answers as they travel and as rows: the two forms of the same thing, and what makes them valid.

An act's answers are a mapping from question ids to what was answered, plus ``targets_offered``::

    {"stance": [{"target": "6f…", "holder": {"kind": "reported", "name": "S. Ulgen"}, "label": "against"}],
     "targets_offered": ["6f…", "0c…"], "frames": ["economic"], "loaded": [{"start": 61, "end": 69}]}

A question that is absent is unanswered; an empty list is explicitly *none*; an offered target without a
stance is *not at issue*. Labels and questions go by their stable ids, targets by their UUIDs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from annotator.codebook.values import Codebook, Question
from annotator.errors import InvalidInputError
from annotator.services.identities import Identities
from annotator.words import say

OFFERED = "targets_offered"
HOLDER_KINDS = ("author", "speaker", "reported", "unclear")
MAX_HOLDER = 200

#: What ``answers_from_rows`` reads, in this order.
COLUMNS = ("question_id", "kind", "label_id", "target_id", "holder_kind", "holder_name", "start", "end")

Row = dict[str, Any]
_EMPTY: Row = {
    "label_id": None,
    "target_id": None,
    "holder_kind": None,
    "holder_name": None,
    "start": None,
    "end": None,
}


def rows_from_answers(
    answers: Mapping[str, Any], *, codebook: Codebook, known: Identities, length: int, stage: str = "final"
) -> list[Row]:
    """Return the rows of ``answer`` for an act, in the codebook's order.

    Raises
    ------
    InvalidInputError
        If a question, label, target or holder is unknown, or a span lies outside the unit of ``length`` code points.
    """
    unknown = set(answers) - {OFFERED} - {question.id for question in codebook.questions}
    if unknown:
        raise InvalidInputError(
            say("The codebook has no question “{question}”; reload the page.", question=min(unknown))
        )
    rows: list[Row] = []
    for question in codebook.questions:
        if question.id in answers:
            given = answers[question.id]
            rows += _question_rows(question, given, offered=answers.get(OFFERED, ()), known=known, length=length)
    return [{**row, "stage": stage, "position": position} for position, row in enumerate(rows)]


def answers_from_rows(rows: Iterable[Sequence[Any]], *, codebook: Codebook, known: Identities) -> dict[str, Any]:
    """Return what ``rows_from_answers`` was given; rows are in order of position and hold ``COLUMNS``."""
    answers: dict[str, Any] = {}
    kinds = {question.id: question.type for question in codebook.questions}
    for question_id, row_kind, label_id, target_id, holder_kind, holder_name, start, end in rows:
        question = known.question_names[question_id]
        kind = kinds[question]
        if kind in ("choice", "scale"):
            answers[question] = known.label_names.get(label_id)
            continue
        given = answers.setdefault(question, [])
        if row_kind == "offered":
            offered, target = answers.setdefault(OFFERED, []), known.target_names[target_id]
            # With two questions about stances each of them has the rows.
            if target not in offered:
                offered.append(target)
        elif kind == "stance" and row_kind == "label":
            holder = {"kind": holder_kind, "name": holder_name} if holder_name else {"kind": holder_kind}
            label = known.label_names[label_id]
            given.append({"target": known.target_names[target_id], "holder": holder, "label": label})
        elif row_kind == "label":
            given.append(known.label_names[label_id])
        elif row_kind == "span":
            given.append({"start": start, "end": end})
    return answers


def in_columns(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    """Return new rows as they will be read back."""
    return [tuple(row[name] for name in COLUMNS) for row in rows]


def _question_rows(
    question: Question, given: Any, *, offered: Iterable[str], known: Identities, length: int
) -> Iterator[Row]:
    if not isinstance(offered, list | tuple):
        raise InvalidInputError(say("The targets offered have the wrong form; reload the page."))
    question_id = known.questions[question.id]
    made = list(_ROWS[question.type](question, given, known, length))
    if question.type == "stance":
        # A dictionary keeps the order and drops repetitions.
        made += [
            {"kind": "offered", "target_id": target}
            for target in dict.fromkeys(_target(name, known) for name in offered)
        ]
    for row in made or [{"kind": "none"}]:
        yield {**_EMPTY, **row, "question_id": question_id}


def _stance_rows(question: Question, given: Any, known: Identities, _length: int) -> Iterator[Row]:
    seen = set()
    for stance in _list(question, given):
        target = _target(stance.get("target"), known)
        kind, name = _holder(stance.get("holder"))
        if (target, kind, name) in seen:
            raise InvalidInputError(say("One holder can have only one stance toward a target; choose another holder."))
        seen.add((target, kind, name))
        yield {
            "kind": "label",
            "label_id": _label(question, stance.get("label"), known),
            "target_id": target,
            "holder_kind": kind,
            "holder_name": name,
        }


def _holder(given: Any) -> tuple[str, str | None]:
    holder = given if isinstance(given, Mapping) else {}
    kind, name = holder.get("kind"), holder.get("name") or ""
    if kind not in HOLDER_KINDS:
        raise InvalidInputError(
            say("“{kind}” is no holder of a stance; it is one of {known}.", kind=kind, known=", ".join(HOLDER_KINDS))
        )
    if not isinstance(name, str) or len(name) > MAX_HOLDER or not is_storable(name):
        raise InvalidInputError(say("The name of a holder is a text of at most {most} characters.", most=MAX_HOLDER))
    return kind, " ".join(name.split()) or None


def is_storable(text: str) -> bool:
    """Tell whether both databases can keep a text: no NUL, no half of a pair of surrogates."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _choice_rows(question: Question, given: Any, known: Identities, _length: int) -> Iterator[Row]:
    if given is not None:
        yield {"kind": "label", "label_id": _label(question, given, known)}


def _choices_rows(question: Question, given: Any, known: Identities, _length: int) -> Iterator[Row]:
    names = list(dict.fromkeys(_list(question, given)))
    alone = [label.id for label in question.labels if label.exclusive and label.id in names]
    if alone and len(names) > 1:
        raise InvalidInputError(
            say("“{label}” excludes every other label of “{question}”.", label=alone[0], question=question.name)
        )
    order = {label.id: index for index, label in enumerate(question.labels)}
    for name in sorted(names, key=lambda name: order.get(name, 0)):
        yield {"kind": "label", "label_id": _label(question, name, known)}


def _span_rows(question: Question, given: Any, _known: Identities, length: int) -> Iterator[Row]:
    spans = []
    for span in _list(question, given):
        start, end = span.get("start"), span.get("end")
        # Not isinstance: true is an int to Python.
        if not (type(start) is int and type(end) is int and 0 <= start < end <= length):
            raise InvalidInputError(
                say("A marked stretch of “{question}” lies outside the sentence.", question=question.name)
            )
        spans.append((start, end))
    for start, end in sorted(set(spans)):
        yield {"kind": "span", "start": start, "end": end}


_ROWS: dict[str, Callable[[Question, Any, Identities, int], Iterator[Row]]] = {
    "stance": _stance_rows,
    "choice": _choice_rows,
    "scale": _choice_rows,
    "choices": _choices_rows,
    "spans": _span_rows,
}


def _list(question: Question, given: Any) -> list[Any]:
    wanted = str if question.type == "choices" else Mapping
    if not isinstance(given, list) or not all(isinstance(item, wanted) for item in given):
        raise InvalidInputError(
            say("The answer to “{question}” has the wrong form; reload the page.", question=question.name)
        )
    return given


def _label(question: Question, name: Any, known: Identities) -> int:
    if not isinstance(name, str) or (question.id, name) not in known.labels or question.label(name) is None:
        raise InvalidInputError(
            say(
                "“{name}” is no label of “{question}” in this codebook; reload the page.",
                name=name,
                question=question.name,
            )
        )
    return known.labels[question.id, name]


def _target(uuid: Any, known: Identities) -> int:
    if not isinstance(uuid, str) or uuid not in known.targets:
        raise InvalidInputError(say("That target is not in this project any more; reload the page."))
    return known.targets[uuid]
