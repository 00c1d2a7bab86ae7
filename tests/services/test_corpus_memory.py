"""Memory for a corpus does not grow with it: counted in bytes asked for, so that it is the same on every machine."""

import gc
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.exporting import parquet
from annotator.learning import features
from annotator.services.corpus import answer_corpus
from annotator.services.corpus_orders import Order
from corpora import make_order, write_lines

PART, PARTS = 50, 12


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Order:
    return make_order(tmp_path_factory.mktemp("models"))


@pytest.fixture
def watched_memory() -> Iterator[None]:
    """Trace memory without the search for cycles, which comes when it comes: nothing may hang on it."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield
    tracemalloc.stop()
    gc.enable()


def peaks(order: Order, folder: Path, kind: str = "jsonl") -> list[int]:
    """Return the most bytes in use while each part was answered; the parts have the same sentences."""
    rows = [{"text": " ".join(f"word{row}x{place}" for place in range(12))} for row in range(PART)]
    found: list[int] = []

    def note(*_: object) -> None:
        found.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()

    source = write_lines(folder / "corpus.jsonl", rows * PARTS)
    answer_corpus(order, source, folder / f"answers.{kind}", part_rows=PART, progress=note)
    assert len(found) == PARTS
    return found


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_twelve_parts_of_a_corpus_need_no_more_memory_than_three(watched_memory, order, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(parquet, "GROUP_ROWS", PART)  # what waits for its group is bounded, but not by three parts
    found = peaks(order, tmp_path, kind)
    assert max(found[3:]) <= 1.1 * max(found[:3])


def test_what_only_the_search_for_cycles_frees_is_noticed(watched_memory, order, tmp_path, monkeypatch):
    def numbering_by_its_own_length() -> defaultdict[str, int]:
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        return numbers

    monkeypatch.setattr(features, "numbering", numbering_by_its_own_length)
    found = peaks(order, tmp_path)
    assert max(found[3:]) > 1.3 * max(found[:3])
