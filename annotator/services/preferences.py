"""What people choose for themselves: the language of their pages, and how labelling goes on."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from annotator.db import User

MAX_CODE = 20


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's choices.

    Without a ``language`` the browser's is taken. ``advance`` shows the next unit by itself when every required
    question is answered.
    """

    language: str | None = None
    advance: bool = False


def read_preferences(user: User) -> Preferences:
    """Return what a person has chosen; whatever is stored in another form counts as not chosen."""
    stored = user.preferences if isinstance(user.preferences, dict) else {}
    language, advance = stored.get("language"), stored.get("advance")
    return Preferences(
        language=language if isinstance(language, str) and 0 < len(language) <= MAX_CODE else None,
        advance=advance is True,
    )


def hold_preferences(session: Session, user_id: int) -> User:
    """Return a person whose preferences nobody else changes before the transaction ends: they are one value."""
    return session.get_one(User, user_id, with_for_update={"key_share": True})


def write_preferences(session: Session, user_id: int, chosen: Preferences) -> None:
    """Keep what a person has chosen, beside what this version of the application does not know."""
    user = hold_preferences(session, user_id)
    stored: dict[str, Any] = user.preferences if isinstance(user.preferences, dict) else {}
    # A new dictionary, since a change inside the old one would go unnoticed.
    user.preferences = {**stored, **asdict(chosen)}
