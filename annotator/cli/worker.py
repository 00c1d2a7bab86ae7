"""``annotator worker``: run jobs outside the server."""

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.worker import work


@click.command("worker")
@click.option("--until-idle", is_flag=True, help="End after half a minute without work.")
@click.pass_obj
def worker_command(settings: Settings, until_idle: bool) -> None:
    """Run jobs (training) as they come; needed beside a server started with --no-worker."""
    work(open_database(settings), until_idle=until_idle)
