"""The whole way of a newcomer, in a browser, against a server of its own in an empty home folder."""

import csv
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from annotator.codebook.builtin import load_codebook
from browser.desks import LISTENING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

LABELLED = 12
FRAMES = {label.key: label.name for label in load_codebook("stance-and-frames").questions[1].labels}
STANCES = {"f": "favor", "a": "against"}


@dataclass(frozen=True)
class Talk:
    """A transcript, who is whom in it, and what it is about: the first target often enough to learn from."""

    path: Path
    merged: str
    into: str
    targets: dict[str, tuple[str, ...]]


REAL = Talk(
    Path(__file__).parents[3] / "shared/data/transcripts/erdogan-putin-2022.txt",
    merged="Kerim A",
    into="Kerim Has",
    targets={"Russia": ("Russian", "Moscow", "Putin", "Kremlin"), "Turkey": ("Turkish", "Ankara", "Erdogan")},
)
#: Of the same shape, for those who have not got the other.
INVENTED = Talk(
    Path(__file__).parent / "veland-osterby.txt",
    merged="Pavel S",
    into="Pavel Strand",
    targets={"Veland": ("Velandic", "Tusk", "Sund"), "Osterby": ("Quist",)},
)
TALK = REAL if REAL.path.exists() else INVENTED


@dataclass
class Clicked:
    """What was answered for a sentence, in the words of the export; nothing if it was skipped."""

    text: str
    answers: dict[str, Any] | None


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """Start a server in an empty home folder; return the link that it prints."""
    command = [sys.executable, "-u", "-m", "annotator", "--home", str(tmp_path / "home"), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield next(found[1] for line in server.stdout if (found := re.search(r"Open (http\S+)", line)))
        server.terminate()
        assert server.wait(timeout=30) == 0


def test_a_newcomer_goes_the_whole_way(page: "Page", link: str, tmp_path: Path) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    set_up(page)
    import_talk(page)
    clicked = label(page)
    wait_for_classifier(page)
    clicked += see_suggestion(page)
    table = export(page, "CSV, exact data", tmp_path)
    compare_table(table, clicked)
    data_set = export(page, "JSON Lines", tmp_path)
    compare_data_set(data_set, clicked)
    bring_back(page, data_set)
    doctor = [sys.executable, "-m", "annotator", "--home", str(tmp_path / "home"), "doctor"]
    subprocess.run(doctor, check=True)


def set_up(page: "Page") -> None:
    """Make a project in which suggestions are shown before the answer at every sentence, with two targets."""
    page.get_by_role("link", name="Start your first project").click()
    page.get_by_label("Name").fill("The talks")
    page.get_by_label("Stance and frames").check()
    page.get_by_role("button", name="Create project").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Before the answer").check()
    page.get_by_label("Control share").fill("0")
    page.get_by_role("button", name="Save settings").click()
    page.get_by_role("link", name="Targets of this project").click()
    for name, aliases in TALK.targets.items():
        page.get_by_label("Name").fill(name)
        page.get_by_label("Also called").fill("\n".join(aliases))
        page.get_by_role("button", name="Add target").click()
        page.get_by_role("rowheader", name=name).wait_for()


def import_talk(page: "Page") -> None:
    """Upload the transcript, and make two of its speakers one."""
    page.get_by_role("link", name="Documents").click()
    page.get_by_role("link", name="Import documents").click()
    page.get_by_label("Files").set_input_files(TALK.path)
    page.get_by_role("button", name="Look at them").click()
    page.get_by_text("transcript · 13 turns · 28 sentences").wait_for()
    page.locator(".speaker").filter(has=page.get_by_label(f"Name of {TALK.merged}", exact=True)).get_by_label(
        f"the same as {TALK.into}"
    ).check()
    page.get_by_role("button", name="Import 1 file").click()
    page.get_by_text("Imported 1 document with 28 sentences.").wait_for()
    page.get_by_role("link", name=TALK.path.stem).click()
    turns = page.locator(".turn-label").get_by_text(TALK.into, exact=True)
    turns.first.wait_for()
    page.wait_for_load_state()
    assert turns.count() == 2
    assert page.get_by_text(TALK.merged, exact=True).count() == 0


def label(page: "Page") -> list[Clicked]:
    """Label twelve sentences by keyboard alone, and skip those that do not name the first target."""
    page.get_by_role("link", name="Label", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(LISTENING)
    clicked: list[Clicked] = []
    while sum(one.answers is not None for one in clicked) < LABELLED:
        number = sum(one.answers is not None for one in clicked)
        decision = page.locator("#decision")
        unit = decision.get_attribute("data-unit")
        rows = [row.get_attribute("data-name") for row in decision.locator("[data-row]").all()]
        stance, frame = "fa"[number % 2], str(number % 9 + 1)
        is_named = next(iter(TALK.targets)) in rows
        clicked.append(Clicked(sentence(decision), answers(decision, rows, stance, frame) if is_named else None))
        # A stance moves on to the next target by itself.
        for key in (*(stance for _ in rows), frame, "Enter") if is_named else ("s", "Enter"):
            page.keyboard.press(key)
        page.locator(f'#decision:not([data-unit="{unit}"])').wait_for()
    page.locator('[data-save-state][data-state="saved"]').wait_for()
    return clicked


def sentence(decision: "Locator") -> str:
    return (decision.locator("[data-sentence]").text_content() or "").strip()


def answers(decision: "Locator", rows: list[str | None], stance: str, frame: str) -> dict[str, Any]:
    """Return what these keys say, as the data set is to say it."""
    holder = {"kind": decision.locator("input[name=holder]:checked").get_attribute("value")}
    return {
        "stance": [{"target": row, "holder": holder, "label": STANCES[stance]} for row in rows],
        "targets_offered": rows,
        "frames": [FRAMES[frame]],
    }


def wait_for_classifier(page: "Page") -> None:
    """See the training end on a page that is not loaded again, and read the card."""
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Classifiers").click()
    page.get_by_role("heading", name="Classifiers").wait_for()
    page.evaluate("window.isTheSamePage = true")
    page.get_by_text("Card of classifier 1").wait_for(timeout=120_000)
    assert page.evaluate("window.isTheSamePage")
    page.get_by_role("link", name="Card of classifier 1").click()
    page.get_by_text("Trained on").wait_for()
    page.get_by_role("heading", name=next(iter(TALK.targets))).wait_for()


def see_suggestion(page: "Page") -> list[Clicked]:
    """Skip to the next sentence about the target: its suggestion has a probability and reasons."""
    target = next(iter(TALK.targets))
    page.get_by_role("link", name="Label", exact=True).click()
    page.wait_for_selector(LISTENING)
    decision = page.locator("#decision")
    skipped = []
    while not decision.locator(f'[data-row][data-name="{target}"]').count():
        unit = decision.get_attribute("data-unit")
        skipped.append(Clicked(sentence(decision), None))
        page.keyboard.press("s")
        page.keyboard.press("Enter")
        page.locator(f'#decision:not([data-unit="{unit}"])').wait_for()
    suggested = decision.locator(f'[data-row][data-name="{target}"] .suggested')
    suggested.wait_for()
    assert re.fullmatch(r"\.\d\d|1\.0", suggested.locator("output").text_content() or "")
    assert not suggested.locator("input").is_checked()
    advice = page.locator("[data-advice]")
    assert re.search(rf"(Favor|Against) – {target} · \.\d\d", advice.text_content() or "")
    assert advice.locator(".reason").count() >= 2
    page.locator('[data-save-state][data-state="saved"]').wait_for()
    return skipped


def export(page: "Page", name: str, folder: Path) -> Path:
    """Make a data set and fetch it."""
    if (menu := page.get_by_role("button", name="Menu")).is_visible():
        menu.click()
    page.get_by_role("link", name="Exports").click()
    page.get_by_label(name).check()
    page.wait_for_load_state()
    before = page.locator("#finished [download]").count()
    page.get_by_role("button", name="Make the data set").click()
    page.locator("#finished [download]").nth(before).wait_for(timeout=60_000)
    suffix = ".zip" if name == "JSON Lines" else ".csv"
    with page.expect_download() as download:
        page.locator(f'#finished [download][href$="{suffix}"]').first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def compare_table(path: Path, clicked: list[Clicked]) -> None:
    """Every stance and frame that was clicked is a row, and there is no other."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    given = [
        (row["text"], row["question"], row["target"], row["holder"], row["label"])
        for row in rows
        if row["question"] in ("stance", "frames")
    ]
    wanted = []
    for one in clicked:
        told = one.answers or {"stance": [], "frames": []}
        wanted += [
            (one.text, "stance", each["target"], each["holder"]["kind"], each["label"]) for each in told["stance"]
        ]
        wanted += [(one.text, "frames", "", "", frame) for frame in told["frames"]]
    assert sorted(given) == sorted(wanted)
    assert len({row["unit"] for row in rows}) == 28
    assert {row["speaker"] for row in rows} >= {TALK.into}


def compare_data_set(path: Path, clicked: list[Clicked]) -> None:
    """Each sentence that was labelled or skipped has that one act, and the others have none."""
    with zipfile.ZipFile(path) as archive:
        units = [json.loads(line) for line in archive.read("units.jsonl").splitlines()]
        history = [json.loads(line) for line in archive.read("history.jsonl").splitlines()]
        (document,) = [json.loads(line) for line in archive.read("documents.jsonl").splitlines()]
    assert document["text"] == TALK.path.read_bytes().decode()
    given = [
        Clicked(unit["text"].strip(), act["answers"])
        for unit in sorted(units, key=lambda unit: unit["position"])
        for act in unit["annotations"]
    ]
    assert given == clicked
    assert [row["act"] for row in history] == ["skip" if one.answers is None else "answer" for one in clicked]


def bring_back(page: "Page", path: Path) -> None:
    """Import the data set beside the project it came from."""
    page.get_by_role("link", name="Annotator").click()
    page.get_by_role("link", name="New project").click()
    page.get_by_role("link", name="Import a data set").click()
    page.get_by_label("Data set").set_input_files(path)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text("1 document with 28 sentences").wait_for()
    page.get_by_label("Name of the project").fill("The talks again")
    page.get_by_role("button", name="Import it").click()
    page.get_by_text("The data set is imported as “The talks again”.").wait_for()
    page.wait_for_load_state()
    cells = page.get_by_role("row").filter(has_text=TALK.path.stem).locator("td.count")
    assert cells.all_text_contents() == ["28", str(LABELLED)]
