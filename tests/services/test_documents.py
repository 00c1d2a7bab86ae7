from collections.abc import Iterable

import pytest
from sqlalchemy import select, update

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Event, Project, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotFoundError
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import documents, imports, reading
from annotator.services.codebooks import publish_codebook
from annotator.services.documents import Summary
from annotator.services.projects import create_project

DIALOGUE = "HOLT: Good evening. It rains.\n\nCARVER: (Through interpreter) It does. Again.\n\nHOLT: Thank you.\n"


def bring(database: Database, project: Project, *given: ImportedDocument) -> None:
    imports.import_documents(database, project.id, given, name="x")


def article(id: str, **fields: str) -> ImportedDocument:
    return ImportedDocument(id=id, text=f"First of {id}. Second of {id}.", name="x", **fields)  # type: ignore[arg-type]


def test_list_goes_page_by_page_in_the_order_of_the_imports(database: Database, project: Project) -> None:
    bring(database, project, *(article(f"a{index}") for index in range(70)))
    bring(database, project, *(article(f"b{index}") for index in range(50)))
    with database.reading() as session:
        pages = [documents.list_documents(session, project, page=number) for number in (1, 2, 3, 4)]
    ids = [row.external_id for page in pages for row in page.rows]
    assert ids == [f"a{index}" for index in range(70)] + [f"b{index}" for index in range(50)]
    assert [(len(page.rows), page.has_next) for page in pages] == [(50, True), (50, True), (20, False), (0, False)]
    assert {row.sentences for page in pages for row in page.rows} == {2}


def test_search_looks_into_title_and_outlet_and_takes_signs_as_they_are(database: Database, project: Project) -> None:
    bring(database, project, article("a", title="100% rain"), article("b", outlet="The Rain Post"), article("c"))
    with database.reading() as session:
        found = {
            word: [row.external_id for row in documents.list_documents(session, project, search=word).rows]
            for word in ("RAIN", "0%", "%", "_")
        }
    assert found == {"RAIN": ["a", "b"], "0%": ["a"], "%": ["a"], "_": []}


def test_a_whole_document_that_is_asked_about_is_no_sentence(database: Database) -> None:
    with database.transaction() as session:
        codebook = builtin_codebooks()["generic-frames"]
        project = create_project(session, "Generic", codebook=codebook, owner=None)
    bring(database, project, article("a1"), article("b1"))
    with database.reading() as session:
        assert session.scalar(select(Unit.id).where(Unit.kind == "document")) is not None
        assert documents.summaries(session, [project.id]) == {project.id: Summary(documents=2, sentences=4)}


def test_pending_documents_are_neither_listed_nor_found_nor_counted(database: Database, project: Project) -> None:
    bring(database, project, article("visible"))

    def watched() -> Iterable[ImportedDocument]:
        yield from (article(f"a{index}") for index in range(200))
        with database.reading() as session:
            assert session.scalar(select(Unit.id).where(Unit.external_id == "a0:s1")) is not None
            assert [row.external_id for row in documents.list_documents(session, project).rows] == ["visible"]
            assert documents.summaries(session, [project.id]) == {project.id: Summary(documents=1, sentences=2)}
            with pytest.raises(NotFoundError):
                documents.find_document(session, project, "a0")

    imports.import_documents(database, project.id, watched(), name="y")
    with database.reading() as session:
        assert documents.summaries(session, [project.id]) == {project.id: Summary(documents=201, sentences=402)}
        assert documents.find_document(session, project, "a0").position == 1


def test_labelled_sentences_are_counted_only_where_they_may_be_seen(database: Database, project: Project) -> None:
    with database.transaction() as session:
        publish_codebook(session, session.get_one(Project, project.id), builtin_codebooks()["stance-and-frames"])
    label = ImportedLabel(question="frames", labels=("economic",))
    units = (
        ImportedUnit(start=0, end=4, text="One.", line=1, labels=(label,)),
        ImportedUnit(start=5, end=9, text="Two.", line=2),
    )
    bring(database, project, ImportedDocument(id="a", text="One. Two.", name="x", units=units))
    with database.reading() as session:
        (row,) = documents.list_documents(session, project).rows
        (blind,) = documents.list_documents(session, project, phase="blind").rows
    assert (row.sentences, row.labelled, blind.labelled) == (2, 1, 0)


def test_document_of_another_project_is_not_found(database: Database, project: Project) -> None:
    bring(database, project, article("a"))
    with database.transaction() as session:
        other = create_project(session, "Other", codebook=None, owner=None)
        with pytest.raises(NotFoundError):
            documents.find_document(session, other, "a")


