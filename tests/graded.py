"""A study with a reserved sample that is large enough to test classifiers on, and two classifiers for the topic."""

import random
from collections.abc import Iterator

from sqlalchemy import select

from annotator.db import Classifier, Membership, Project
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import imports, projects
from annotator.services.training import train_project

NAME, SLUG = "Graded", "graded"
CODEBOOK = """
name: Graded
targets: [{name: Russia, aliases: [Moscow]}, {name: Ukraine, aliases: [Kyiv]}]
questions:
  - {id: stance, name: stance, type: stance, labels: [{name: favor, colour: "#1f6fb2"},
     {name: against, colour: "#c2410c"}, {name: neither, colour: "#6b7480"}]}
  - {id: topic, name: topic, type: choice, labels: [{name: war}, {name: trade}, {name: culture}]}
  - {id: frames, name: frames, type: choices, labels: [{name: economic}, {name: moral}]}
"""
OUTLETS = ("NPR", "The Daily Quay", "Agency", "Herald of Lund")
WHO = ("the minister", "a speaker", "the harbour master", "an envoy", "a shopkeeper", "the committee")
WHEN = ("on Monday", "after the talks", "before noon", "in a letter", "at the quay", "late last night")
VERBS = {
    "favor": ("praised {0} for it", "thanked {0} warmly", "welcomed what {0} had done"),
    "against": ("blamed {0} for it", "condemned what {0} had done", "accused {0} of lying"),
    "neither": ("spoke with {0} about it", "waited for word from {0}", "met a delegation from {0}"),
}
WORDS = {
    "war": ("shelling of the depot", "soldiers near the border", "a ceasefire that broke", "tanks in the valley"),
    "trade": ("the price of grain", "tariffs on timber", "exports through the strait", "a shortage of fuel"),
    "culture": ("the opera house", "a festival of film", "the painters of the coast", "an old manuscript"),
}
NAMES = {"Russia": ("Russia", "Moscow"), "Ukraine": ("Ukraine", "Kyiv")}
RATERS = ("one", "two", "three")


def add_graded(database: Database, *, documents: int = 48, train_twice: bool = True, owner: int | None = 1) -> int:
    """Set the project up, all of it labelled, and train it, for the topic with half of it before; return its id."""
    draw = random.Random(7)
    with database.transaction() as session:
        project = projects.create_project(session, NAME, codebook=CODEBOOK, owner=None)
        project.reserved_share, project.seed = 0.4, 7
        project_id = project.id
        if owner is not None:
            session.add(Membership(project_id=project_id, user_id=owner, role="owner"))
    made = [_document(number, draw) for number in range(documents)]
    half = documents // 2
    for some in (made[:half], made[half:]):
        imports.import_documents(database, project_id, some, name="graded.csv", user_id=owner)
        if some[-1] is made[-1]:
            train_project(database, project_id)
        elif train_twice:
            train_project(database, project_id, question="topic")
    return project_id


def tell_of_an_embedding(database: Database) -> None:
    """Let the cards of the second and the third classifier say that they saw a sentence embedding."""
    with database.transaction() as session:
        for row in session.scalars(select(Classifier).join(Project).where(Project.slug == SLUG, Classifier.number > 1)):
            tasks = [{"target": task["target"], "with": 0.713, "without": 0.662} for task in row.card["tasks"]]
            used = {"name": "news-vectors", "sha256": "5e" * 32, "dimensions": 256, "model2vec": "0.10.0"}
            used |= {"weight": 0.5, "tried": 0.5}
            row.card = row.card | {"embedding": used | {"tasks": tasks}}


def _document(number: int, draw: random.Random) -> ImportedDocument:
    # What a document is about colours all of its sentences, as documents do.
    leaning = draw.choice(tuple(WORDS))
    units, texts, start = [], [], 0
    for position in range(8):
        text, labels = _sentence(draw, leaning)
        texts.append(text)
        units.append(
            ImportedUnit(id=f"g{number}-{position}", start=start, end=start + len(text), text=text, line=1,
                         labels=tuple(labels))
        )  # fmt: skip
        start += len(text) + 1
    return ImportedDocument(
        id=f"g{number}", title=f"Dispatch {number}", outlet=OUTLETS[number % 4], text="\n".join(texts),
        name="graded.csv", line=1, units=tuple(units),
    )  # fmt: skip


def _sentence(draw: random.Random, leaning: str) -> tuple[str, Iterator[ImportedLabel]]:
    target = draw.choice(tuple(NAMES))
    truth = {
        ("stance", target): draw.choices(tuple(VERBS), (3, 4, 3))[0],
        ("topic", None): leaning if draw.random() < 0.6 else draw.choice(tuple(WORDS)),
    }
    told = truth["stance", target] if draw.random() < 0.85 else draw.choice(tuple(VERBS))
    verb = draw.choice(VERBS[told]).format(draw.choice(NAMES[target]))
    # Some sentences say nothing of what they are about.
    about = draw.choice(WORDS[truth["topic", None] if draw.random() < 0.8 else draw.choice(tuple(WORDS))])
    number = draw.randint(2, 99)
    text = f"{draw.choice(WHO).capitalize()} {verb}, of {about}, {draw.choice(WHEN)}, item {number}."
    return text, _labels(draw, target, truth)


def _labels(draw: random.Random, target: str, truth: dict[tuple[str, str | None], str]) -> Iterator[ImportedLabel]:
    order = {"stance": tuple(VERBS), "topic": tuple(WORDS)}
    for rater in RATERS:
        noise = 0.3 if rater == "three" else 0.12
        for (question, about), label in truth.items():
            given = draw.choice(order[question]) if draw.random() < noise else label
            yield ImportedLabel(annotator=rater, question=question, labels=(given,), target=about)
        moral = truth["stance", target] == "against" and draw.random() > noise
        frames = [*(["economic"] if truth["topic", None] == "trade" else []), *(["moral"] if moral else [])]
        yield ImportedLabel(annotator=rater, question="frames", labels=tuple(frames))


def project_of(database: Database, project_id: int) -> Project:
    """Return the project, detached."""
    with database.reading() as session:
        found = session.get_one(Project, project_id)
        session.expunge(found)
        return found
