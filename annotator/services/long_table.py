"""The long table: one row per unit, annotator, question, target and label."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Question
from annotator.db import Document, Project, Unit
from annotator.services import codebook_notes, consensus
from annotator.services.answers import OFFERED
from annotator.services.ballots import dawid_skene
from annotator.services.data_rows import GOLD, GivenAct, UnitRow
from annotator.services.disputes import COMPARED
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.identities import identities
from annotator.services.visibility import visible_annotations

NONE = "(none)"

COLUMNS = (
    "unit",
    "document",
    "title",
    "outlet",
    "author",
    "date",
    "speaker",
    "start",
    "end",
    "text",
    "annotator",
    "kind",
    "codebook",
    "at",
    "question",
    "target",
    "holder",
    "holder_name",
    "label",
    "counts_as",
    "span_start",
    "span_end",
    "span_text",
    "gold",
    "consensus",
    "consensus_share",
    "label_share",
    "dawid_skene",
    "dawid_skene_probability",
    "codebook_note",
    "comment",
    "flagged",
    "selection_mode",
    "selection_probability",
    "split",
)

_EMPTY = dict.fromkeys(COLUMNS)

#: What one line of an answer says: target, holder, holder's name, label, span.
Line = dict[str, Any]
#: A question's id and, for stance, a target.
Topic = tuple[str, str | None]


def table_rows(
    row: UnitRow,
    *,
    document: Document,
    split: str | None,
    names: Mapping[str, str],
    estimates: Mapping[Topic, tuple[str, float]] = MappingProxyType({}),
    note: str | None = None,
) -> Iterator[Line]:
    """Yield the rows of one unit; a unit nobody has labelled has one row without a question.

    ``estimates`` are Dawid and Skene's of this unit, where there are enough votes for any; ``note`` is what was
    noted for the codebook when it was decided.
    """
    base = {**_unit_columns(row, document=document, split=split), "codebook_note": note}
    answered = [act for act in row.acts if act.act == "answer"]
    if not answered:
        yield base
        return
    said = [(act, list(_lines(act.codebook, act.answers, row.text, names))) for act in answered]
    # What was given under different versions is compared as it counts under the newest.
    counted = [
        (act.kind, lines if act.is_newest else list(_lines(act.newest, act.counted, row.text, names)))
        for act, lines in said
    ]
    settled = _settler(counted, estimates)
    for act, lines in said:
        for line in lines:
            counts_as = _counts_as(act, line)
            yield {**base, **_act_columns(act), **line, **settled(line, counts_as), "counts_as": counts_as}


def _settler(
    counted: Sequence[tuple[str, list[Line]]], estimates: Mapping[Topic, tuple[str, float]]
) -> Callable[[Line, str | None], Line]:
    """Return what tells of a line, and of what its label counts as, what was settled and what most said."""
    gold = _labels([given for kind, given in counted if kind == GOLD])
    votes = [given for kind, given in counted if kind in COMPARED]
    majority, shares = _consensus(votes), _shares(votes)

    def settled(line: Line, counts_as: str | None) -> Line:
        topic = (line["question_id"], line.get("target"))
        most, share = majority.get(topic, (None, None))
        estimate, probability = estimates.get(topic, (None, None))
        return {
            "gold": "|".join(gold.get(topic, ())),
            "consensus": most,
            "consensus_share": share,
            "label_share": shares.get(topic, {}).get(counts_as or ""),
            "dawid_skene": estimate,
            "dawid_skene_probability": probability,
        }

    return settled


def _unit_columns(row: UnitRow, *, document: Document, split: str | None) -> Line:
    return {
        **_EMPTY,
        "unit": row.external_id,
        "document": document.external_id,
        "title": document.title,
        "outlet": document.outlet,
        "author": document.author,
        "date": document.date,
        "speaker": row.speaker,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "split": split,
    }


def _act_columns(act: GivenAct) -> Line:
    return {
        "annotator": act.annotator,
        "kind": act.kind,
        "codebook": act.codebook_number,
        "at": act.at,
        "comment": act.comment,
        "flagged": int(act.is_flagged),
        "selection_mode": act.selection and act.selection["mode"],
        "selection_probability": act.selection and act.selection["probability"],
    }


def _counts_as(act: GivenAct, line: Line) -> str | None:
    """Return what a line's label is called where it counts, which is under the newest codebook; None for nothing."""
    question, label = line["question_id"], line.get("label_id")
    if act.is_newest:
        return line.get("label")
    if label is None:
        return line.get("label") if question in act.counted else None
    successor = act.counts_as(question, label)
    asked = act.newest.question(question)
    return _name(asked, successor) if asked is not None and successor is not None else None


