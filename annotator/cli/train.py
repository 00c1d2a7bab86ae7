"""``annotator train``: train classifiers now and print their cards."""

import json
from collections.abc import Iterator

import click

from annotator.config import Settings
from annotator.db import Project
from annotator.db.upgrading import open_database
from annotator.services import classifier_cards, projects, training
from annotator.services.card_embeddings import EmbeddingUse
from annotator.services.card_mentioned import MentionedCard
from annotator.services.card_scores import Reserved
from annotator.services.card_tasks import TaskCard


@click.command("train")
@click.option("--project", "name", required=True, help="Name or slug of the project.")
@click.option("--question", help="Train only this question.")
@click.option("--json", "as_json", is_flag=True, help="Print the cards as JSON lines.")
@click.pass_obj
def train_command(settings: Settings, name: str, question: str | None, as_json: bool) -> None:
    """Train classifiers from the labels given so far, make them active and print their cards."""
    database = open_database(settings)
    with database.reading() as session:
        project_id = projects.find_project(session, name).id
    made = training.train_project(database, project_id, question=question)
    if as_json:
        for row in made:
            click.echo(json.dumps({"number": row.number, **row.card}))
        return
    with database.reading() as session:
        project = session.get_one(Project, project_id)
        for row in made:
            click.echo(_written(classifier_cards.read_card(session, project, row.number)))


def _written(card: classifier_cards.Card) -> str:
    """Return the card as lines of text."""
    head = f"Classifier {card.number}, {card.question}: {card.examples:,} examples in {card.documents:,} documents"
    tested = (line for test in card.reserved for line in _test_lines(test))
    checked = (line for task in card.tasks for line in _task_lines(task))
    return "\n".join([head, *tested, *checked, *_others(card.mentioned), *_embedding_lines(card.embedding)])


def _others(mentioned: MentionedCard | None) -> Iterator[str]:
    if mentioned is None:
        return
    scores = ""
    if mentioned.macro_f1 is not None and mentioned.interval is not None:
        low, high = mentioned.interval
        scores = (
            f", macro F1 {mentioned.macro_f1:.2f} [{low:.2f}, {high:.2f}], commonest label {mentioned.majority:.2f}"
        )
    state = "judged by the others" if mentioned.is_used else f"no suggestions ({mentioned.problem})"
    yield f"  targets with too few labels: {state}{scores}"


def _test_lines(test: Reserved) -> Iterator[str]:
    about = test.title or "all labels"
    if test.macro_f1 is None:
        yield f"  {about}: {test.units:,} units of the reserved sample, too few to score on"
        return
    low, high = test.macro_f1.interval or (test.macro_f1.value, test.macro_f1.value)
    people = "" if test.macro_f1.people is None else f", one annotator against the others {test.macro_f1.people:.2f}"
    state = ", preliminary" if test.missing else ""
    yield (
        f"  {about}: {test.units:,} units of the reserved sample, macro F1 {test.macro_f1.value:.2f} "
        f"[{low:.2f}, {high:.2f}], commonest label {test.macro_f1.majority:.2f}{people}{state}"
    )


def _embedding_lines(used: EmbeddingUse | None) -> Iterator[str]:
    if used is None:
        return
    state = f"weight {used.weight:g}" if used.weight else "tried and not used"
    yield f"  sentence embedding {used.name} ({used.dimensions} dimensions), {state}"
    for gain in used.gains:
        if gain.with_it is not None and gain.without is not None:
            title = gain.title or "all labels"
            yield f"    {title}: cross-validated macro F1 {gain.with_it:.2f} with it, {gain.without:.2f} without"


def _task_lines(task: TaskCard) -> Iterator[str]:
    scores = "no scores yet"
    if task.macro_f1 is not None and task.interval is not None and task.majority is not None:
        low, high = task.interval
        scores = f"macro F1 {task.macro_f1:.2f} [{low:.2f}, {high:.2f}], commonest label {task.majority:.2f}"
    yield f"  {task.title or 'all labels'}: {task.units:,} units, cross-validated {scores}"
    for label in task.labels:
        early = ", early" if label.is_early else ""
        yield f"    {label.name}: F1 {label.f1:.2f}, {label.units:,} units{early}"
