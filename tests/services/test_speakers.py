from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import DocumentSpeaker, Event, Project, Speaker, Turn
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotFoundError
from annotator.importing.values import ImportedDocument
from annotator.services import imports, speakers, staging
from annotator.services.speakers import MergeSuggestion, SpeakerCorrections, suggest_merges
from annotator.text import values
from at_once import alone, beside, meanwhile


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Kerim A", "Kerim Has"),
        ("Anna H.", "Anna Holt"),
        ("Anna Hol", "Anna Holt"),
        ("Rosalind Fenwik", "Rosalind Fenwick"),
        ("Rosalind Fenwack", "Rosalind Fenwick"),
    ],
)
def test_name_that_looks_like_another_is_offered_for_merging(name: str, other: str) -> None:
    (suggestion,) = suggest_merges(["Ben Carver", name, other])
    assert {suggestion.name, suggestion.into} == {name, other}


@pytest.mark.parametrize(
    "names",
    [
        ["Anna Holt", "Ben Holt"],
        ["Anna Holt", "Anna Carver"],
        ["Holt", "Halt"],
        ["Kerim A", "Kerim Has", "Kerim Aksoy"],
        ["Anna Holt", "Anna Holt"],
        ["", "A"],
    ],
)
def test_names_of_different_people_are_left_alone(names: list[str]) -> None:
    assert suggest_merges(names) == []


@given(st.lists(st.text(alphabet="ab. ", max_size=12), max_size=6))
def test_no_two_names_are_offered_into_each_other(names: list[str]) -> None:
    found = {(suggestion.name, suggestion.into) for suggestion in suggest_merges(names)}
    assert not found & {(into, name) for name, into in found}
    assert all(name in names and into in names for name, into in found)


def test_suggestion_goes_from_the_mangled_name_to_the_whole_one() -> None:
    assert suggest_merges(["Kerim Has", "Kerim A"]) == [MergeSuggestion("Kerim A", "Kerim Has")]


def test_corrections_join_names_roles_and_printed_labels() -> None:
    given_speakers = (
        values.Speaker("Kerim A", ("KERIM A",)),
        values.Speaker("Anna Holt", ("HOLT",), role="Host"),
        values.Speaker("Kerim Has", ("HAS", "KERIM A"), role="Analyst", byline=True),
    )
    corrected, final = SpeakerCorrections({"Kerim A": " Kerim  Has "}).apply(given_speakers)
    assert final == [0, 1, 0]
    assert corrected == (
        values.Speaker("Kerim Has", ("KERIM A", "HAS"), role="Analyst", byline=True),
        values.Speaker("Anna Holt", ("HOLT",), role="Host"),
    )


@pytest.fixture
def talks(database: Database, project: Project) -> Project:
    """Bring in two dialogues; only the first has the mangled name."""
    texts = [
        "KERIM HAS: Good evening.\n\nKERIM AS: It rains.\n\nHOLT: Thank you.\n",
        "KERIM AS: Hello there.\n\nHOLT: Hello.\n\nKERIM AS: Bye.\n",
    ]
    given_documents = [
        ImportedDocument(id=f"d{n}", text=text, name="x", kind="transcript") for n, text in enumerate(texts)
    ]
    imports.import_documents(database, project.id, given_documents, name="x")
    return project


def spoken(database: Database) -> list[tuple[str, list[str], list[str]]]:
    """Return per document and speaker the aliases and the labels of the turns."""
    with database.reading() as session:
        found = []
        for row in session.scalars(
            select(DocumentSpeaker).order_by(DocumentSpeaker.document_id, DocumentSpeaker.position)
        ):
            turns = select(Turn.label).where(Turn.document_id == row.document_id, Turn.speaker_id == row.speaker_id)
            found.append((row.speaker.name, row.aliases, list(session.scalars(turns.order_by(Turn.position)))))
        return found


