"""The labelling page of one person in a real browser, what was entered there, and what the database holds of it."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from werkzeug.serving import make_server

from annotator.codebook.builtin import builtin_codebooks, load_codebook
from annotator.db import Membership, Project, User
from annotator.db.engines import Database
from annotator.services import accounts, chain, projects
from annotator.web import create_app
from fixtures_postgresql import free_port
from studies import make_study

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

CODEBOOK = builtin_codebooks()["stance-and-frames"]
#: Each sentence gets another frame than its neighbours, so that an answer under the wrong sentence is seen.
FRAMES = {label.key: label.id for label in load_codebook("stance-and-frames").questions[1].labels if label.key}
KEYS = "123456789"
SENTENCES = tuple(f"Sentence {number} tells what Russia did." for number in range(1, 21))
ACTS = "**/label/acts"
LABEL = "/projects/study/label"
#: A sentence at which the page listens to keys: the script alone counts what is done in the text.
LISTENING = "[data-desk]:has([data-progress-document]:not(:empty)) #decision"
#: A sentence to be decided for which an answer was taken over; the script puts the focus there when it listens.
TAKEN = "body:has([data-taken]) #decision:focus"
#: Longest time in which the page has to find out by itself that it can send again.
PATIENCE = 30_000
KEPT = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "annotator")) return [];
  const asked = (request) => new Promise((done, fail) => Object.assign(request, {
    onsuccess: () => done(request.result), onerror: () => fail(request.error) }));
  const database = await asked(indexedDB.open("annotator"));
  try {
    return await asked(database.transaction("acts").objectStore("acts").getAll());
  } finally {
    database.close();
  }
}"""


def prepare(database: Database) -> None:
    """Make a study of forty sentences in two texts, with one target, no suggestions, and two people to label it."""
    make_study(database, documents=2, sentences=SENTENCES, codebook=CODEBOOK)
    with database.transaction() as session:
        project = projects.find_project(session, "study")
        projects.add_target(session, project, "Russia")
        project.suggestion_timing = "never"
        for user in (accounts.first_user(session), accounts.create_user(session, "Bo")):
            session.add(Membership(project_id=project.id, user_id=user.id, role="annotator"))


