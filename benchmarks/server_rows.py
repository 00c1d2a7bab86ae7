"""What the server and the commands cost, and that they lose nothing."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from client import Client, Labeller
from corpus import write_corpus
from processes import run, serving
from projects import HERE, LABELS_IN, WARM_UP, Row, make_project

TESTS = HERE.parent / "tests"
MEASURED_LABELS = 400
CLAIMED_UNITS = 10_000
AT_ONCE = 8


def label_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure the server's CPU per label in a small and a large project."""
    costs = []
    for open_sentences in (10_000, 100_000):
        home = place / str(open_sentences)
        make_project(python, home, sentences=open_sentences + LABELS_IN, labels=LABELS_IN)
        # Training has a row of its own; here it would be measured 20 labels at a time.
        with serving(python, home, "--no-worker") as server:
            labeller = Labeller(Client(server.link), "bench")
            for _ in range(WARM_UP):
                labeller.label()
            before = server.cpu_seconds()
            for _ in range(MEASURED_LABELS):
                labeller.label()
            costs.append((server.cpu_seconds() - before) / MEASURED_LABELS * 1000)
    small, large = costs
    what = "server CPU per label, saving and showing the next sentence"
    yield Row(f"{what}, 10,000 sentences", "≤ 8 ms", f"{small:.1f} ms", small <= 8)
    yield Row(
        "the same at 100,000 sentences", "≤ 1.2 ×", f"{large / small:.2f} × ({large:.1f} ms)", large <= 1.2 * small
    )


def claims_rows(python: Path, place: Path) -> Iterator[Row]:
    """Let several annotators label a whole project at once; look for units that more than one of them got."""
    make_project(python, place, sentences=CLAIMED_UNITS)
    command = [python, HERE / "seed_team.py", place, "bench", str(AT_ONCE)]
    paths = subprocess.run(command, capture_output=True, text=True, check=True, cwd=place).stdout.split()
    with serving(python, place, "--no-worker") as server, ThreadPoolExecutor(AT_ONCE) as pool:
        labellers = [Labeller(Client(server.address + path), "bench") for path in paths]
        before, started = server.cpu_seconds(), time.monotonic()
        # Whatever is refused, late or no answer at all is raised here.
        done = sum(pool.map(Labeller.label_all, labellers))
        seconds, cost = time.monotonic() - started, (server.cpu_seconds() - before) / done * 1000
    over = _labelled_twice(place)
    found = f"{done:,} labels in {seconds:.0f} s, {over} units over the limit, {cost:.1f} ms CPU per label"
    yield Row(
        f"claims: {AT_ONCE} annotators at once on {CLAIMED_UNITS:,} units, one place per unit",
        "0 over the limit, 0 errors, ≤ 10 ms",
        found,
        is_met=over == 0 and done == CLAIMED_UNITS and cost <= 10,
    )


def _labelled_twice(home: Path) -> int:
    twice = "SELECT unit_id FROM current_annotation GROUP BY unit_id HAVING count(*) > 1"
    with closing(sqlite3.connect(home / "annotator.sqlite")) as connection:
        return int(connection.execute(f"SELECT count(*) FROM ({twice})").fetchone()[0])


def import_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure the import, splitting included, and whether memory grows with the file."""
    peaks = []
    for documents in (1_000, 4_000):
        home = place / str(documents)
        home.mkdir(parents=True)
        write_corpus(home / "corpus.jsonl", documents=documents, sentences_each=25)
        run(python, home, "project", "create", "Bench")
        used = run(python, home, "import", "--project", "bench", str(home / "corpus.jsonl"))
        peaks.append(used.peak_mb)
    flat = peaks[1] <= 1.25 * peaks[0]
    yield Row(
        "import of 100,000 sentences in 4,000 documents, splitting included",
        "≤ 6 CPU s, memory flat",
        f"{used.cpu_seconds:.1f} CPU s; {peaks[1]:.0f} MB, a quarter of the file {peaks[0]:.0f} MB",
        used.cpu_seconds <= 6 and flat,
    )


def export_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure the exports, and whether memory grows with the project."""
    for format_name, name in (("jsonl", "native folder"), ("csv", "CSV")):
        peaks, cpu = [], 0.0
        for sentences in (25_000, 100_000):
            home = place / str(sentences)
            if not home.exists():
                make_project(python, home, sentences=sentences, labels=sentences // 5)
            used = run(
                python,
                home,
                "export",
                "--project",
                "bench",
                "--format",
                format_name,
                "--output",
                str(home / f"out-{format_name}"),
            )
            peaks.append(used.peak_mb)
            cpu = used.cpu_seconds
        flat = peaks[1] <= 1.25 * peaks[0]
        yield Row(
            f"export of 100,000 sentences with 20,000 labels, {name}",
            "≤ 3 CPU s, memory flat",
            f"{cpu:.1f} CPU s; {peaks[1]:.0f} MB, a quarter of the project {peaks[0]:.0f} MB",
            cpu <= 3 and flat,
        )


def size_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure what an idle server costs."""
    home = place / "home"
    make_project(python, home, sentences=1_000)
    with serving(python, home) as server:
        Client(server.link)
        started = server.cpu_seconds()
        time.sleep(1)
        memory = server.memory_mb()
    yield Row("idle memory", "≤ 120 MB", f"{memory:.0f} MB", memory <= 120)
    yield Row("start to first page", "≤ 2 CPU s", f"{started:.2f} CPU s", started <= 2)


def durability_rows(python: Path, place: Path) -> Iterator[Row]:
    """Kill servers under load with the harness of the tests, and show that it catches one that confirms too early."""
    sys.path.insert(0, str(TESTS))
    from annotator.config import read_settings
    from durability.harness import run as kill_and_compare

    honest = kill_and_compare(
        read_settings({}, home=place / "honest"), labels=1_000, kills=5, command=(str(python), "-m", "annotator")
    )
    broken = honest.lost + honest.doubled + len(honest.torn) + len(honest.errors)
    yield Row(
        "acknowledged labels lost, doubled or torn through five kill -9 of the server under four labelling clients",
        "0 of ≥ 1,000",
        f"{broken} of {honest.acknowledged:,}, {honest.kills} kills, {honest.resent} sent again",
        broken == 0 and honest.acknowledged >= 1_000 and honest.kills == 5,
    )
    hasty = (str(python), str(TESTS / "durability" / "hasty_server.py"))
    faked = kill_and_compare(read_settings({}, home=place / "hasty"), labels=200, kills=12, command=hasty)
    yield Row(
        "negative control: a server that acknowledges before the commit is caught",
        "> 0 lost",
        f"{faked.lost} of {faked.acknowledged:,}",
        faked.lost > 0,
    )