def test_merged_speakers_keep_all_turns_and_printed_labels(database: Database, talks: Project) -> None:
    assert [name for name, _, _ in spoken(database)] == ["Kerim Has", "Kerim As", "Holt", "Kerim As", "Holt"]
    with database.transaction() as session:
        speakers.merge_speakers(session, talks, names=["Kerim As"], into="Kerim Has")
    assert spoken(database) == [
        ("Kerim Has", ["KERIM HAS", "KERIM AS"], ["KERIM HAS", "KERIM AS"]),
        ("Holt", ["HOLT"], ["HOLT"]),
        ("Kerim Has", ["KERIM AS"], ["KERIM AS", "KERIM AS"]),
        ("Holt", ["HOLT"], ["HOLT"]),
    ]
    with database.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "speaker-merged")).one()
    assert event.details == {"from": "Kerim As", "to": "Kerim Has"}


def test_renaming_to_a_name_that_is_taken_merges(database: Database, talks: Project) -> None:
    with database.transaction() as session:
        speakers.rename_speaker(session, talks, name="Holt", new_name="Anna  Holt")
        speakers.rename_speaker(session, talks, name="Kerim As", new_name="Kerim Has")
    with database.reading() as session:
        assert list(session.scalars(select(Speaker.name).order_by(Speaker.name))) == ["Anna Holt", "Kerim Has"]
        kinds = session.scalars(select(Event.kind).where(Event.kind.startswith("speaker")).order_by(Event.id)).all()
    assert kinds == ["speaker-renamed", "speaker-merged"]


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\0b"])
def test_speaker_needs_a_name(database: Database, talks: Project, name: str) -> None:
    with database.transaction() as session, pytest.raises(InvalidInputError):
        speakers.rename_speaker(session, talks, name="Holt", new_name=name)


def test_unknown_speaker_is_not_found(database: Database, talks: Project) -> None:
    with database.transaction() as session, pytest.raises(NotFoundError):
        speakers.rename_speaker(session, talks, name="Nobody", new_name="Somebody")


def test_two_speakers_given_one_name_at_once_become_one(database: Database, talks: Project) -> None:
    def rename(session: Session, name: str) -> None:
        speakers.rename_speaker(session, talks, name=name, new_name="K. Has")

    meanwhile(database, partial(rename, name="Kerim Has"), alone(database, partial(rename, name="Kerim As")))
    assert [name for name, _, _ in spoken(database)] == ["K. Has", "Holt", "K. Has", "Holt"]


def test_of_two_speakers_merged_into_each_other_one_is_left(
    database: Database, talks: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merge(session: Session, name: str, into: str) -> None:
        speakers.merge_speakers(session, talks, names=[name], into=into)

    move = speakers._move_documents
    back = alone(database, partial(merge, name="Kerim Has", into="Kerim As"))
    with beside(database, back) as other:
        monkeypatch.setattr(speakers, "_move_documents", lambda *given, **more: (move(*given, **more), other.start()))
        with database.transaction() as session:
            merge(session, "Kerim As", "Kerim Has")
        with pytest.raises(NotFoundError, match="“Kerim As”"):
            other.result()


@pytest.mark.parametrize("hook", ["_appearances", "_turn_rows"])
def test_a_speaker_is_merged_while_an_import_brings_more_of_them(
    database: Database, talks: Project, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    bring = getattr(staging, hook)
    merge = alone(
        database, lambda session: speakers.merge_speakers(session, talks, names=["Kerim As"], into="Kerim Has")
    )
    more = ImportedDocument(
        id="d2", text="KERIM AS: Well.\n\nHOLT: Well.\n\nKERIM AS: So.\n", name="y", kind="transcript"
    )
    with beside(database, merge) as other:
        monkeypatch.setattr(staging, hook, lambda *given: (other.start(), bring(*given))[1])
        imports.import_documents(database, talks.id, [more], name="y")
        other.result()
    assert "Kerim As" not in {name for name, _, _ in spoken(database)}
