"""Documents as they come out of a file, looked at before they are stored: all problems are told together."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from annotator.db import Document, Unit
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.importing.problems import Problems
from annotator.importing.values import ImportedDocument
from annotator.services.batches import Batch
from annotator.words import say

_DOCUMENTS_AT_ONCE = 50
_IDS_AT_ONCE = 500


class Incoming:
    """Yields the documents of a file that can be read; whoever takes them may note further ``problems``.

    After the last document it raises InvalidInputError with everything the reader, the project and the taker
    object to, so once there is a problem, nothing more needs to be stored.
    """

    def __init__(self, database: Database, batch: Batch, documents: Iterable[ImportedDocument]) -> None:
        self._database = database
        self._batch = batch
        self._documents = documents
        self.problems = Problems(batch.name)
        self._of_known_units: set[int] = set()

    def is_about_known_units(self, document: ImportedDocument) -> bool:
        """Tell whether a document only brings labels for units that the project has: it names them without a text."""
        return id(document) in self._of_known_units

    def __iter__(self) -> Iterator[ImportedDocument]:
        source = iter(self._read())
        is_empty = True
        while some := list(islice(source, _DOCUMENTS_AT_ONCE)):
            is_empty = False
            self._check_ids(some)
            yield from some
        if is_empty and not len(self.problems):
            self.problems.add(None, say("there is no document in this file; check that it is the right one."))
        self.problems.raise_any()

    def _read(self) -> Iterator[ImportedDocument]:
        try:
            yield from self._documents
        except InvalidInputError as error:
            for sentence in error.problems:
                self.problems.add_told(sentence)

    def _check_ids(self, documents: list[ImportedDocument]) -> None:
        """Note every id that the project has already."""
        given = {document.id: document.line for document in documents if document.id is not None}
        units = {unit.id: unit.line for document in documents for unit in document.units or () if unit.id is not None}
        if not given and not units:
            return
        with self._database.reading() as session:
            there = set(_known(session, Unit.external_id, _is_visible(self._batch.project_id), units))
            labelled = [document for document in documents if _only_labels(document, there)]
            self._of_known_units = {id(document) for document in labelled}
            for document in labelled:
                given.pop(document.id or "", None)
                for unit in document.units or ():
                    units.pop(unit.id or "", None)
            for name in _known(session, Document.external_id, Document.project_id == self._batch.project_id, given):
                self._note(say("document"), name, given[name])
            for name in _known(session, Unit.external_id, Unit.project_id == self._batch.project_id, units):
                self._note(say("unit"), name, units[name])

    def _note(self, what: str, id: str, line: int | None) -> None:
        self.problems.add(
            line,
            say(
                "the {what} “{id}” is already in the project, or another import is bringing it; leave it "
                "out, or give it another id.",
                what=what,
                id=id,
            ),
        )


def _only_labels(document: ImportedDocument, there: Collection[str]) -> bool:
    """Tell whether a document has at most labels for units that are there: it brings no text for them."""
    units = document.units or ()
    return bool(units) and all(unit.text is None and unit.id in there for unit in units)


def _is_visible(project_id: int) -> ColumnElement[bool]:
    visible = select(Document.id).where(Document.project_id == project_id, ~Document.is_pending)
    return and_(Unit.project_id == project_id, Unit.document_id.in_(visible))


def _known(
    session: Session,
    column: InstrumentedAttribute[str],
    in_project: ColumnElement[bool],
    ids: Mapping[str, int | None],
) -> Iterator[str]:
    """Yield those of the ids that are taken, in the order of the file."""
    wanted = iter(ids)
    while some := list(islice(wanted, _IDS_AT_ONCE)):
        taken = set(session.scalars(select(column).where(in_project, column.in_(some))))
        yield from (id for id in some if id in taken)
