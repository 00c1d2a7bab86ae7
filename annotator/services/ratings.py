"""What annotators answered to a question, as matrices for statistics: one row per item, one column per annotator.

An unanswered question is missing; a target that was offered and got no stance is *not at issue*, a category of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.codebook.values import Question
from annotator.services.asked import Asked
from annotator.services.collecting import without_collecting
from annotator.services.shared_acts import Line, SharedActs
from annotator.statistics.spans import segments
from annotator.statistics.tables import MISSING, Floats, Ints
from annotator.words import joined, say

NOT_AT_ISSUE = say("not at issue")
NONE = say("none")
UNMARKED = say("not marked")
MARKED = say("marked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """What was answered to one question: items are units, or a unit and a target, or stretches of a unit.

    ``values`` and ``acts`` have one row per item and one column per annotator; ``acts`` are positions in
    ``SharedActs.acts``. ``names`` says what each value is called, ``sets`` of which labels it consists.
    """

    question: Question
    units: Ints
    documents: Ints
    values: Ints
    acts: Ints
    names: tuple[str, ...]
    keys: tuple[str, ...]
    targets: Ints
    sets: tuple[frozenset[int], ...] | None = None
    weights: Floats | None = None
    #: Whether values are those of a scale, in its order; whether a label is there or not is no scale any more.
    is_scale: bool = False

    @property
    def is_numeric(self) -> bool:
        """Whether the names of the values are numbers."""
        return self.is_scale and self.question.level in ("interval", "ratio")

    def only(self, items: NDArray[np.bool_]) -> "Ratings":
        """Return some of the items."""
        weights = None if self.weights is None else self.weights[items]
        return replace(
            self, units=self.units[items], documents=self.documents[items], values=self.values[items],
            acts=self.acts[items], targets=self.targets[items], weights=weights,
        )  # fmt: skip

    def of_acts(self, wanted: NDArray[np.bool_]) -> "Ratings":
        """Return what some of the acts said (a flag for each act), of items that still have two values."""
        keep = (self.acts >= 0) & wanted[self.acts]
        return replace(self, values=np.where(keep, self.values, MISSING)).pairable()

    def of_annotators(self, columns: Sequence[int]) -> "Ratings":
        """Return what some annotators said, of items of which two of them said something."""
        return replace(self, values=self.values[:, columns], acts=self.acts[:, columns]).pairable()

    def pairable(self) -> "Ratings":
        """Return the items that have at least two values."""
        return self.only((self.values >= 0).sum(axis=1) >= 2)

    def of_label(self, code: int) -> "Ratings":
        """Return whether each value is, or holds, one label."""
        has = self.has_label(code)
        values = np.where(self.values >= 0, has[self.values].astype(np.int64), MISSING)
        return replace(self, values=values, names=(say("other"), self.label_names[code]), sets=None, is_scale=False)

    def has_label(self, code: int) -> NDArray[np.bool_]:
        """Return for each value whether it is, or holds, a label; the last one stands for a missing value."""
        if self.sets is not None:
            return np.array([*(code in members for members in self.sets), False])
        return np.array([*(number == code for number in range(len(self.names))), False])

    @property
    def label_names(self) -> tuple[str, ...]:
        """What the labels are called, where values are sets of them."""
        return tuple(label.name for label in self.question.labels) if self.sets is not None else self.names


@without_collecting()
def ratings_of(shared: SharedActs, asked: Asked) -> Ratings:
    """Return the answers to one question."""
    answers, read = shared.answers.get(asked.number, {}), _READ[asked.question.type]
    found = [
        (position, target, value)
        for position, act in enumerate(shared.acts)
        if act.id in answers
        for target, value in read(answers[act.id], shared.target_of)
    ]
    made = _spans if asked.question.type == "spans" else _labels
    return made(asked, _Cells.of(shared, found), len(shared.annotators))


@dataclass(frozen=True, slots=True)
class _Cells:
    """Values as they were found, and where each belongs: an item is a unit and a target, 0 where there is none."""

    units: Ints
    targets: Ints
    documents: Ints
    lengths: Ints
    rows: Ints
    columns: Ints
    acts: Ints
    values: list[Any]

    @classmethod
    def of(cls, shared: SharedActs, found: Sequence[tuple[int, int, Any]]) -> "_Cells":
        acts = np.array([position for position, _, _ in found], dtype=np.int64)
        targets = np.array([target for _, target, _ in found], dtype=np.int64)
        facts = shared.places[acts]
        width = int(targets.max(initial=0)) + 1
        keys, first, rows = np.unique(facts[:, 0] * width + targets, return_index=True, return_inverse=True)
        return cls(
            units=keys // width, targets=keys % width, documents=facts[first, 1], lengths=facts[first, 2],
            rows=rows.reshape(-1), columns=facts[:, 3], acts=acts, values=[value for _, _, value in found],
        )  # fmt: skip

    def matrix(self, numbers: Iterable[int] | Ints, columns: int) -> Ints:
        made = np.full((len(self.units), columns), MISSING, dtype=np.int64)
        made[self.rows, self.columns] = np.fromiter(numbers, dtype=np.int64, count=len(self.rows))
        return made


def _labels(asked: Asked, cells: _Cells, columns: int) -> Ratings:
    codes, names, sets = _coded(asked, cells.values)
    return Ratings(
        question=asked.question, units=cells.units, targets=cells.targets, names=names, sets=sets,
        keys=tuple(label.id for label in asked.question.labels), documents=cells.documents,
        values=cells.matrix([codes.get(value, MISSING) for value in cells.values], columns),
        acts=cells.matrix(cells.acts, columns), is_scale=asked.question.type == "scale",
    ).pairable()  # fmt: skip


def _spans(asked: Asked, cells: _Cells, columns: int) -> Ratings:
    """Return the stretches between the borders of marks as items, each weighted by its characters."""
    marked: list[list[Any]] = [[None] * columns for _ in cells.units]
    for row, column, value in zip(cells.rows.tolist(), cells.columns.tolist(), cells.values, strict=True):
        marked[row][column] = value
    lengths = cells.lengths.tolist()
    parts = [(row, *part) for row, spans in enumerate(marked) for part in segments(spans, lengths[row])]
    rows = np.array([row for row, _, _ in parts], dtype=np.int64)
    return Ratings(
        question=asked.question, units=cells.units[rows], targets=cells.targets[rows], names=(UNMARKED, MARKED),
        keys=(), documents=cells.documents[rows], acts=cells.matrix(cells.acts, columns)[rows],
        values=np.array([codes for _, _, codes in parts], dtype=np.int64).reshape(-1, columns),
        weights=np.array([length for _, length, _ in parts], dtype=np.float64),
    ).pairable()  # fmt: skip


def _coded(
    asked: Asked, values: Iterable[frozenset[int]]
) -> tuple[dict[frozenset[int], int], tuple[str, ...], tuple[frozenset[int], ...] | None]:
    """Return a code for each value, what each is called, and for ``choices`` which labels each holds."""
    order = {number: position for position, number in enumerate(asked.label_numbers)}
    labels = asked.question.labels
    if asked.question.type in ("choice", "scale"):
        codes = {frozenset((number,)): position for number, position in order.items()}
        if asked.question.type == "choice" and frozenset() in set(values):
            return codes | {frozenset(): len(labels)}, (*(label.name for label in labels), NONE), None
        return codes, tuple(label.name for label in labels), None
    members = {value: sorted(order[number] for number in value if number in order) for value in set(values)}
    if asked.question.type == "choices":
        ranked = sorted(members, key=lambda value: (len(members[value]), members[value]))
        sets = tuple(frozenset(members[value]) for value in ranked)
        return {value: code for code, value in enumerate(ranked)}, tuple(_set_name(labels, one) for one in sets), sets
    several = sorted((value for value in members if len(value) > 1), key=members.__getitem__)
    codes = {frozenset((number,)): position for number, position in order.items()}
    codes |= {value: code for code, value in enumerate([frozenset(), *several], start=len(labels))}
    more = (NOT_AT_ISSUE, *(_set_name(labels, members[value]) for value in several))
    return codes, (*(label.name for label in labels), *more), None


def _set_name(labels: Sequence[Any], members: Iterable[int]) -> str:
    return joined([labels[position].name for position in sorted(members)], " + ") or NONE


# These three run for every act, so they are written for speed.
def _read_label(lines: Sequence[Line], _targets: Mapping[int, int]) -> Iterable[tuple[int, frozenset[int]]]:
    return ((0, frozenset([line[3] for line in lines if line[2] == "label"])),)


def _read_stances(lines: Sequence[Line], targets: Mapping[int, int]) -> Iterable[tuple[int, frozenset[int]]]:
    """Return the labels toward each target that was offered or given one; several holders may give several."""
    found: dict[int, frozenset[int]] = {}
    for _, _, kind, label, target, _, _ in lines:
        if target is not None:
            target = targets.get(target, target)
            here = found.get(target, _NOTHING)
            found[target] = here | {label} if kind == "label" else here
    return found.items()


def _read_spans(lines: Sequence[Line], _targets: Mapping[int, int]) -> Iterable[tuple[int, list[tuple[int, int]]]]:
    return ((0, [(line[5], line[6]) for line in lines if line[2] == "span"]),)


_NOTHING: frozenset[int] = frozenset()
_READ: Mapping[str, Any] = {
    "choice": _read_label,
    "scale": _read_label,
    "choices": _read_label,
    "stance": _read_stances,
    "spans": _read_spans,
}
