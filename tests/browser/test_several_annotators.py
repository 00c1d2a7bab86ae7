"""An owner and two annotators in three windows: from the invitation to a data set with everyone's answers and gold."""

import csv
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from annotator import worker
from annotator.db.engines import Database
from annotator.services import accounts, chain, projects
from browser.desks import TAKEN, serving
from fixtures_browser import no_complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HERE = "/projects/the-talks"
CODEBOOK = """
name: Talks
targets: [{name: Moscow}]
questions:
  - {id: stance, name: stance, type: stance,
     labels: [{name: favor, key: f}, {name: against, key: a}, {name: neither, key: n}]}
  - {id: topic, name: topic, type: choice, labels: [{name: war, key: "1"}, {name: trade, key: "2"}]}
"""
PLACES = ("Veland", "Osterby", "Quist")
TEXTS = {
    f"{place}.txt": "\n".join(
        f"On day {number} in {place}, Moscow said that the talks go on." for number in range(1, 7)
    )
    for place in PLACES
}
KEYS = {"war": "1", "trade": "2"}
KNOWN, DRAWN, SHARED = 3, 12, 9
SECRET = "Only Ada knows why she thinks so."


@dataclass
class Window:
    """What one person sees."""

    page: "Page"
    address: str

    def open(self, path: str = "") -> "Page":
        self.page.goto(self.address + HERE + path)
        return self.page

    def click(self, role: Any, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()

    def sit_down(self) -> "Page":
        """Open the labelling page, and wait until it listens to keys."""
        page = self.open("/label")
        page.wait_for_selector("#decision")
        page.wait_for_load_state("networkidle")
        return page

    @property
    def unit(self) -> str:
        """The sentence on the screen, nothing once all is done."""
        self.page.locator("#decision, [data-waiting] h1, .empty h1, .finished h1").first.wait_for()
        return self.page.locator("#decision").first.get_attribute("data-unit") if self.is_asked else ""

    @property
    def is_asked(self) -> bool:
        return self.page.locator("#decision").count() > 0

    def answer(self, *keys: str) -> str:
        """Answer the sentence on the screen by keys alone, and wait for what follows; return which it was."""
        unit = self.unit
        for key in (*keys, "Enter"):
            self.page.keyboard.press(key)
        self.page.wait_for_selector(f'#decision[data-unit="{unit}"]', state="detached")
        self.page.locator('[data-save-state][data-state="saved"]').wait_for()
        return unit


@pytest.fixture
def windows(sqlite_database: Database, chromium: "Browser") -> Iterator[list[Window]]:
    """Open three browsers; the owner's is signed in."""
    with sqlite_database.transaction() as session:
        owner = accounts.create_user(session, "Olga", is_administrator=True)
        link = accounts.create_sign_in_link(session, owner)
    with serving(sqlite_database) as address, ExitStack() as stack:
        windows = []
        for _ in range(3):
            context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
            context.set_default_timeout(20_000)
            page = context.new_page()
            stack.callback(context.close)
            stack.enter_context(no_complaints(page))
            windows.append(Window(page, address))
        windows[0].page.goto(f"{address}/sign-in/{link}")
        windows[0].page.get_by_role("button", name="Sign in").press("Enter")
        windows[0].page.wait_for_url("**/projects")
        yield windows


def test_from_the_invitation_to_a_data_set_with_gold(
    sqlite_database: Database, windows: list[Window], tmp_path: Path
) -> None:
    owner, *others = windows
    set_up(owner, tmp_path)
    for window, name in zip(others, ("Ada", "Bo"), strict=True):
        join(owner, window, name)
    known = know(owner)
    make_training(owner)
    make_coding(owner)
    train(others)
    labelled = label(others, known)
    disputed = {unit for unit, topics in labelled.items() if len(set(topics)) > 1}
    assert Counter(map(len, labelled.values())) == {2: SHARED, 1: DRAWN - SHARED}
    assert disputed
    look_at_agreement(owner, len(disputed))
    settle(owner, len(disputed))
    amend(owner)
    label_anew(others[1], sum("trade" in topics for topics in labelled.values()))
    files = export(owner, sqlite_database, tmp_path)
    check_table(files[".csv"], labelled, settled=known | disputed)
    check_data_set(files[".zip"], sqlite_database, settled=known | disputed)


def set_up(owner: Window, folder: Path) -> None:
    """Make a project with a codebook of one's own, and bring texts in."""
    page = owner.page
    codebook = folder / "talks.yaml"
    codebook.write_text(CODEBOOK, encoding="utf-8")
    page.get_by_role("link", name=re.compile("first project|New project")).first.click()
    page.get_by_label("Name").fill("The talks")
    page.get_by_label("My own file").check()
    page.get_by_label("Codebook file").set_input_files(codebook)
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("link", name="Import documents").click()
    page.get_by_label("Files").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": text.encode()} for name, text in TEXTS.items()]
    )
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("button", name=f"Import {len(TEXTS)} files").click()
    page.get_by_text(f"Imported {len(TEXTS)} documents with 18 sentences.").wait_for()


