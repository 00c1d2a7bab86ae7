"""What several annotators cost: agreement, and rounds of many sentences."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from client import Client
from processes import serving
from projects import HERE, LABELS_IN, Row, make_project


def agreement_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure coefficients with their intervals on much data, and the page on 10,000 sentences labelled by two."""
    command = [python, HERE / "agreement.py", "100000", "5", "1000"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    alone, together = (json.loads(told)[each] for each in ("1", "25"))
    yield Row(
        "alpha (nominal and ordinal), Fleiss' kappa, AC1, percent agreement of 100,000 units by 5 annotators with "
        "1,000 bootstrap rounds",
        "≤ 2 CPU s",
        f"{together:.2f} CPU s in 4,000 documents, {alone:.2f} CPU s in 100,000",
        max(alone, together) <= 2,
    )
    home = place / "home"
    make_project(python, home, sentences=LABELS_IN)
    subprocess.run([python, HERE / "seed_twice.py", home, "bench", str(LABELS_IN)], check=True, cwd=home)
    with serving(python, home, "--no-worker") as server:
        client = Client(server.link)
        client.get("/projects/bench/agreement")
        before = server.cpu_seconds()
        client.get("/projects/bench/agreement?coefficient=ac1")
        cost = server.cpu_seconds() - before
    yield Row("agreement page, 10,000 sentences labelled by two", "≤ 1 s", f"{cost:.2f} CPU s", cost <= 1)


def rounds_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure what a large round costs: ranking by a classifier's scores, saying what it comes to, its places."""
    make_project(python, place, sentences=100_000)
    told = subprocess.run([python, HERE / "rounds.py", place, "bench"], check=True, capture_output=True, text=True)
    cost = json.loads(told.stdout)
    what = f"of {cost['units']:,} sentences"
    rank, outline, make = cost["rank"], cost["outline"], cost["make"]
    yield Row(f"ranking and drawing {what} after they are scored", "≤ 2 CPU s", f"{rank:.2f} CPU s", rank <= 2)
    yield Row(f"saying what a round {what} comes to", "≤ 0.2 CPU s", f"{outline:.2f} CPU s", outline <= 0.2)
    yield Row(f"making the places of a round {what}, by the worker", "≤ 12 CPU s", f"{make:.1f} CPU s", make <= 12)
