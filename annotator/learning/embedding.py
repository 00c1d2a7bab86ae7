"""A sentence embedding that somebody has put on this machine: found, checked and read, and never downloaded.

It is a static one, as ``model2vec`` makes them: a tokenizer and a table with a vector for each token.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from annotator.errors import InvalidInputError
from annotator.words import say

#: What decides the numbers, in either of the places that folders have it in. Other files describe, or give defaults.
FILES = ("model.safetensors", "tokenizer.json")
PLACES = ("", "0_StaticEmbedding")


class EmbeddingError(InvalidInputError):
    """A sentence embedding that is not there, or not the one that is needed; the sentence says what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """What was read: the name of its folder, the SHA-256 of its files, and a ``model2vec.StaticModel``."""

    name: str
    sha256: str
    model: Any

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self.model.embedding.shape[1])

    def described(self) -> dict[str, Any]:
        """Say which embedding it is, ready for JSON."""
        return {"name": self.name, "sha256": self.sha256, "dimensions": self.dimensions}


def read_embedding(folder: Path) -> Embedding:
    """Read the embedding in a folder; as long as its files stay the same it is read once.

    Raises
    ------
    EmbeddingError
        If there is no such folder, it holds no embedding, or ``model2vec`` is not installed.
    """
    if not folder.is_dir():
        raise EmbeddingError(
            say(
                "There is no folder {folder}: a sentence embedding has to be on this machine, since none is ever "
                "downloaded.",
                folder=folder,
            )
        )
    folder = folder.resolve()
    files = tuple(path for place in PLACES for name in FILES if (path := folder / place / name).is_file())
    stamps = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    found = _read(folder, stamps)
    if isinstance(found, EmbeddingError):
        raise EmbeddingError(*found.problems)
    return found


def embedding_of(card: dict[str, Any], folder: Path | None) -> Embedding:
    """Read the embedding that a stored classifier was trained with.

    Parameters
    ----------
    card : dict
        What `Embedding.described` said when it was trained.
    folder : Path or None
        Where this installation has its embedding.

    Raises
    ------
    EmbeddingError
        If the installation has none, or another.
    """
    if folder is None:
        raise EmbeddingError(
            say(
                "This classifier was trained with the sentence embedding “{name}”: set ANNOTATOR_EMBEDDING to its "
                "folder, or train again without it.",
                name=card["name"],
            )
        )
    found = read_embedding(folder)
    if found.sha256 != card["sha256"]:
        raise EmbeddingError(
            say(
                "This classifier was trained with the sentence embedding “{name}”, and {folder} holds another or a "
                "changed one: put the earlier one there, or train again.",
                name=card["name"],
                folder=folder,
            )
        )
    return found


@lru_cache(maxsize=1)
def _read(folder: Path, stamps: tuple[tuple[Path, int, int], ...]) -> Embedding | EmbeddingError:
    """Read an embedding, or return why not, so that what cannot be used is not read again for every sentence."""
    digest = hashlib.sha256()
    for path, size, _ in stamps:
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    try:
        return Embedding(folder.name, digest.hexdigest(), _model(folder))
    except EmbeddingError as error:
        return error


def _model(folder: Path) -> Any:
    try:
        from model2vec import StaticModel
    except ModuleNotFoundError as error:
        raise EmbeddingError(
            say('A sentence embedding needs model2vec; install it with: pip install "annotator[embedding]"')
        ) from error
    unusable = say(
        "{folder} holds no sentence embedding that can be used: it needs model.safetensors and tokenizer.json as "
        "model2vec saves them.",
        folder=folder,
    )
    try:
        # A folder that is there is read as it is, and an absolute path is the name of nothing that could be downloaded.
        model = StaticModel.from_pretrained(folder)
    except Exception as error:  # of a damaged file the tokenizer's reader says no more than that
        raise EmbeddingError(unusable) from error
    if not _is_sound(model):
        raise EmbeddingError(unusable)
    model.tokenizer.no_truncation()  # whole documents are units, too, and all their words count
    return model


def _is_sound(model: Any) -> bool:
    """Whether every token has a vector of finite numbers."""
    import numpy as np

    vectors, mapping, weights = model.embedding, model.token_mapping, model.weights
    tokens = 1 + max(model.tokenizer.get_vocab().values(), default=-1)
    rows = tokens if mapping is None else 1 + int(mapping.max(initial=-1))
    return bool(
        vectors.ndim == 2
        and vectors.shape[1] > 0
        and rows <= len(vectors)
        and (mapping is None or (tokens <= len(mapping) and mapping.min(initial=0) >= 0))
        and (weights is None or (tokens <= len(weights) and np.isfinite(weights).all()))
        and np.isfinite(vectors).all()
    )
