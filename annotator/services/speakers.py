"""Who speaks: names put right at the import or later, and names that look like the same person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sqlalchemy import RowMapping, Select, Table, delete, select, update
from sqlalchemy.orm import Session

from annotator.db import Document, DocumentSpeaker, Event, Project, Speaker, Turn
from annotator.errors import InvalidInputError, NotFoundError
from annotator.services.projects import lock_project
from annotator.text.values import Speaker as ParsedSpeaker
from annotator.words import say

MAX_NAME = 200
#: A surname of so few letters is an initial, or what was left of a mangled label.
_INITIAL = 2
#: Shorter names differ in one letter too easily.
_TYPO_FROM = 9


@dataclass(frozen=True, slots=True)
class SpeakerCorrections:
    """Final names by the name an import understood; two with one final name become one speaker."""

    names: Mapping[str, str] = field(default_factory=dict)

    def apply(self, speakers: Iterable[ParsedSpeaker]) -> tuple[tuple[ParsedSpeaker, ...], list[int]]:
        """Return the corrected speakers, and for each given speaker the index of the one it became."""
        merged: dict[str, ParsedSpeaker] = {}
        final_names = []
        for speaker in speakers:
            name = checked_name(self.names.get(speaker.name, speaker.name))
            earlier = merged.get(name)
            merged[name] = replace(speaker, name=name) if earlier is None else _merged(earlier, speaker)
            final_names.append(name)
        order = {name: index for index, name in enumerate(merged)}
        return tuple(merged.values()), [order[name] for name in final_names]


@dataclass(frozen=True, slots=True)
class MergeSuggestion:
    """Two names of one document that look like the same person's."""

    name: str
    into: str


def suggest_merges(names: Iterable[str]) -> list[MergeSuggestion]:
    """Return the names that look like another's, where exactly one other comes into question.

    Conservative: the same given names, and a surname that is an initial, the beginning of the other, or so
    short that the label was mangled; or long names that differ in one letter.
    """
    known = list(dict.fromkeys(names))
    suggestions = []
    for name in known:
        fitting = [other for other in known if other != name and _looks_like(name, other)]
        if len(fitting) == 1:
            suggestions.append(MergeSuggestion(name, fitting[0]))
    return suggestions


def rename_speaker(
    session: Session, project: Project, *, name: str, new_name: str, user_id: int | None = None
) -> Speaker:
    """Give a speaker another name in the whole project; a name somebody has already merges the two.

    Raises
    ------
    NotFoundError
        If nobody has the old name.
    InvalidInputError
        If the new name is empty or too long.
    """
    new_name = checked_name(new_name)
    lock_project(session, project.id)
    speaker = find_speaker(session, project, name)
    if new_name == speaker.name:
        return speaker
    if session.scalar(_by_name(project, new_name)) is not None:
        return merge_speakers(session, project, names=[name], into=new_name, user_id=user_id)
    speaker.name = new_name
    session.add(
        Event(kind="speaker-renamed", project_id=project.id, user_id=user_id, details={"from": name, "to": new_name})
    )
    session.flush()
    return speaker


def merge_speakers(
    session: Session, project: Project, *, names: Iterable[str], into: str, user_id: int | None = None
) -> Speaker:
    """Make several speakers one, who keeps all labels as printed.

    Raises
    ------
    NotFoundError
        If one of the names is nobody's.
    """
    lock_project(session, project.id)
    kept = find_speaker(session, project, into)
    for name in names:
        merged = find_speaker(session, project, name)
        if merged.id == kept.id:
            continue
        # An import may just be bringing texts in which they speak; these are moved, too.
        session.refresh(merged, with_for_update=True)
        _move_documents(session, source=merged, kept=kept)
        session.execute(update(Turn).where(Turn.speaker_id == merged.id).values(speaker_id=kept.id))
        session.execute(delete(Speaker).where(Speaker.id == merged.id))
        details = {"from": name, "to": into}
        session.add(Event(kind="speaker-merged", project_id=project.id, user_id=user_id, details=details))
    session.flush()
    return kept