def join(owner: Window, window: Window, name: str) -> None:
    """Invite somebody by a link, which they follow in their own window."""
    owner.click("link", "People")
    owner.click("button", "Make an invitation link")
    page = window.page
    page.goto(owner.page.get_by_label("Link", exact=True).input_value())
    page.get_by_label("Name", exact=True).first.fill(name)
    page.get_by_role("button", name="Join", exact=True).click()
    page.get_by_text("Welcome: you have joined.").wait_for()


def know(owner: Window) -> set[str]:
    """Label and flag the first sentences, and settle them, so that their answer is known; return which they are."""
    owner.sit_down()
    known = {owner.answer("f", "1", "!") for _ in range(KNOWN)}
    owner.open("/adjudication")
    owner.click("link", "Decide the first")
    decide(owner, KNOWN, reason="Talks are named, so it is war.")
    return known


def decide(owner: Window, count: int, *, reason: str) -> None:
    """Take over the first answer of each sentence, but that it is war, and say why; by keys alone."""
    page = owner.page
    for _ in range(count):
        page.wait_for_selector("#decision:focus")
        unit = page.get_attribute("#decision", "data-unit")
        page.keyboard.press("1")
        page.wait_for_selector(TAKEN)
        # Once the form has the focus, a digit is a label's key; pressed twice it takes the label away.
        for key in ("Tab", KEYS["trade"], KEYS["war"]):
            page.keyboard.press(key)
        page.keyboard.press("c")
        page.keyboard.type(reason)
        page.keyboard.press("Enter")
        page.wait_for_selector(f'#decision[data-unit="{unit}"]', state="detached")
    page.get_by_text("Nothing waits for a decision").wait_for()


def new_round(owner: Window) -> "Page":
    """Open the form, and wait until it says what the round would come to whenever something changes."""
    owner.click("link", "Rounds")
    owner.click("link", "New round")
    owner.page.locator("#outline").wait_for()
    owner.page.wait_for_load_state()
    return owner.page


def make_training(owner: Window) -> None:
    """Those who are chosen beforehand are the two annotators; the owner does not take part."""
    page = new_round(owner)
    people = page.get_by_role("group", name="Who takes part?").get_by_role("checkbox")
    chosen = {one.locator("xpath=..").inner_text().split()[0]: one.is_checked() for one in people.all()}
    assert chosen == {"Olga": False, "Ada": True, "Bo": True}
    page.get_by_label("Name").fill("First steps")
    page.get_by_label("Training: sentences").check()
    page.get_by_text(f"labels the same {KNOWN} sentences").wait_for()
    assert page.get_by_label("Annotators for a sentence").is_hidden()
    page.get_by_label("Pass mark").fill("60")
    owner.click("button", "Make the round")
    page.get_by_text("The round is made.").wait_for()


