"""The influence report as plain values and as a table, for programs."""

from collections.abc import Iterator
from typing import Any

from annotator.services.influence import Effect, Influence, QuestionInfluence
from annotator.services.influence_remarks import remark_on_question

Record = dict[str, Any]
#: The columns of the figures as a table.
TABLE = (
    "question", "part", "label", "share_shown", "share_control", "shown", "control", "difference", "low", "high",
    "bootstrap_low", "bootstrap_high", "clusters",
)  # fmt: skip


def as_record(found: Influence | None) -> Record:
    """Return the report; nothing to somebody who labels blind."""
    if found is None or found.timing is None:
        return {"timing": None, "questions": []}
    moved = found.reconsidered
    return {
        "timing": found.timing,
        "answers": found.total,
        "compared": found.compared,
        "annotators": found.annotators,
        "documents": found.documents,
        "left_out_for_intervals": found.clusters,
        "arms": {
            name: {"answers": arm.answers, "median_seconds": arm.seconds} for name, arm in found.arms.items()
        },
        "questions": [_question(question, found) for question in found.questions],
        "reconsidered": moved and {
            "answers": moved.answers, "contradicted": moved.contradicted, "toward": moved.toward, "away": moved.away,
            "otherwise": moved.otherwise, "kept": moved.kept,
        },
    }  # fmt: skip


def _question(question: QuestionInfluence, found: Influence) -> Record:
    return {
        "name": question.name,
        "id": question.key,
        "sentence": str(remark_on_question(question, found)),
        "suggestion": _effect(question.suggestion),
        "labels": [{"name": str(one.name), **_effect(one)} for one in question.labels],
        "right": _effect(question.right),
        "wrong": _effect(question.wrong),
        "given": [{"name": str(one.name), **_effect(one)} for one in question.given],
        "agreement": {
            name: {
                "units": arm.basis.units,
                **{
                    key: {"value": figure.value, "low": figure.low, "high": figure.high}
                    for key, figure in arm.figures.items()
                },
            }
            for name, arm in question.agreement.items()
        },
    }


def _effect(effect: Effect) -> Record:
    of = effect.of
    low, high = of.jackknife or (None, None)
    least, most = of.bootstrap or (None, None)
    return {
        "share_shown": of.treated, "share_control": of.untreated, "shown": of.counts[0], "control": of.counts[1],
        "difference": of.value, "low": low, "high": high, "bootstrap": {"low": least, "high": most},
        "clusters": of.clusters,
    }  # fmt: skip


def as_table(record: Record) -> list[Record]:
    """Return the report as rows of ``TABLE``: what was suggested, and what was given, by question and label."""
    return [row for question in record["questions"] for row in _rows(question)]


def _rows(question: Record) -> Iterator[Record]:
    parts: dict[str, list[Record]] = {
        "suggestion": [question["suggestion"]],
        "suggestion, right": [question["right"]],
        "suggestion, wrong": [question["wrong"]],
        "suggestion of a label": question["labels"],
        "label given": question["given"],
    }
    for part, effects in parts.items():
        for effect in effects:
            bounds = effect["bootstrap"]
            row = {"question": question["name"], "part": part, "label": effect.get("name"), **effect}
            row |= {"bootstrap_low": bounds["low"], "bootstrap_high": bounds["high"]}
            yield {key: row[key] for key in TABLE}
