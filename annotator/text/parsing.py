"""A text to everything an import understands of it."""

from collections.abc import Sequence
from typing import get_args

from annotator.text.headers import read_header
from annotator.text.labels import Label, find_labels
from annotator.text.lines import Line, lines, runs, wrap_width
from annotator.text.sentences import SEGMENTER, spans_in
from annotator.text.transcripts import Transcript, read_transcript
from annotator.text.values import Kind, Parsed, Sentence, Turn


def parse(text: str, *, kind: str | None = None, language: str = "en") -> Parsed:
    """Return speakers, turns and sentences of a text, with offsets in code points into it.

    Parameters
    ----------
    text
        The text as read, line breaks as they are.
    kind
        ``"transcript"`` or ``"article"``; None to find out from the labels of speakers. An article is one turn
        without speaker.
    language
        Two-letter code, for the abbreviations to expect.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> parsed = parse("HOLT: Good evening. Welcome.", kind="transcript")
    >>> parsed.speakers[0].name, parsed.sentences
    ('Holt', (Sentence(start=6, end=19, turn=0), Sentence(start=20, end=28, turn=0)))
    """
    if kind is not None and kind not in get_args(Kind):
        raise ValueError(f"kind is transcript, article or None, not {kind!r}")
    rows = list(lines(text))
    header = read_header(text, rows)
    body = [row for row in rows if row not in header.lines] if header.lines else rows
    labels: list[Label] = [] if kind == "article" else find_labels(text, body, forced=kind == "transcript")
    is_transcript = bool(labels) or kind == "transcript"
    read = read_transcript if is_transcript else _read_article
    content = read(text, body, labels, header.lines, language=language, width=wrap_width(text))
    opens_with_label = bool(labels) and text.startswith(header.title or "\n", labels[0].start)
    return Parsed(
        kind="transcript" if is_transcript else "article",
        title=None if opens_with_label else header.title,
        outlet=header.outlet,
        author=header.author,
        date=header.date,
        speakers=content.speakers,
        turns=content.turns,
        sentences=content.sentences,
        segmenter=SEGMENTER,
    )


def _read_article(
    text: str,
    rows: Sequence[Line],
    labels: Sequence[Label],
    header: Sequence[Line],
    *,
    language: str,
    width: int | None,
) -> Transcript:
    """Read a text that nobody speaks: one turn at most."""
    spans = [span for run in runs(rows, header) for span in spans_in(text, *run, language, width=width)]
    if not spans:
        return Transcript((), (), ())
    turn = Turn(None, None, None, spans[0][0], spans[-1][1])
    return Transcript((), (turn,), tuple(Sentence(start, end, 0) for start, end in spans))
