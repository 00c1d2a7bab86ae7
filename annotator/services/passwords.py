"""Passwords: what may be one, and argon2id around it. Slow on purpose, so never called inside a write transaction."""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from annotator.errors import InvalidInputError
from annotator.words import say

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: OWASP's least for argon2id. The library's default of 64 MiB would let a handful of strangers fill a small server.
MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1
SHORTEST = 10
LONGEST = 200
#: Fewer different characters than this and it is a pattern, not a password.
LEAST_DIFFERENT = 5
#: The hash of a password that was thrown away. It is verified for those who have none, so that they take as long.
OF_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$TEFpWNh8X1+sOflzeygSEw$RxejuV7nvs5NkcnN6FQmt5eIZRYdv2I6KmhXU3yX0RM"


def check_password(password: str, *, name: str) -> None:
    """Refuse what anybody would try first; nothing is demanded of which characters it has.

    Raises
    ------
    InvalidInputError
        If it is too short, too long, or too easily guessed.
    """
    plain = _prepared(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise InvalidInputError(
            say("A password has {least} to {most} characters; four words are a good one.", least=SHORTEST, most=LONGEST)
        )
    if len(set(plain.casefold())) < LEAST_DIFFERENT:
        raise InvalidInputError(say("This password repeats too few characters; it would be guessed."))
    bare = plain.casefold().replace(name.casefold(), "") if name else plain
    if len(bare) < SHORTEST // 2 or any(common in plain.casefold() for common in _COMMON):
        raise InvalidInputError(say("This password is one of the first that would be tried; choose another."))


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher().hash(_prepared(password))


def is_right(password: str, kept: str | None) -> bool:
    """Tell whether this is the password; where none is kept it takes as long to say no."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(kept or OF_NOBODY, _prepared(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with other costs than today's."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> "PasswordHasher":
    # Most requests hash nothing, so the library is loaded when it is first needed.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)


def _prepared(password: str) -> str:
    """Return the password as another keyboard would have typed it."""
    return unicodedata.normalize("NFKC", password)


_COMMON = ("password", "passwort", "12345678", "qwertyui", "qwertzui", "annotator", "letmein")
