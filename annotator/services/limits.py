"""How often somebody may try to get in: counted before anything slow is done, in rows that all processes share."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from annotator.db import SignInLimit
from annotator.db.base import now
from annotator.errors import TooManyAttemptsError
from annotator.services.sessions import hash_secret
from annotator.words import say

ATTEMPTS = 10
WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was counted; it is given back when it succeeds."""

    keys: tuple[str, ...]
    at: float


def take_attempt(session: Session, *keys: str) -> Attempt:
    """Count an attempt under each of these keys.

    Raises
    ------
    TooManyAttemptsError
        If one of them has had its share; what is refused is not counted.
    """
    moment = now()
    _forget_old(session)
    attempt = Attempt(tuple(sorted(map(hash_secret, keys))), moment.timestamp())
    # Always in the same order, so that two who try at once wait for each other in a line and not in a knot.
    for key in attempt.keys:
        row = _locked(session, key)
        recent = [at for at in row.attempts if at > attempt.at - WINDOW.total_seconds()]
        if len(recent) >= ATTEMPTS:
            raise _too_many(recent[-ATTEMPTS] + WINDOW.total_seconds() - attempt.at)
        row.attempts = [*recent, attempt.at]
        row.last_at = moment
    session.flush()
    return attempt


def give_back(session: Session, attempt: Attempt) -> None:
    """Forget an attempt that succeeded: a class that signs in from one address is no attack."""
    for key in attempt.keys:
        row = _locked(session, key)
        row.attempts = [at for at in row.attempts if at != attempt.at]


def name_key(name: str) -> str:
    """Return under what attempts at a name are counted, however it is written."""
    return f"name:{' '.join(name.split()).casefold()}"


def address_key(address: str | None) -> str:
    """Return under what attempts from an address are counted; of IPv6 whoever owns one owns its network."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return f"address:{address}"
    if found.version == 6:
        return f"address:{ipaddress.ip_network((int(found), 64), strict=False)}"
    return f"address:{found}"


def _locked(session: Session, key: str) -> SignInLimit:
    """Return the row of a key, which nobody else can change before the transaction ends."""
    query = select(SignInLimit).where(SignInLimit.key_hash == key).with_for_update()
    found = session.scalar(query)
    if found is None:
        try:
            with session.begin_nested():
                session.add(SignInLimit(key_hash=key, attempts=[]))
                session.flush()
        except IntegrityError:
            # Somebody tried at the same moment and made the row.
            pass
        found = session.scalars(query.execution_options(populate_existing=True)).one()
    return found


def _forget_old(session: Session) -> None:
    old = select(SignInLimit.key_hash).where(SignInLimit.last_at < now() - WINDOW)
    forgetting = delete(SignInLimit).where(SignInLimit.key_hash.in_(old.with_for_update(skip_locked=True)))
    session.execute(forgetting.execution_options(synchronize_session=False))


def _too_many(wait_seconds: float) -> TooManyAttemptsError:
    minutes = max(1, -int(-wait_seconds // 60))
    return TooManyAttemptsError(
        say("That was tried too often; wait {minutes} min, or use a one-time link.", minutes=minutes),
        wait_seconds=max(1, int(wait_seconds) + 1),
    )
