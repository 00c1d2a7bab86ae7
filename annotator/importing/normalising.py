"""One rule for what text may hold, because SQLite and PostgreSQL disagree on hostile text."""


def flaw_in(text: str) -> str | None:
    """Say what keeps ``text`` from being stored, as the end of a sentence; None if nothing does."""
    if "\0" in text:
        return f"character {text.index(chr(0)) + 1:,} is a NUL, which no text holds; remove it"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"character {error.start + 1:,} is half of a surrogate pair; save the text as UTF-8 again"
    return None
