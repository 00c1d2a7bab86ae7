"""The names and the order of the files that make up a native data set."""

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

    Offsets stay, so that whoever has the texts can put them back. Of a document's ``original`` its name and
    SHA-256 stay; its bytes in base64 go.
    """
    kept: dict[str, Any] = {}
    for name, value in row.items():
        if name == "text":
            kept.update(_traces(value))
        elif name == "original" and value is not None:
            kept[name] = {part: content for part, content in value.items() if part != "content"}
        else:
            kept[name] = value
    return kept


def _traces(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    return {"text_sha256": sha256(text.encode()).hexdigest(), "length": len(text)}
