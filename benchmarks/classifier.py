"""Measure the recipe of the classifiers on public data and write the table: ``classifier.py DATA docs/classifier.md``.

The rows are those of ``annotator evaluate`` on the same split. The folder DATA holds the data sets; no line of them is
written anywhere.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotator.cli.evaluate import Columns, read_examples
from annotator.learning.evaluation import evaluate
from annotator.learning.folds import grouped_folds, splits
from annotator.learning.values import Example

SEED = 42
LOW_SEEDS = (42, 1, 2, 3)
#: Labels, and the macro F1 to reach with them.
LOW = ((100, 0.645), (200, 0.665), (500, 0.715))
HEAD = """# How good the classifiers are

Written by `python benchmarks/classifier.py DATA docs/classifier.md`: the application's own recipe, one for all data,
measured on public data sets that are no part of Annotator. Brackets are 95 % intervals by document. How the recipe was
found, and what failed, is told in [decision 030](decisions/030-recipe-of-the-classifiers.md).

| data and protocol | measure | mark | found | majority guess | |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; a calibration error is met from below."""

    data: str
    measure: str
    mark: float
    found: float
    between: str = ""
    majority: str = ""

    def __str__(self) -> str:
        # What is printed is what is compared: .7448 is .745.
        met = round(self.found, 3) <= self.mark if self.measure == "ECE" else round(self.found, 3) >= self.mark
        sign = "≤" if self.measure == "ECE" else "≥"
        word = "met" if met else "missed"
        found = f"{self.found:.3f}{self.between}"
        return f"| {self.data} | {self.measure} | {sign} {self.mark} | {found} | {self.majority} | {word} |"


def main() -> None:
    """Measure, print each row when it is known, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    parser.add_argument("--rows", default=",".join(ROWS))
    options = parser.parse_args()
    lines = []
    started = time.process_time()
    for name in options.rows.split(","):
        for row in ROWS[name](options.data):
            lines.append(str(row))
            print(row, flush=True)
    spent = f"\nThe whole table took {time.process_time() - started:.0f} CPU seconds on one core.\n"
    if options.page:
        options.page.write_text(HEAD + "\n".join(lines) + "\n" + spent, encoding="utf-8")


def babe(data: Path, *, highlights: bool = False) -> list[Example]:
    """Read sentences that experts found biased or not; the article is the group."""
    columns = Columns("text", ("label",), None, None, None, "biased_words" if highlights else None, "url")
    found = read_examples(data / "babe" / "sg2_final.csv", "choice", columns)
    return [example for example in found if example.labels != ("no_agreement",)]


def babe_rows(data: Path) -> Iterator[Row]:
    """Biased or not, folds by article."""
    for name, highlights, mark in (("text alone", False, 0.745), ("with highlights", True, 0.77)):
        found = evaluate("choice", babe(data, highlights=highlights), None, folds=5, seed=SEED)
        yield from _scored(f"BABE sg2, 5 folds by article, seed {SEED}, {name}", found, {"macro_f1": mark}, ece=0.04)


def gvfc_rows(data: Path) -> Iterator[Row]:
    """Nine frames, one or two of them per headline."""
    columns = Columns("text", ("frame1", "frame2"), None, None, None, None, None)
    examples = read_examples(data / "gvfc" / "english.csv", "choices", columns)
    found = evaluate("choices", [one for one in examples if one.labels], None, folds=10, seed=SEED)
    yield from _scored(f"GVFC, 10 folds, seed {SEED}", found, {"macro_f1": 0.755, "micro_f1": 0.8}, ece=0.06)


def newsmtsc_rows(data: Path) -> Iterator[Row]:
    """Attitude toward someone named in the sentence."""
    columns = Columns("text", ("label",), "mention", "start", "end", None, "doc")
    learn = read_examples(data / "newsmtsc" / "train.csv", "stance", columns)
    tests = {name: read_examples(data / "newsmtsc" / f"{name}.csv", "stance", columns) for name in ("dev_rw", "dev_mt")}
    for name, mark in (("dev_rw", 0.67), ("dev_mt", 0.61)):
        found = evaluate("stance", learn, tests[name], seed=SEED)
        yield from _scored(f"NewsMTSC, train → {name}, seed {SEED}", found, {"macro_f1": mark})
    # Either alone has too few sentences for ten bins.
    found = evaluate("stance", learn, [*tests["dev_rw"], *tests["dev_mt"]], seed=SEED)
    yield from _scored(f"NewsMTSC, train → dev_rw and dev_mt, seed {SEED}", found, {}, ece=0.04)


def low_rows(data: Path) -> Iterator[Row]:
    """Few labels, drawn at random from four fifths of the articles; the other sentences there are the pool."""
    examples = babe(data)
    for labels, mark in LOW:
        reached = [np.mean(list(_few(examples, labels, seed))) for seed in LOW_SEEDS]
        each = f" ({', '.join(f'{score:.3f}' for score in reached)})"
        name = f"BABE sg2, {labels} labels, tested on other articles (5 folds), seeds {', '.join(map(str, LOW_SEEDS))}"
        yield Row(name, "macro F1", mark, float(np.mean(reached)), each)


def _few(examples: list[Example], labels: int, seed: int) -> Iterator[float]:
    random = np.random.default_rng(seed)
    for learn, test in splits(grouped_folds([one.group for one in examples], folds=5, seed=seed)):
        drawn = random.permutation(learn)[:labels]
        known = [replace(examples[i], highlights=None) for i in drawn]
        pool = [examples[i].text for i in learn]
        yield evaluate("choice", known, [examples[i] for i in test], seed=seed, pool=pool)["macro_f1"]


def _scored(name: str, found: dict[str, Any], marks: dict[str, float], *, ece: float | None = None) -> Iterator[Row]:
    for measure, mark in marks.items():
        low, high = found["intervals"][measure]
        title = measure.replace("_f1", " F1")
        majority = f"{found['majority'][measure]:.3f}"
        yield Row(name, title, mark, found[measure], f" [{low:.3f}, {high:.3f}]", majority)
    if ece is not None:
        yield Row(name, "ECE", ece, found["ece"])


ROWS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "babe": babe_rows,
    "gvfc": gvfc_rows,
    "newsmtsc": newsmtsc_rows,
    "low": low_rows,
}

if __name__ == "__main__":
    main()
