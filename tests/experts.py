"""A study that four people have labelled: three who mostly agree, and one who stands apart."""

import random
from collections.abc import Iterator

from annotator.db import Membership
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import imports, projects

NAME, SLUG = "Experts", "experts"
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
_SINGLE = {"stance": ("favor", "against", "neither"), "tone": ("calm", "heated", "shrill")}


def add_experts(database: Database, *, documents: int = 20) -> None:
    """Set the project up, with its owner and labels from four raters."""
    draw = random.Random(2022)
    with database.transaction() as session:
        project = projects.create_project(session, NAME, codebook=CODEBOOK, owner=None)
        project.suggestion_timing = "never"
        project_id = project.id
        session.add(Membership(project_id=project_id, user_id=1, role="owner"))
    made = [_document(number, draw) for number in range(documents)]
    imports.import_documents(database, project_id, made, name="experts.csv", user_id=1)


def _document(number: int, draw: random.Random) -> ImportedDocument:
    units, start = [], 0
    for position, text in enumerate(SENTENCES):
        labels = tuple(_labels(draw))
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


def _labels(draw: random.Random) -> Iterator[ImportedLabel]:
    targets = draw.choice((("Russia",), ("Turkey",), ("Russia", "Turkey")))
    truth = {("stance", target): draw.choice(_SINGLE["stance"]) for target in targets}
    truth |= {("tone", None): draw.choice(_SINGLE["tone"])}
    frame = draw.choice(("economic", "security", "no frame"))
    for rater in draw.sample(RATERS, 3):
        noise = 0.5 if rater == "four" else 0.15
        for (question, target), label in truth.items():
            given = draw.choice(("against", "against", "favor")) if draw.random() < noise else label
            given = given if given in _SINGLE[question] else draw.choice(_SINGLE[question])
            yield ImportedLabel(annotator=rater, question=question, labels=(given,), target=target)
        frames = [frame] if draw.random() > noise else [draw.choice(("economic", "security"))]
        if draw.random() < 0.04 and "no frame" not in frames:
            frames.append("morality")
        yield ImportedLabel(annotator=rater, question="frames", labels=tuple(frames))
