"""Find the documents of an import that repeat one another or what the project has already."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, case, func, or_, select, update
from sqlalchemy.orm import Session

from annotator.db import Document, DuplicateBand
from annotator.db.engines import Database
from annotator.services import reserving
from annotator.services.batches import Batch

_DOCUMENTS_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A document of the import and the earlier one it repeats, by external id; ``is_exact`` letter by letter."""

    document: str
    of: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """A document with the group it belongs to so far; ``is_fixed`` once it is visible."""

    id: int
    external_id: str
    group: str
    is_fixed: bool
    sha256: str
    signature: bytes


def bands_of(text: str) -> tuple[int, ...]:
    """Return the bands by which near-duplicates are found; a text without letters repeats nothing."""
    if not any(character.isalnum() for character in text):
        return ()
    # It brings NumPy, which the web process does not need to start.
    from annotator.text import duplicates

    return tuple(duplicates.bands(duplicates.signature(text)))


def join_groups(database: Database, batch: Batch) -> list[NearDuplicate]:
    """Give every near-duplicate in the batch the group of what it repeats, and that group's reservation."""
    with database.reading() as session:
        pairs = list(_alike(session, batch))
        groups = _Groups(pairs)
        reserved = {group: reserving.for_group(session, batch, group, members) for group, members in groups.members()}
    changes = [(text.id, groups.of(text)) for text in groups.own()]
    for start in range(0, len(changes), _DOCUMENTS_AT_ONCE):
        with database.transaction() as session:
            for document_id, group in changes[start : start + _DOCUMENTS_AT_ONCE]:
                row = update(Document).where(Document.id == document_id, Document.batch_id == batch.id)
                session.execute(row.values(near_duplicate_group=group, is_reserved=reserved[group]))
    return list(_told(pairs))


class _Groups:
    """Joins pairs to groups; a group that is visible keeps its name."""

    def __init__(self, pairs: Iterable[tuple[_Text, _Text]]) -> None:
        self._texts: dict[int, _Text] = {}
        self._parents: dict[str, str] = {}
        self._fixed: set[str] = set()
        for later, earlier in pairs:
            self._join(self._node(later), self._node(earlier))

    def of(self, text: _Text) -> str:
        """Return the name of the text's group."""
        return self._root(text.group if text.is_fixed else text.external_id)

    def own(self) -> list[_Text]:
        """Return the texts of the batch that are in a group with others."""
        return [text for text in self._texts.values() if not text.is_fixed]

    def members(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each group with those of its members that are new."""
        found: dict[str, list[str]] = {}
        for text in self.own():
            found.setdefault(self.of(text), []).append(text.external_id)
        yield from found.items()

    def _node(self, text: _Text) -> str:
        self._texts[text.id] = text
        name = text.group if text.is_fixed else text.external_id
        self._parents.setdefault(name, name)
        if text.is_fixed:
            self._fixed.add(name)
        return name

    def _join(self, later: str, earlier: str) -> None:
        later, earlier = self._root(later), self._root(earlier)
        if later in self._fixed:
            later, earlier = earlier, later
        # Two groups that people have worked with stay apart, whatever a new text has of both.
        if later not in self._fixed:
            self._parents[later] = earlier

    def _root(self, name: str) -> str:
        while self._parents[name] != name:
            self._parents[name] = name = self._parents[self._parents[name]]
        return name


def _alike(session: Session, batch: Batch) -> Iterator[tuple[_Text, _Text]]:
    """Yield a text of the batch and the earlier one it resembles."""
    from annotator.text import duplicates

    @lru_cache(maxsize=256)
    def read(document_id: int) -> _Text:
        return _read(session, document_id, duplicates.signature)

    for later_id, earlier_id in _candidates(session, batch):
        later, earlier = read(later_id), read(earlier_id)
        if duplicates.similarity(later.signature, earlier.signature) >= duplicates.NEAR_DUPLICATE:
            yield later, earlier


def _candidates(session: Session, batch: Batch) -> list[tuple[int, int]]:
    """Return pairs of a document of the batch and the first document that shares a band with it."""
    firsts = _first_of_each_band(batch).subquery()
    query = (
        select(DuplicateBand.document_id, firsts.c.first)
        .join(Document, Document.id == DuplicateBand.document_id)
        .join(firsts, firsts.c.value == DuplicateBand.value)
        .where(Document.batch_id == batch.id, DuplicateBand.document_id != firsts.c.first)
        .distinct()
        .order_by(DuplicateBand.document_id, firsts.c.first)
    )
    return [(later, first) for later, first in session.execute(query)]


def _first_of_each_band(batch: Batch) -> Select[tuple[int, int]]:
    """Select the first document of each band the batch shares with something; what is visible comes first."""
    mine = Document.batch_id == batch.id
    values = select(DuplicateBand.value).join(Document, Document.id == DuplicateBand.document_id).where(mine)
    visible = case((~Document.is_pending, Document.id))
    first = func.coalesce(func.min(visible), func.min(Document.id))
    return (
        select(DuplicateBand.value, first.label("first"))
        .join(Document, Document.id == DuplicateBand.document_id)
        .where(
            DuplicateBand.project_id == batch.project_id,
            DuplicateBand.value.in_(values),
            or_(~Document.is_pending, mine),
        )
        .group_by(DuplicateBand.value)
        .having(func.count() > 1)
    )


def _read(session: Session, document_id: int, sign: Callable[[str], bytes]) -> _Text:
    columns = (
        Document.id,
        Document.external_id,
        Document.near_duplicate_group,
        Document.is_pending,
        Document.text_sha256,
        Document.text,
    )
    number, external_id, group, is_pending, sha256, text = session.execute(
        select(*columns).where(Document.id == document_id)
    ).one()
    return _Text(number, external_id, group, not is_pending, sha256, sign(text))


def _told(pairs: Iterable[tuple[_Text, _Text]]) -> Iterator[NearDuplicate]:
    """Yield one line per document, about the text it equals if there is one."""
    best: dict[int, NearDuplicate] = {}
    for later, earlier in pairs:
        is_exact = later.sha256 == earlier.sha256
        if later.id not in best or is_exact:
            best[later.id] = NearDuplicate(later.external_id, earlier.external_id, is_exact)
    yield from best.values()