def test_reader_shows_turns_with_speakers_notes_and_exact_sentences(database: Database, project: Project) -> None:
    bring(database, project, ImportedDocument(id="a", text=DIALOGUE, name="x", kind="transcript"))
    with database.reading() as session:
        view = reading.reading_view(session, documents.find_document(session, project, "a"))
    assert [(turn.speaker, turn.note, [sentence.text for sentence in turn.sentences]) for turn in view.turns] == [
        ("Holt", None, ["Good evening.", "It rains."]),
        ("Carver", "Through interpreter", ["It does.", "Again."]),
        ("Holt", None, ["Thank you."]),
    ]
    shown = [sentence for turn in view.turns for sentence in turn.sentences]
    assert [sentence.text for sentence in shown] == [DIALOGUE[row.start : row.end] for row in shown]
    assert (view.previous_unit, view.next_unit) == (None, None)


def test_giant_document_is_read_in_windows(database: Database, project: Project) -> None:
    text = "\n\n".join(f"{'HOLT' if turn % 2 else 'CARVER'}: Number {turn}. Then more." for turn in range(500))
    bring(database, project, ImportedDocument(id="a", text=text, name="x", kind="transcript"))
    with database.reading() as session:
        document = documents.find_document(session, project, "a")
        first = reading.reading_view(session, document)
        middle = reading.reading_view(session, document, start_unit="a:s555")
        last = reading.reading_view(session, document, start_unit=middle.next_unit)
    ids = [sentence.external_id for view in (first, middle, last) for turn in view.turns for sentence in turn.sentences]
    assert ids == [f"a:s{number}" for number in range(1, 1001)]
    assert [len(view.turns) for view in (first, middle, last)] == [200, 200, 100]
    assert (first.next_unit, middle.previous_unit, last.previous_unit) == ("a:s401", "a:s1", "a:s401")
    assert last.next_unit is None


def test_reader_shows_ready_made_units_as_nobodys_and_marks_withdrawn_ones(
    database: Database, project: Project
) -> None:
    units = tuple(ImportedUnit(start=start, end=start + 4, text="One.", line=1) for start in (0, 5))
    bring(database, project, ImportedDocument(id="a", text="One. Two.", name="x", units=units))
    with database.transaction() as session:
        session.execute(update(Unit).where(Unit.position == 1).values(withdrawn_at=now()))
    with database.reading() as session:
        (turn,) = reading.reading_view(session, documents.find_document(session, project, "a")).turns
    assert turn.speaker is None
    assert [(sentence.text, sentence.is_withdrawn) for sentence in turn.sentences] == [("One.", False), ("Two.", True)]


def test_reader_of_an_unknown_sentence_says_so(database: Database, project: Project) -> None:
    bring(database, project, article("a"), article("b"))
    with database.reading() as session, pytest.raises(NotFoundError):
        reading.reading_view(session, documents.find_document(session, project, "a"), start_unit="b:s1")


def test_corrected_metadata_is_logged_with_what_stood_there_before(database: Database, project: Project) -> None:
    bring(database, project, article("a", title="Old", date="2024-05-01", outlet="Same"))
    changes = {"title": "  New  title ", "date": "2024-06", "outlet": "Same", "author": " "}
    with database.transaction() as session:
        documents.correct_metadata(session, documents.find_document(session, project, "a"), changes)
    with database.reading() as session:
        document = documents.find_document(session, project, "a")
        event = session.scalars(select(Event).where(Event.kind == "document-corrected")).one()
    assert (document.title, document.date, document.date_precision) == ("New title", "2024-06", "month")
    assert event.details["changes"] == {
        "title": {"from": "Old", "to": "New title"},
        "date": {"from": "2024-05-01", "to": "2024-06"},
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("date", "May 2024"), ("date", "2024-13"), ("date", "2023-02-29"), ("url", "javascript:x"), ("title", "x" * 2001)],
)
def test_metadata_that_cannot_be_used_is_refused(database: Database, project: Project, field: str, value: str) -> None:
    bring(database, project, article("a"))
    with database.transaction() as session, pytest.raises(InvalidInputError):
        documents.correct_metadata(session, documents.find_document(session, project, "a"), {field: value})


@pytest.mark.parametrize("date", ["2024", "2024-02", "2024-02-29"])
def test_dates_of_every_precision_are_taken(database: Database, project: Project, date: str) -> None:
    bring(database, project, article("a"))
    with database.transaction() as session:
        document = documents.find_document(session, project, "a")
        documents.correct_metadata(session, document, {"date": date})
        assert (document.date, document.date_precision) == (date, {4: "year", 7: "month", 10: "day"}[len(date)])
