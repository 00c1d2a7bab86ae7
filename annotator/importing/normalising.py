"""One rule for what text may hold, because SQLite and PostgreSQL disagree on hostile text."""

from annotator.words import say


def flaw_in(text: str) -> str | None:
    """Say what keeps ``text`` from being stored, as the end of a sentence; None if nothing does."""
    if "\0" in text:
        return say("character {position:,} is a NUL, which no text holds; remove it", position=text.index("\0") + 1)
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return say(
            "character {position:,} is half of a surrogate pair; save the text as UTF-8 again", position=error.start + 1
        )
    return None
