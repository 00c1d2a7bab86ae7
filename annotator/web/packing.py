"""Compress answers that carry no secret; pages with their token against forged requests go out as they are."""

import gzip

from flask import Response, request

#: Below this, the headers of a compressed answer cost what it saves.
FEWEST_BYTES = 1000
LEVEL = 4


def packed(response: Response) -> Response:
    """Return an answer compressed, for a browser that can read it.

    Only for answers without a secret: compressed together with text somebody else may choose, the length of an
    answer would tell it (docs/decisions/012).
    """
    content = response.get_data()
    response.headers["Vary"] = "Accept-Encoding"
    if len(content) >= FEWEST_BYTES and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
