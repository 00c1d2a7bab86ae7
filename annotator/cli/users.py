"""``annotator user``: add people and make their sign-in links."""

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.services import accounts

address_option = click.option(
    "--address", help="Where the server is reached, for the link. Default: where it runs, if it runs."
)


@click.group("user")
def user_group() -> None:
    """Add people and make their sign-in links."""


@user_group.command("add")
@click.argument("name")
@click.option("--administrator", is_flag=True, help="May run the server.")
@address_option
@click.pass_obj
def add_command(settings: Settings, name: str, administrator: bool, address: str | None) -> None:
    """Add a person and print a link that signs them in once."""
    with open_database(settings).transaction() as session:
        user = accounts.create_user(session, " ".join(name.split()), is_administrator=administrator)
        secret = accounts.create_sign_in_link(session, user)
    _print_link(settings, address, secret)


@user_group.command("list")
@click.pass_obj
def list_command(settings: Settings) -> None:
    """Print everybody's name, one per line."""
    with open_database(settings).reading() as session:
        for name in accounts.user_names(session):
            click.echo(name)


@user_group.command("link")
@click.argument("name")
@address_option
@click.pass_obj
def link_command(settings: Settings, name: str, address: str | None) -> None:
    """Print a new link that signs this person in once, within a day."""
    with open_database(settings).transaction() as session:
        secret = accounts.create_sign_in_link(session, accounts.find_user(session, name))
    _print_link(settings, address, secret)


def _print_link(settings: Settings, address: str | None, secret: str) -> None:
    """Print the link, or its path where nothing says how the server is reached."""
    address = address or _running_at(settings)
    click.echo(link(address or "", secret))
    if address is None:
        click.echo("No server runs on this home folder; put this path after the address of yours.", err=True)


def _running_at(settings: Settings) -> str | None:
    try:
        return settings.address_file.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def link(address: str, secret: str) -> str:
    """Return the address that signs somebody in."""
    return f"{address.rstrip('/')}/sign-in/{secret}"
