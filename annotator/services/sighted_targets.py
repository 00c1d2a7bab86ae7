"""The targets somebody may know of, and what finds them in texts."""

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.orm import Session

from annotator.db import Target
from annotator.db.base import table
from annotator.services.seats import Seat
from annotator.text.mentions import Mention, MentionFinder


def targets_in_sight(
    session: Session, project_id: int, seat: Seat | None
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return the targets somebody may know of; who does not label knows everyone's."""
    rows = session.execute(_TARGETS, {"project": project_id, "annotator": seat.annotator_id if seat else None})
    return tuple((uuid, name, tuple(aliases)) for uuid, name, aliases in rows)


def every_target(session: Session, project_id: int) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return all targets, those also that are one annotator's own: labels toward them are learned from like others."""
    rows = session.execute(_EVERY_TARGET, {"project": project_id})
    return tuple((uuid, name, tuple(aliases)) for uuid, name, aliases in rows)


def first_mentions(mentions: Iterable[Mention[str]]) -> dict[str, tuple[int, int]]:
    """Return the first place of each target among the mentions of a sentence."""
    found: dict[str, tuple[int, int]] = {}
    for mention in mentions:
        found.setdefault(mention.key, (mention.start, mention.end))
    return found


@lru_cache(maxsize=256)
def finder(targets: tuple[tuple[str, str, tuple[str, ...]], ...]) -> MentionFinder[str]:
    """Return what finds these targets in texts, put together once."""
    return MentionFinder([(uuid, (name, *aliases)) for uuid, name, aliases in targets])


# Runs with every label, so it is built once.
_TARGET = table(Target)
_EVERY_TARGET = (
    select(_TARGET.c.uuid, _TARGET.c.name, _TARGET.c.aliases)
    .where(_TARGET.c.project_id == bindparam("project"), _TARGET.c.merged_into_id.is_(None))
    .order_by(_TARGET.c.position, _TARGET.c.id)
)
_TARGETS = _EVERY_TARGET.where(
    _TARGET.c.accepted_at.is_not(None) | (_TARGET.c.added_by_id == bindparam("annotator", type_=BigInteger))
)
