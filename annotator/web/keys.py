"""The secret that signs cookies: made once, readable by its owner only."""

import os
import secrets
from pathlib import Path
from uuid import uuid4

from annotator.errors import InvalidInputError

MIN_KEY_LENGTH = 32


def secret_key(path: Path) -> str:
    """Return the key kept in the file, making it first if need be.

    Raises
    ------
    InvalidInputError
        If the file holds no key.
    """
    if not path.exists():
        _make(path)
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < MIN_KEY_LENGTH:
        raise InvalidInputError(f"{path} holds no key; remove the file, and everybody signs in again.")
    return key


def _make(path: Path) -> None:
    # Two processes may start at once: each writes a file of its own, and only one of them gets the name.
    draft = path.with_name(f"{path.name}.{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
