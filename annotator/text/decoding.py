"""Bytes of a file to text: strict UTF-8, and a sentence that helps where it is something else."""

import codecs
import re

from annotator.errors import InvalidInputError

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MAGIC = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"{\\rtf": "a rich text document",
}
_LINE_BREAK = re.compile(rb"\r\n|\r|\n")


def decode(data: bytes, *, name: str) -> str:
    r"""Return the text of ``data``, line breaks as they are, without byte order mark.

    Parameters
    ----------
    data
        The whole file: UTF-8 with or without byte order mark, or UTF-16 with one.
    name
        How the file is called in the error.

    Raises
    ------
    InvalidInputError
        If the file is binary or in another encoding; the sentence names file, line and byte.

    Examples
    --------
    >>> decode(b"\xef\xbb\xbfna\xc3\xafve\r\n", name="a.txt")
    'naïve\r\n'
    """
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise InvalidInputError(f"{name} is {what}, not plain text; save it as plain text in UTF-8.")
    for mark, encoding in _UTF16.items():
        if data.startswith(mark) and not data.startswith(codecs.BOM_UTF32_LE):
            return _decode_utf16(data.removeprefix(mark), encoding, name)
    if b"\0" in data:
        place = _place(data, data.index(b"\0"))
        raise InvalidInputError(f"{name} is not plain text ({place} is zero); save it as plain text in UTF-8.")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place(data, error.start)
        raise InvalidInputError(f"{name} is not UTF-8 text ({place} does not fit); save it as UTF-8.") from None


def _decode_utf16(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        place = f"byte {error.start + 3} of the file"
        raise InvalidInputError(f"{name} is not UTF-16 text ({place} does not fit); save it as UTF-8.") from None
    if "\0" in text:
        raise InvalidInputError(f"{name} is not plain text; save it as plain text in UTF-8.")
    return text


def _place(data: bytes, offset: int) -> str:
    line = 1 + len(_LINE_BREAK.findall(data, 0, offset))
    return f"line {line}, byte {offset + 1} of the file"
