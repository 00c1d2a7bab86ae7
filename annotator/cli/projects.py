"""``annotator project``: set up a study from the command line, and list what there is."""

import json
from dataclasses import asdict

import click

from annotator.codebook.builtin import DEFAULT_CODEBOOK, builtin_codebooks, load_codebook
from annotator.codebook.writing import write_codebook
from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.services import accounts, documents, projects


@click.group("project")
def project_group() -> None:
    """Set up projects and list them."""


@project_group.command("create")
@click.argument("name")
@click.option(
    "--codebook",
    default=DEFAULT_CODEBOOK,
    show_default=True,
    metavar="NAME_OR_FILE",
    help=f"A codebook file, or one of {', '.join(builtin_codebooks())}.",
)
@click.option("--owner", "owner_name", metavar="USER", help="Who owns it; default: whoever set this up.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.pass_obj
def create_command(settings: Settings, *, name: str, codebook: str, owner_name: str | None, as_json: bool) -> None:
    """Create the project NAME with a codebook."""
    source = write_codebook(load_codebook(codebook))
    database = open_database(settings)
    try:
        with database.transaction() as session:
            owner = accounts.find_user(session, owner_name) if owner_name else accounts.first_user(session)
            project = projects.create_project(session, name, codebook=source, owner=owner)
            made = {"name": project.name, "slug": project.slug, "codebook": codebook, "owner": owner.name}
    finally:
        database.dispose()
    click.echo(json.dumps(made, ensure_ascii=False) if as_json else f"Created the project “{made['name']}”.")


@project_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.pass_obj
def list_command(settings: Settings, *, as_json: bool) -> None:
    """List the projects with what they hold."""
    database = open_database(settings)
    try:
        with database.reading() as session:
            found = projects.all_projects(session)
            held = documents.summaries(session, [project.id for project in found])
            rows = [{"name": row.name, "slug": row.slug, **asdict(held[row.id])} for row in found]
    finally:
        database.dispose()
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['name']}: documents {row['documents']:,}, sentences {row['sentences']:,}")
    if not rows:
        click.echo("There is no project yet; make one with “annotator project create NAME”.")
