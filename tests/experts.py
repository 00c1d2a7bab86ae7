"""Studies that several have labelled: most of them mostly agree, and one stands apart."""

import random
from collections.abc import Iterator, Sequence

from annotator.db import Membership
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import imports, projects

NAME, SLUG = "Experts", "experts"
#: The same texts with answers enough for Dawid and Skene's estimate.
CROWD, CROWD_SLUG = "Crowd", "crowd"
CODEBOOK = """
name: Stance and frames
targets: [{name: Russia}, {name: Turkey}]
questions:
  - {id: stance, name: stance, type: stance, labels: [
      {name: favor, colour: "#1f6fb2"}, {name: against, colour: "#c2410c"}, {name: neither, colour: "#6b7480"}]}
  - {id: frames, name: frames, type: choices,
     labels: [{name: economic}, {name: security}, {name: morality}, {name: no frame, exclusive: true}]}
  - {id: tone, name: tone, type: scale, labels: [{name: calm}, {name: heated}, {name: shrill}]}
"""
SENTENCES = (
    "Turkey has been remarkably persuasive in convincing its allies that it cannot afford to alienate Russia.",
    "But Ankara needs to perform a diplomatic balancing act, he says, and time is running out for everybody.",
    "Sanctions have battered the economy.",
    "The visit ended without a word about grain, gas or the border, which surprised nobody in the room.",
    "It is a shame to shake that hand.",
    "Both sides spoke of a frank exchange.",
)
OUTLETS = ("NPR", "The Daily Quay", "Agency")
RATERS = ("one", "two", "three", "four")
MANY_RATERS = (*RATERS, "five", "six", "seven")
OFTEN_WRONG = {"four": 0.5, "five": 0.6, "six": 0.6, "seven": 0.6}
_SINGLE = {"stance": ("favor", "against", "neither"), "tone": ("calm", "heated", "shrill")}


def add_experts(database: Database, *, documents: int = 20) -> None:
    """Set the project up, with its owner and labels from three of four raters."""
    _add(database, NAME, documents=documents, raters=RATERS, often=3)


def add_crowd(database: Database, *, documents: int = 10) -> None:
    """Set the project up in which five of seven raters label each sentence."""
    _add(database, CROWD, documents=documents, raters=MANY_RATERS, often=5)


def _add(database: Database, name: str, *, documents: int, raters: Sequence[str], often: int) -> None:
    draw = random.Random(2022)
    with database.transaction() as session:
        project = projects.create_project(session, name, codebook=CODEBOOK, owner=None)
        project.suggestion_timing = "never"
        project_id = project.id
        session.add(Membership(project_id=project_id, user_id=1, role="owner"))
    made = [_document(number, draw, raters, often) for number in range(documents)]
    imports.import_documents(database, project_id, made, name="experts.csv", user_id=1)


def _document(number: int, draw: random.Random, raters: Sequence[str], often: int) -> ImportedDocument:
    units, start = [], 0
    for position, text in enumerate(SENTENCES):
        labels = tuple(_labels(draw, raters, often))
        units.append(
            ImportedUnit(
                id=f"e{number}-{position}", start=start, end=start + len(text), text=text, line=1, labels=labels
            )
        )
        start += len(text) + 1
    return ImportedDocument(
        id=f"e{number}", title=f"Report {number}", outlet=OUTLETS[number % 3], text="\n".join(SENTENCES),
        name="experts.csv", line=1, units=tuple(units),
    )  # fmt: skip


def _labels(draw: random.Random, raters: Sequence[str], often: int) -> Iterator[ImportedLabel]:
    targets = draw.choice((("Russia",), ("Turkey",), ("Russia", "Turkey")))
    truth = {("stance", target): draw.choice(_SINGLE["stance"]) for target in targets}
    truth |= {("tone", None): draw.choice(_SINGLE["tone"])}
    frame = draw.choice(("economic", "security", "no frame"))
    for rater in draw.sample(raters, often):
        noise = OFTEN_WRONG.get(rater, 0.15)
        for (question, target), label in truth.items():
            given = draw.choice(("against", "against", "favor")) if draw.random() < noise else label
            given = given if given in _SINGLE[question] else draw.choice(_SINGLE[question])
            yield ImportedLabel(annotator=rater, question=question, labels=(given,), target=target)
        frames = [frame] if draw.random() > noise else [draw.choice(("economic", "security"))]
        if draw.random() < 0.04 and "no frame" not in frames:
            frames.append("morality")
        yield ImportedLabel(annotator=rater, question="frames", labels=tuple(frames))
