"""Whether a word alone, outside its text, would give away a name that the project masks."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, Speaker
from annotator.text.masking import name_forms


class MaskedNames:
    """The names that are masked anywhere in a project, in lower case: a word that is one of them is not shown."""

    def __init__(self, session: Session, project_id: int) -> None:
        of_project = Document.project_id == project_id
        outlets = session.scalars(select(Document.outlet).where(of_project, Document.outlet.is_not(None)).distinct())
        authors = session.scalars(select(Document.author).where(of_project, Document.author.is_not(None)).distinct())
        forms: set[str] = set()
        for outlet in outlets:
            forms.update(name_forms(outlet=outlet))
        for author in authors:
            forms.update(name_forms(author=author))
        forms.update(name_forms(labels=_speakers(session, project_id)))
        self._words = {form.lower() for form in forms}
        self._long = [form for form in self._words if " " in form]

    def hides(self, word: str) -> bool:
        """Tell whether a word or pair is a masked name, holds one, or is part of a longer one."""
        parts = word.split()
        if self._words.intersection((word, *parts)):
            return True
        return len(parts) > 1 and any(word in form for form in self._long)


def _speakers(session: Session, project_id: int) -> Iterator[str]:
    rows = session.execute(
        select(Speaker.name, DocumentSpeaker.aliases)
        .join(DocumentSpeaker, DocumentSpeaker.speaker_id == Speaker.id)
        .join(Document, Document.id == DocumentSpeaker.document_id)
        .where(Document.project_id == project_id)
    )
    for name, aliases in rows:
        yield from (name, *aliases)