def make_coding(owner: Window) -> None:
    """Twelve sentences at random, nine of them by both, once the training is passed."""
    page = new_round(owner)
    page.get_by_label("Name").fill("Reliability")
    page.get_by_label("How many?").fill(str(DRAWN))
    page.get_by_label("Share with so many").fill(str(100 * SHARED // DRAWN))
    page.get_by_text(f"{DRAWN} sentences, {SHARED} of them by 2 annotators").wait_for()
    page.get_by_text(f"{DRAWN + SHARED} labels will be given").wait_for()
    page.get_by_label("Only after passing this training").select_option("First steps")
    owner.click("button", "Make the round")
    page.get_by_text("The round is made.").wait_for()


def train(others: list[Window]) -> None:
    """Ada meets every known answer; Bo misses one, is told so, and passes."""
    for window, wrong in zip(others, (None, 1), strict=True):
        window.sit_down()
        for number in range(KNOWN):
            assert window.page.get_by_text("Round: First steps").count() == 1
            window.answer("f", "2" if number == wrong else "1")
            told = window.page.locator(".told")
            if number == KNOWN - 1:
                break
            told.get_by_text("Not as known: topic" if number == wrong else "As known.").wait_for()
            told.get_by_text("Talks are named").wait_for()
        window.page.get_by_text(re.compile("You have passed|Round: Reliability")).first.wait_for()


def label(others: list[Window], known: set[str]) -> dict[str, list[str]]:
    """Let both label in turn until nothing is left; return the topics by sentence.

    Bo thinks of trade at every other sentence that is not settled. Neither sees what the other says.
    """
    ada, bo = others
    found: dict[str, list[str]] = {}
    topics = cycle(("trade", "war"))
    for window in others:
        window.sit_down()
    ada.page.keyboard.press("c")
    ada.page.keyboard.type(SECRET)
    ada.page.keyboard.press("Escape")
    working = list(others)
    while working:
        for window in [one for one in working if not one.unit]:
            working.remove(window)
        for window in working:
            topic = next(topics) if window is bo and window.unit not in known else "war"
            found.setdefault(window.answer("f", KEYS[topic]), []).append(topic)
            if sum(map(len, found.values())) == 4:
                see_nothing_of_each_other(others)
    return found


def see_nothing_of_each_other(others: list[Window]) -> None:
    """Ada finds her comment in the reader and in the search, Bo does not."""
    for window, expected in zip(others, (True, False), strict=True):
        page = window.page.context.new_page()
        seen = []
        page.goto(f"{window.address}{HERE}/documents")
        for link in page.locator("tbody th a").all():
            seen.append(page.request.get(window.address + (link.get_attribute("href") or "")).text())
        seen.append(page.request.get(f"{window.address}{HERE}/search?notes=Ada").text())
        assert any(SECRET in text for text in seen) == expected
        page.close()


def look_at_agreement(owner: Window, disputed: int) -> None:
    """See alpha with its interval, and go from there to what is disputed."""
    owner.open("/agreement")
    row = owner.page.locator(".chart-row", has=owner.page.get_by_role("link", name="Topic"))
    assert re.search(r"-?\.\d+ \[-?\d?\.\d+, -?\d?\.\d+\]", row.inner_text())
    row.get_by_role("link").click()
    owner.page.locator("#disputed").get_by_text(f"{disputed} disputed sentence").wait_for()


def settle(owner: Window, disputed: int) -> None:
    """Decide what is disputed by the keyboard, coming from the agreement page."""
    owner.page.locator("#disputed").get_by_role("link", name="Adjudicate").first.press("Enter")
    decide(owner, disputed, reason="The rule says so.")


def export(owner: Window, database: Database, folder: Path) -> dict[str, Path]:
    """Make a table and a data set, and fetch both."""
    found = {}
    for name, suffix in (("CSV, exact data", ".csv"), ("JSON Lines", ".zip")):
        owner.open("/exports")
        owner.page.get_by_label(name).check()
        owner.click("button", "Make the data set")
        worker.run_waiting(database)
        link = owner.page.locator(f'#finished [download][href$="{suffix}"]')
        link.wait_for()
        with owner.page.expect_download() as download:
            link.click()
        found[suffix] = folder / f"set{suffix}"
        download.value.save_as(found[suffix])
    return found


def amend(owner: Window) -> None:
    """Say what trade means, see what that touches, publish it, and have the sentences labelled anew."""
    page = owner.page
    owner.open("/codebook")
    owner.click("button", "Amend the codebook")
    fold = page.locator('[id="label:topic:trade"]')
    fold.locator("summary").click()
    fold.locator('[name="definition"]').fill("Goods that change hands, and talks about them.")
    fold.get_by_role("button", name="Keep in the draft", exact=True).click()
    page.get_by_role("link", name="See what it would change").click()
    page.locator(".touched").get_by_text("touches").first.wait_for()
    page.get_by_label(re.compile("label.* anew|relabel", re.IGNORECASE)).first.check()
    owner.click("button", "Publish version 2")
    page.wait_for_url("**/codebook")


def label_anew(window: Window, count: int) -> None:
    """Label one's own sentences of the changed label again, under the new version."""
    window.sit_down()
    for _ in range(count):
        assert window.page.get_by_text("Relabel: version 2").count()
        window.page.locator('#decision[data-codebook="2"]').wait_for()
        window.answer("f", KEYS["trade"])


def check_table(path: Path, labelled: dict[str, list[str]], *, settled: set[str]) -> None:
    """Everyone's answers stand in the table under their codes and versions, with gold where it was settled."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["question"] == "topic"]
    (owner,) = {row["annotator"] for row in rows if row["kind"] == "adjudication"}
    coded = [row for row in rows if row["kind"] == "main" and row["annotator"] != owner]
    assert len({row["annotator"] for row in coded}) == 2
    found: dict[str, list[str]] = {}
    for row in coded:
        found.setdefault(row["unit"], []).append(row["label"])
    assert {unit: sorted(topics) for unit, topics in found.items()} == {
        unit: sorted(topics) for unit, topics in labelled.items()
    }
    assert {row["unit"] for row in rows if row["gold"]} == settled
    assert {row["codebook"] for row in coded if row["label"] == "trade"} == {"2"}
    assert {row["codebook"] for row in coded if row["label"] == "war"} == {"1"}
    assert Counter(row["kind"] for row in rows) == {
        "main": len(coded) + KNOWN, "adjudication": len(settled), "training": 2 * KNOWN
    }  # fmt: skip


def check_data_set(path: Path, database: Database, *, settled: set[str]) -> None:
    """The data set holds every act there is, in order, and the gold that counts."""
    with zipfile.ZipFile(path) as archive:
        acts = [json.loads(line) for line in archive.read("history.jsonl").splitlines()]
        units = [json.loads(line) for line in archive.read("units.jsonl").splitlines()]
    with database.reading() as session:
        stored = list(chain.history(session, projects.find_project(session, "the-talks").id))
    assert [(act["unit"], act["kind"], act["annotator"]) for act in acts] == [
        (act["unit"], act["kind"], act["annotator"]) for act in stored
    ]
    assert {unit["id"] for unit in units if unit.get("gold")} == settled
    assert sum(act.get("comment") == SECRET for act in acts) == 1
