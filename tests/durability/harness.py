"""Kill servers while clients label, and compare what was acknowledged with what the database holds.

The clients do as the page's script does: an act keeps its key and is sent again, to whichever server answers,
until it is acknowledged. What is acknowledged goes into a ledger that no kill can reach.
"""

import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from annotator.config import Settings
from annotator.db import Membership, Project
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.services import accounts, chain, projects
from annotator.services.checking import check_database
from fixtures_postgresql import free_port
from studies import make_study

LABELS = ("war", "trade", "other")
SERVE = (sys.executable, "-m", "annotator")
#: Clients give up when nothing is acknowledged for this long.
PATIENCE = 60.0


@dataclass(slots=True)
class Ledger:
    """What was acknowledged: unit and label, by annotator's name and key."""

    entries: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    resent: int = 0
    last: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has shown; all but ``acknowledged``, ``kills``, ``resent`` and ``seconds`` have to be nothing."""

    acknowledged: int
    kills: int
    resent: int
    seconds: float
    lost: int
    doubled: int
    torn: tuple[str, ...]
    errors: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        """Return what a table of results says."""
        return {
            "acknowledged": self.acknowledged, "kills": self.kills, "sent again": self.resent, "lost": self.lost,
            "doubled": self.doubled, "torn": len(self.torn), "seconds": round(self.seconds, 1),
        }  # fmt: skip


def run(
    settings: Settings, *, labels: int, kills: int, clients: int = 4, seed: int = 0, command: Sequence[str] = SERVE
) -> Outcome:
    """Let clients give labels to two servers, one of which is killed now and then, and look what came of it."""
    names = [f"client{number}" for number in range(clients)]
    links = _prepare(settings, names, units=labels)
    ports, ledger, started = [free_port(), free_port()], Ledger(), time.monotonic()
    with _servers(settings, ports, command) as servers:
        threads = [
            threading.Thread(target=_label, args=(_Client(name, link, ports), ledger, seed), daemon=True)
            for name, link in links.items()
        ]
        for thread in threads:
            thread.start()
        killed = _kill(servers, threads, ledger, labels=labels, kills=kills, seed=seed)
        for thread in threads:
            thread.join()
    return _compare(settings, ledger, kills=killed, seconds=time.monotonic() - started)


def _prepare(settings: Settings, names: list[str], *, units: int) -> dict[str, str]:
    """Make a study with enough units, and accounts for the clients; return their sign-in links."""
    database = open_database(settings)
    with database.transaction() as session:
        if session.scalar(select(Project.id)) is None:
            projects.create_project(session, "Study", codebook=None, owner=None)
    study = make_study(database, documents=-(-units // 4))
    with database.transaction() as session:
        links = {}
        for name in names:
            user = accounts.create_user(session, name)
            session.add(Membership(project_id=study.project_id, user_id=user.id, role="annotator"))
            links[name] = f"/sign-in/{accounts.create_sign_in_link(session, user)}"
    database.dispose()
    return links


class _Server:
    """One server process, started again when it was killed."""

    def __init__(self, settings: Settings, port: int, command: Sequence[str]) -> None:
        self._command = [*command, "--home", str(settings.home), "serve", "--port", str(port), "--no-worker"]
        self._environ = os.environ | {"ANNOTATOR_DATABASE_URL": settings.database_url}
        self._log = settings.home / f"server-{port}.log"
        self.start()

    def start(self) -> None:
        """Start the process."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(self._command, env=self._environ, stdout=log, stderr=log)

    def kill(self) -> None:
        """End the process in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()


@contextmanager
def _servers(settings: Settings, ports: list[int], command: Sequence[str]) -> Iterator[list[_Server]]:
    servers = [_Server(settings, port, command) for port in ports]
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()


def _kill(
    servers: list[_Server], threads: list[threading.Thread], ledger: Ledger, *, labels: int, kills: int, seed: int
) -> int:
    """Kill a server at random moments spread over the labels; return how often."""
    chance = random.Random(seed)
    moments = sorted(chance.randrange(labels // 10, labels - labels // 10) for _ in range(kills))
    done = 0
    while any(thread.is_alive() for thread in threads):
        if moments and len(ledger.entries) >= moments[0]:
            moments.pop(0)
            time.sleep(chance.random() * 0.05)
            server = chance.choice(servers)
            server.kill()
            server.start()
            done += 1
        if time.monotonic() - ledger.last > PATIENCE:
            ledger.errors.append(f"nothing was acknowledged for {PATIENCE:.0f} seconds")
            break
        time.sleep(0.005)
    return done


class _Client:
    """A browser of one annotator, as far as labelling goes."""

    def __init__(self, name: str, link: str, ports: list[int]) -> None:
        self.name = name
        self._link = link
        self._ports = list(ports)
        self._cookie = ""
        self._token = ""
        self._connection: http.client.HTTPConnection | None = None

    def sign_in(self) -> None:
        """Use the link up."""
        page = self._request("GET", self._link)[1]
        form = f"csrf_token={self._token_in(page)}".encode()
        self._request("POST", self._link, form, {"Content-Type": "application/x-www-form-urlencoded"})
        self._token = self._token_in(self._request("GET", "/projects/study/label")[1])

    def send(self, *acts: dict[str, Any]) -> tuple[int, Any]:
        """Send acts to the server spoken to last."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token, "Accept": "application/json"}
        body = json.dumps({"acts": acts, "ahead": 1}).encode()
        status, answer = self._request("POST", "/projects/study/label/acts", body, headers)
        return status, json.loads(answer) if status == 200 else answer

    def turn_to_another(self) -> None:
        """Speak to the other server from now on."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._ports.reverse()

    def _request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._ports[0], timeout=30)
        self._connection.request(method, path, body, {"Cookie": self._cookie, **(headers or {})})
        response = self._connection.getresponse()
        text = response.read().decode()
        cookie = response.headers.get("Set-Cookie")
        if cookie:
            self._cookie = cookie.partition(";")[0]
        return response.status, text

    @staticmethod
    def _token_in(page: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        if found is None:
            raise ConnectionError("the page has no token")
        return found[1]


def _label(client: _Client, ledger: Ledger, seed: int) -> None:
    """Label until nothing is left; every act is sent until it is acknowledged."""
    chance = random.Random(f"{seed}/{client.name}")
    try:
        _give_labels(client, ledger, chance)
    finally:
        client.turn_to_another()


def _give_labels(client: _Client, ledger: Ledger, chance: random.Random) -> None:
    _insist(client, client.sign_in, ledger)
    answer = _insist(client, client.send, ledger)
    while answer is not None and answer[1]["ahead"]:
        unit, key, label = answer[1]["ahead"][0]["unit"], str(uuid.uuid4()), chance.choice(LABELS)
        act = {"unit": unit, "fields": [["act", "answer"], ["key", key], ["codebook", "1"], ["q1", label]]}
        answer = _insist(client, lambda act=act: client.send(act), ledger)
        if answer is None:
            return
        (result,) = answer[1]["results"]
        ledger.entries[client.name, result["key"]] = (unit, label)
        ledger.last = time.monotonic()


def _insist(client: _Client, ask: Any, ledger: Ledger) -> Any:
    """Ask until there is an answer; None when the server refuses or nobody answers any more."""
    while not ledger.errors:
        with suppress(OSError, http.client.HTTPException):
            answer = ask()
            if answer is None or answer[0] == 200:
                return answer
            ledger.errors.append(f"{client.name}: status {answer[0]}, {answer[1][:300]}")
            return None
        ledger.resent += 1
        client.turn_to_another()
        time.sleep(0.02)
    return None


def _compare(settings: Settings, ledger: Ledger, *, kills: int, seconds: float) -> Outcome:
    """Look up every acknowledged act, and check the database as a whole."""
    database = Database(settings)
    with database.reading() as session:
        project_id = session.scalars(select(Project.id).where(Project.name == "Study")).one()
        stored = {row["key"]: row for row in chain.history(session, project_id)}
    torn = tuple(finding.sentence for finding in check_database(database))
    database.dispose()
    found = {key: (row["unit"], (row["answers"] or {}).get("topic")) for key, row in stored.items()}
    times = Counter((row["annotator"], row["unit"]) for row in stored.values())
    return Outcome(
        acknowledged=len(ledger.entries),
        kills=kills,
        resent=ledger.resent,
        seconds=seconds,
        lost=sum(found.get(key) != entry for (_, key), entry in ledger.entries.items()),
        doubled=sum(count - 1 for count in times.values()) + len(stored.keys() - {key for _, key in ledger.entries}),
        torn=torn,
        errors=tuple(ledger.errors),
    )


def main(home: str) -> None:
    """Print the outcome of a short run in an empty folder."""
    from annotator.config import read_settings

    print(json.dumps(run(read_settings({}, home=Path(home)), labels=1000, kills=5).row()))


if __name__ == "__main__":
    main(sys.argv[1])
