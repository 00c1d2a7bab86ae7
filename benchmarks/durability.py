"""Kill servers while clients label, and look for what was confirmed in the database.

Two ``serve`` processes share one home folder; four clients label through both; one server after the other is killed
with SIGKILL and started again. A client that gets no answer sends the same act again, as the page does. The control
is a server that confirms before it commits (``confirming_first.py``): its lost labels must be found.
"""

import json
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from client import Client, Labeller
from corpus import write_corpus

HERE = Path(__file__).parent
CLIENTS = 4
SERVERS = 2
SENTENCES_EACH = 25
LONGEST_SECONDS = 300.0
ANSWERS_PER_ACT = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the ledger of confirmations and the database say; doubled and torn acts among ``acknowledged``."""

    acknowledged: int
    lost: int
    doubled: int
    torn: int
    kills: int
    chain_holds: bool


@dataclass(slots=True)
class _Run:
    """What the threads share."""

    labels: int
    acknowledged: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    deadline: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)

    def is_over(self) -> bool:
        return self.stop.is_set() or time.monotonic() > self.deadline


def measure(python: Path, home: Path, *, kills: int, labels: int, acknowledge_first: bool = False) -> Outcome:
    """Label at least ``labels`` sentences through servers that are killed ``kills`` times, then count."""
    links = _prepare(python, home, sentences=3 * labels)
    script = [str(HERE / "confirming_first.py")] if acknowledge_first else ["-m", "annotator", "--home", str(home)]
    command = [str(python), *script, *([str(home)] if acknowledge_first else []), "serve", "--no-worker"]
    run = _Run(labels)
    with _servers(command, home) as servers:
        ports = [server.port for server in servers]
        threads = [threading.Thread(target=_label, args=(run, secret, ports)) for secret in links]
        for thread in threads:
            thread.start()
        done = _kill(run, servers, kills)
        while len(run.acknowledged) < labels and not run.is_over():
            time.sleep(0.05)
        run.stop.set()
        for thread in threads:
            thread.join()
        for server in servers:
            server.kill()
    return _count(python, home, run, done)


class _Server:
    """A server that can be killed and started again on its port."""

    def __init__(self, command: list[str], home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._command = [*command, "--port", str(self.port)]
        self._home = home
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=self._home, stdout=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.05)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@contextmanager
def _servers(command: list[str], home: Path) -> Iterator[list[_Server]]:
    servers = [_Server(command, home) for _ in range(SERVERS)]
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()


def _prepare(python: Path, home: Path, *, sentences: int) -> list[str]:
    """Set up a project with one annotator per client; return the secrets of their sign-in links."""
    home.mkdir(parents=True)
    write_corpus(home / "corpus.jsonl", documents=sentences // SENTENCES_EACH, sentences_each=SENTENCES_EACH)
    annotator = [str(python), "-m", "annotator", "--home", str(home)]
    for arguments in (["project", "create", "Bench"], ["import", "--project", "bench", str(home / "corpus.jsonl")]):
        subprocess.run([*annotator, *arguments], check=True, cwd=home, stdout=subprocess.DEVNULL)
    made = [str(python), str(HERE / "people.py"), str(home), "bench", str(CLIENTS)]
    found = json.loads(subprocess.run(made, check=True, cwd=home, capture_output=True, text=True).stdout)
    return [str(secret) for secret in found]


def _label(run: _Run, secret: str, ports: list[int]) -> None:
    """Label until told to stop; whatever is not confirmed is sent again, through whichever server answers."""
    draw = random.Random(secret)
    labeller: Labeller | None = None
    session: str | None = None
    while not run.is_over():
        try:
            if labeller is None:
                client = Client(f"http://127.0.0.1:{draw.choice(ports)}/sign-in/{secret}", cookie=session)
                session = client.cookie
                labeller = Labeller(client, "bench")
            elif not labeller.client.is_open:
                labeller.client.reopen(draw.choice(ports))
            if labeller.unit is None:
                return
            labeller.label()
            run.acknowledged.append(labeller.saved[-1])
        except (OSError, HTTPException, RuntimeError, json.JSONDecodeError):
            time.sleep(0.05)
            if labeller is not None:
                labeller.client.close()


def _kill(run: _Run, servers: list[_Server], kills: int) -> int:
    """Kill one server after the other at random moments spread over the run; return how many."""
    draw = random.Random(5)
    done = 0
    for number in range(kills):
        wanted = int(run.labels * (number + draw.random()) / kills)
        while len(run.acknowledged) < wanted and not run.is_over():
            time.sleep(0.002)
        if run.is_over():
            break
        server = servers[number % SERVERS]
        server.kill()
        server.start()
        done += 1
    return done


def _count(python: Path, home: Path, run: _Run, kills: int) -> Outcome:
    found: dict[str, list[int]] = {}
    with sqlite3.connect(home / "annotator.sqlite") as database:
        query = (
            "SELECT annotation.key, (SELECT count(*) FROM answer WHERE answer.annotation_id = annotation.id) "
            "FROM annotation WHERE act = 'answer'"
        )
        for key, answers in database.execute(query):
            found.setdefault(key, []).append(answers)
    checked = subprocess.run(
        [str(python), "-m", "annotator", "--home", str(home), "doctor"], cwd=home, capture_output=True, check=False
    )
    return Outcome(
        acknowledged=len(run.acknowledged),
        lost=sum(key not in found for key in run.acknowledged),
        doubled=sum(len(found.get(key, [])) > 1 for key in run.acknowledged),
        torn=sum(answers != ANSWERS_PER_ACT for counts in found.values() for answers in counts),
        kills=kills,
        chain_holds=checked.returncode == 0,
    )
