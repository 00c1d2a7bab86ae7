"""What a classifier learns of a unit that several people labelled: their majority, an estimate, or their shares."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from annotator.codebook.values import Question
from annotator.learning.values import Example
from annotator.services.ballots import Ballot, dawid_skene

#: What an owner can choose, the usual one first.
RULES = ("majority", "dawid-skene", "soft")


class Vote(NamedTuple):
    """One person's answer about a unit, as an example; gold is no vote but settles the unit."""

    unit: int
    annotator: int
    is_gold: bool
    example: Example


@dataclass(frozen=True, slots=True)
class Material:
    """Examples to learn from, and how they came about.

    ``rule`` is the one that was applied, which is the majority where votes are too few for the one ``asked`` for;
    ``several`` counts what was labelled more than once, ``tied`` what was left out because no answer prevails;
    ``answers`` counts each annotator's answers, by number, about what is learned.
    """

    examples: tuple[Example, ...]
    asked: str
    rule: str
    several: int
    tied: int
    answers: Mapping[int, int] = field(default_factory=dict)

    def as_record(self) -> dict[str, str | int]:
        """Return how the examples came about, for the card of a classifier."""
        return {"asked": self.asked, "rule": self.rule, "several": self.several, "tied": self.tied}


#: A unit and, for a stance, a target's UUID.
_Item = tuple[int, str | None]
#: The vote of each annotator by number; a later one replaces an earlier one.
_Votes = dict[int, Vote]


def material_of(question: Question, votes: Iterable[Vote], rule: str) -> Material:
    """Return what is learned of each item; those nobody else labelled and gold are learned as they are.

    Majority: the answer most gave, whole sets where several labels may be given; a tie is not learned. Shares: every
    answer that was given, weighted by the share of those who gave it, so that an item weighs as much as any other.
    Dawid and Skene's estimate: the answer that is most probably true.
    """
    by_item: dict[_Item, _Votes] = {}
    for vote in votes:
        by_item.setdefault((vote.unit, vote.example.target), {})[vote.annotator] = vote
    found = _estimated(question, by_item) if rule == "dawid-skene" else None
    applied = "majority" if found is None and rule == "dawid-skene" else rule
    learned: list[Example] = []
    tied = 0
    answers: Counter[int] = Counter()
    for item, given in by_item.items():
        if len(given) == 1:
            made = [vote.example for vote in given.values()]
        elif applied == "soft":
            made = _shares(list(given.values()))
        elif found is not None:
            made = _as_said(list(given.values()), found[item])
        else:
            made = _as_said(list(given.values()), _most(list(given.values())))
        tied += not made
        learned += made
        answers.update(list(given) if made else ())
    several = sum(len(given) > 1 for given in by_item.values())
    return Material(tuple(learned), rule, applied, several, tied, dict(answers))


def _most(votes: Sequence[Vote]) -> tuple[str, ...] | None:
    ranked = Counter(_set_of(vote) for vote in votes).most_common(2)
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        return None
    return next(vote.example.labels for vote in votes if _set_of(vote) == ranked[0][0])


def _shares(votes: Sequence[Vote]) -> list[Example]:
    counted = Counter(_set_of(vote) for vote in votes)
    first = {_set_of(vote): vote.example for vote in reversed(votes)}
    return [replace(first[labels], weight=count / len(votes)) for labels, count in counted.items()]


def _as_said(votes: Sequence[Vote], labels: tuple[str, ...] | None) -> list[Example]:
    """Return an example with these labels: that of somebody who gave them, if anybody did."""
    if labels is None:
        return []
    said = next((vote for vote in votes if _set_of(vote) == frozenset(labels)), votes[0])
    return [replace(said.example, labels=labels)]


def _set_of(vote: Vote) -> frozenset[str]:
    return frozenset(vote.example.labels)


def _estimated(question: Question, by_item: Mapping[_Item, _Votes]) -> dict[_Item, tuple[str, ...] | None] | None:
    """Return the estimate of each item, None where votes are too few for any to help."""
    ballot = Ballot(question)
    # The ballot knows units by number, and targets too.
    numbers = {item: (place, None) for place, item in enumerate(by_item)}
    for item, given in by_item.items():
        for vote in given.values():
            if not vote.is_gold:
                ballot.add(numbers[item], vote.annotator, _set_of(vote))
    if not ballot.is_enough:
        return None
    answers = dawid_skene(ballot).answers
    return {item: answers[number].labels for item, number in numbers.items() if number in answers}
