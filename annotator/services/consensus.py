"""One answer from several annotators: the majority with its ties, shares of votes, and Dawid and Skene's estimate."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import Annotation, CurrentAnnotation, Document, Unit
from annotator.errors import NotFoundError
from annotator.services import chain, codebooks, disputes
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.identities import Identities, identities

if TYPE_CHECKING:
    from annotator.statistics.aggregation import DawidSkene

#: Below these, Dawid and Skene's estimate was no better than the majority on the crowds it was tried on.
VOTES_PER_UNIT = 5
VOTES_PER_ANNOTATOR = 10
#: An answer that says nothing, where the question is not about a target.
NONE = "(none)"

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
    def is_enough(self) -> bool:
        """Whether there are votes enough, per unit and per annotator, for Dawid and Skene's estimate to help."""
        if not self.votes:
            return False
        given = Counter(annotator for _, annotator, _ in self.votes)
        return len(self.votes) >= VOTES_PER_UNIT * len(self.items) and median(given.values()) >= VOTES_PER_ANNOTATOR


@dataclass(frozen=True, slots=True)
class Consensus:
    """An estimated answer: label ids, several where the question takes several, and how sure it is.

    ``labels`` is None where the most frequent answers tie. ``confidence`` is the share of votes for the answer, or
    the estimated probability that it is the true one.
    """

    labels: tuple[str, ...] | None
    confidence: float


def may_be_enough(session: Session, project_id: int) -> bool:
    """Tell whether any unit has the votes of which each needs so many on average; reads no answer."""
    query = (
        select(CurrentAnnotation.unit_id)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(
            Annotation.project_id == project_id,
            Annotation.act == "answer",
            CurrentAnnotation.kind.in_(disputes.COMPARED),
        )
        .group_by(CurrentAnnotation.unit_id)
        .having(func.count() >= VOTES_PER_UNIT)
        .limit(1)
    )
    return session.scalar(query) is not None


def read_ballots(session: Session, project_id: int) -> dict[str, Ballot]:
    """Return the votes of a project by question's id: what counts of annotators' acts, training and gold left out.

    Two holders on two sides give a target no one label, so such a stance is no vote; marked words are none either.
    """
    try:
        codebook = codebooks.published(session, project_id).codebook
    except NotFoundError:
        return {}
    known = identities(session, project_id)
    ballots = {one.id: Ballot(one) for one in codebook.questions if one.type != "spans"}
    for unit_id, topics in _topics_of_units(session, project_id):
        for (number, target), voices in topics.items():
            ballot = ballots.get(known.question_names[number])
            if ballot is None:
                continue
            for annotator, given in voices.items():
                labels = _labels(ballot.question, given, known, has_target=target is not None)
                if labels is not None:
                    ballot.add((unit_id, target), annotator, labels)
    return ballots


def _labels(question: Question, given: disputes.Given, known: Identities, *, has_target: bool) -> frozenset[str] | None:
    labels = frozenset(known.label_names[line[0]] for line in given)
    if question.type == "choices":
        return labels
    if not labels:
        return frozenset({NOT_AT_ISSUE if has_target else NONE})
    return labels if len(labels) == 1 else None


def _topics_of_units(session: Session, project_id: int) -> Iterator[tuple[int, Mapping[Any, Any]]]:
    """Yield what was said of each unit, one unit after the other; memory stays flat."""
    merged = disputes.merged_targets(session, project_id)
    after = 0
    while True:
        units = list(session.scalars(_units(project_id, after)))
        if not units:
            return
        acts = session.execute(_acts(project_id, units)).all()
        read = chain.answers_of(session, [act.id for act in acts])
        rows: dict[int, dict[int, Any]] = {unit: {} for unit in units}
        for act in acts:
            rows[act.unit_id][act.annotator_id] = read.get(act.id, {}).get("final", ())
        for unit in units:
            yield unit, disputes.topics_of(rows[unit], merged)
        after = units[-1]


