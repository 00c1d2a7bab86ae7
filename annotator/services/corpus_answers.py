"""Answers the questions about a batch of sentences, column by column, as plain values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotator.learning.classifier import Classifier, Mentions
from annotator.learning.judging import Judged, judge, judge_mentioned
from annotator.services.corpus_orders import Asked, Order
from annotator.services.corpus_sentences import Sentence
from annotator.services.sighted_targets import finder, first_mentions

#: So many digits of a probability are told: what lies behind them differs between machines.
DIGITS = 6
#: Says of a stance whether the labels of other targets were learned from, since the target has too few of its own.
FROM_OTHERS = "from_other_targets"


class Answerer:
    """The classifiers of an order, at work; safe to use from many threads."""

    def __init__(self, order: Order, classifiers: Sequence[Classifier]) -> None:
        self.order = order
        self._classifiers = classifiers
        self._finder = finder(order.targets) if order.targets else None
        # What two targets are called is the one's whose name it is, else the first one's, as in texts.
        called = [(one, uuid) for uuid, name, _ in order.targets for one in (name, uuid)]
        called += [(alias, uuid) for uuid, _, aliases in order.targets for alias in aliases]
        self._by_name = {one.casefold(): uuid for one, uuid in reversed(called)}

    def columns(self, sentences: Sequence[Sentence], strangers: Counter[str]) -> dict[str, list[Any]]:
        """Return the answers in columns, None where a sentence has no text.

        ``strangers`` counts the names of targets that the project does not have.
        """
        texts = [sentence.text or "" for sentence in sentences]
        mentions = self._mentions(texts)
        wanted = self._wanted(sentences, mentions, strangers)
        columns: dict[str, list[Any]] = {}
        for asked, classifier in zip(self.order.asked, self._classifiers, strict=True):
            judged = judge(classifier, texts)
            if asked.kind == "stance":
                others = judge_mentioned(classifier, texts, _only(wanted, mentions))
                answers = _stances(asked, classifier, judged, others, wanted)
            else:
                answers = _labels(asked, judged[0])
            columns |= dict(zip(asked.columns, [*answers, [asked.number] * len(texts)], strict=True))
        empty = [row for row, sentence in enumerate(sentences) if sentence.is_empty]
        for column in columns.values():
            for row in empty:
                column[row] = None
        return columns

    def _mentions(self, texts: Sequence[str]) -> list[dict[str, tuple[int, int]]]:
        """Return where each sentence names targets."""
        if self._finder is None:
            return [{} for _ in texts]
        return [first_mentions(self._finder.find(text)) for text in texts]

    def _wanted(
        self, sentences: Sequence[Sentence], mentions: Sequence[Mentions], strangers: Counter[str]
    ) -> list[set[str]]:
        """Return the targets each sentence is asked about: those it was given, or those it names."""
        return [
            set(named) if one.targets is None else self._known(one, strangers)
            for one, named in zip(sentences, mentions, strict=True)
        ]

    def _known(self, sentence: Sentence, strangers: Counter[str]) -> set[str]:
        found = {name: self._by_name.get(name.casefold()) for name in sentence.targets or ()}
        strangers.update(name for name, uuid in found.items() if uuid is None)
        return {uuid for uuid in found.values() if uuid is not None}


def label_names(asked: Asked, labels: Sequence[str]) -> list[str]:
    """Return the names of labels by their ids."""
    return [asked.labels.get(label, label) for label in labels]


def _labels(asked: Asked, judged: Judged) -> list[list[Any]]:
    """Return the columns of a question that is not about targets."""
    names = label_names(asked, judged.labels)
    rounded = np.round(judged.probabilities, DIGITS)
    spread = [dict(zip(names, row, strict=True)) for row in rounded.tolist()]
    if asked.kind == "choices":
        return [_several(judged, names), spread]
    best = judged.chosen.argmax(axis=1)
    return [[names[i] for i in best.tolist()], rounded[np.arange(len(best)), best].tolist(), spread]


def _several(judged: Judged, names: Sequence[str]) -> list[list[str]]:
    """Return the labels each sentence is given, the most probable first."""
    order = np.argsort(-judged.probabilities, axis=1, kind="stable")
    rows, places = np.nonzero(np.take_along_axis(judged.chosen, order, axis=1))
    found: list[list[str]] = [[] for _ in range(len(order))]
    for row, label in zip(rows.tolist(), order[rows, places].tolist(), strict=True):
        found[row].append(names[label])
    return found


def _only(wanted: Sequence[set[str]], mentions: Sequence[Mentions]) -> list[Mentions]:
    """Leave out mentions of targets that are not asked about."""
    return [
        {target: place for target, place in named.items() if target in asked}
        for asked, named in zip(wanted, mentions, strict=True)
    ]


def _stances(
    asked: Asked, classifier: Classifier, judged: Sequence[Judged], others: Sequence[tuple[list[int], Judged]],
    wanted: Sequence[set[str]],
) -> list[list[Any]]:  # fmt: skip
    """Return the one column of stances: of each sentence a list, in the order of the classifier's targets.

    Those learned from other targets come last, by name. Where there may be any, each stance tells whether it
    is one.
    """
    found: list[list[dict[str, Any]]] = [[] for _ in wanted]
    absent: dict[str, Any] = dict.fromkeys(label_names(asked, classifier.labels))
    taken = {(task.target, row) for rows, task in others for row in rows}
    for task in judged:
        rows = [row for row, asks in enumerate(wanted) if task.target in asks and (task.target, row) not in taken]
        own = Judged(task.target, task.labels, task.probabilities[rows], task.chosen[rows])
        marked = {} if classifier.mentioned is None else {FROM_OTHERS: False}
        _add_stances(found, rows, own, asked, absent, marked)
    by_name = sorted(others, key=lambda pair: asked.targets.get(pair[1].target or "", ""))
    for rows, task in by_name:
        _add_stances(found, rows, task, asked, absent, {FROM_OTHERS: True})
    return [found]


def _add_stances(
    found: list[list[dict[str, Any]]], rows: Sequence[int], task: Judged, asked: Asked, absent: dict[str, Any],
    marked: Mapping[str, bool],
) -> None:  # fmt: skip
    """Add what is said toward one target to the stances of these sentences, of which ``task`` has a row each."""
    names = label_names(asked, task.labels)
    best = task.chosen.argmax(axis=1).tolist()
    rounded = np.round(task.probabilities, DIGITS).tolist()
    for row, place, values in zip(rows, best, rounded, strict=True):
        found[row].append(
            {
                "target": asked.targets.get(task.target or "", task.target),
                "label": names[place],
                "probability": values[place],
                "probabilities": absent | dict(zip(names, values, strict=True)),
                **marked,
            }
        )
