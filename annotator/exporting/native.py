"""The names and the order of the files that make up a native data set."""

from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

FORMAT = "annotator-dataset"
VERSION = 1

MANIFEST = "manifest.json"
PROJECT = "project.json"
DOCUMENTS = "documents.jsonl"
UNITS = "units.jsonl"
HISTORY = "history.jsonl"
README = "README.md"


def codebook_name(number: int) -> str:
    """Return the name of the file that holds the codebook's version ``number``."""
    if number < 1:
        raise ValueError("codebook versions count from 1")
    return f"codebooks/{number}.yaml"


def without_text(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of documents or units whose text is replaced by its SHA-256 and its length.

    Offsets stay, so that whoever has the texts can put them back. A document's ``original``, its own bytes in
    base64, is replaced by their SHA-256 in the same way.
    """
    kept: dict[str, Any] = {}
    for name, value in row.items():
        if name not in ("text", "original"):
            kept[name] = value
        elif value is not None:
            content = value.encode() if name == "text" else b64decode(value, validate=True)
            kept[f"{name}_sha256"] = sha256(content).hexdigest()
        if name == "text" and value is not None:
            kept["length"] = len(value)
    return kept
