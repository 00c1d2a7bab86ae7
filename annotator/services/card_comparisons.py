"""Two classifiers of a question side by side, and by how much one is better on the same reserved units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from annotator.codebook.values import Question
from annotator.db import Classifier, Project
from annotator.errors import InvalidInputError
from annotator.learning.panels import UNITS_NEEDED, Panel
from annotator.learning.values import Example
from annotator.services import classifier_cards, codebooks, examples, reviewing, suggesting
from annotator.services.card_scores import MEASURES, Interval, interval
from annotator.services.classifier_cards import Card
from annotator.services.named_targets import Namer
from annotator.services.reserved_tests import read_tests
from annotator.services.shortfalls import label_name
from annotator.services.suggesting import Shelf
from annotator.words import say

#: More units are no better test than so many, and a page that compares must not keep anybody waiting.
MOST_TESTED = 2_000

#: In place of the sentence about a classifier that cannot be read, which speaks of suggestions.
UNREADABLE = say("One of the two cannot be read: train it again, or compare with another.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One score of both, and by how much the second is above the first; paired, by document."""

    name: str
    is_label: bool
    first: float
    second: float
    difference: float
    interval: Interval | None

    @property
    def is_certain(self) -> bool:
        """Whether all of the interval lies on one side of nothing."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


@dataclass(frozen=True, slots=True)
class Tested:
    """Both on the same units of the reserved sample as it is labelled now; no differences on fewer than thirty."""

    title: str | None
    units: int
    documents: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two cards with what tells them apart; ``problem`` says why they cannot be tested together."""

    first: Card
    second: Card
    tested: tuple[Tested, ...]
    problem: str | None


def compare(
    session: Session, shelf: Shelf, project: Project, first: int, second: int, *, shows_annotators: bool = False
) -> Comparison:
    """Return two classifiers of one question side by side.

    Raises
    ------
    NotFoundError
        If there is none of these numbers.
    InvalidInputError
        If they answer different questions.
    """
    question, row, other = pair(session, project, first, second)
    one, two = (
        classifier_cards.read_card(session, project, number, shows_annotators=shows_annotators)
        for number in (first, second)
    )
    asked = codebooks.published(session, project.id).codebook.question(question)
    if asked is None:
        return Comparison(
            one, two, (), say("The question is no longer asked, so there is nothing new to test them on.")
        )
    panels = Namer(session, project.id).panels(read_tests(session, project.id, [asked])[question][:MOST_TESTED])
    try:
        names = reviewing.target_names(session, project.id)
        return Comparison(one, two, tuple(_tested(shelf, project, asked, (row, other), panels, names)), None)
    except InvalidInputError:
        return Comparison(one, two, (), UNREADABLE)


def pair(session: Session, project: Project, first: int, second: int) -> tuple[str, Classifier, Classifier]:
    """Return two classifiers of one question, and its id.

    Raises
    ------
    NotFoundError
        If there is none of these numbers.
    InvalidInputError
        If they answer different questions.
    """
    question, row = suggesting.find_classifier(session, project, first)
    other_question, other = suggesting.find_classifier(session, project, second)
    if question != other_question:
        raise InvalidInputError(say("These two classifiers answer different questions, so they cannot be compared."))
    return question, row, other


def _tested(
    shelf: Shelf, project: Project, question: Question, rows: tuple[Classifier, Classifier],
    panels: Sequence[Panel], names: Mapping[str, str],
) -> list[Tested]:  # fmt: skip
    from annotator.learning import testing  # it brings NumPy, which a server needs with its first suggestion only

    loaded = [shelf.get(project, row) for row in rows]
    scored = [testing.guessed(one, panels) for one in loaded]
    both = [task.target for task in loaded[0].tasks if task.target in {other.target for other in loaded[1].tasks}]
    found = []
    for target in [*both, *([None] if len(both) > 1 else [])]:
        own = [i for i, panel in enumerate(panels) if target is None or panel.example.target == target]
        own = [i for i in own if target is not None or panels[i].example.target in both]
        title = say("all targets together") if target is None and len(both) > 1 else names.get(target or "", target)
        few = Tested(title, len(own), len({panels[i].example.group for i in own}), ())
        found.append(few if len(own) < UNITS_NEEDED else _measured(few, question, panels, own, scored, project.seed))
    return found


def _measured(
    facts: Tested, question: Question, panels: Sequence[Panel], own: Sequence[int], scored: Sequence[Sequence[Any]],
    seed: int,
) -> Tested:  # fmt: skip
    from annotator.learning import measures, testing
    from annotator.learning.differences import difference

    tested: list[Example] = [panels[i].example for i in own]
    labels = testing.labels_given(tested, examples.labels_of(question))
    # Toward these targets both have a suggestion for every unit, so that no majority guess is needed.
    outcomes = [testing.outcome_of(tested, [some[i] for i in own], labels) for some in scored]
    gained = difference(outcomes[0], outcomes[1], labels, seed=seed)
    plain = [measures.summary(measures.tally(one.truth, one.guess), labels) for one in outcomes]
    per_label = [measures.per_label(one.truth, one.guess, labels) for one in outcomes]
    is_several = question.type == "choices"
    rows = [
        _difference(name, gained[key], float(plain[0][key]), float(plain[1][key]), is_label=False)
        for key, name in MEASURES.items()
        if key in gained and (is_several or key != "micro_f1")
    ]
    rows += [
        _difference(label_name(question, label), gained[f"f1:{label}"], *(float(one[label]["f1"]) for one in per_label))
        for label in labels
    ]
    return Tested(facts.title, facts.units, facts.documents, tuple(rows))


def _difference(
    name: str, gained: Mapping[str, Any], first: float, second: float, *, is_label: bool = True
) -> Difference:
    return Difference(
        name=name, is_label=is_label, first=first, second=second, difference=gained["value"],
        interval=interval(gained["interval"]),
    )  # fmt: skip
