"""Show what an import would understand of a file, without a database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import InvalidInputError
from annotator.importing.reading import read_documents
from annotator.importing.values import ImportedDocument, TableColumns
from annotator.services.speakers import MergeSuggestion, suggest_merges
from annotator.services.understanding import metadata, parse_document
from annotator.text.values import Parsed
from annotator.words import say

#: Documents shown one by one; the totals are about all.
SHOWN = 50
FIRST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class PreviewSpeaker:
    """Somebody who speaks, and how often."""

    name: str
    aliases: tuple[str, ...]
    role: str | None
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDocument:
    """What is understood of one document; ``is_ready_made`` if its units came with the file."""

    title: str | None
    outlet: str | None
    author: str | None
    date: str | None
    kind: str
    speakers: tuple[PreviewSpeaker, ...]
    turns: int
    sentences: int
    first_sentences: tuple[str, ...]
    merges: tuple[MergeSuggestion, ...] = ()
    is_ready_made: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is understood of a file; ``shown`` has its first documents, the counts are of all."""

    name: str
    shown: tuple[PreviewDocument, ...]
    documents: int
    turns: int
    sentences: int
    transcripts: int
    merges: tuple[MergeSuggestion, ...]


def preview(path: Path, *, name: str, format: str | None = None, columns: TableColumns | None = None) -> Preview:
    """Read a file as an import would, and store nothing.

    Raises
    ------
    InvalidInputError
        With all that is wrong with the file.
    """
    return preview_documents(read_documents(path, format=format, columns=columns, name=name), name=name)


def preview_documents(documents: Iterable[ImportedDocument], *, name: str) -> Preview:
    """Show what is understood of documents from anywhere."""
    shown: list[PreviewDocument] = []
    totals: Counter[str] = Counter()
    merges: dict[MergeSuggestion, None] = {}
    for document in documents:
        seen = _ready_made(document) if document.units is not None else _split(document)
        if len(shown) < SHOWN:
            shown.append(seen)
        merges |= dict.fromkeys(seen.merges)
        totals.update(documents=1, turns=seen.turns, sentences=seen.sentences, transcripts=seen.kind == "transcript")
    if not totals:
        raise InvalidInputError(
            say("{name}: there is no document in this file; check that it is the right one.", name=name)
        )
    return Preview(
        name=name,
        shown=tuple(shown),
        documents=totals["documents"],
        turns=totals["turns"],
        sentences=totals["sentences"],
        transcripts=totals["transcripts"],
        merges=tuple(merges),
    )


def _split(document: ImportedDocument) -> PreviewDocument:
    parsed = parse_document(document)
    known = metadata(document, parsed)
    return PreviewDocument(
        title=known["title"],
        outlet=known["outlet"],
        author=known["author"],
        date=known["date"],
        kind=parsed.kind,
        speakers=_speakers(parsed),
        turns=len(parsed.turns),
        sentences=len(parsed.sentences),
        first_sentences=tuple(
            document.text[sentence.start : sentence.end] for sentence in parsed.sentences[:FIRST_SENTENCES]
        ),
        merges=tuple(suggest_merges(speaker.name for speaker in parsed.speakers)),
    )


def _speakers(parsed: Parsed) -> tuple[PreviewSpeaker, ...]:
    turns = Counter(turn.speaker for turn in parsed.turns)
    return tuple(
        PreviewSpeaker(speaker.name, speaker.aliases, speaker.role, turns[index])
        for index, speaker in enumerate(parsed.speakers)
    )


def _ready_made(document: ImportedDocument) -> PreviewDocument:
    known = metadata(document, None)
    units = document.units or ()
    return PreviewDocument(
        title=known["title"],
        outlet=known["outlet"],
        author=known["author"],
        date=known["date"],
        kind=document.kind or "article",
        speakers=(),
        turns=0,
        sentences=len(units),
        first_sentences=tuple(unit.text for unit in units[:FIRST_SENTENCES] if unit.text),
        is_ready_made=True,
    )
