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
    cells = safe_cells if spreadsheet_safe else exact_cells
    count = 0
    try:
        writer.writerow(cells(columns))
        for row in rows:
            writer.writerow(cells(map(row.get, columns)))
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


def exact_cells(values: Iterable[Cell]) -> list[Cell]:
    """Return what the csv module is to write; of itself it writes floats so that they read back as the same number."""
    return ["true" if value is True else "false" if value is False else value for value in values]


def safe_cells(values: Iterable[Cell]) -> list[Cell]:
    """Return cells that no spreadsheet program takes for formulas."""
    return [
        f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value
        for value in exact_cells(values)
    ]
