"""Reads CSV and TSV strictly: a header, rows of the same width, and no row lost in silence."""

import csv
from collections import Counter
from collections.abc import Iterator
from typing import IO

from annotator.importing.lines import MAX_LINE_BYTES, SPLIT_IT, read_lines
from annotator.importing.problems import Problems
from annotator.importing.values import MAX_TEXT
from annotator.words import all_of, say

DELIMITERS = (",", ";", "\t")

MAX_COLUMNS = 2_000

# The csv module keeps one limit for the whole process; its own 131,072 would refuse ordinary articles.
csv.field_size_limit(MAX_TEXT)

Row = tuple[int, dict[str, str]]


class _Lines:
    """Hands lines to csv.reader and remembers where the quote that is open was opened."""

    def __init__(self, stream: IO[bytes], problems: Problems) -> None:
        self._source = read_lines(stream, problems)
        self.stopped = False
        self._open_at: int | None = None
        self.number = 0

    def begin_row(self) -> None:
        self._open_at = None

    def __iter__(self) -> Iterator[str]:
        for number, line in self._source:
            self.number = number
            if line is None:
                self.stopped = True
                return
            if '"' in line:
                self._follow_quotes(line.replace('""', "").count('"'))
            yield line

    def _follow_quotes(self, quotes: int) -> None:
        if quotes & 1:
            self._open_at = None if self._open_at else self.number
        elif quotes and self._open_at:
            self._open_at = self.number  # closed in this line, and another one opened

    @property
    def quote_line(self) -> int:
        return self._open_at or self.number


def read_table(stream: IO[bytes], problems: Problems, *, delimiter: str | None = None) -> Iterator[Row]:
    """Yield each row's line and its cells by column name, first ``(1, {column: ""})`` for the header.

    Without a ``delimiter`` the header line decides among comma, semicolon and tab. Rows whose cells are all
    empty are passed over; everything else that is wrong goes to ``problems``.
    """
    start = stream.tell()
    delimiter = delimiter or sniff_delimiter(stream.readline(MAX_LINE_BYTES).decode(errors="replace"))
    stream.seek(start)
    lines = _Lines(stream, problems)
    rows = _rows(lines, delimiter, problems)
    first = next(rows, None)
    if first is None:
        if not len(problems):
            problems.add(1, say("the file is empty; it needs a header line and rows."))
        return
    header = _header(first, problems)
    if header is not None:
        yield first[0], dict.fromkeys(header, "")
        yield from _named(rows, header, first[0], problems)


def sniff_delimiter(header: str) -> str:
    """Return which of comma, semicolon and tab stands most often outside quotes; comma if none does."""
    outside = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _rows(lines: _Lines, delimiter: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_row()
        begun = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            if not lines.stopped:
                problems.add(*_broken(str(error), lines))
            return
        if row is None or lines.stopped:
            return
        if any(row):
            yield begun, row


def _broken(error: str, lines: _Lines) -> tuple[int, str]:
    """Return line and sentence for what the csv module says."""
    if "unexpected end" in error:
        sentence = say("a quote opened in this line is never closed; close it, or repair the cut-off file.")
        return lines.quote_line, sentence
    if "field larger" in error:
        return lines.quote_line, say(
            "a cell that begins in this line holds more than {most:,} characters (a quote left open?); {advice}.",
            most=MAX_TEXT,
            advice=SPLIT_IT,
        )
    if "new-line" in error:
        return lines.number, say("a line ends with a lone carriage return; save the file with ordinary line ends.")
    return lines.number, say('text follows a closing quote; write a quote inside a quoted cell twice ("").')


def _header(first: tuple[int, list[str]], problems: Problems) -> list[str] | None:
    """Return the columns' names, a nameless one by its number; None if two are the same."""
    line, cells = first
    if len(cells) > MAX_COLUMNS:
        problems.add(
            line,
            say(
                "the header has {count:,} columns, more than {most:,}; is this the right file?",
                count=len(cells),
                most=MAX_COLUMNS,
            ),
        )
        return None
    header = [cell.strip() or f"column {number}" for number, cell in enumerate(cells, start=1)]
    twice = [name for name, times in Counter(header).items() if times > 1]
    for name in twice:
        where = all_of([str(number) for number, other in enumerate(header, start=1) if other == name])
        problems.add(
            line, say("the columns {where} are both called “{name}”; rename or remove one.", where=where, name=name)
        )
    return None if twice else header


def _named(
    rows: Iterator[tuple[int, list[str]]], header: list[str], header_line: int, problems: Problems
) -> Iterator[Row]:
    width, any_row = len(header), False
    for line, row in rows:
        any_row = True
        if len(row) == width:
            yield line, dict(zip(header, row, strict=True))
        else:
            problems.add(line, _ragged(len(row), width))
    if not any_row and not len(problems):
        problems.add(header_line, say("the table has a header but no rows; add them."))


def _ragged(cells: int, width: int) -> str:
    return say(
        "the row has {counted}, the header {width}; add what is missing, "
        'or put cells that contain the separator into quotes ("…").',
        counted=say("1 cell") if cells == 1 else say("{count:,} cells", count=cells),
        width=width,
    )
