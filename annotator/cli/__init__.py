"""The command line: ``annotator COMMAND``; a command's module is imported when it is used."""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from annotator import __version__
from annotator.config import read_settings
from annotator.errors import AnnotatorError

#: Command → where it is defined, and what the overview says of it without importing it.
COMMANDS = {
    "demo": ("annotator.cli.serve:demo_command", "Try it: start the server with a sample project."),
    "serve": ("annotator.cli.serve:serve_command", "Start the server."),
    "init": ("annotator.cli.serve:init_command", "Set up the home folder, or upgrade it."),
    "user": ("annotator.cli.users:user_group", "Add people and make their sign-in links."),
    "project": ("annotator.cli.projects:project_group", "Create and list projects."),
    "import": ("annotator.cli.importing:import_command", "Bring documents and labels into a project."),
    "export": ("annotator.cli.export:export_command", "Write a data set."),
    "train": ("annotator.cli.train:train_command", "Train classifiers now and print their cards."),
    "suggest": ("annotator.cli.suggest:suggest_command", "Let the classifiers answer a corpus of any length."),
    "agreement": ("annotator.cli.agreement:agreement_command", "Show how far the annotators agree."),
    "evaluate": ("annotator.cli.evaluate:evaluate", "Measure the recipe on any labelled data."),
    "parse": ("annotator.cli.parse:parse_command", "Show what is understood of a text, without storing it."),
    "worker": ("annotator.cli.worker:worker_command", "Run jobs outside the server."),
    "doctor": ("annotator.cli.doctor:doctor_command", "Check that no label is missing or changed."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the person can act on is told in words, without a traceback."""
        try:
            return super().invoke(ctx)
        except AnnotatorError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    help="Folder of the database, models/ and exports/; else ANNOTATOR_HOME, else the current folder.",
)
@click.version_option(__version__, prog_name="annotator")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """Label the news for stance and framing, learn from the labels, publish the data set."""
    ctx.obj = read_settings(os.environ, home=home)
