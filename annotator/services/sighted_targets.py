"""The targets somebody may know of, and what finds them in texts."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

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
    return tuple(map(_described, _in_sight(session, project_id, seat)))


class Naming:
    """Where sentences name targets: the one rule for what is learned from and for what is suggested.

    Accepted targets are looked for among each other, so that a name somebody has added for themselves takes no mention
    away from them, neither in what others are suggested nor in what is learned. A target that is somebody's own is
    looked for among the accepted ones and their other own ones, as on their page. Of several mentions the first counts.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self._accepted = finder(tuple(_described(row) for row in rows if row.is_accepted))
        owners = dict.fromkeys(row.added_by_id for row in rows if not row.is_accepted)
        beside = {
            owner: finder(tuple(_described(row) for row in rows if row.is_accepted or row.added_by_id == owner))
            for owner in owners
        }
        self._own = {row.uuid: beside[row.added_by_id] for row in rows if not row.is_accepted}

    def finder_of(self, target: str) -> MentionFinder[str]:
        """Return what finds the mentions of a target, and maybe of others, which are to be left aside."""
        return self._own.get(target, self._accepted)

    def places(self, text: str) -> dict[str, tuple[int, int]]:
        """Return the first place of each target that a sentence names, in the order of the places."""
        found = first_mentions(self._accepted.find(text))
        for own in dict.fromkeys(self._own.values()):
            theirs = first_mentions(own.find(text))
            found |= {target: place for target, place in theirs.items() if self._own.get(target) is own}
        return dict(sorted(found.items(), key=lambda named: named[1])) if self._own else found


def naming(session: Session, project_id: int, seat: Seat | None) -> Naming:
    """Return where sentences name the targets that somebody may know of."""
    return Naming(_in_sight(session, project_id, seat))


def naming_of_all(session: Session, project_id: int) -> Naming:
    """Return where sentences name any target: labels toward those that are somebody's own are learned from as well."""
    return Naming(session.execute(_EVERY_TARGET, {"project": project_id}).all())


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


def _in_sight(session: Session, project_id: int, seat: Seat | None) -> Sequence[Any]:
    return session.execute(_TARGETS, {"project": project_id, "annotator": seat.annotator_id if seat else None}).all()


def _described(row: Any) -> tuple[str, str, tuple[str, ...]]:
    return row.uuid, row.name, tuple(row.aliases)


# Runs with every label, so it is built once.
_TARGET = table(Target)
_IS_ACCEPTED = _TARGET.c.accepted_at.is_not(None)
_EVERY_TARGET = (
    select(_TARGET.c.uuid, _TARGET.c.name, _TARGET.c.aliases, _TARGET.c.added_by_id, _IS_ACCEPTED.label("is_accepted"))
    .where(_TARGET.c.project_id == bindparam("project"), _TARGET.c.merged_into_id.is_(None))
    .order_by(_TARGET.c.position, _TARGET.c.id)
)
_TARGETS = _EVERY_TARGET.where(_IS_ACCEPTED | (_TARGET.c.added_by_id == bindparam("annotator", type_=BigInteger)))
