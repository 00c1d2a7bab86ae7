"""One answer from several annotators' votes: the majority with its ties, shares, and Dawid and Skene's estimate."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from annotator.codebook.values import Question

if TYPE_CHECKING:
    from annotator.statistics.aggregation import DawidSkene

#: Below these, Dawid and Skene's estimate was no better than the majority on the crowds it was tried on.
VOTES_PER_UNIT = 5
VOTES_PER_ANNOTATOR = 10

#: A unit's number and, for a stance, its target's.
Item = tuple[int, int | None]


@dataclass(slots=True)
class Ballot:
    """The votes on one question: item, annotator and the set of labels given, by the places of the first two.

    An item is a unit, for stances a unit and a target. A set holds one label unless the question takes several.
    """

    question: Question
    items: dict[Item, int] = field(default_factory=dict)
    annotators: dict[int, int] = field(default_factory=dict)
    votes: list[tuple[int, int, frozenset[str]]] = field(default_factory=list)

    def add(self, item: Item, annotator: int, labels: frozenset[str]) -> None:
        """Take one vote."""
        place = self.items.setdefault(item, len(self.items))
        self.votes.append((place, self.annotators.setdefault(annotator, len(self.annotators)), labels))

    @property
    def votes_per_item(self) -> float:
        """How many votes an item has on average."""
        return len(self.votes) / len(self.items) if self.items else 0.0

    @property
    def votes_per_annotator(self) -> float:
        """How many votes the annotator in the middle gave."""
        given = Counter(annotator for _, annotator, _ in self.votes)
        return float(median(given.values())) if given else 0.0

    @property
    def is_enough(self) -> bool:
        """Whether there are votes enough, per unit and per annotator, for Dawid and Skene's estimate to help."""
        return self.votes_per_item >= VOTES_PER_UNIT and self.votes_per_annotator >= VOTES_PER_ANNOTATOR


@dataclass(frozen=True, slots=True)
class Consensus:
    """An estimated answer: label ids, several where the question takes several, and how sure it is.

    ``labels`` is None where the most frequent answers tie. ``confidence`` is the share of votes for the answer, or
    the estimated probability that it is the true one.
    """

    labels: tuple[str, ...] | None
    confidence: float


def majority(ballot: Ballot) -> dict[Item, Consensus]:
    """Return what most annotators said of each item, whole sets where several labels may be given."""
    from annotator.statistics import aggregation

    sets = list(dict.fromkeys(labels for _, _, labels in ballot.votes))
    places = {labels: number for number, labels in enumerate(sets)}
    votes = [(item, places[labels]) for item, _, labels in ballot.votes]
    units, labels = zip(*votes, strict=True) if votes else ((), ())
    found = aggregation.majority(units, labels, n_units=len(ballot.items), n_labels=len(sets))
    answers = [_in_order(ballot, labels) for labels in sets]
    winners = [None if winner < 0 else answers[winner] for winner in found.labels.tolist()]
    shares = found.share.tolist()
    return {item: Consensus(winners[place], shares[place]) for item, place in ballot.items.items()}


@dataclass(frozen=True, slots=True)
class Estimates:
    """Dawid and Skene's estimates: the answers, and by annotator how often they are right.

    That is the probability that a label they give is the true one; where several may be given, its mean over labels.
    """

    answers: dict[Item, Consensus]
    accuracy: dict[int, float]


def dawid_skene(ballot: Ballot) -> Estimates:
    """Return the answer that is most probably true, by annotators' estimated error rates.

    Where several labels may be given each is estimated by itself. It can be had for any votes; where they are too
    few (``ballot.is_enough``) it is no better than the majority.
    """
    names = sorted({label for _, _, labels in ballot.votes for label in labels})
    if ballot.question.type == "choices":
        found = {label: _estimate(ballot, [label]) for label in names}
        return Estimates(_each_label(ballot, found), _accuracy(ballot, list(found.values())))
    one = _estimate(ballot, names)
    winners = [None if winner < 0 else (names[winner],) for winner in one.labels.tolist()]
    sure = one.probabilities.max(axis=1, initial=0.0).tolist()
    answers = {item: Consensus(winners[place], sure[place]) for item, place in ballot.items.items()}
    return Estimates(answers, _accuracy(ballot, [one]))


def _each_label(ballot: Ballot, found: Mapping[str, "DawidSkene"]) -> dict[Item, Consensus]:
    given: dict[Item, list[str]] = {item: [] for item in ballot.items}
    sure = dict.fromkeys(ballot.items, 1.0)
    for label, estimate in found.items():
        present = estimate.probabilities[:, 1].tolist()
        for item, place in ballot.items.items():
            has_it = present[place]
            given[item] += [label] if has_it > 0.5 else []
            # That of the whole set, since labels are taken to be given independently of each other.
            sure[item] *= max(has_it, 1 - has_it)
    return {item: Consensus(_in_order(ballot, labels), sure[item]) for item, labels in given.items()}


def _accuracy(ballot: Ballot, found: Sequence["DawidSkene"]) -> dict[int, float]:
    """Return the mean over estimates; an annotator's rates on the diagonal, weighted by how common labels are."""
    right = [one.confusion.diagonal(axis1=1, axis2=2) @ one.prevalence for one in found]
    return {who: float(sum(rates[place] for rates in right) / len(right)) for who, place in ballot.annotators.items()}


def _estimate(ballot: Ballot, names: list[str]) -> "DawidSkene":
    """Estimate which label is true; of a label that may be given with others: whether it is absent (0) or present."""
    from annotator.statistics import aggregation

    is_single = ballot.question.type == "choices"
    items, annotators, labels = [], [], []
    for item, annotator, given in ballot.votes:
        items.append(item)
        annotators.append(annotator)
        labels.append(int(names[0] in given) if is_single else names.index(next(iter(given))))
    return aggregation.dawid_skene(
        items,
        annotators,
        labels,
        n_units=len(ballot.items),
        n_annotators=len(ballot.annotators),
        n_labels=2 if is_single else max(len(names), 1),
    )


def soft_labels(ballot: Ballot) -> dict[Item, dict[str, float]]:
    """Return the share of annotators who gave each label to each item, to be learned from instead of one label.

    Shares add up to 1 where one label may be given; where several may, each label has a share of its own.
    """
    voters = Counter(item for item, _, _ in ballot.votes)
    shares: dict[Item, dict[str, float]] = {item: {} for item in ballot.items}
    by_place = list(shares.values())
    for place, _, labels in ballot.votes:
        for label in labels:
            by_place[place][label] = by_place[place].get(label, 0.0) + 1 / voters[place]
    return shares


def _in_order(ballot: Ballot, labels: Collection[str]) -> tuple[str, ...]:
    if len(labels) < 2:
        return tuple(labels)
    order = {label.id: number for number, label in enumerate(ballot.question.labels)}
    return tuple(sorted(labels, key=lambda label: (order.get(label, len(order)), label)))
