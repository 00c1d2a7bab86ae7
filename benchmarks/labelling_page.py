"""The labelling page in Chromium: how soon a key shows the next sentence, what a first visit weighs, keys per sentence.

How the time is taken. It begins with the ``timeStamp`` of the ``keydown``, which the browser's process sets before any
script runs, and ends with the ``renderTime`` that Chromium itself reports (Element Timing) for the first frame that
holds the words of another sentence: the moment at which the compositor hands that frame to the screen. Two cheaper
ways were compared with it on the same key presses. A message sent from ``requestAnimationFrame`` arrives when the main
thread has painted, before raster and compositor, which is 10 to 25 ms too early; a second ``requestAnimationFrame``
comes anywhere between that and a frame too late.

The limits: the keyboard and the screen themselves are not in it; keys come through the debugging protocol; without a
graphics card frames are drawn by the processor, so the figure is above what most people's machines need; the server is
on this machine, so what a network costs is seen only where a delay is asked for.
"""

import random
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a run of other rows needs no browser
    from playwright.sync_api import Browser, BrowserContext, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
#: Seconds between two keys of somebody who is quick.
PACE = (0.15, 0.3)
#: Seconds in which a page fetches what it has not asked for at once.
SETTLING = 3.0
PROBE = """
(() => {
  const find = () => document.querySelector("#decision");
  const steps = (window.steps = []);
  window.presses = 0;
  let pressed = null;
  addEventListener("keydown", (event) => {
    window.presses += 1;
    const { unit, document } = find()?.dataset ?? {};
    if (event.key === "Enter" && unit) pressed = { at: event.timeStamp, unit, document };
  }, { capture: true });
  const look = () => {
    const decision = find();
    if (!pressed || !decision || decision.dataset.unit === pressed.unit) return;
    const isBorder = decision.dataset.document !== pressed.document;
    steps.push({ at: pressed.at, isBorder, screen: null });
    pressed = null;
    decision.querySelector("[data-sentence]").setAttribute("elementtiming", `step-${steps.length - 1}`);
  };
  const changes = { childList: true, subtree: true, attributeFilter: ["id", "data-unit"] };
  new MutationObserver(look).observe(document, changes);
  new PerformanceObserver((list) => {
    for (const { identifier, renderTime } of list.getEntries()) {
      const step = steps[identifier.replace("step-", "")];
      if (step && step.screen === null) step.screen = renderTime - step.at;
    }
  }).observe({ type: "element" });
})();
"""


@dataclass(frozen=True, slots=True)
class Steps:
    """Milliseconds from key to sentence: within a document, and from one to the next."""

    inside: list[float]
    borders: list[float]

    @property
    def all(self) -> list[float]:
        """Return both."""
        return self.inside + self.borders


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start the Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise RuntimeError("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def sign_in(browser: "Browser", link: str) -> "BrowserContext":
    """Return a signed-in profile in which every page is measured."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    context.add_init_script(PROBE)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects/**")
    page.close()
    return context


def key_to_sentence(page: "Page", *, sentences: int, warm_up: int, delay_ms: int = 0) -> Steps:
    """Answer sentences by key like somebody quick, on a page that shows one already."""
    if delay_ms:
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        no_limit = {"downloadThroughput": -1, "uploadThroughput": -1}
        wire.send("Network.emulateNetworkConditions", {"offline": False, "latency": delay_ms, **no_limit})
    draw = random.Random(11)
    for _ in range(warm_up + sentences):
        unit = page.get_attribute("#decision", "data-unit")
        for key in (draw.choice("afn"), draw.choice("123456789"), "Enter"):
            page.keyboard.press(key)
            time.sleep(draw.uniform(*PACE))
        # Whoever sees the old sentence still waits.
        page.wait_for_selector(f'#decision:not([data-unit="{unit}"])')
    time.sleep(PACE[1])
    steps = page.evaluate("window.steps")[warm_up:]
    if len(steps) != sentences or any(step["screen"] is None for step in steps):
        raise RuntimeError("the browser did not report a frame for every sentence")
    return Steps(*([step["screen"] for step in steps if step["isBorder"] is is_border] for is_border in (False, True)))


def first_visit_bytes(browser: "Browser", context: "BrowserContext", address: str) -> int:
    """Return the bytes, headers included, that a browser with an empty cache receives until a sentence is on screen.

    What the page fetches ahead or afterwards counts, too.
    """
    fresh = browser.new_context(storage_state=context.storage_state(), viewport={"width": 1440, "height": 900})
    page = fresh.new_page()
    received: list[int] = []

    def redirected(event: dict[str, Any]) -> None:
        received.append(int(event.get("redirectResponse", {}).get("encodedDataLength", 0)))

    wire = fresh.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", redirected)
    wire.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    page.goto(address)
    page.wait_for_selector("#decision")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLING * 1000)
    fresh.close()
    return sum(received)


def presses_for_twelve(page: "Page", address: str) -> dict[bool, list[int]]:
    """Label the twelve middle sentences of a text toward one target and with one frame each, and count the keys.

    Where a sentence names no target, the page has the last one of the text at hand; before the first it is added by
    its name. Returns the key presses per sentence, apart for those that name a target (True) and those that do not.
    """
    page.goto(address)
    page.wait_for_selector("#decision")
    target = page.locator("#targets option").first.get_attribute("value") or ""
    for _ in range((page.locator("[data-go]").count() - 12) // 2):
        # Enter is for a page that asks why.
        _press(page, "s", "Enter")
    found: dict[bool, list[int]] = {True: [], False: []}
    for _ in range(12):
        before = page.evaluate("window.presses")
        rows = page.locator("#decision [data-row]")
        is_offered = rows.count() > 0
        if is_offered:
            target = rows.first.get_attribute("data-name") or target
        elif not page.locator("#decision [data-ghost]").count():
            page.keyboard.press("t")
            page.keyboard.type(target)
            page.keyboard.press("Enter")
            rows.first.wait_for()
        _press(page, "a", "1", "Enter")
        found[is_offered].append(page.evaluate("window.presses") - before)
    return found


def _press(page: "Page", *keys: str) -> None:
    """Press keys, and wait for the next sentence."""
    unit = page.get_attribute("#decision", "data-unit")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_selector(f'#decision:not([data-unit="{unit}"])')
