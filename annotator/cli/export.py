"""``annotator export``: write a data set."""

import gc
from pathlib import Path

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.exporting.splits import parse_shares
from annotator.services import exports


@click.command("export")
@click.option("--project", required=True, help="Name or slug of the project.")
@click.option("--format", "format_name", required=True, type=click.Choice(sorted(exports.FORMATS)))
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="File or folder to write; for jsonl a name ending in .zip makes one file.",
)
@click.option(
    "--split", help="Shares of train, dev and test, such as 80/10/10; documents that repeat each other stay together."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the split.")
@click.option("--no-text", is_flag=True, help="Leave the texts out; offsets stay, in jsonl also hashes.")
@click.pass_obj
def export_command(
    settings: Settings, project: str, format_name: str, output: Path, split: str | None, seed: int, no_text: bool
) -> None:
    """Write the labelled data set of a project; it appears under its name when it is complete."""
    # Rows come and go without cycles; looking for some after every 700 of them cost a tenth of the time.
    gc.set_threshold(50_000, 20, 20)
    options = exports.ExportOptions(
        split=None if split is None else parse_shares(split), seed=seed, with_text=not no_text
    )
    exports.export_data_set(open_database(settings), project, format_name=format_name, path=output, options=options)
    click.echo(f"Wrote {output}.")
