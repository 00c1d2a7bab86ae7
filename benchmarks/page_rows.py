"""The labelling page in a browser: how fast it is, how much it weighs, how many keys it takes."""

import os
from collections.abc import Iterator
from pathlib import Path

from labelling_page import chromium, first_visit_bytes, key_to_sentence, percentile, presses_for_twelve, sign_in
from processes import serving
from projects import WARM_UP, Row, make_project

KEYED_SENTENCES = 300
NETWORK_DELAY_MS = 100
#: Nobody has labelled this one, so its sentences come one after the other.
SAMPLE_TRANSCRIPT = "regional-ministry-decides"


def key_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure the time from a key to the next sentence on screen, here and over a network with a delay."""
    what = "from key press to the next sentence on screen, 95th percentile, 100,000 sentences, Chromium"
    home = place / "home"
    make_project(python, home, sentences=100_000)
    for delay_ms, sentences in ((0, KEYED_SENTENCES), (NETWORK_DELAY_MS, KEYED_SENTENCES // 2)):
        with serving(python, home, "--no-worker") as server, chromium() as browser:
            page = sign_in(browser, server.link).new_page()
            page.goto(f"{server.address}/projects/bench/label")
            page.wait_for_selector("#decision")
            steps = key_to_sentence(page, sentences=sentences, warm_up=WARM_UP, delay_ms=delay_ms)
        where = f"{what}, server {delay_ms} ms away" if delay_ms else what
        for name, times in ((where, steps.all), (f"{where}; from one document to the next", steps.borders)):
            slow = percentile(times, 0.95)
            spread = f"median {percentile(times, 0.5):.0f} ms, slowest {max(times):.0f} ms of {len(times)}"
            # What others do on the machine delays every frame; a figure is worth little without it.
            load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
            yield Row(name, "≤ 50 ms", f"{slow:.0f} ms; {spread}; {load}", slow <= 50)


def weight_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure what a browser that was never here receives for the labelling page."""
    home = place / "home"
    make_project(python, home, sentences=1_000)
    with serving(python, home, "--no-worker") as server, chromium() as browser:
        context = sign_in(browser, server.link)
        weight = first_visit_bytes(browser, context, f"{server.address}/projects/bench/label")
    what = "labelling page over the wire, first visit, with headers and what is fetched ahead"
    yield Row(what, "≤ 100 kB compressed", f"{weight / 1000:.0f} kB", weight <= 100_000)


def presses_rows(python: Path, place: Path) -> Iterator[Row]:
    """Count the keys for twelve sentences of a transcript of the sample project."""
    place.mkdir(parents=True)
    with serving(python, place, "--no-worker", command="demo") as server, chromium() as browser:
        page = sign_in(browser, server.link).new_page()
        page.goto(f"{server.address}/projects")
        slug = page.locator('a[href*="harbour-dispute"]').first.get_attribute("href") or ""
        label = f"{server.address}/projects/{slug.split('/')[2]}/label"
        found = presses_for_twelve(page, f"{label}?document={SAMPLE_TRANSCRIPT}")
    offered, added = found[True], found[False]
    total = sum(offered) + sum(added)
    yield Row(
        "key presses for one target and one frame at each of twelve sentences in the middle of a sample transcript",
        "≤ 36",
        f"{total}: {sum(offered)} at {len(offered)} where a target is offered, {sum(added)} at {len(added)} where not",
        total <= 36,
    )
