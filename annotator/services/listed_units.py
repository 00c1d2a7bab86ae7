"""What lists of units show of each: where it stands, its document, and its words."""

from typing import Any

from sqlalchemy import Select, func, select

from annotator.db import Document, Unit


def listed_units() -> Select[Any]:
    """Select units for a list; which of them, in which order and how many is for the list to say."""
    return select(
        Unit.id,
        Unit.external_id,
        Unit.kind,
        Unit.position,
        Unit.document_id,
        Document.external_id.label("document"),
        Document.title,
        Document.language,
        func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start).label("text"),
    ).join(Document, Document.id == Unit.document_id)
