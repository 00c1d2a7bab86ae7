"""Corpora for tests: classifiers of each kind, stored in a folder, and files of sentences for them."""

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from annotator.learning import store
from annotator.learning.classifier import train
from annotator.learning.values import Example
from annotator.services.corpus_orders import Asked, Columns, Order

GOOD = ("praised", "welcomed", "admired", "thanked")
BAD = ("blamed", "attacked", "condemned", "accused")
FILLER = ("the", "minister", "on", "Monday", "after", "talks", "in", "town", "about", "trade", "bread")
EAST, WEST = "uuid-of-the-east", "uuid-of-the-west"
TARGETS = ((EAST, "the East", ("Ostland",)), (WEST, "the West", ()))


def sentence(draw: random.Random, verbs: Sequence[str], name: str = "") -> str:
    words = [draw.choice(FILLER) for _ in range(6)]
    return " ".join([name, draw.choice(verbs), *words]).strip()


def make_order(folder: Path, **columns: str) -> Order:
    """Train a classifier for a choice, for several labels, and for stances toward two targets."""
    kinds = {
        "tone": ("choice", {"warm": "warm words", "cold": "cold words"}, (None,)),
        "frames": ("choices", {"economic": "economic", "moral": "Moral, and more"}, (None,)),
        "stance": ("stance", {"favor": "favor", "against": "against"}, (EAST, WEST)),
    }
    asked = []
    for number, (name, (kind, labels, targets)) in enumerate(kinds.items(), start=1):
        draw = random.Random(number)
        examples = [
            Example(sentence(draw, (GOOD, BAD)[i % 2]), f"d{i // 4}", (list(labels)[i % 2],), target)
            for target in targets
            for i in range(40)
        ]
        sha256 = store.save(train(kind, examples, labels=list(labels), seed=1), folder / str(number))
        asked.append(
            Asked(
                name=name, kind=kind, number=number, codebook=1, sha256=sha256, folder=folder / str(number),
                labels=labels, targets={uuid: name for uuid, name, _ in TARGETS} if kind == "stance" else {},
            )
        )  # fmt: skip
    return Order(name="corpus.jsonl", asked=tuple(asked), targets=TARGETS, columns=Columns(**columns))


def make_rows(count: int, *, seed: int = 0) -> list[dict[str, Any]]:
    """Return sentences of many kinds: some name one target, some two, some none; some are empty or in other scripts."""
    draw = random.Random(seed)
    names = ("", "The East", "Ostland and the West", "the west")
    rows = [
        {"id": f"s{i}", "text": sentence(draw, (*GOOD, *BAD), draw.choice(names)), "year": 2020 + i % 5, "score": i / 8}
        for i in range(count)
    ]
    strange = (
        "",
        None,
        "  ",
        "قالت الحكومة إن الغرب لن ينسحب.",
        "西方批评了",
        "😀" * 50,
        "THE EAST PRAISED",
        "a\u2028b",
    )
    for place, text in zip(range(0, count, max(count // len(strange), 1)), strange, strict=False):
        rows[place]["text"] = text
    return rows


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
