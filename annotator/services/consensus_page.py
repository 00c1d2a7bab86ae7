"""The consensus of a project for people: by question the majority beside Dawid and Skene's estimate."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import Annotator, Project
from annotator.services import ballots, consensus, identities, reviewing, unsettled, visibility
from annotator.services.ballots import Ballot, Consensus, Estimates, Item
from annotator.services.collecting import without_collecting
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.unsettled import Listed
from annotator.words import joined, say

#: Sentences on a page of those the two differ about.
PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands with one question: what both rest on, and what they come to.

    ``items`` are units, for stances units and targets; ``several`` have votes of two people or more, and of these
    ``tied`` have no majority. Without ``is_offered`` there is no estimate: votes are too few.
    """

    question: Question
    items: int
    several: int
    annotators: int
    tied: int
    certainty: float
    #: How many votes an item has on average, and the annotator in the middle gave.
    per_item: float
    per_annotator: float
    estimated_certainty: float | None = None
    #: Where the estimate is another answer than the majority, and where it decides a tie.
    differ: int = 0
    untied: int = 0

    @property
    def is_offered(self) -> bool:
        """Whether there is an estimate."""
        return self.estimated_certainty is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """How often a label is the answer by each consensus, as shares of the items."""

    name: str
    majority: float
    soft: float
    estimate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorRow:
    """How often somebody said what most did, of votes where there is a majority, and how often they are right."""

    code: str
    votes: int
    with_majority: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A unit to which the estimate gives another answer; ``majority`` is None for a tie, ``estimate`` likewise."""

    listed: Listed
    target: str | None
    majority: str | None
    share: float
    estimate: str | None
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is told of one question; ``total`` counts the differences on all pages."""

    standing: Standing
    labels: tuple[LabelRow, ...]
    annotators: tuple[AnnotatorRow, ...]
    total: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ConsensusPage:
    """The page; without standings nobody's votes can be set beside another's, perhaps since one labels blind."""

    standings: tuple[Standing, ...]
    detail: Detail | None
    is_blind: bool


class _Counted(NamedTuple):
    """A question's votes with what they come to."""

    ballot: Ballot
    majority: dict[Item, Consensus]
    estimates: Estimates | None


@without_collecting()
def read_page(
    session: Session, project: Project, user_id: int, *, question: str = "", page: int = 1,
    masked: frozenset[str] = frozenset(),
) -> ConsensusPage:  # fmt: skip
    """Return what somebody who adjudicates may see; the details are those of ``question``, else of the first."""
    if visibility.labels_blind(session, project, user_id):
        return ConsensusPage((), None, is_blind=True)
    visible = visibility.reviewable_annotations(session, project, user_id)
    found = [
        _Counted(one, ballots.majority(one), ballots.dawid_skene(one) if one.is_enough else None)
        for one in consensus.read_ballots(session, project.id, visible).values()
        if len(one.annotators) > 1
    ]
    standings = tuple(_standing(one) for one in found)
    pairs = list(zip(found, standings, strict=True))
    chosen = next((pair for pair in pairs if pair[0].ballot.question.id == question), pairs[0] if pairs else None)
    detail = None if chosen is None else _detail(session, project, *chosen, visible=visible, page=page, masked=masked)
    return ConsensusPage(standings, detail, is_blind=False)


def _standing(counted: _Counted) -> Standing:
    ballot, majority, estimates = counted
    voters = Counter(place for place, _, _ in ballot.votes)
    return Standing(
        question=ballot.question,
        items=len(ballot.items),
        several=sum(count > 1 for count in voters.values()),
        annotators=len(ballot.annotators),
        tied=sum(one.labels is None for one in majority.values()),
        certainty=_mean(majority),
        per_item=ballot.votes_per_item,
        per_annotator=ballot.votes_per_annotator,
        estimated_certainty=None if estimates is None else _mean(estimates.answers),
        differ=len(_differing(counted, tied=False)),
        untied=len(_differing(counted, tied=True)),
    )  # fmt: skip


def _mean(answers: Mapping[Item, Consensus]) -> float:
    return sum(one.confidence for one in answers.values()) / len(answers)


