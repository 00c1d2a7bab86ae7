"""The server as a process: starts, says where it is, stops."""

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.cli import COMMANDS, main


class Server:
    """A running ``annotator``, with the lines it has printed."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "annotator", *arguments], stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []

    def read(self, pattern: str) -> str:
        """Read lines until one fits, and return what its brackets hold."""
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"it ended with {self.process.wait()} and {self.lines}")

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Stop it and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(timeout=30)
        if not self.process.stdout.closed:
            self.lines += self.process.stdout.readlines()
            self.process.stdout.close()
        return code


@pytest.fixture
def start():
    """Return how to start a server that is stopped after the test."""
    running = []

    def start(*arguments: str) -> Server:
        running.append(Server(*arguments))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def fetch(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_new_server_prints_a_link_that_opens_and_stops_cleanly(start, tmp_path: Path, sign: int):
    server = start("--home", str(tmp_path), "serve", "--port", "0", "--no-worker")
    link = server.read(r"Open (http://127\.0\.0\.1:\d+/sign-in/\S+)")
    status, page = fetch(link)
    assert (status, "Sign in as owner" in page) == (200, True)
    assert server.stop(sign) == 0
    assert server.lines[-1] == "Stopped.\n"
    assert (tmp_path / "annotator.key").stat().st_mode & 0o777 == 0o600


def test_two_servers_on_one_home_folder_know_the_same_people(start, tmp_path: Path):
    servers = [start("--home", str(tmp_path), "serve", "--port", "0", "--no-worker") for _ in range(2)]
    addresses = [server.read(r"runs at (\S+)") for server in servers]
    secret = servers[0].read(r"/sign-in/(\S+)")
    assert [fetch(f"{address}/sign-in/{secret}")[0] for address in addresses] == [200, 200]


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_named_in_one_sentence(tmp_path: Path, command: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["--home", str(tmp_path / "h"), command, "--port", port])
    assert result.exit_code == 1
    assert result.stderr == f"Port {port} is in use already; stop what runs there or choose another with --port.\n"
    assert not (tmp_path / "h").exists()


def test_somebody_who_has_signed_in_gets_no_second_link(start, tmp_path: Path):
    from annotator.config import read_settings
    from annotator.db.upgrading import open_database
    from annotator.services import accounts

    database = open_database(read_settings({}, home=tmp_path))
    with database.transaction() as session:
        accounts.sign_in_with_link(session, accounts.create_sign_in_link(session, accounts.first_user(session)))
    database.dispose()
    server = start("--home", str(tmp_path), "serve", "--port", "0", "--no-worker")
    server.read(r"runs at (\S+)")
    server.stop()
    assert not any("sign-in" in line for line in server.lines)


def test_starting_loads_nothing_that_only_some_pages_need():
    code = (
        "import sys, annotator.cli.serve, annotator.web\n"
        "print([name for name in ('numpy', 'scipy', 'sklearn', 'huey', 'alembic') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_init_sets_up_a_folder_and_says_what_comes_next(tmp_path: Path):
    runner = CliRunner()
    first = runner.invoke(main, ["--home", str(tmp_path / "new"), "init"])
    assert first.output.startswith(f"Set up: {tmp_path / 'new'}\n")
    assert "annotator serve" in first.output
    assert (tmp_path / "new" / "annotator.sqlite").exists()
    assert runner.invoke(main, ["--home", str(tmp_path / "new"), "init"]).output.startswith("Up to date")


def test_a_home_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["--home", str(tmp_path / "file" / "home"), "init"])
    assert result.exit_code == 1
    assert f"The home folder {tmp_path / 'file' / 'home'} cannot be written" in result.stderr


def test_people_are_added_listed_and_given_links(tmp_path: Path):
    runner = CliRunner()

    def run(*arguments: str):
        return runner.invoke(main, ["--home", str(tmp_path), "user", *arguments])

    added = run("add", "Ann")
    assert re.fullmatch(r"/sign-in/\S{43}\n", added.stdout)
    assert "put this path after the address of yours" in added.stderr
    run("add", "Bo")
    assert run("list").output == "Ann\nBo\n"
    assert run("link", "Bo", "--address", "https://labels.example/").output.startswith(
        "https://labels.example/sign-in/"
    )
    unknown = run("link", "Cy")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "Ann, Bo" in unknown.stderr


def test_a_link_leads_to_where_the_server_runs_while_it_does(start, tmp_path: Path):
    server = start("--home", str(tmp_path), "serve", "--port", "0", "--no-worker")
    address = server.read(r"runs at (\S+)")
    secret = server.read(r"/sign-in/(\S+)")
    assert fetch(f"{address}/sign-in/{secret}")[0] == 200
    name = CliRunner().invoke(main, ["--home", str(tmp_path), "user", "list"]).output.strip()
    made = CliRunner().invoke(main, ["--home", str(tmp_path), "user", "link", name])
    assert made.output.startswith(f"{address}/sign-in/")
    server.stop()
    assert not (tmp_path / "server.address").exists()


def test_the_program_calls_itself_by_the_name_of_its_command():
    shown = subprocess.run([sys.executable, "-m", "annotator", "--help"], capture_output=True, text=True).stdout
    assert shown.startswith("Usage: annotator [")


def test_the_overview_lists_the_commands_without_importing_them():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom annotator.cli import main\n"
        "print(CliRunner().invoke(main, ['--help']).output)\n"
        "assert not any(name.startswith('annotator.cli.') for name in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert all(f"  {name} " in result.stdout for name in COMMANDS)


def test_the_demo_opens_on_a_sample_project_and_leaves_nothing_behind(start):
    server = start("demo", "--port", "0", "--no-worker")
    home = Path(server.read(r"Home folder: (\S+)"))
    assert fetch(server.read(r"^Open (http://127\.0\.0\.1:\d+/sign-in/\S+)$"))[0] == 200
    assert (home / "annotator.sqlite").exists()
    assert server.stop() == 0
    assert not home.exists()


def test_a_demo_in_a_folder_goes_on_where_it_was(start, tmp_path: Path):
    for _ in range(2):
        server = start("demo", str(tmp_path / "demo"), "--port", "0", "--no-worker")
        server.read(r"Open (\S+)")
        assert server.stop() == 0
    listed = CliRunner().invoke(main, ["--home", str(tmp_path / "demo"), "project", "list"])
    assert listed.output.count("sample") == 1
