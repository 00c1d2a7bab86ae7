"""A text to everything an import understands of it."""

from typing import get_args

from annotator.text.headers import read_header
from annotator.text.labels import Label, find_labels
from annotator.text.lines import lines, runs, wrap_width
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
    width = wrap_width(text)
    is_transcript = bool(labels) or kind == "transcript"
    if is_transcript:
        content = read_transcript(text, body, labels, header.lines, language=language, width=width)
    else:
        blocks = runs(body, header.lines)
        content = _article([span for block in blocks for span in spans_in(text, *block, language, width=width)])
    opens_with_label = bool(labels) and text.startswith(header.title or "\n", labels[0].start)
    return Parsed(
        "transcript" if is_transcript else "article",
        None if opens_with_label else header.title,
        header.outlet,
        header.author,
        header.date,
        content.speakers,
        content.turns,
        content.sentences,
        SEGMENTER,
    )


def _article(spans: list[tuple[int, int]]) -> Transcript:
    if not spans:
        return Transcript((), (), ())
    turn = Turn(None, None, None, spans[0][0], spans[-1][1])
    return Transcript((), (turn,), tuple(Sentence(start, end, 0) for start, end in spans))