def _units(project_id: int, after: int) -> Any:
    counts = (
        select(CurrentAnnotation.unit_id)
        .where(CurrentAnnotation.unit_id == Unit.id, CurrentAnnotation.kind.in_(disputes.COMPARED))
        .exists()
    )
    of_project = (Unit.project_id == project_id, Unit.id > after, Unit.withdrawn_at.is_(None))
    there = select(Unit.id).join(Document, Document.id == Unit.document_id).where(*of_project, ~Document.is_pending)
    return there.where(counts).order_by(Unit.id).limit(disputes.UNITS_AT_ONCE)


def _acts(project_id: int, units: Sequence[int]) -> Any:
    return (
        select(Annotation.id, Annotation.unit_id, Annotation.annotator_id)
        .join(CurrentAnnotation, CurrentAnnotation.annotation_id == Annotation.id)
        .where(
            Annotation.project_id == project_id,
            Annotation.act == "answer",
            CurrentAnnotation.unit_id.in_(units),
            CurrentAnnotation.kind.in_(disputes.COMPARED),
        )
        .order_by(Annotation.id)
    )


def majority(ballot: Ballot) -> dict[Item, Consensus]:
    """Return what most annotators said of each item, whole sets where several labels may be given."""
    from annotator.statistics import aggregation

    sets = list(dict.fromkeys(labels for _, _, labels in ballot.votes))
    places = {labels: number for number, labels in enumerate(sets)}
    votes = [(item, places[labels]) for item, _, labels in ballot.votes]
    units, labels = zip(*votes, strict=True) if votes else ((), ())
    found = aggregation.majority(units, labels, n_units=len(ballot.items), n_labels=len(sets))
    winners = [None if winner < 0 else _in_order(ballot, sets[winner]) for winner in found.labels.tolist()]
    shares = found.share.tolist()
    return {item: Consensus(winners[place], shares[place]) for item, place in ballot.items.items()}


def dawid_skene(ballot: Ballot) -> dict[Item, Consensus]:
    """Return the answer that is most probably true, by annotators' estimated error rates.

    Where several labels may be given each is estimated by itself. It can be had for any votes; where they are too
    few (``ballot.is_enough``) it is no better than the majority.
    """
    if ballot.question.type == "choices":
        return _each_label(ballot)
    names = _names(ballot)
    found = _estimate(ballot, names)
    winners = [None if winner < 0 else (names[winner],) for winner in found.labels.tolist()]
    sure = found.probabilities.max(axis=1, initial=0.0).tolist()
    return {item: Consensus(winners[place], sure[place]) for item, place in ballot.items.items()}


def _names(ballot: Ballot) -> list[str]:
    return sorted({label for _, _, labels in ballot.votes for label in labels})


def _each_label(ballot: Ballot) -> dict[Item, Consensus]:
    given: dict[Item, list[str]] = {item: [] for item in ballot.items}
    sure = dict.fromkeys(ballot.items, 1.0)
    for label in _names(ballot):
        present = _estimate(ballot, [label]).probabilities[:, 1].tolist()
        for item, place in ballot.items.items():
            has_it = present[place]
            given[item] += [label] if has_it > 0.5 else []
            # That of the whole set, since labels are taken to be given independently of each other.
            sure[item] *= max(has_it, 1 - has_it)
    return {item: Consensus(_in_order(ballot, labels), sure[item]) for item, labels in given.items()}


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
    given: dict[int, Counter[str]] = {}
    for item, _, labels in ballot.votes:
        given.setdefault(item, Counter()).update(labels)
    return {
        item: {label: count / voters[place] for label, count in given[place].items()}
        for item, place in ballot.items.items()
    }


def _in_order(ballot: Ballot, labels: Any) -> tuple[str, ...]:
    order = {label.id: number for number, label in enumerate(ballot.question.labels)}
    return tuple(sorted(labels, key=lambda label: (order.get(label, len(order)), label)))
