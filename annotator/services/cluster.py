"""Answers a corpus on a Dask cluster; its parts come back in their order, whichever worker answered them.

The classifiers go to each worker once, as the bytes of their files, and are checked there like any stored classifier.
Everything else that travels is plain values. Dask itself unpickles what the scheduler sends, so a scheduler must be
one that can be trusted.
"""

import os
import re
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import uuid4

from distributed import Client, Future, KilledWorker, Security, Worker, WorkerPlugin, get_worker

from annotator import __version__
from annotator.config import embedding_folder
from annotator.errors import InvalidInputError
from annotator.importing.corpus_lines import Part
from annotator.learning import store
from annotator.learning.classifier import Classifier
from annotator.services.corpus import Answering, OnlyCheck
from annotator.services.corpus_answers import Answerer
from annotator.services.corpus_orders import Asked, Order
from annotator.services.corpus_parts import Answered, Form, answer_part
from annotator.words import say

CONNECT_SECONDS = 10
#: A part takes less than a second; after so long without one it is time to see whether anybody works at all.
PATIENCE_SECONDS = 20.0
#: Parts that are under way for each thread of the cluster: one at work, one at hand, and some for the unevenness.
AHEAD = 3
#: After so many parts it is asked again how large the cluster is.
COUNT_AFTER = 50

_ADDRESS = re.compile(r"(tcp|tls)://.+:\d+")

StoredFiles = tuple[bytes, bytes]


class Equipment(WorkerPlugin):
    """What a worker needs for an order; Dask gives it to workers that join later, too."""

    def __init__(self, order: Order, files: list[StoredFiles]) -> None:
        self.name = f"annotator-{uuid4().hex}"
        self._order = order
        self._files = files
        self.answerer: Answerer | None = None

    def setup(self, worker: Worker) -> None:
        """Read the classifiers on the worker."""
        if self._order.version != __version__:
            raise InvalidInputError(_other_version())
        pairs = zip(self._order.asked, self._files, strict=True)
        # Of all that is needed the embedding alone does not travel: it may be half a gigabyte.
        embedding = embedding_folder(os.environ) or self._order.embedding
        self.answerer = Answerer(self._order, [_unpacked(asked, files, embedding) for asked, files in pairs])


def _other_version() -> str:
    return say(
        "The scheduler or a worker has another version of Annotator than {version}, or none; "
        "install the same one on all of them.",
        version=__version__,
    )


def _compare_versions(client: Client) -> None:
    """Raise InvalidInputError if somebody on the way would not understand what is sent; asking needs Python alone."""
    try:
        found = {client.run_on_scheduler(version, "annotator"), *client.run(version, "annotator").values()}
    except PackageNotFoundError:
        found = set()
    if found != {__version__}:
        raise InvalidInputError(_other_version())


def _packed(asked: Asked) -> StoredFiles:
    return (asked.folder / store.CARD).read_bytes(), (asked.folder / store.ARRAYS).read_bytes()


def _unpacked(asked: Asked, files: StoredFiles, embedding: Path | None) -> Classifier:
    with tempfile.TemporaryDirectory(prefix="annotator-") as name:
        folder = Path(name)
        for file, content in zip((store.CARD, store.ARRAYS), files, strict=True):
            (folder / file).write_bytes(content)
        return store.load(folder, sha256=asked.sha256, embedding=embedding)


def on_cluster(address: str) -> Answering:
    """Return what answers parts on the cluster whose scheduler is at ``address``."""

    def answer(order: Order, form: Form, parts: Iterator[Part], only_check: OnlyCheck) -> Iterator[Answered]:
        with _connected(address) as client:
            _compare_versions(client)
            equipment = Equipment(order, [_packed(asked) for asked in order.asked])
            client.register_plugin(equipment)
            try:
                yield from _answers(client, equipment.name, form, parts, only_check)
            finally:
                with suppress(OSError, RuntimeError):
                    client.unregister_worker_plugin(equipment.name)

    return answer


def _answers(client: Client, name: str, form: Form, parts: Iterator[Part], only_check: OnlyCheck) -> Iterator[Answered]:
    """Keep some parts under way and yield what came of them in their order."""
    waiting: deque[Future[Answered]] = deque()
    most = 0
    for number, part in enumerate(parts):
        if number % COUNT_AFTER == 0:
            most = AHEAD * max(sum(client.nthreads().values()), 1)
        key = f"{name}-{number}"
        waiting.append(client.submit(_answer_there, name, form, part, only_check(), key=key, pure=False))
        if len(waiting) >= most:
            yield _result(client, waiting.popleft())
    while waiting:
        yield _result(client, waiting.popleft())


def _answer_there(name: str, form: Form, part: Part, only_check: bool) -> Answered:
    """Answer a part on the worker this runs on."""
    equipment = get_worker().plugins[name]
    assert isinstance(equipment, Equipment)
    assert equipment.answerer is not None
    return answer_part(equipment.answerer, form, part, only_check=only_check)


def _result(client: Client, future: "Future[Answered]") -> Answered:
    """Wait for a part; a worker that is killed has its parts done by another, as long as there is one."""
    while True:
        try:
            found: Answered = future.result(timeout=PATIENCE_SECONDS)
            return found
        except TimeoutError:
            if not client.nthreads():
                raise InvalidInputError(
                    say("The cluster has no workers; start some and run the command again.")
                ) from None


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """Give a client, and put in words what can go wrong with a cluster."""
    unknown = say(
        "There is no cluster at {address}; give the address that “dask scheduler” prints, such as "
        "tcp://192.168.1.5:8786.",
        address=address,
    )
    if not _ADDRESS.fullmatch(address):
        raise InvalidInputError(unknown)
    if address.startswith("tls:") and Security().get_connection_args("client")["ssl_context"] is None:
        raise InvalidInputError(
            say("A tls:// address needs certificates: name them in Dask's settings, under distributed.comm.tls.")
        )
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        raise InvalidInputError(unknown) from error
    try:
        with client:
            yield client
    except KilledWorker as error:
        raise InvalidInputError(
            say("One part of the corpus ended several workers; look whether they have memory enough.")
        ) from error
    except (OSError, CancelledError) as error:
        raise InvalidInputError(
            say("The cluster at {address} was lost; start it again and run the command again.", address=address)
        ) from error
