"""Writes the long table as CSV, exactly, or made safe for spreadsheet programs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from annotator.exporting.places import finished_file

#: A cell that begins with one of these is run as a formula by spreadsheet programs.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | bool | None


def write_csv(
    stream: IO[bytes], rows: Iterable[Mapping[str, Any]], *, columns: Sequence[str], spreadsheet_safe: bool = False
) -> int:
    r"""Write a header and the rows; return how many there were. Missing values and None are empty cells.

    As RFC 4180 says, lines end with ``\r\n``; the encoding is UTF-8. The exact variant gives back the same strings
    when read strictly. The safe one begins with a byte order mark, by which spreadsheet programs know UTF-8, and
    puts ``'`` before text that would be run as a formula; numbers given as numbers stay, negative ones too.
    """
    text = io.TextIOWrapper(stream, "utf-8-sig" if spreadsheet_safe else "utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    cell = safe_cell if spreadsheet_safe else exact_cell
    count = 0
    try:
        writer.writerow([cell(name) for name in columns])
        for row in rows:
            writer.writerow([cell(row.get(name)) for name in columns])
            count += 1
    finally:
        text.detach()  # flushes, and leaves the caller's stream open
    return count


def write_csv_file(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    columns: Sequence[str],
    spreadsheet_safe: bool = False,
    replace: bool = False,
) -> int:
    """Write the table to a file that appears under its name when it is complete; see write_csv.

    Raises ConflictError if the file exists and is not to be replaced.
    """
    with finished_file(path, replace=replace) as stream:
        return write_csv(stream, rows, columns=columns, spreadsheet_safe=spreadsheet_safe)


def exact_cell(value: Cell) -> str:
    """Return a value as the text of a cell, floats so that they read back as the same number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def safe_cell(value: Cell) -> str:
    """Return the text of a cell that no spreadsheet program takes for a formula."""
    text = exact_cell(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(DANGEROUS) else text