@contextmanager
def serving(database: Database) -> Iterator[str]:
    """Serve in a thread of this process."""
    server = make_server("127.0.0.1", 0, create_app(database.settings, database), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Process:
    """``annotator serve`` as a process that can be killed and started again on its port."""

    def __init__(self, database: Database) -> None:
        self._home = database.settings.home
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-u", "-m", "annotator", "--home", str(self._home)]
        command += ["serve", "--port", str(self._port), "--no-worker"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ, text=True)
        assert self._process.stdout is not None
        assert "runs at" in self._process.stdout.readline()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass
class Ledger:
    """What was entered, in whichever tab: unit and frame, in order."""

    entries: list[tuple[str, str]] = field(default_factory=list)

    def next_key(self) -> str:
        """Return the key of the next frame in turn."""
        return KEYS[len(self.entries) % len(KEYS)]


@dataclass
class Desk:
    """One tab on the labelling page."""

    page: "Page"
    address: str
    database: Database
    ledger: Ledger = field(default_factory=Ledger)
    asked_to_stay: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("dialog", self._leave)

    def _leave(self, dialog: Any) -> None:
        self.asked_to_stay.append(dialog.type)
        dialog.accept()

    def start(self) -> "Desk":
        """Open the labelling page, and wait until it has fetched the next sentences."""
        self.page.goto(self.address + LABEL)
        self.page.wait_for_selector("#decision")
        self.page.wait_for_load_state("networkidle")
        return self

    def another(self, page: "Page | None" = None) -> "Desk":
        """Return a second tab of the same browser; what is entered there goes into the same ledger."""
        return Desk(page or self.page.context.new_page(), self.address, self.database, self.ledger)

    @property
    def unit(self) -> str:
        """Return the sentence on the screen."""
        return self.page.get_attribute("#decision", "data-unit") or ""

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.page.keyboard.press(key)

    def label(self, count: int = 1) -> None:
        """Answer sentences by keyboard, write them into the ledger, and wait for what follows each."""
        for _ in range(count):
            self.page.wait_for_selector(LISTENING)
            key = self.ledger.next_key()
            self.press("a", key)
            # Read when something is begun: till then another tab may answer the sentence, and this one move on.
            unit = self.unit
            self.press("Enter")
            self.ledger.entries.append((unit, FRAMES[key]))
            self.page.wait_for_selector(f'#decision:not([data-unit="{unit}"]), [data-waiting]')

    def label_what_is_left(self, most: int) -> None:
        """Answer sentences that are there already, until there is none."""
        for _ in range(most):
            if self.page.locator("[data-waiting]").count():
                return
            self.label()

    def state(self, *names: str) -> str:
        """Wait until the page says that saving stands so; return its words."""
        place = ", ".join(f'[data-save-state][data-state="{name}"]' for name in names)
        self.page.wait_for_selector(place, timeout=PATIENCE)
        # Asked anew: the page may have gone on to a new codebook since.
        return self.page.locator(place).first.text_content(timeout=PATIENCE) or ""

    def kept(self, count: int | None = None) -> list[dict[str, Any]]:
        """Return the acts in the browser's own database; with ``count`` wait until there are so many."""
        return eventually(self.page, lambda: self.page.evaluate(KEPT), lambda acts: count is None or len(acts) == count)

    def check_all_stored(self) -> None:
        """Wait until all is saved; then each entry is stored once, nothing else is, and the browser keeps nothing."""
        self.state("saved")
        self.check_stored()
        assert self.kept(0) == []

    def check_stored(self, entries: list[tuple[str, str]] | None = None, *, seconds: float = PATIENCE / 1000) -> None:
        """Wait until the database holds as many acts as were entered; then they are these, each once."""
        wanted = sorted(self.ledger.entries if entries is None else entries)
        found = eventually(self.page, self.stored, lambda found: len(found) >= len(wanted), seconds=seconds)
        assert sorted(found) == wanted

    def stored(self) -> list[tuple[str, str]]:
        """Return unit and frame of every act in the database."""
        return [(row["unit"], *row["answers"]["frames"]) for row in self.history()]

    def history(self) -> list[dict[str, Any]]:
        """Return every act in the database."""
        with self.database.reading() as session:
            return list(chain.history(session, session.scalar(select(Project.id))))


def eventually(
    page: "Page", ask: Callable[[], Any], is_right: Callable[[Any], bool], *, seconds: float = PATIENCE / 1000
) -> Any:
    """Ask until the answer is right or the time is up; return the last answer.

    The time between is spent with the page: what it asks for is routed by the test only then.
    """
    end = time.monotonic() + seconds
    while not is_right(answer := ask()) and time.monotonic() < end:
        page.wait_for_timeout(50)
    return answer


def sign_in(context: "BrowserContext", address: str, database: Database, name: str = "owner") -> "Page":
    """Sign a person in by a new link, in a tab of its own."""
    page = context.new_page()
    page.goto(link_for(address, database, name))
    page.get_by_role("button", name="Sign in").press("Enter")
    page.wait_for_url("**/documents")
    return page


def let_in(context: "BrowserContext", address: str, database: Database, name: str = "owner") -> "Page":
    """Return a new tab in which a person is signed in, as if from an earlier visit: no page is drawn for that."""
    link = link_for(address, database, name)
    token = re.search(r'name="csrf-token" content="([^"]+)"', context.request.get(link).text())
    assert token
    context.request.post(link, form={"csrf_token": token[1]}, max_redirects=0)
    return context.new_page()


def link_for(address: str, database: Database, name: str) -> str:
    """Return a new link that signs a person in."""
    with database.transaction() as session:
        user = session.scalars(select(User).where(User.name == name)).one()
        return f"{address}/sign-in/{accounts.create_sign_in_link(session, user)}"


def wait_held(page: "Page", held: "list[Route]", count: int) -> None:
    """Wait until so many requests are held back."""
    assert eventually(page, lambda: len(held), lambda found: found == count) == count


def lose(route: "Route") -> None:
    """Let a request get to nobody."""
    route.abort()


def lose_answer(route: "Route") -> None:
    """Let the server do what it is asked for, and lose what it says."""
    route.fetch()
    route.abort()
