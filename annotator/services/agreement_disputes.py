"""The units on which annotators differ, first those whose settling would raise alpha most."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select

from annotator.db import Annotation, Answer, Document, Speaker, Turn, Unit
from annotator.services.agreement import Agreement, Subject
from annotator.services.figures import distance_of, measure_of, table_of
from annotator.services.masks import Curtain
from annotator.services.ratings import Ratings
from annotator.services.shared_acts import Line
from annotator.statistics.agreement import gains
from annotator.statistics.tables import Floats

PAGE = 10


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one annotator said of a disputed unit; ``label`` is the id of a single label, for its colour."""

    annotator: str
    said: str
    label: str | None = None
    holder: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A unit with everybody's answers to the question."""

    unit: str
    document: str
    kind: str
    text: str
    speaker: str | None
    target: str | None
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, slots=True)
class Disputes:
    """A page of them; ``total`` counts all."""

    total: int
    shown: tuple[Dispute, ...]


def disputes(
    agreement: Agreement,
    subject: Subject,
    ratings: Ratings,
    *,
    label: int | None = None,
    page: int = 1,
    masked: Collection[str] = (),
) -> Disputes:
    """Return a page of the disputed units among ``ratings``, which are the subject's or some of them.

    With ``label`` (its code) only those count in which some gave it and some did not.
    """
    ranked = _ranked(ratings if label is None else ratings.of_label(label))
    wanted = ranked[(page - 1) * PAGE : page * PAGE]
    if not wanted:
        return Disputes(len(ranked), ())
    return Disputes(len(ranked), tuple(_Shown(agreement, subject, masked, [unit for unit, _ in wanted]).all(wanted)))


def of_cell(ratings: Ratings, columns: tuple[int, int], values: tuple[int, int]) -> Ratings:
    """Return the items to which two annotators gave these two values."""
    one, other = ratings.values[:, columns[0]], ratings.values[:, columns[1]]
    return ratings.only((one == values[0]) & (other == values[1]))


def _ranked(ratings: Ratings) -> list[tuple[int, int]]:
    """Return unit and target of each disputed item, those first by which alpha would rise most."""
    if not len(ratings.units):
        return []
    values = ratings.values
    highest = values.max(axis=1, keepdims=True)
    differs = ((values >= 0) & (values != highest)).any(axis=1)
    raised: dict[tuple[int, int], float] = {}
    weights = np.ones(len(values)) if ratings.weights is None else ratings.weights
    for row, gain in zip(np.flatnonzero(differs).tolist(), (_gains(ratings) * weights)[differs], strict=True):
        key = (int(ratings.units[row]), int(ratings.targets[row]))
        raised[key] = raised.get(key, 0.0) + float(gain)
    # Sorting keeps the order of the text where nothing else decides.
    return sorted(raised, key=lambda key: (-round(raised[key], 12), key))


def _gains(ratings: Ratings) -> Floats:
    table = table_of(ratings)
    raised = gains(table, measure_of(ratings, table, "alpha"), distance_of(ratings))
    return np.nan_to_num(raised)[table.row_of]


class _Shown:
    """Reads what a page shows of some units: text, speaker, comments, holders."""

    def __init__(self, agreement: Agreement, subject: Subject, masked: Collection[str], units: Sequence[int]) -> None:
        self._agreement, self._subject, self._masked = agreement, subject, masked
        self._session = agreement.session
        self._units = {row.id: row for row in self._session.execute(_units(units))}
        self._acts = [act for act in agreement.shared.acts if act.unit in self._units]
        numbers = [act.id for act in self._acts]
        comments = select(Annotation.id, Annotation.comment).where(Annotation.id.in_(numbers))
        self._comments: Mapping[int, str | None] = dict(self._session.execute(comments).all())
        self._holders = self._read_holders(numbers)
        self._curtain = Curtain(self._session, masked)

    def all(self, wanted: Sequence[tuple[int, int]]) -> Iterator[Dispute]:
        for unit, target in wanted:
            row = self._units[unit]
            yield Dispute(
                unit=row.external_id,
                document=row.document,
                kind=row.kind,
                text=self._curtain.shown(row.document_id, row.text),
                speaker=None if "speaker" in self._masked else row.speaker,
                target=self._agreement.target_names.get(target),
                opinions=tuple(self._opinions(unit, target, row)),
            )

    def _opinions(self, unit: int, target: int, row: Any) -> Iterator[Opinion]:
        ratings = self._subject.ratings
        here = np.flatnonzero((ratings.units == unit) & (ratings.targets == target))
        if not len(here):
            return
        values, acts = ratings.values[here[0]], ratings.acts[here[0]]
        for column in np.flatnonzero(values >= 0).tolist():
            act = self._agreement.shared.acts[acts[column]]
            said, label = self._said(act.id, int(values[column]), row)
            yield Opinion(
                annotator=self._agreement.shared.annotators[column],
                said=said,
                label=label,
                holder=self._curtain.shown(row.document_id, self._holders.get((act.id, target), "")) or None,
                comment=self._comments.get(act.id),
            )

    def _said(self, act: int, value: int, row: Any) -> tuple[str, str | None]:
        """Return an answer in words, and the id of its label where it is one."""
        ratings = self._subject.ratings
        if ratings.weights is None:
            is_label = ratings.sets is None and value < len(ratings.keys)
            return ratings.names[value], ratings.keys[value] if is_label else None
        lines = self._agreement.shared.answers.get(self._subject.asked.number, {}).get(act, ())
        text = self._curtain.shown(row.document_id, row.text)
        return " · ".join(_marked(lines, text)) or ratings.names[0], None

    def _read_holders(self, acts: Sequence[int]) -> dict[tuple[int, int], str]:
        query = select(Answer.annotation_id, Answer.target_id, Answer.holder_name).where(
            Answer.annotation_id.in_(acts),
            Answer.question_id == self._subject.asked.number,
            Answer.stage == "final",
            Answer.holder_name.is_not(None),
        )
        merged = self._agreement.shared.target_of
        return {
            (act, merged.get(target, target)): name
            for act, target, name in self._session.execute(query)
            if name is not None and target is not None
        }


def _marked(lines: Sequence[Line], text: str) -> list[str]:
    spans = sorted((line[5], line[6]) for line in lines if line[2] == "span")
    return [f"“{text[start:end]}”" for start, end in spans]


def _units(numbers: Sequence[int]) -> Any:
    return (
        select(
            Unit.id,
            Unit.external_id,
            Unit.kind,
            Unit.document_id,
            Document.external_id.label("document"),
            Speaker.name.label("speaker"),
            func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
        )
        .join(Document, Document.id == Unit.document_id)
        .outerjoin(Turn, Turn.id == Unit.turn_id)
        .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
        .where(Unit.id.in_(numbers))
    )
