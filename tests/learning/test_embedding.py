"""Finding a sentence embedding on the disk, and saying what to do where it cannot be used."""

import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from annotator.learning import embedding as reading
from annotator.learning.classifier import Classifier, train
from annotator.learning.embedding import EmbeddingError, read_embedding
from annotator.learning.meaning import Meaning
from annotator.learning.store import load, save
from embeddings import examples_in_own_words, make_embedding


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let nothing be connected to, and remember what was tried."""
    tried: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        tried.append(address)
        raise OSError("there is no network in this test")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_embedding(tmp_path / "tiny")


def test_an_embedding_is_read_without_a_network(folder: Path, no_network: list[object]) -> None:
    found = read_embedding(folder)
    assert (found.name, found.dimensions, len(found.sha256)) == ("tiny", 8, 64)
    assert no_network == []


@pytest.mark.parametrize("name", ["somebody/some-embedding", "potion"])
def test_a_name_that_is_no_folder_is_never_looked_for_elsewhere(name: str, no_network: list[object]) -> None:
    with pytest.raises(EmbeddingError, match=r"no folder .*none is ever downloaded"):
        read_embedding(Path(name))
    assert no_network == []


def test_a_folder_that_disappears_while_it_is_read_is_not_asked_for_elsewhere(
    folder: Path, no_network: list[object]
) -> None:
    shutil.rmtree(folder)
    with pytest.raises(EmbeddingError, match="holds no sentence embedding"):
        reading._model(folder)
    assert no_network == []


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:200])


def garble(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": 1}', encoding="utf-8")


def change(folder: Path, alter: Callable[[np.ndarray], np.ndarray]) -> None:
    arrays = load_file(folder / "model.safetensors")
    arrays["embeddings"] = np.ascontiguousarray(alter(arrays["embeddings"]))
    (folder / "model.safetensors").unlink()
    save_file(arrays, folder / "model.safetensors")


HARM: dict[str, Callable[[Path], None]] = {
    "no vectors": lambda folder: (folder / "model.safetensors").unlink(),
    "no tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
    "no configuration": lambda folder: (folder / "config.json").unlink(),
    "cut": cut,
    "garbled": garble,
    "not JSON": lambda folder: (folder / "config.json").write_text("{", encoding="utf-8"),
    "fewer vectors than tokens": lambda folder: change(folder, lambda table: table[:-1]),
    "not finite": lambda folder: change(folder, lambda table: table * np.float32("nan")),
    "no dimensions": lambda folder: change(folder, lambda table: table[:, :0]),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_no_embedding_is_refused_in_one_sentence(folder: Path, harm: str) -> None:
    HARM[harm](folder)
    for _ in range(2):  # the second time from memory
        with pytest.raises(EmbeddingError, match="tiny holds no sentence embedding that can be used") as caught:
            read_embedding(folder)
        assert len(caught.value.problems) == 1


def test_without_the_extra_it_is_said_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(EmbeddingError, match=r'pip install "annotator\[embedding\]"'):
        read_embedding(folder)


def test_an_embedding_is_read_once_as_long_as_it_stays_the_same(folder: Path) -> None:
    first = read_embedding(folder)
    assert read_embedding(folder) is first
    change(folder, lambda table: table[:, ::-1])
    assert read_embedding(folder).sha256 != first.sha256


def test_an_embedding_laid_out_as_sentence_transformers_do_is_read(folder: Path) -> None:
    before = Meaning(read_embedding(folder), 1.0).rows(["the minister"])
    arrays = load_file(folder / "model.safetensors")
    inner = folder / "0_StaticEmbedding"
    inner.mkdir()
    save_file({"embedding.weight": arrays["embeddings"]}, inner / "model.safetensors")
    (folder / "tokenizer.json").rename(inner / "tokenizer.json")
    (folder / "config.json").rename(folder / "config_sentence_transformers.json")
    (folder / "model.safetensors").unlink()
    np.testing.assert_array_equal(Meaning(read_embedding(folder), 1.0).rows(["the minister"]), before)


def test_files_that_decide_no_number_do_not_count(folder: Path) -> None:
    before = read_embedding(folder).sha256
    (folder / "README.md").write_text("Another word of thanks.", encoding="utf-8")
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"normalize": True}), encoding="utf-8")
    assert read_embedding(folder).sha256 == before


@pytest.fixture
def stored(folder: Path, tmp_path: Path) -> tuple[Path, str]:
    classifier = train("choice", examples_in_own_words(), embedding=read_embedding(folder))
    assert classifier.card["embedding"]["weight"] > 0
    return tmp_path / "1", save(classifier, tmp_path / "1")


def test_a_stored_classifier_says_what_to_do_without_its_embedding(stored: tuple[Path, str], folder: Path) -> None:
    place, sha256 = stored
    with pytest.raises(EmbeddingError, match="trained with the sentence embedding “tiny”: set ANNOTATOR_EMBEDDING"):
        load(place, sha256=sha256)
    shutil.move(folder, folder.with_name("elsewhere"))
    with pytest.raises(EmbeddingError, match="There is no folder"):
        load(place, sha256=sha256, embedding=folder)
    assert load(place, sha256=sha256, embedding=folder.with_name("elsewhere")).suggest("the minister")


def test_a_stored_classifier_refuses_an_embedding_that_has_changed(stored: tuple[Path, str], folder: Path) -> None:
    place, sha256 = stored
    change(folder, lambda table: 1.001 * table)
    with pytest.raises(EmbeddingError, match="holds another or a changed one: put the earlier one there, or train"):
        load(place, sha256=sha256, embedding=folder)


def test_a_classifier_that_uses_no_embedding_needs_none(choice: Classifier, tmp_path: Path) -> None:
    sha256 = save(choice, tmp_path / "1")
    assert load(tmp_path / "1", sha256=sha256, embedding=tmp_path / "gone").suggest("praised")