def _lines(codebook: Codebook, answers: Mapping[str, Any], text: str, names: Mapping[str, str]) -> Iterator[Line]:
    for question in codebook.questions:
        if question.id in answers:
            for line in _question_lines(question, answers, text, names):
                yield {"question": question.name, "question_id": question.id, **line}


def _question_lines(
    question: Question, answers: Mapping[str, Any], text: str, names: Mapping[str, str]
) -> Iterator[Line]:
    given = answers[question.id]
    if question.type == "stance":
        yield from _stance_lines(question, given, answers.get(OFFERED, ()), names)
    elif question.type == "spans":
        for span in given:
            start, end = span["start"], span["end"]
            yield {"span_start": start, "span_end": end, "span_text": text[start:end]}
    else:
        for label in given if isinstance(given, list) else [given]:
            yield {"label": NONE if label is None else _name(question, label), "label_id": label}
    if given == [] and not (question.type == "stance" and answers.get(OFFERED)):
        yield {"label": NONE}


def _stance_lines(
    question: Question, given: Sequence[Any], offered: Sequence[str], names: Mapping[str, str]
) -> Iterator[Line]:
    for stance in given:
        yield {
            "target": names[stance["target"]],
            "holder": stance["holder"]["kind"],
            "holder_name": stance["holder"].get("name"),
            "label": _name(question, stance["label"]),
            "label_id": stance["label"],
        }
    taken = {stance["target"] for stance in given}
    for target in offered:
        if target not in taken:
            yield {"target": names[target], "label": NOT_AT_ISSUE}


def _name(question: Question, label_id: str) -> str:
    label = question.label(label_id)
    return label.name if label else label_id


def _labels(acts: list[list[Line]]) -> dict[Topic, tuple[str, ...]]:
    """Return all labels given on each topic, in order, without repetition."""
    found: dict[Topic, dict[str, None]] = {}
    for lines in acts:
        for line in lines:
            if line.get("label") is not None:
                found.setdefault((line["question_id"], line.get("target")), {})[line["label"]] = None
    return {topic: tuple(labels) for topic, labels in found.items()}


def _consensus(acts: list[list[Line]]) -> dict[Topic, tuple[str, float]]:
    """Return the set of labels most annotators gave on each topic, and its share; ties are joined by " / "."""
    votes: dict[Topic, Counter[str]] = {}
    for lines in acts:
        for topic, labels in _labels([lines]).items():
            votes.setdefault(topic, Counter())["|".join(sorted(labels))] += 1
    found = {}
    for topic, counted in votes.items():
        most = max(counted.values())
        top = sorted(labels for labels, count in counted.items() if count == most)
        found[topic] = " / ".join(top), round(most / counted.total(), 4)
    return found


def _shares(acts: list[list[Line]]) -> dict[Topic, dict[str, float]]:
    """Return the share of annotators who gave each label on each topic: soft labels."""
    given: dict[Topic, Counter[str]] = {}
    voters: Counter[Topic] = Counter()
    for lines in acts:
        for topic, labels in _labels([lines]).items():
            voters[topic] += 1
            given.setdefault(topic, Counter()).update(labels)
    return {
        topic: {label: round(count / voters[topic], 4) for label, count in counted.items()}
        for topic, counted in given.items()
    }


def estimates_by_unit(
    session: Session, project_id: int, names: Mapping[str, str]
) -> dict[str, dict[Topic, tuple[str, float]]]:
    """Return Dawid and Skene's estimates by unit and topic, with names; nothing of questions with too few votes."""
    found: dict[str, dict[Topic, tuple[str, float]]] = {}
    if not consensus.may_be_enough(session, project_id):
        return found
    # An export is taken by somebody who may see everything: the policy asked before.
    everything = visible_annotations(None, phase="open")
    ballots = [one for one in consensus.read_ballots(session, project_id, everything).values() if one.is_enough]
    if not ballots:
        return found
    units = dict(session.execute(select(Unit.id, Unit.external_id).where(Unit.project_id == project_id)).all())
    targets = {number: names[uuid] for number, uuid in identities(session, project_id).target_names.items()}
    for ballot in ballots:
        for (unit, target), one in dawid_skene(ballot).answers.items():
            topic = (ballot.question.id, None if target is None else targets[target])
            label = "|".join(_label_name(ballot.question, label) for label in one.labels or ()) or NONE
            found.setdefault(units[unit], {})[topic] = label, round(one.confidence, 4)
    return found


def notes_by_unit(session: Session, project: Project) -> dict[str, str]:
    """Return what was noted for the codebook by unit, the oldest note first."""
    found: dict[str, list[str]] = {}
    for note in reversed(codebook_notes.list_notes(session, project)):
        found.setdefault(note.unit, []).append(note.text)
    return {unit: " | ".join(texts) for unit, texts in found.items()}


def _label_name(question: Question, label: str) -> str:
    return label if label in (NOT_AT_ISSUE, NONE) else _name(question, label)
