"""``annotator train``: train classifiers now and print their cards."""

import json
from typing import Any

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.services import projects, training


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
    for row in training.train_project(database, project_id, question=question):
        click.echo(json.dumps({"number": row.number, **row.card}) if as_json else _summary(row.number, row.card))


def _summary(number: int, card: dict[str, Any]) -> str:
    return json.dumps({"classifier": number, **card}, indent=2, ensure_ascii=False)
