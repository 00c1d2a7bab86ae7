"""What classifiers suggest for a sentence, sealed: the page brings it back with the answer, and never opens it.

So what would have been suggested is known also where nothing was shown, whichever process stores the answer and however
long the browser was without a network; and asking for suggestions writes nothing.
"""

import base64
import hashlib
import hmac
import json
import zlib
from typing import Any

from flask import current_app

#: More than any sentence's suggestions come to, sealed or opened.
MOST = 20_000
_PURPOSE = b"annotator suggestions: "


def seal(value: dict[str, Any]) -> str:
    """Return a value as a text that nobody can make up."""
    packed = zlib.compress(json.dumps(value, separators=(",", ":")).encode())
    return base64.urlsafe_b64encode(_signature(packed) + packed).decode("ascii")


def unseal(sealed: str | None) -> dict[str, Any] | None:
    """Return what was sealed; None for anything else."""
    if not sealed or len(sealed) > MOST or not sealed.isascii():
        return None
    try:
        signed = base64.urlsafe_b64decode(sealed)
    except ValueError:
        return None
    signature, packed = signed[: hashlib.sha256().digest_size], signed[hashlib.sha256().digest_size :]
    if not hmac.compare_digest(signature, _signature(packed)):
        return None
    value: dict[str, Any] = json.loads(zlib.decompress(packed))
    return value


def _signature(packed: bytes) -> bytes:
    key = _PURPOSE + str(current_app.secret_key).encode()
    return hmac.digest(key, packed, hashlib.sha256)
