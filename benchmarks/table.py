"""Print the table of speed and size with this machine's own numbers."""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from client import Client, Labeller
from corpus import write_corpus, write_sentences
from labelling_page import chromium, first_visit_bytes, key_to_sentence, percentile, presses_for_twelve, sign_in
from processes import Usage, run, serving

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
LABELS_IN = 10_000
MEASURED_LABELS = 400
WARM_UP = 20
CLAIMED_UNITS = 10_000
AT_ONCE = 8
CORPUS_SENTENCES = 1_000_000
#: The bare pipeline is slower and its speed does not change on the way.
BARE_SENTENCES = 100_000
TO_PARQUET = """
import sys
from pyarrow import json, parquet
parquet.write_table(json.read_json(sys.argv[1]), sys.argv[2])
"""
KEYED_SENTENCES = 300
NETWORK_DELAY_MS = 100
#: Nobody has labelled this one, so its sentences come one after the other.
SAMPLE_TRANSCRIPT = "regional-ministry-decides"
TARGETS = (("Harbour company", "The harbour company"), ("Mayor Torvane",), ("Fishers' union", "The fishers' union"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    mark: str
    found: str
    is_met: bool


def main() -> None:
    """Measure the rows that are asked for and print them; exit 1 if a mark is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="annotator-benchmark-") as folder:
        place = Path(folder)
        python = options.python or install_wheel(place)
        wanted = options.rows.split(",") if options.rows else list(ROWS)
        print("| what | mark | found | |\n|---|---|---|---|", flush=True)
        missed = 0
        for name in wanted:
            for row in ROWS[name](python, place / name):
                print(f"| {row.what} | {row.mark} | {row.found} | {'met' if row.is_met else 'MISSED'} |", flush=True)
                missed += not row.is_met
    sys.exit(1 if missed else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="Python of an environment that has Annotator; else a new one.")
    parser.add_argument("--rows", help=f"Comma-separated, of {', '.join(ROWS)}; default all.")
    return parser.parse_args()


def install_wheel(place: Path) -> Path:
    """Build the wheel and install it without development dependencies into an empty environment."""
    environment = place / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    top = HERE.parent
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", top / "requirements.lock"], check=True)
    build = [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", place / "wheel", top]
    subprocess.run(build, check=True)
    subprocess.run([*pip, "--no-deps", *(place / "wheel").glob("*.whl")], check=True)
    return python


def make_project(python: Path, home: Path, *, sentences: int, labels: int = 0, sentences_each: int = 25) -> float:
    """Set up a home with one project of this size; return the import's CPU seconds."""
    home.mkdir(parents=True)
    corpus = home / "corpus.jsonl"
    write_corpus(corpus, documents=sentences // sentences_each, sentences_each=sentences_each)
    codebook = home / "codebook.yaml"
    codebook.write_text(_codebook(python), encoding="utf-8")
    run(python, home, "project", "create", "Bench", "--codebook", str(codebook))
    used = run(python, home, "import", "--project", "bench", str(corpus))
    if labels:
        subprocess.run([python, HERE / "seed.py", home, "bench", str(labels)], check=True, cwd=home)
    return used.cpu_seconds


def _codebook(python: Path) -> str:
    code = "from annotator.codebook.builtin import builtin_codebooks as b; print(b()['stance-and-frames'])"
    text = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout
    targets = "".join(f'  - {{name: "{names[0]}", aliases: {list(names[1:])}}}\n' for names in TARGETS)
    return f"targets:\n{targets}{text}"


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


def learning_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure a training, and one sentence's suggestions over HTTP."""
    home = place / "home"
    make_project(python, home, sentences=5_000, labels=3_000)
    used = run(python, home, "train", "--project", "bench")
    yield Row(
        "training on 3,000 labelled sentences (stance toward 3 targets, frames)",
        "≤ 5 CPU s",
        f"{used.cpu_seconds:.1f} CPU s, {used.peak_mb:.0f} MB",
        used.cpu_seconds <= 5,
    )
    with serving(python, home, "--no-worker") as server:
        labeller = Labeller(Client(server.link), "bench")
        for _ in range(WARM_UP):
            labeller.suggestions()
        before = server.cpu_seconds()
        for _ in range(100):
            labeller.suggestions()
        cost = (server.cpu_seconds() - before) / 100 * 1000
    yield Row("one sentence's suggestions with reasons (the whole request)", "≤ 10 ms", f"{cost:.1f} ms", cost <= 10)


def suggest_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure a whole corpus against the bare pipeline, and whether memory grows with it."""
    home = place / "home"
    make_project(python, home, sentences=5_000, labels=3_000)
    run(python, home, "train", "--project", "bench")
    large, small = place / "large.jsonl", place / "small.jsonl"
    write_sentences(large, count=CORPUS_SENTENCES)
    write_sentences(small, count=CORPUS_SENTENCES // 4)
    command = [python, HERE / "bare.py", home, "bench", large, str(BARE_SENTENCES)]
    bare = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    bare_us = bare["cpu_seconds"] / bare["sentences"] * 1e6
    for kind in ("jsonl", "parquet"):
        quarter = _suggest(python, home, small, kind)
        used = _suggest(python, home, large, kind)
        speed = bare_us / (used.cpu_seconds / CORPUS_SENTENCES * 1e6)
        yield Row(
            f"annotator suggest, {CORPUS_SENTENCES:,} sentences, stance and frames, {kind} in and out",
            "≥ 0.7 of the bare pipeline's speed, ≤ 600 MB",
            f"{speed:.2f} of it ({used.cpu_seconds:.0f} CPU s; {bare_us:.0f} µs a sentence bare); "
            f"{used.peak_mb:.0f} MB, a quarter of the corpus {quarter.peak_mb:.0f} MB",
            is_met=speed >= 0.7 and used.peak_mb <= 600,
        )


def _suggest(python: Path, home: Path, lines: Path, kind: str) -> Usage:
    """Run the command once, on the same sentences as JSON Lines or as one large row group of Parquet."""
    corpus = lines.with_suffix(f".{kind}")
    if kind == "parquet":
        subprocess.run([python, "-c", TO_PARQUET, lines, corpus], check=True)
    output = lines.with_name(f"answers-{lines.stem}.{kind}")
    return run(python, home, "suggest", "--project", "bench", "--input", str(corpus), "--output", str(output), "--json")


def classifier_rows(python: Path, place: Path) -> Iterator[Row]:
    """Measure classifiers alone: training on much, one sentence, loading a large one."""
    place.mkdir(parents=True, exist_ok=True)
    command = [python, HERE / "classifier_speed.py"]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=place, env=one_thread).stdout
    found = json.loads(told)
    yield Row(
        "training on 10,000 sentences with 15 frames and stance toward 5 targets",
        "≤ 30 CPU s, ≤ 1 GB",
        f"{found['trained']:.1f} CPU s, {found['peak_mb']:.0f} MB",
        found["trained"] <= 30 and found["peak_mb"] <= 1024,
    )
    what = "one sentence's suggestions with reasons, 15 frames and 5 targets, warm"
    yield Row(what, "≤ 5 ms", f"{found['suggested_ms']:.1f} ms", found["suggested_ms"] <= 5)
    what = f"loading a classifier trained on 100,000 sentences ({found['width']:,} features)"
    yield Row(what, "≤ 0.5 s", f"{found['loaded']:.2f} CPU s", found["loaded"] <= 0.5)


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


ROWS: dict[str, Callable[[Path, Path], Iterator[Row]]] = {
    "label": label_rows,
    "claims": claims_rows,
    "import": import_rows,
    "export": export_rows,
    "learning": learning_rows,
    "suggest": suggest_rows,
    "classifier": classifier_rows,
    "agreement": agreement_rows,
    "rounds": rounds_rows,
    "size": size_rows,
    "key": key_rows,
    "weight": weight_rows,
    "presses": presses_rows,
    "durability": durability_rows,
}

if __name__ == "__main__":
    main()
