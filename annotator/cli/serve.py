"""``annotator serve``, ``demo`` and ``init``: from nothing to a page in the browser."""

import errno
import logging
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from annotator.cli.users import link
from annotator.config import DATABASE_FILE, Settings
from annotator.db import User
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.errors import InvalidInputError
from annotator.services import accounts, batches, jobs

if TYPE_CHECKING:
    from annotator.worker import BuiltInWorker

HOST = "127.0.0.1"
PORT = 8127
THREADS = 8
BACKLOG = 1024
#: What waitress takes from one browser at most; create_app refuses large bodies more politely before.
BODY_SLACK_BYTES = 1024 * 1024


def _server_options(command: Any) -> Any:
    """Give a command the options of a server."""
    command = click.option("--no-worker", is_flag=True, help="Leave jobs to a separate “annotator worker”.")(command)
    port = click.option("--port", type=click.IntRange(0, 65535), help=f"Default: {PORT}; 0 takes a free one.")
    return port(command)


@click.command("serve")
@click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
@_server_options
@click.pass_obj
def serve_command(settings: Settings, host: str, port: int | None, no_worker: bool) -> None:
    """Start the server; stop it with Ctrl-C."""
    with listening(host, PORT if port is None else port) as listener:
        signal.signal(signal.SIGTERM, _stop)
        database = open_database(settings)
        address = _address(host, listener)
        click.echo(f"Annotator runs at {address}  (home folder: {settings.home})")
        secret = _first_link(database)
        if secret:
            click.echo(f"Nobody has signed in yet. Open {link(address, secret)}")
        with _known_address(settings, address):
            run_server(settings, database, listener, with_worker=not no_worker)


@click.command("demo")
@click.argument("home", required=False, type=click.Path(path_type=Path))
@_server_options
@click.pass_context
def demo_command(ctx: click.Context, home: Path | None, port: int | None, no_worker: bool) -> None:
    """Start the server with a sample project, in HOME or a folder that is removed afterwards."""
    with ExitStack() as stack:
        settings = _demo_settings(ctx, home, stack)
        listener = stack.enter_context(_listening_somewhere(port))
        signal.signal(signal.SIGTERM, _stop)
        database = open_database(settings)
        address = _address(HOST, listener)
        secret = _sample(database)
        click.echo(f"Home folder: {settings.home}")
        click.echo(f"Open {link(address, secret)}")
        with _known_address(settings, address):
            run_server(settings, database, listener, with_worker=not no_worker)


@click.command("init")
@click.pass_obj
def init_command(settings: Settings) -> None:
    """Set up the home folder, or upgrade it to this version."""
    is_there = settings.is_sqlite and (settings.home / DATABASE_FILE).exists()
    open_database(settings).dispose()
    click.echo(f"{'Up to date' if is_there else 'Set up'}: {settings.home}")
    click.echo("Next: “annotator serve” starts the server and prints a link to sign in with.")


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Hold the address before anything is set up.

    Raises
    ------
    InvalidInputError
        If it is taken or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if os.name == "posix":
            # Start again at once after a stop; on Windows the option would let two servers share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            raise InvalidInputError(_bind_problem(error, host, port)) from error
        yield listener


def run_server(settings: Settings, database: Database, listener: socket.socket, *, with_worker: bool) -> None:
    """Answer requests until Ctrl-C or SIGTERM."""
    from waitress.server import create_server

    from annotator.web import create_app

    # It warns whenever a request waits for a thread, as happens all the time when several people label.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    worker = _Worker(settings, starts_child=with_worker)
    app = create_app(settings, database, start_worker=worker.wake)
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        backlog=BACKLOG,
        ident="annotator",
        max_request_body_size=settings.max_upload_bytes + BODY_SLACK_BYTES,
        clear_untrusted_proxy_headers=not settings.behind_tls,
    )
    batches.sweep_pending(database)
    with database.reading() as session:
        is_work_left = jobs.is_waiting(session)
    try:
        if is_work_left:
            worker.wake()
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        click.echo("Stopped.")
        server.close()
        worker.stop()
        database.dispose()


class _Worker:
    """The built-in worker, imported when the first job comes: most of a server's life it is not needed."""

    def __init__(self, settings: Settings, *, starts_child: bool) -> None:
        self._settings = settings
        self._starts_child = starts_child
        self._worker: BuiltInWorker | None = None
        self._turn = threading.Lock()

    def wake(self) -> None:
        """Make sure that somebody looks at the jobs soon."""
        from annotator.worker import BuiltInWorker

        with self._turn:
            if self._worker is None:
                self._worker = BuiltInWorker(self._settings, starts_child=self._starts_child)
        self._worker.wake()

    def stop(self) -> None:
        """End the child process, if there is one."""
        if self._worker is not None:
            self._worker.stop()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _address(host: str, listener: socket.socket) -> str:
    # A server listening everywhere is still opened from here by the loopback name.
    shown = HOST if host in {"0.0.0.0", "::"} else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{listener.getsockname()[1]}"


@contextmanager
def _known_address(settings: Settings, address: str) -> Iterator[None]:
    """Leave the address in the home folder, for the links of “annotator user”; of two servers the last one's."""
    settings.address_file.write_text(f"{address}\n", encoding="utf-8")
    try:
        yield
    finally:
        with suppress(OSError):
            if settings.address_file.read_text(encoding="utf-8").strip() == address:
                settings.address_file.unlink()


def _bind_problem(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use already; stop what runs there or choose another with --port."
    return f"The server cannot listen on {host}, port {port} ({error.strerror}); choose others with --host and --port."


@contextmanager
def _listening_somewhere(port: int | None) -> Iterator[socket.socket]:
    """Hold the port asked for; without a wish the usual one or, where it is taken, any that is free."""
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(listening(HOST, PORT if port is None else port))
        except InvalidInputError:
            if port is not None:
                raise
            listener = stack.enter_context(listening(HOST, 0))
        yield listener


def _demo_settings(ctx: click.Context, home: Path | None, stack: ExitStack) -> Settings:
    settings: Settings = ctx.obj
    given = home or (ctx.parent.params["home"] if ctx.parent else None)
    if given is None:
        given = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annotator-demo-")))
    place = Path(given).expanduser().resolve()
    # The demo never touches a database that somebody works with.
    return replace(settings, home=place, database_url=f"sqlite:///{place / DATABASE_FILE}")


def _first_link(database: Database) -> str | None:
    with database.reading() as session:
        if accounts.has_anybody_signed_in(session):
            return None
    with database.transaction() as session:
        return accounts.create_sign_in_link(session, accounts.first_user(session))


def _sample(database: Database) -> str:
    from annotator.services import projects
    from annotator.services.sample import create_sample_project

    with database.transaction() as session:
        user = accounts.first_user(session)
        user_id, has_project = user.id, bool(projects.projects_of(session, user))
    if not has_project:
        create_sample_project(database, user_id)
    with database.transaction() as session:
        return accounts.create_sign_in_link(session, session.get_one(User, user_id))