def _differing(counted: _Counted, *, tied: bool) -> list[Item]:
    """Return the items to which the estimate gives another answer than most people, those that tie or the others."""
    if counted.estimates is None:
        return []
    answers = counted.estimates.answers
    return [
        item
        for item, most in counted.majority.items()
        if (most.labels is None) == tied and answers[item].labels != most.labels
    ]


def _detail(
    session: Session, project: Project, counted: _Counted, standing: Standing, *, visible: ColumnElement[bool],
    page: int, masked: frozenset[str],
) -> Detail:  # fmt: skip
    items = [*_differing(counted, tied=False), *_differing(counted, tied=True)]
    shown = items[(page - 1) * PAGE : page * PAGE]
    listed = unsettled.list_units(session, project, [unit for unit, _ in shown], visible=visible, masked=masked)
    names = reviewing.target_names(session, project.id)
    known = identities.identities(session, project.id)
    targets = {number: names[uuid] for number, uuid in known.target_names.items()}
    return Detail(
        standing=standing,
        labels=tuple(_label_rows(counted)),
        annotators=tuple(_annotator_rows(session, project, counted)),
        total=len(items),
        differences=tuple(
            _difference(counted, item, row, targets) for item, row in zip(shown, listed, strict=True)
        ),
    )  # fmt: skip


def _difference(counted: _Counted, item: Item, row: Listed, targets: Mapping[int, str]) -> Difference:
    assert counted.estimates is not None
    most, estimate = counted.majority[item], counted.estimates.answers[item]
    return Difference(
        listed=row,
        target=None if item[1] is None else targets[item[1]],
        majority=_name(counted.ballot.question, most.labels),
        share=most.confidence,
        estimate=_name(counted.ballot.question, estimate.labels),
        probability=estimate.confidence,
    )


def _name(question: Question, labels: Sequence[str] | None) -> str | None:
    """Return what an answer is called: its labels, or that there is none; None where nothing is decided."""
    if labels is None:
        return None
    return joined([_label_name(question, label) for label in labels], " + ") or say("none")


def _label_name(question: Question, label: str) -> str:
    found = question.label(label)
    if found is not None:
        return found.name
    return say("not at issue") if label == NOT_AT_ISSUE else say("none")


def _label_rows(counted: _Counted) -> list[LabelRow]:
    ballot, majority, estimates = counted
    soft: Counter[str] = Counter()
    for shares in ballots.soft_labels(ballot).values():
        soft.update(shares)
    by_majority = _often(majority)
    by_estimate = None if estimates is None else _often(estimates.answers)
    order = {label.id: number for number, label in enumerate(ballot.question.labels)}
    items = len(ballot.items)
    return [
        LabelRow(
            name=_label_name(ballot.question, label),
            majority=by_majority[label] / items,
            soft=soft[label] / items,
            estimate=None if by_estimate is None else by_estimate[label] / items,
        )
        for label in sorted(soft, key=lambda label: (order.get(label, len(order)), label))
    ]


def _often(answers: Mapping[Item, Consensus]) -> Counter[str]:
    return Counter(label for one in answers.values() for label in one.labels or ())


def _annotator_rows(session: Session, project: Project, counted: _Counted) -> list[AnnotatorRow]:
    codes = dict(session.execute(select(Annotator.id, Annotator.code).where(Annotator.project_id == project.id)).all())
    ballot, majority, estimates = counted
    most = [None if one.labels is None else frozenset(one.labels) for one in majority.values()]
    votes, settled, same = Counter[int](), Counter[int](), Counter[int]()
    voters = Counter(place for place, _, _ in ballot.votes)
    for place, who, labels in ballot.votes:
        votes[who] += 1
        if most[place] is not None and voters[place] > 1:
            settled[who] += 1
            same[who] += labels == most[place]
    rows = [
        AnnotatorRow(
            code=codes[number],
            votes=votes[who],
            with_majority=same[who] / settled[who] if settled[who] else None,
            accuracy=None if estimates is None else estimates.accuracy[number],
        )
        for number, who in ballot.annotators.items()
    ]
    return sorted(rows, key=lambda row: row.code)
