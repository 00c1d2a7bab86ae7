"""Made-up stances for tests: worlds in which the words beside a mention tell them, or nothing but the target does."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from annotator.db.engines import Database
from annotator.learning import store
from annotator.learning.classifier import train
from annotator.learning.values import Example
from annotator.services.corpus_orders import Asked, Columns, Order
from annotator.services.recording import record_act
from annotator.services.training import train_project
from studies import Study, make_act, make_study

PEOPLE = ("Ada Lund", "Bo Ek", "Cleo Marchetti", "Dan Brown", "Eva Holm")
STRANGER = "Fritz Vandenberghe"
GOOD = ("praised", "thanked", "admired", "welcomed", "honoured")
BAD = ("blamed", "attacked", "condemned", "mocked", "scolded")
FILLER = ("early", "today", "again", "there", "in town", "on Monday", "after talks", "about bread", "at home")
LABELS = ("favor", "against")


def sentence(draw: random.Random, target: str, verb: str, other: str) -> tuple[str, tuple[int, int]]:
    """Return a sentence in which somebody does something to the target, who does the opposite to others."""
    begin = f"{draw.choice(FILLER)} the council {verb} "
    rest = f" {draw.choice(FILLER)}, and others {draw.choice(FILLER)} {other} it {draw.choice(FILLER)}."
    return begin + target + rest, (len(begin), len(begin) + len(target))


def told_by_words(count: int, *, targets: Sequence[str] = PEOPLE, seed: int = 0, each: int = 3) -> list[Example]:
    """Return stances that the verb beside the mention tells, whoever is mentioned; ``each`` units to a document."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        is_good = draw.random() < 0.5
        verbs = (GOOD, BAD) if is_good else (BAD, GOOD)
        text, mention = sentence(draw, targets[number % len(targets)], *map(draw.choice, verbs))
        label = LABELS[0] if is_good else LABELS[1]
        found.append(
            Example(f"{text} {number}", f"d{number // each}", (label,), targets[number % len(targets)], mention)
        )
    return found


def settled(target: str = PEOPLE[0], count: int = 70) -> list[Example]:
    """Return stances toward one target of which its own labels tell enough: no sentence speaks of others."""
    own = told_by_words(count, targets=[target], seed=5)
    return [replace(one, text=one.text.split(", and")[0], group=f"own-{one.group}") for one in own]


def told_by_target(count: int, *, seed: int = 0, share: float = 0.8) -> list[Example]:
    """Return stances that hang on the target alone: such a share of them is on its side, whatever is said."""
    draw = random.Random(seed)
    sides = {target: place % 2 for place, target in enumerate(PEOPLE)}
    found = told_by_words(count, seed=seed)
    return [
        replace(one, labels=(LABELS[sides[str(one.target)] if draw.random() < share else 1 - sides[str(one.target)]],))
        for one in found
    ]


def shuffled(examples: Sequence[Example], *, seed: int = 0) -> list[Example]:
    """Give the same labels to other units of the same target."""
    labels = [one.labels for one in examples]
    random.Random(seed).shuffle(labels)
    return [replace(one, labels=own) for one, own in zip(examples, labels, strict=True)]


def few_of_each(count: int) -> list[Example]:
    """Return labels told by words of which each target has those of one side less than five times."""
    sides: dict[tuple[str | None, str], int] = {}
    kept = []
    for one in told_by_words(10 * count):
        key = (one.target, one.labels[0])
        sides[key] = sides.get(key, 0) + 1
        if one.labels[0] == LABELS[PEOPLE.index(str(one.target)) % 2] or sides[key] < 5:
            kept.append(one)
    return kept[:count]


CODEBOOK = f"""
name: People in the news
targets: [{", ".join(f"{{name: {name}}}" for name in (*PEOPLE, STRANGER))}]
questions:
  - {{id: stance, name: stance, type: stance, labels: [{{name: favor}}, {{name: against}}]}}
"""


def study_of(database: Database, examples: Sequence[Example], *, more: Sequence[str] = (), version: int = 1) -> Study:
    """Label a study as the examples say, three to a document, and train; ``more`` sentences wait for a label.

    ``version`` is the number that the codebook gets.
    """
    documents = [[one.text for one in examples[start : start + 3]] for start in range(0, len(examples), 3)]
    study = make_study(database, documents=[*documents, *([text] for text in more)], codebook=CODEBOOK)
    uuids = dict(zip((*PEOPLE, STRANGER), study.targets, strict=True))
    seat = study.seat("A")
    with database.transaction() as session:
        for number, one in enumerate(examples):
            target = uuids[str(one.target)]
            stance = {"target": target, "holder": {"kind": "author"}, "label": one.labels[0]}
            answers = {"stance": [stance], "targets_offered": [target]}
            act = make_act(unit=f"d{number // 3}:s{number % 3}", answers=answers, codebook=version)
            record_act(session, seat, act)
    train_project(database, study.project_id)
    return study


def make_order(folder: Path) -> Order:
    """Store a classifier, and return an order for it; the ids of targets are their names."""
    sha256 = store.save(train("stance", [*told_by_words(90), *settled()], labels=LABELS, seed=1), folder)
    names = {name: name for name in (*PEOPLE, STRANGER)}
    asked = Asked(
        name="stance", kind="stance", number=1, codebook=1, sha256=sha256, folder=folder,
        labels={label: label for label in LABELS}, targets=names,
    )  # fmt: skip
    targets = tuple((name, name, ()) for name in names)
    return Order(name="corpus.jsonl", asked=(asked,), targets=targets, columns=Columns())
