"""Keep a classifier in a folder, ``card.json`` and ``arrays.npz``, and read it back only if it is unchanged."""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.errors import InvalidInputError
from annotator.learning.classifier import Classifier
from annotator.learning.embedding import embedding_of
from annotator.words import say

if TYPE_CHECKING:
    from annotator.learning.features import Features
    from annotator.learning.marks import Marks
    from annotator.learning.meaning import Meaning
    from annotator.learning.style import Style

#: Of what is stored, to be raised with every change of it: of the arrays, of what the card tells about them, or of how
#: texts are turned into their features. What has no number is from before there were any, and like the first if at all.
FORMAT = 1
CARD, ARRAYS = "card.json", "arrays.npz"
NUMBERS = ("coefficients", "intercepts", "slopes", "offsets", "thresholds")
_STYLE = ("styled_words", "styled_columns", "style_weights", "rated_words", "rated_values")
_MARKS = ("marked_words", "marked_shares", "marked_grams", "marked_weights")
_NAMES = {"words", "characters", "idf", *NUMBERS, *_STYLE, *_MARKS}


class OutdatedError(InvalidInputError):
    """A stored classifier that is whole, but was written by a version that stored it otherwise."""


def save(classifier: Classifier, folder: Path) -> str:
    """Write a classifier to a new folder in one step and give the SHA-256 that `load` will ask for.

    Raises
    ------
    InvalidInputError
        If the folder exists: stored classifiers never change.
    """
    if folder.exists():
        raise InvalidInputError(
            say("{folder} exists already; a stored classifier is never overwritten.", folder=folder)
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        card = json.dumps({"format": FORMAT, **classifier.card}, ensure_ascii=False, indent=1, allow_nan=False)
        _write(temporary / CARD, card.encode("utf-8", "surrogatepass"))
        _write_arrays(temporary / ARRAYS, classifier)
        digest = _digest((temporary / CARD).read_bytes(), (temporary / ARRAYS).read_bytes())
        temporary.chmod(0o755)
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return digest


def load(folder: Path, *, sha256: str, embedding: Path | None = None) -> Classifier:
    """Read a stored classifier.

    Parameters
    ----------
    embedding : Path, optional
        Folder of this installation's sentence embedding; it is read only if the classifier uses one.

    Raises
    ------
    EmbeddingError
        If it uses an embedding that is not there, or not the same any more.
    OutdatedError
        If it is the one with this SHA-256, but was written by another version.
    InvalidInputError
        If it is missing, cut short, or not the one with this SHA-256.
    """
    try:
        card, arrays = (folder / CARD).read_bytes(), (folder / ARRAYS).read_bytes()
    except OSError as error:
        raise InvalidInputError(
            say("The classifier in {folder} cannot be read: train it again.", folder=folder)
        ) from error
    if _digest(card, arrays) != sha256:
        raise InvalidInputError(
            say("The classifier in {folder} is not the one that was stored: train it again.", folder=folder)
        )
    try:
        told = json.loads(card.decode("utf-8", "surrogatepass"))
        if told.pop("format", 1) != FORMAT:
            raise ValueError("another format")
        return _restore(told, arrays, embedding)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        raise OutdatedError(
            say("The classifier in {folder} was not written by this version: train it again.", folder=folder)
        ) from error


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _write_arrays(path: Path, classifier: Classifier) -> None:
    import numpy as np

    numbers = classifier.numbers
    with path.open("wb") as file:
        np.savez(
            file,
            words=pack(classifier.features.words),
            characters=pack(classifier.features.characters),
            idf=classifier.features.idf.astype(np.float32),
            coefficients=numbers.coefficients,
            intercepts=numbers.intercepts,
            slopes=numbers.slopes,
            offsets=numbers.offsets,
            thresholds=numbers.thresholds,
            **_arrays_of_blocks(classifier.features),
            **_arrays_of_mentioned(classifier),
        )
        file.flush()
        os.fsync(file.fileno())


def _arrays_of_blocks(features: "Features") -> dict[str, Any]:
    """Every array is there, empty where the classifier has no such block."""
    import numpy as np

    kinds, valence = (features.style.kinds, features.style.valence) if features.style else ({}, {})
    placed = [(word, column) for word, columns in kinds.items() for column in columns]
    shares, grams = (features.marks.shares, features.marks.grams) if features.marks else ({}, {})
    return {
        "styled_words": pack(word for word, _ in placed),
        "styled_columns": np.array([column for _, column in placed], dtype=np.int16),
        "style_weights": np.array(features.style.weights if features.style else []),
        "rated_words": pack(valence),
        "rated_values": np.array(list(valence.values()), dtype=np.float32),
        "marked_words": pack(shares),
        "marked_shares": np.array([features.marks.usual, *shares.values()] if features.marks else [], dtype=np.float32),
        "marked_grams": pack(grams),
        "marked_weights": np.array(list(grams.values()), dtype=np.float32),
    }


def _arrays_of_mentioned(classifier: Classifier) -> dict[str, Any]:
    if classifier.mentioned is None:
        return {}
    from annotator.learning import mentioned_arrays

    return mentioned_arrays.arrays_of(classifier.mentioned)


def pack(names: Iterable[str]) -> Any:
    """Vocabulary as bytes, a line each: no feature holds a line break, since features come from between white space."""
    import numpy as np

    return np.frombuffer("\n".join(names).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def unpack(packed: Any) -> list[str]:
    """Return the names of a vocabulary."""
    text = packed.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []


def _digest(card: bytes, arrays: bytes) -> str:
    digest = hashlib.sha256(len(card).to_bytes(8, "big"))
    digest.update(card)
    digest.update(arrays)
    return digest.hexdigest()


def _restore(card: dict[str, Any], arrays: bytes, embedding: Path | None) -> Classifier:
    import io

    import numpy as np

    from annotator.learning import mentioned_arrays
    from annotator.learning.features import Features
    from annotator.learning.scoring import Numbers, Task

    meaning = _meaning_of(card, embedding)
    has_mentioned = card.get("mentioned", {}).get("is_used", False)
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        if set(stored.files) != _NAMES | (mentioned_arrays.names() if has_mentioned else set()):
            raise ValueError("not the arrays of a classifier")
        found = {name: stored[name] for name in stored.files}
    idf = found["idf"].astype(np.float64)
    style, marks = _blocks_of(found)
    words, characters = unpack(found["words"]), unpack(found["characters"])
    features = Features(words, characters, idf, style=style, marks=marks, meaning=meaning)
    numbers = Numbers(*(found[name] for name in NUMBERS))
    tasks = [
        Task(
            part["target"], tuple(part["labels"]), part["first"], part["one"], part["at_least_one"],
            part["calibrated"], tuple(part["early"]),
        )
        for part in card["tasks"]
    ]  # fmt: skip
    columns = sum(len(task.labels) for task in tasks)
    if len(features.words) + len(features.characters) != len(idf) or numbers.coefficients.shape != (
        len(features), columns,
    ):  # fmt: skip
        raise ValueError("arrays and card do not belong together")
    mentioned = mentioned_arrays.restore(card["mentioned"], found) if has_mentioned else None
    return Classifier(card, features, tasks, numbers, mentioned=mentioned)


def _meaning_of(card: dict[str, Any], folder: Path | None) -> "Meaning | None":
    """Vectors are not stored with the classifier: they are most of it, and they lie on the disk already."""
    from annotator.learning.meaning import Meaning

    used = card.get("embedding")
    return Meaning(embedding_of(used, folder), used["weight"]) if used and used["weight"] else None


def _blocks_of(found: dict[str, Any]) -> tuple["Style | None", "Marks | None"]:
    from annotator.learning.marks import Marks

    usual, *shares = found["marked_shares"].tolist() or [None]
    if usual is None:
        return _style_of(found), None
    grams = _table(found, "marked_grams", found["marked_weights"])
    return _style_of(found), Marks(_table(found, "marked_words", shares), grams, usual)


def _style_of(found: dict[str, Any]) -> "Style | None":
    from annotator.learning.style import Style

    if not len(found["style_weights"]):
        return None
    kinds: dict[str, tuple[int, ...]] = {}
    for word, column in zip(unpack(found["styled_words"]), found["styled_columns"].tolist(), strict=True):
        kinds[word] = (*kinds.get(word, ()), column)
    valence = _table(found, "rated_words", found["rated_values"])
    counted, rated = found["style_weights"].tolist()
    return Style(kinds, valence, (counted, rated))


def _table(found: dict[str, Any], names: str, values: Any) -> dict[str, float]:
    return dict(zip(unpack(found[names]), map(float, values), strict=True))
