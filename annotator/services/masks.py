"""What annotators of a project do not see: outlet, by-line, speaker, and their names inside the text."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, overload

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, Speaker
from annotator.db.base import table
from annotator.text.masking import Masker, name_forms

#: In the order of the settings page; what was in force is stored with every act.
MASKS = ("outlet", "author", "speaker", "names")


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks in force for one document; made once for a request."""

    masked: frozenset[str] = frozenset()
    forms: tuple[str, ...] = ()

    def hides(self, what: str) -> bool:
        """Tell whether "outlet", "author", "speaker" or "names" is masked."""
        return what in self.masked

    @overload
    def text(self, text: str) -> str: ...
    @overload
    def text(self, text: str | None) -> str | None: ...
    def text(self, text: str | None) -> str | None:
        """Return a text with the names in it masked; it keeps its length in code points."""
        return _masker(self.forms).mask(text) if text and self.forms else text

    def shows(self, name: str) -> bool:
        """Tell whether a name may be read."""
        return self.text(name) == name


NOTHING_MASKED = Masks()


def masks_of(session: Session, masked: Collection[str], document_ids: Collection[int]) -> dict[int, Masks]:
    """Return the masks of documents by their ids; the database is asked only where names are masked in the text."""
    what = frozenset(masked)
    if "names" not in what:
        return dict.fromkeys(document_ids, Masks(what) if what else NOTHING_MASKED)
    given = {"documents": list(document_ids)}
    people: dict[int, list[str]] = {}
    labels: dict[int, list[str]] = {}
    for row in session.execute(_SPEAKERS, given):
        people.setdefault(row.document_id, []).append(row.name)
        labels.setdefault(row.document_id, []).extend(row.aliases)

    def forms(row: Any) -> tuple[str, ...]:
        spoken = tuple(people.get(row.id, ())), tuple(labels.get(row.id, ()))
        return _forms(row.outlet, row.author, *spoken)

    return {row.id: Masks(what, forms(row)) for row in session.execute(_DOCUMENTS, given)}


class Curtain:
    """The masks of many documents, each looked up when its first text is shown."""

    def __init__(self, session: Session, masked: Collection[str] = ()) -> None:
        self._session = session
        self._masked = frozenset(masked)
        self._known: dict[int, Masks] = {}

    def masks(self, document_id: int) -> Masks:
        """Return what is masked in a document."""
        if document_id not in self._known:
            self._known |= masks_of(self._session, self._masked, [document_id])
        return self._known[document_id]

    def shown(self, document_id: int, text: str) -> str:
        """Return what may be read of a document's text."""
        return self.masks(document_id).text(text) if "names" in self._masked else text


@lru_cache(maxsize=512)
def _forms(outlet: str | None, author: str | None, people: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
    return name_forms(outlet=outlet, author=author, people=people, labels=labels)


@lru_cache(maxsize=256)
def _masker(forms: tuple[str, ...]) -> Masker:
    return Masker(forms)


_SPOKE = table(DocumentSpeaker)
_NAMES = table(Speaker)
_TEXTS = table(Document)
_AMONG: BindParameter[Any] = bindparam("documents", expanding=True)
_SPEAKERS = (
    select(_SPOKE.c.document_id, _NAMES.c.name, _SPOKE.c.aliases)
    .join(_NAMES, _NAMES.c.id == _SPOKE.c.speaker_id)
    .where(_SPOKE.c.document_id.in_(_AMONG))
    .order_by(_SPOKE.c.document_id, _SPOKE.c.position)
)
_DOCUMENTS = select(_TEXTS.c.id, _TEXTS.c.outlet, _TEXTS.c.author).where(_TEXTS.c.id.in_(_AMONG))
