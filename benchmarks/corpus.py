"""Invented texts of any size: articles of plain sentences about invented places."""

import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

WHO = ["The harbour company", "Mayor Torvane", "The fishers' union", "A spokesman for the ministry", "The council"]
DID = ["defended", "attacked", "postponed", "praised", "questioned", "explained", "refused to discuss", "welcomed"]
WHAT = [
    "the plan for a new quay",
    "the rise in fees",
    "the report on the water",
    "the vote of last week",
    "the contract",
]
HOW = ["in a crowded hall", "after a long debate", "despite many doubts", "with plain words", "for the third time"]
MORE = [
    "which could cost 2.4 million crowns",
    "as No. 3 on the list shows",
    "and nobody was surprised",
    "said Dr. Orlick",
]


def sentences(seed: int) -> Iterator[str]:
    """Yield sentences without end; the same seed gives the same ones."""
    draw = random.Random(seed)
    words = ["".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(3)) for _ in range(5_000)]
    while True:
        extra = f", {draw.choice(MORE)}," if draw.random() < 0.3 else ""
        where = " ".join(draw.choices(words, k=3))
        yield f"{draw.choice(WHO)}{extra} {draw.choice(DID)} {draw.choice(WHAT)} of {where} {draw.choice(HOW)}."


def write_corpus(path: Path, *, documents: int, sentences_each: int, seed: int = 1) -> None:
    """Write a JSON Lines file of documents."""
    source = sentences(seed)
    with path.open("w", encoding="utf-8") as lines:
        for number in range(documents):
            paragraphs = [
                " ".join(next(source) for _ in range(min(5, sentences_each - start)))
                for start in range(0, sentences_each, 5)
            ]
            row = {
                "id": f"d{number}",
                "title": f"Report {number}",
                "outlet": f"Outlet {number % 7}",
                "date": "2026-05-04",
                "text": "\n\n".join(paragraphs),
            }
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_sentences(path: Path, *, count: int, seed: int = 2) -> None:
    """Write a JSON Lines file of ready-made sentences, each with an id and an outlet."""
    with path.open("w", encoding="utf-8") as lines:
        for number, text in enumerate(islice(sentences(seed), count)):
            lines.write(json.dumps({"id": f"s{number}", "outlet": f"Outlet {number % 7}", "text": text}) + "\n")
