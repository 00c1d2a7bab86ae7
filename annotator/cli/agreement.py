"""``annotator agreement``: how far the annotators of a project agree."""

import json
from collections.abc import Iterator

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.services import agreement, agreement_records, projects
from annotator.services.figures import COEFFICIENTS


@click.command("agreement")
@click.option("--project", "name", required=True, help="Name or slug of the project.")
@click.option("--question", help="Only this question.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.pass_obj
def agreement_command(settings: Settings, name: str, question: str | None, as_json: bool) -> None:
    """Show how far the annotators agree beyond chance, question by question, with 95 % intervals over documents.

    Figures rest on the units that at least two annotators have labelled. A value that is undefined comes with the
    reason.
    """
    with open_database(settings).reading() as session:
        found = agreement.agreement_of(session, projects.find_project(session, name))
        record = agreement_records.as_record(found, question=question)
    click.echo(json.dumps(record, ensure_ascii=False) if as_json else "\n\n".join(_written(record)))


def _written(record: agreement_records.Record) -> Iterator[str]:
    """Return the report as text, one paragraph a question."""
    for question in record["questions"]:
        lines = [
            f"{question['name']} ({question['type']}, {question['level']}): {question['units']:,} units in "
            f"{question['documents']:,} documents, {question['annotators']:,} annotators"
        ]
        lines += [f"  {_figure(title, question[key])}" for key, title in COEFFICIENTS.items() if key in question]
        for part in ("targets", "labels"):
            lines += [f"    {_figure(row['name'], row['alpha'], ' alpha')}" for row in question[part]]
        lines += [f"    {_figure(' – '.join(row['annotators']), row['alpha'], ' alpha')}" for row in question["pairs"]]
        if question["remark"]:
            lines.append(f"  {question['remark']}")
        yield "\n".join(lines)


def _figure(title: str, figure: agreement_records.Record, what: str = "") -> str:
    if figure["value"] is None:
        return f"{title}{what}: {figure['reason']}"
    between = "" if figure["low"] is None else f" [{figure['low']:.4f}, {figure['high']:.4f}]"
    reason = f" {figure['reason']}" if figure.get("reason") else ""
    return f"{title}{what} {figure['value']:.4f}{between}{reason}"
