"""What a card says of a sentence embedding: which it is, and what it is good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Gain:
    """Macro F1 of a task in cross-validation with the embedding and without; None where nothing could be scored."""

    title: str | None
    with_it: float | None
    without: float | None


@dataclass(frozen=True, slots=True)
class EmbeddingUse:
    """A sentence embedding that was tried with weight ``tried``; its ``weight`` is 0 if it is not used."""

    name: str
    dimensions: int
    sha256: str
    model2vec: str
    weight: float
    tried: float
    gains: tuple[Gain, ...]

    @property
    def library(self) -> str:
        """What read it, with its version."""
        return f"model2vec {self.model2vec}"


def read_embedding_use(card: Mapping[str, Any], names: Mapping[str, str]) -> EmbeddingUse | None:
    """Return what a card says of its embedding; None without one."""
    told = card.get("embedding")
    if told is None:
        return None
    gains = (Gain(names.get(task["target"], task["target"]), task["with"], task["without"]) for task in told["tasks"])
    parts = {name: told[name] for name in ("name", "dimensions", "sha256", "model2vec", "weight", "tried")}
    return EmbeddingUse(**parts, gains=tuple(gains))
