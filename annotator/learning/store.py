"""Keep a classifier in a folder, ``card.json`` and ``arrays.npz``, and read it back only if it is unchanged."""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotator.errors import InvalidInputError
from annotator.learning.classifier import Classifier
from annotator.words import say

CARD, ARRAYS = "card.json", "arrays.npz"
_NAMES = {"words", "characters", "idf", "coefficients", "intercepts", "slopes", "offsets", "thresholds"}
_NAMES |= {"marked_words", "marked_shares"}


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
        card = json.dumps(classifier.card, ensure_ascii=False, indent=1, allow_nan=False)
        _write(temporary / CARD, card.encode("utf-8", "surrogatepass"))
        _write_arrays(temporary / ARRAYS, classifier)
        digest = _digest((temporary / CARD).read_bytes(), (temporary / ARRAYS).read_bytes())
        temporary.chmod(0o755)
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return digest


def load(folder: Path, *, sha256: str) -> Classifier:
    """Read a stored classifier.

    Raises
    ------
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
        return _restore(json.loads(card.decode("utf-8", "surrogatepass")), arrays)
    except (ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile, EOFError) as error:
        raise InvalidInputError(
            say("The classifier in {folder} was not written by this version: train it again.", folder=folder)
        ) from error


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _write_arrays(path: Path, classifier: Classifier) -> None:
    import numpy as np

    numbers, marks = classifier.numbers, classifier.features.marks
    with path.open("wb") as file:
        np.savez(
            file,
            words=_pack(classifier.features.words),
            characters=_pack(classifier.features.characters),
            idf=classifier.features.idf.astype(np.float32),
            coefficients=numbers.coefficients,
            intercepts=numbers.intercepts,
            slopes=numbers.slopes,
            offsets=numbers.offsets,
            thresholds=numbers.thresholds,
            marked_words=_pack(marks.shares if marks else {}),
            marked_shares=np.array([marks.usual, *marks.shares.values()] if marks else [], dtype=np.float32),
        )
        file.flush()
        os.fsync(file.fileno())


def _pack(names: Iterable[str]) -> Any:
    """Vocabulary as bytes, a line each: no feature holds a line break, since features come from between white space."""
    import numpy as np

    return np.frombuffer("\n".join(names).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _unpack(packed: Any) -> list[str]:
    text = packed.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []


def _digest(card: bytes, arrays: bytes) -> str:
    digest = hashlib.sha256(len(card).to_bytes(8, "big"))
    digest.update(card)
    digest.update(arrays)
    return digest.hexdigest()


def _restore(card: dict[str, Any], arrays: bytes) -> Classifier:
    import io

    import numpy as np

    from annotator.learning.features import Features
    from annotator.learning.marks import Marks
    from annotator.learning.scoring import Numbers, Task

    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        if set(stored.files) != _NAMES:
            raise ValueError("not the arrays of a classifier")
        found = {name: stored[name] for name in _NAMES}
    usual, *shares = found["marked_shares"].tolist() or [None]
    marks = None if usual is None else Marks(dict(zip(_unpack(found["marked_words"]), shares, strict=True)), usual)
    idf = found["idf"].astype(np.float64)
    features = Features(_unpack(found["words"]), _unpack(found["characters"]), idf, marks)
    numbers = Numbers(*(found[name] for name in ("coefficients", "intercepts", "slopes", "offsets", "thresholds")))
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
    return Classifier(card, features, tasks, numbers)
