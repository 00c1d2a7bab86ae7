"""What classifiers cost: training, one sentence, a whole corpus."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from client import Client, Labeller
from corpus import write_sentences
from processes import Usage, run, serving
from projects import HERE, WARM_UP, Row, make_project

CORPUS_SENTENCES = 1_000_000
#: The bare pipeline is slower and its speed does not change on the way.
BARE_SENTENCES = 100_000
TO_PARQUET = """
import sys
from pyarrow import json, parquet
parquet.write_table(json.read_json(sys.argv[1]), sys.argv[2])
"""


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
