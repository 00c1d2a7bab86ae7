"""A private PostgreSQL server for the tests marked ``postgresql``."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

CLUSTERS = Path("/usr/lib/postgresql")  # where Debian keeps initdb and pg_ctl, off the search path
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 2 * 1024**3
#: The server has none, and to be ready for it the driver reads all certificates of the machine at each connection.
WITHOUT_TLS = {"ssl_context": False}
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Start a server on 127.0.0.1 with settings as they come (so with ``fsync``); yield the start of its address."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="annotator-postgresql-", dir=folder_for_data()))
    if IS_ROOT:
        shutil.chown(folder, "nobody")
    data, port = str(folder / "data"), free_port()
    control = [str(programs / "pg_ctl"), "--pgdata", data]
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c max_connections=60"
    try:
        run(
            [str(programs / "initdb"), "--auth=trust", "--username=annotator", "--encoding=UTF8", "--locale=C", data],
            folder,
        )
        run([*control, "--wait", f"--log={folder / 'log'}", f"--options={options}", "start"], folder)
        server = f"postgresql+pg8000://annotator@127.0.0.1:{port}"
        yield server
        administration(server).dispose()
    finally:
        run([*control, "--wait", "--mode=immediate", "stop"], folder, check=False)
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """Make an empty database for one test and drop it afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    execute(postgresql_server, f"CREATE DATABASE {name}")
    yield f"{postgresql_server}/{name}"
    execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def folder_for_data() -> str | None:
    """Return where the server keeps its files: in memory where there is enough, since each test makes a database.

    Never below pytest's own folder, which other users may not enter: PostgreSQL refuses to run as root.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        return str(MEMORY)
    return "/tmp" if IS_ROOT else None


def find_programs() -> Path | None:
    """Find the newest PostgreSQL on this machine."""
    on_path = shutil.which("initdb")
    if on_path is not None and shutil.which("pg_ctl", path=str(Path(on_path).resolve().parent)):
        return Path(on_path).resolve().parent
    installed = [path.parent for path in CLUSTERS.glob("*/bin/initdb")]
    return max(installed, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))], default=None)


def free_port() -> int:
    """Ask the system for a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run(command: Sequence[str], folder: Path, *, check: bool = True) -> None:
    """Run one of PostgreSQL's programs, as an ordinary user if we are root."""
    as_user = ["setpriv", "--reuid=nobody", "--clear-groups"] if IS_ROOT else []
    with (folder / "output").open("a+") as output:
        # To a file, not a pipe: the server inherits it and a pipe would never end.
        done = subprocess.run([*as_user, *command], cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False)
    if check and done.returncode != 0:
        log = folder / "log"
        pytest.fail((folder / "output").read_text() + (log.read_text() if log.exists() else ""))


def execute(server: str, statement: str) -> None:
    """Run one statement outside of a transaction, as CREATE DATABASE demands."""
    with administration(server).connect() as connection:
        connection.exec_driver_sql(statement)


def copy_database(server: str, template: str, name: str) -> None:
    """Make a database as a copy of another, by its files: what PostgreSQL worked out of its catalogue comes along."""
    with administration(server).connect() as connection:
        # Before version 15 there was no other way.
        way = " STRATEGY file_copy" if (connection.dialect.server_version_info or ()) >= (15,) else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}{way}")


@cache
def administration(server: str) -> "Engine":
    """Keep a connection to a server, since each test makes a database and drops it."""
    from sqlalchemy import create_engine

    address = f"{server}/postgres"
    return create_engine(address, isolation_level="AUTOCOMMIT", connect_args=WITHOUT_TLS, pool_pre_ping=True)
