"""``annotator doctor``: what is promised, and how it stands."""

import json
import sys
from dataclasses import asdict

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.services import checking
from annotator.services.checking import Finding


@click.command("doctor")
@click.option("--rebuild", is_flag=True, help="First work out anew what is derived from the labels.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.pass_obj
def doctor_command(settings: Settings, rebuild: bool, as_json: bool) -> None:
    """Check that no label is missing or changed and that all counts agree; exit 1 when something is wrong."""
    database = open_database(settings)
    try:
        if rebuild:
            checking.rebuild(database)
        findings = checking.check_database(database)
    finally:
        database.dispose()
    if as_json:
        rows = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"is_well": not findings, "findings": rows}, ensure_ascii=False))
    else:
        _tell(findings)
    if findings:
        sys.exit(1)


def _tell(findings: list[Finding]) -> None:
    for finding in findings:
        where = f"{finding.project}: " if finding.project else ""
        click.echo(f"{where}{finding.sentence}", err=True)
    if any(finding.can_be_rebuilt for finding in findings):
        click.echo("Run “annotator doctor --rebuild” to put the counts right; no label is lost.", err=True)
    if not findings:
        click.echo("All is well: no label is missing or changed, and all counts agree.")
