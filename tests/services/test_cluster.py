"""A corpus on a Dask cluster: a real scheduler and two worker processes on this machine."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pytest
from distributed import Client
from pyarrow import parquet as pq

import mentioned_world
from annotator.errors import InvalidInputError
from annotator.learning import store
from annotator.learning.classifier import train
from annotator.learning.embedding import read_embedding
from annotator.services import cluster
from annotator.services.cluster import on_cluster
from annotator.services.corpus import answer_corpus
from annotator.services.corpus_orders import Order
from corpora import make_order, make_rows, write_lines
from embeddings import examples_in_own_words, make_embedding

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
ROWS = make_rows(400)


@dataclass(frozen=True)
class Processes:
    """A scheduler, its address, and its workers by their address."""

    address: str
    workers: dict[str, subprocess.Popen[bytes]]


def start(program: str, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", *options, "--dashboard-address", "127.0.0.1:0"]
    # In the checkout, so that what is tested here is what runs there.
    with (folder / f"{program}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "DASK_LOGGING": ""})


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    here = ("--host", "127.0.0.1", "--scheduler-file", str(file))
    started = [start("dask_scheduler", folder, *here, "--port", "0")]
    try:
        address = _address(file)
        workers = {}
        for number in range(2):
            alone = ("--nthreads", "1", "--no-nanny", "--local-directory", str(folder / str(number)))
            worker = start("dask_worker", folder, address, "--host", "127.0.0.1", *alone, "--name", str(number))
            started.append(worker)
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE_SECONDS)
            found = client.scheduler_info(n_workers=-1)["workers"]
            workers = {where: started[1 + int(one["name"])] for where, one in found.items()}
        yield Processes(address, workers)
    finally:
        for process in started:
            process.kill()
            process.wait()


def _address(file: Path) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            return json.loads(file.read_bytes())["address"]
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise TimeoutError("the scheduler did not start")


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Order:
    return make_order(tmp_path_factory.mktemp("models"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "corpus.parquet")
    return write_lines(tmp_path / "corpus.jsonl", ROWS)


def both(order: Order, source: Path, processes: Processes, **options) -> tuple[bytes, bytes]:
    """Return what comes out of this process and of the cluster."""
    here, there = source.with_name(f"here{source.suffix}"), source.with_name(f"there{source.suffix}")
    answer_corpus(order, source, here, part_rows=20)
    answer_corpus(order, source, there, part_rows=20, answering=on_cluster(processes.address), **options)
    return here.read_bytes(), there.read_bytes()


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_cluster_writes_the_same_bytes_as_one_process(order, corpus, processes, kind):
    here, there = both(order, corpus.with_suffix(f".{kind}"), processes)
    assert here == there
    assert len(here) > 10_000


def test_a_cluster_judges_targets_without_labels_as_one_process_does(processes, tmp_path):
    order = mentioned_world.make_order(tmp_path / "models")
    told = mentioned_world.told_by_words(60, targets=[*mentioned_world.PEOPLE, mentioned_world.STRANGER])
    here, there = both(order, write_lines(tmp_path / "c.jsonl", [{"text": one.text} for one in told]), processes)
    assert here == there
    assert here.count(b'"from_other_targets":true') == 50


def test_what_a_killed_worker_had_under_way_is_done_again(order, corpus, processes):
    victim, *others = processes.workers
    killer = threading.Thread(target=kill_when_busy, args=(processes, victim))

    def begin(end: int, total: int | None, rows: int) -> None:
        """At the first answer, halt a worker: what it is given from now on stays undone."""
        if killer.ident is None:
            processes.workers[victim].send_signal(signal.SIGSTOP)
            killer.start()

    here, there = both(order, corpus, processes, progress=begin)
    killer.join()
    assert here == there
    assert processes.workers[victim].returncode == -signal.SIGKILL
    with Client(processes.address, set_as_default=False) as client:
        assert list(client.nthreads()) == others


def kill_when_busy(processes: Processes, victim: str) -> None:
    """Kill a worker once it has been given something; before that it would not be missed."""
    with Client(processes.address, set_as_default=False) as client:
        while not client.processing()[victim]:
            time.sleep(0.02)
    processes.workers[victim].kill()
    processes.workers[victim].wait()


def test_a_damaged_line_is_told_from_afar(order, corpus, processes):
    with corpus.open("ab") as lines:
        lines.write(b"{oops}\n")
    with pytest.raises(InvalidInputError, match=r"^corpus\.jsonl, line 401: this is not valid JSON"):
        both(order, corpus, processes)


def test_nothing_stays_on_the_cluster(order, corpus, processes):
    both(order, corpus, processes)
    with Client(processes.address, set_as_default=False) as client:
        held = client.run(lambda dask_worker: [name for name in dask_worker.plugins if name.startswith("annotator")])
        assert set(map(tuple, held.values())) == {()}
        assert not any(client.processing().values())


def refusal(order: Order, corpus: Path, address: str) -> str:
    with pytest.raises(InvalidInputError) as told:
        answer_corpus(order, corpus, corpus.with_name("refused.jsonl"), answering=on_cluster(address))
    assert not list(corpus.parent.glob("*refused*"))
    return str(told.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "http://127.0.0.1:8786", ""])
def test_a_cluster_that_is_not_there_is_told(order, corpus, address, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    assert refusal(order, corpus, address).startswith(f"There is no cluster at {address}; give the address that")


def test_certificates_that_are_not_set_up_are_told(order, corpus):
    told = refusal(order, corpus, "tls://127.0.0.1:8786")
    assert told.startswith("A tls:// address needs certificates: name them in Dask's settings")


def test_another_version_is_told(order, corpus, processes, monkeypatch):
    monkeypatch.setattr(cluster, "__version__", "9.9")
    told = refusal(order, corpus, processes.address)
    assert told.startswith("The scheduler or a worker has another version of Annotator than 9.9, or none")


def test_a_classifier_damaged_on_the_way_is_refused(order, corpus, processes, monkeypatch):
    monkeypatch.setattr(cluster, "_packed", lambda asked: (b"{}", b""))
    assert "is not the one that was stored: train it again." in refusal(order, corpus, processes.address)


@pytest.fixture
def embedded(order, tmp_path) -> Order:
    """An order for a classifier that needs a sentence embedding."""
    folder = make_embedding(tmp_path / "tiny")
    trained = train("choice", examples_in_own_words(), embedding=read_embedding(folder))
    sha256 = store.save(trained, tmp_path / "9")
    labels = {"favor": "in favour", "against": "against"}
    asked = replace(order.asked[0], sha256=sha256, folder=tmp_path / "9", labels=labels)
    return replace(order, asked=(asked,), embedding=folder)


def test_workers_find_the_sentence_embedding_on_their_machine(embedded, corpus, processes):
    here, there = both(embedded, corpus, processes)
    assert here == there
    told = refusal(replace(embedded, embedding=embedded.embedding.with_name("elsewhere")), corpus, processes.address)
    assert told.startswith("There is no folder")


def test_a_cluster_that_has_no_workers_or_goes_away_is_told(order, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    file = tmp_path / "scheduler.json"
    scheduler = start("dask_scheduler", tmp_path, "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    try:
        address = _address(file)
        assert refusal(order, corpus, address) == "The cluster has no workers; start some and run the command again."
        monkeypatch.setattr(cluster, "_compare_versions", lambda client: (scheduler.kill(), scheduler.wait()))
        told = refusal(order, corpus, address)
    finally:
        scheduler.kill()
        scheduler.wait()
    assert told == f"The cluster at {address} was lost; start it again and run the command again."
