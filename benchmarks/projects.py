"""A line of the table, and a project of any size to measure it on."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from corpus import write_corpus
from processes import run

HERE = Path(__file__).parent
LABELS_IN = 10_000
WARM_UP = 20
TARGETS = (("Harbour company", "The harbour company"), ("Mayor Torvane",), ("Fishers' union", "The fishers' union"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    mark: str
    found: str
    is_met: bool


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