def find_speaker(session: Session, project: Project, name: str) -> Speaker:
    """Return the speaker of this name; one who speaks in pending documents only is not found.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    speaker = session.scalar(_by_name(project, name))
    if speaker is None or not _is_visible(session, speaker):
        raise NotFoundError(say("Nobody called “{name}” speaks in this project.", name=name))
    return speaker


def checked_name(name: str) -> str:
    """Return a name without needless spaces.

    Raises
    ------
    InvalidInputError
        If it is empty or too long.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or "\0" in name:
        raise InvalidInputError(say("A speaker needs a name of 1 to {most} characters.", most=MAX_NAME))
    return name


def _merged(kept: ParsedSpeaker, other: ParsedSpeaker) -> ParsedSpeaker:
    return replace(
        kept,
        aliases=tuple(dict.fromkeys((*kept.aliases, *other.aliases))),
        role=kept.role or other.role,
        byline=kept.byline or other.byline,
    )


def _looks_like(name: str, other: str) -> bool:
    """Tell whether ``name`` may be a shortened or mangled form of ``other``, or one with a typing error."""
    given, _, surname = name.casefold().rstrip(".").rpartition(" ")
    other_given, _, other_surname = other.casefold().rpartition(" ")
    is_shorter = given and given == other_given and len(surname) < len(other_surname)
    if is_shorter and (len(surname) <= _INITIAL or other_surname.startswith(surname)):
        return True
    precedes = (len(name), name) < (len(other), other)
    return precedes and len(name) >= _TYPO_FROM and _differ_in_one_letter(name.casefold(), other.casefold())


def _differ_in_one_letter(short: str, long: str) -> bool:
    if len(long) - len(short) > 1:
        return False
    at = next((index for index, letter in enumerate(short) if letter != long[index]), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


def _by_name(project: Project, name: str) -> Select[Speaker]:
    return select(Speaker).where(Speaker.project_id == project.id, Speaker.name == name)


def _is_visible(session: Session, speaker: Speaker) -> bool:
    query = (
        select(DocumentSpeaker.document_id)
        .join(Document, Document.id == DocumentSpeaker.document_id)
        .where(DocumentSpeaker.speaker_id == speaker.id, ~Document.is_pending)
    )
    return session.scalar(query.limit(1)) is not None


def _move_documents(session: Session, *, source: Speaker, kept: Speaker) -> None:
    """Hand over the documents of ``source``; where both speak, join their labels as printed."""
    table = cast("Table", DocumentSpeaker.__table__)
    ours = _appearances(session, kept)
    for document_id, theirs in _appearances(session, source).items():
        their_row = (table.c.document_id == document_id) & (table.c.speaker_id == source.id)
        if document_id not in ours:
            session.execute(update(table).where(their_row).values(speaker_id=kept.id))
            continue
        session.execute(delete(table).where(their_row))
        our_row = (table.c.document_id == document_id) & (table.c.speaker_id == kept.id)
        session.execute(update(table).where(our_row).values(**_joined(ours[document_id], theirs)))


def _joined(ours: RowMapping, theirs: RowMapping) -> dict[str, Any]:
    return {
        "aliases": list(dict.fromkeys((*ours["aliases"], *theirs["aliases"]))),
        "role": ours["role"] or theirs["role"],
        "is_byline": ours["is_byline"] or theirs["is_byline"],
        "position": min(ours["position"], theirs["position"]),
    }


def _appearances(session: Session, speaker: Speaker) -> dict[int, RowMapping]:
    table = cast("Table", DocumentSpeaker.__table__)
    rows = session.execute(select(table).where(table.c.speaker_id == speaker.id)).mappings()
    return {row["document_id"]: row for row in rows}
