import json
import threading
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from annotator.db import (
    Assignment,
    Document,
    DocumentSpeaker,
    DuplicateBand,
    Event,
    ImportBatch,
    Original,
    Project,
    Speaker,
    Turn,
    Unit,
)
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError
from annotator.importing.values import ImportedDocument
from annotator.services import imports, reserving
from annotator.services.batches import remove_batch, sweep_pending
from annotator.services.speakers import SpeakerCorrections
from at_once import meanwhile

TRANSCRIPTS = Path(__file__).parents[3] / "shared" / "data" / "transcripts"
LETTERS = "bcdfghjklmnprstvw"


def words(seed: int, count: int) -> str:
    """Return sentences of invented words, other ones for each seed."""
    made = []
    for index in range(count):
        number = (seed + 1) * 7919 + index * 104729
        made.append("".join(LETTERS[number // 17**place % 17] + "aeiou"[(number + place) % 5] for place in range(3)))
    return ". ".join(" ".join(made[start : start + 8]).capitalize() for start in range(0, count, 8)) + "."


def write_lines(path: Path, rows: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def counts(database: Database) -> dict[str, int]:
    """Return the number of rows an import could have left behind, by table."""
    tables = (Document, Unit, Turn, Speaker, DocumentSpeaker, DuplicateBand, Original, Assignment, ImportBatch)
    with database.reading() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def bring(database: Database, project: Project, path: Path, **options: object) -> imports.ImportResult:
    return imports.import_file(database, project.id, path, name=path.name, **options)  # type: ignore[arg-type]


@pytest.fixture
def transcript() -> Path:
    path = TRANSCRIPTS / "erdogan-putin-2022.txt"
    if not path.exists():
        pytest.skip("the shared data is not beside this clone")
    return path


def test_transcript_becomes_turns_and_sentences_with_exact_offsets(
    database: Database, project: Project, transcript: Path
) -> None:
    expected = json.loads((TRANSCRIPTS / "erdogan-putin-2022.expected.json").read_text(encoding="utf-8"))
    result = bring(database, project, transcript)
    with database.reading() as session:
        text = session.scalars(select(Document.text)).one()
        units = session.execute(
            select(Unit.start, Unit.end, Speaker.name)
            .join(Turn, Turn.id == Unit.turn_id)
            .outerjoin(Speaker, Speaker.id == Turn.speaker_id)
            .order_by(Unit.position)
        ).all()
        assert session.scalar(select(func.count()).select_from(Turn)) == expected["turns"] == 13
    assert (result.documents, result.units) == (1, 28)
    for (start, end, name), sentence in zip(units, expected["sentences"], strict=True):
        assert text[start:end].removesuffix(" .") == sentence["text"].removesuffix(" .")
        assert (start, name) == (sentence["start"], sentence["speaker"])


def test_original_bytes_and_hash_of_a_single_file_are_kept(
    database: Database, project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_bytes(b"\xef\xbb\xbfHOLT: Good evening.\r\n\r\nCARVER: Hello. It rains.\r\n")
    bring(database, project, path)
    with database.reading() as session:
        original, document = session.scalars(select(Original)).one(), session.scalars(select(Document)).one()
        assert (original.content, original.name) == (path.read_bytes(), "talk.txt")
        assert (document.title, document.kind, document.is_pending) == ("talk", "transcript", False)


def test_given_fields_win_over_what_the_text_seems_to_say(database: Database, project: Project, tmp_path: Path) -> None:
    text = "Date: 2020-01-02\nSource: Reuters\n\n" + words(1, 40)
    rows = [{"id": "a", "outlet": "The Packet", "date": "2024-05", "text": text}, {"id": "b", "text": text}]
    bring(database, project, write_lines(tmp_path / "x.jsonl", rows))
    with database.reading() as session:
        columns = (Document.outlet, Document.date, Document.date_precision, Document.title)
        found = session.execute(select(*columns).order_by(Document.position)).all()
    assert [tuple(row) for row in found] == [
        ("The Packet", "2024-05", "month", None),
        ("Reuters", "2020-01-02", "day", None),
    ]


@pytest.mark.parametrize("text", ["😀 Grüße! 👩‍👩‍👧 kam. Ende.", "שלום עולם. מה שלומך? טוב.", "e\u0301te\u0301. Fin!"])
def test_offsets_count_code_points_whatever_the_script(
    database: Database, project: Project, tmp_path: Path, text: str
) -> None:
    result = bring(database, project, write_lines(tmp_path / "x.jsonl", [{"text": text}]))
    with database.reading() as session:
        stored = session.scalars(select(Document.text)).one()
        cut = [
            session.scalar(select(func.substr(Document.text, unit.start + 1, unit.end - unit.start)))
            for unit in session.scalars(select(Unit).order_by(Unit.position))
        ]
        spans = [(unit.start, unit.end) for unit in session.scalars(select(Unit).order_by(Unit.position))]
    assert stored == text
    assert result.units == len(cut) >= 2
    assert cut == [text[start:end] for start, end in spans]


@settings(max_examples=10)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_every_sentence_is_stored_once_and_gets_one_place(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, sizes: list[int]
) -> None:
    import shutil

    from annotator.config import read_settings

    home = tmp_path_factory.mktemp("home")
    shutil.copy(migrated_file, home)
    database = Database(read_settings({}, home=home))
    rows = [{"text": words(index, 8 * size)} for index, size in enumerate(sizes)]
    path = write_lines(home / "x.jsonl", rows)
    result = imports.import_file(database, 1, path, name="x.jsonl")
    with database.reading() as session:
        places = session.execute(select(Assignment.unit_id, Assignment.place, Assignment.selection_probability)).all()
        units = set(session.scalars(select(Unit.id)))
        positions = session.scalars(select(Document.position).order_by(Document.position)).all()
    database.dispose()
    assert result.units == len(units) == sum(sizes)
    assert sorted(place.unit_id for place in places) == sorted(units)
    assert {(place.place, place.selection_probability) for place in places} == {(1, 1.0)}
    assert list(positions) == list(range(len(sizes)))


def test_long_document_goes_into_many_transactions(
    database: Database, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n\n".join(f"{'HOLT' if turn % 2 else 'CARVER'}: {words(turn, 16)}" for turn in range(700))
    sizes = []
    original = imports.Staging._write

    def watched(self: object, session: object, parts: list) -> None:  # type: ignore[type-arg]
        sizes.append(sum(part.rows for part in parts))
        original(self, session, parts)  # type: ignore[arg-type]

    monkeypatch.setattr(imports.Staging, "_write", watched)
    result = bring(database, project, write_lines(tmp_path / "x.jsonl", [{"text": text}]))
    with database.reading() as session:
        outside = session.scalar(
            select(func.count())
            .select_from(Unit)
            .join(Turn, Turn.id == Unit.turn_id)
            .where((Unit.start < Turn.start) | (Unit.end > Turn.end))
        )
    assert (result.units, outside) == (1400, 0)
    assert len(sizes) > 3
    assert max(sizes) <= 500


def test_one_bad_line_leaves_nothing_behind_and_all_are_told(
    database: Database, project: Project, tmp_path: Path
) -> None:
    rows: list[object] = [{"id": f"d{index}", "text": words(index, 80)} for index in range(300)]
    rows[250] = {"id": "d250", "text": " "}
    rows.append({"id": "d3", "text": words(400, 40)})
    before = counts(database)
    with pytest.raises(InvalidInputError) as error:
        bring(database, project, write_lines(tmp_path / "x.jsonl", rows))
    assert [problem.split(":")[0] for problem in error.value.problems] == ["x.jsonl, line 251", "x.jsonl, line 301"]
    assert counts(database) == before


def test_id_that_the_project_has_is_told_with_its_line(database: Database, project: Project, tmp_path: Path) -> None:
    bring(database, project, write_lines(tmp_path / "one.jsonl", [{"id": "a", "text": words(1, 30)}]))
    rows = [{"id": "b", "text": words(2, 30)}, {"id": "a", "text": words(3, 30)}]
    with pytest.raises(InvalidInputError) as error:
        bring(database, project, write_lines(tmp_path / "two.jsonl", rows))
    assert len(error.value.problems) == 1
    assert error.value.problems[0].startswith("two.jsonl, line 2: the document “a” is already in the project")


def test_file_without_documents_is_refused(database: Database, project: Project) -> None:
    with pytest.raises(InvalidInputError, match="no document"):
        imports.import_documents(database, project.id, [], name="empty")


class Interrupted(BaseException):
    """Stands for Ctrl-C and for a killed process."""


def documents_then_crash(count: int) -> Iterable[ImportedDocument]:
    for index in range(count):
        yield ImportedDocument(kind="transcript", id=f"c{index}", text=f"HOLT: {words(index, 400)}", name="crash")
    raise Interrupted


def test_interrupted_import_removes_what_it_stored(database: Database, project: Project) -> None:
    before = counts(database)
    with pytest.raises(Interrupted):
        imports.import_documents(database, project.id, documents_then_crash(60), name="crash")
    assert counts(database) == before


@pytest.fixture
def crashed(database: Database, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave behind what a killed process would: nobody was there to remove it."""
    with monkeypatch.context() as patch:
        patch.setattr(imports, "remove_batch", lambda *_: None)
        with pytest.raises(Interrupted):
            imports.import_documents(database, project.id, documents_then_crash(60), name="crash")


@pytest.mark.usefixtures("crashed")
def test_crash_leaves_nothing_that_can_be_seen_and_the_sweeper_removes_it(database: Database) -> None:
    with database.reading() as session:
        assert (session.scalar(select(func.count()).where(Document.is_pending)) or 0) > 0
        assert session.scalar(select(func.count()).where(~Document.is_pending)) == 0
        assert session.scalar(select(func.count()).select_from(Assignment)) == 0
    assert sweep_pending(database) == 0
    assert sweep_pending(database, silent_for=timedelta(0)) == 1
    assert sum(counts(database).values()) == 0


@pytest.mark.usefixtures("crashed")
def test_another_import_is_left_alone_by_the_sweeper(database: Database, project: Project, tmp_path: Path) -> None:
    bring(
        database, project, write_lines(tmp_path / "x.jsonl", [{"kind": "transcript", "text": f"HOLT: {words(1, 30)}"}])
    )
    before = counts(database)
    with database.transaction() as session:
        old = update(ImportBatch).where(ImportBatch.state == "pending")
        session.execute(old.values(heartbeat_at=now() - timedelta(hours=1)))
    assert sweep_pending(database) == 1
    after = counts(database)
    assert (after["document"], after["assignment"], after["speaker"]) == (1, before["assignment"], 1)


def test_import_that_was_swept_away_while_it_slept_says_so(database: Database, project: Project) -> None:
    def documents() -> Iterable[ImportedDocument]:
        for index in range(60):
            if index == 50:
                sweep_pending(database, silent_for=timedelta(0))
            yield ImportedDocument(text=words(index, 400), name="slow")

    with pytest.raises(ConflictError, match="interrupted for so long"):
        imports.import_documents(database, project.id, documents(), name="slow")
    assert sum(counts(database).values()) == 0


def test_two_imports_at_once_both_arrive_whole(database: Database, project: Project) -> None:
    def documents(start: int) -> Iterable[ImportedDocument]:
        for index in range(start, start + 60):
            yield ImportedDocument(kind="transcript", id=f"d{index}", text=f"HOLT: {words(index, 160)}", name="x")

    failures: list[BaseException] = []

    def bring_in(start: int) -> None:
        try:
            imports.import_documents(database, project.id, documents(start), name=f"x{start}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=bring_in, args=(start,)) for start in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        positions = sorted(session.scalars(select(Document.position)))
        ids = session.scalars(select(Document.external_id).order_by(Document.position)).all()
        speakers = session.scalars(select(Speaker.name)).all()
    assert not failures
    assert positions == list(range(180))
    assert [int(id[1:]) % 1000 for id in ids] == list(range(60)) * 3
    assert list(speakers) == ["Holt"]


def test_the_second_of_two_imports_of_the_same_id_is_refused(database: Database, project: Project) -> None:
    def slow() -> Iterable[ImportedDocument]:
        yield ImportedDocument(id="same", text=words(1, 40), name="slow")
        for index in range(49):
            yield ImportedDocument(text=words(index + 2, 40), name="slow")
        # The ids of the first fifty have been looked up by now, and were free.
        for index in range(60):
            if index == 30:
                imports.import_documents(
                    database, project.id, [ImportedDocument(id="late", text=words(900, 40), name="quick")], name="q"
                )
            yield ImportedDocument(id="late" if index == 5 else None, text=words(index + 100, 300), name="slow")

    with pytest.raises((ConflictError, InvalidInputError)):
        imports.import_documents(database, project.id, slow(), name="slow")
    with database.reading() as session:
        assert list(session.scalars(select(Document.external_id))) == ["late"]


def test_near_duplicates_share_a_group_with_the_first_of_them(database: Database, project: Project) -> None:
    text = words(1, 400)
    changed = text.replace(text[:12], "Otherwise so", 1)
    documents = [
        ImportedDocument(id=id, text=body, name="x")
        for id, body in [("first", text), ("other", words(2, 400)), ("changed", changed), ("copy", text)]
    ]
    result = imports.import_documents(database, project.id, documents, name="x")
    assert groups_of(database) == {"first": "first", "other": "other", "changed": "first", "copy": "first"}
    told = {(duplicate.document, duplicate.of): duplicate.is_exact for duplicate in result.duplicates}
    assert told == {("changed", "first"): False, ("copy", "first"): True}


def test_later_import_joins_the_group_that_is_there(database: Database, project: Project) -> None:
    for id in ("b", "a"):
        imports.import_documents(database, project.id, [ImportedDocument(id=id, text=words(1, 300), name=id)], name=id)
    assert groups_of(database) == {"b": "b", "a": "b"}


@pytest.mark.parametrize("text", ["", "…", "— !"])
def test_texts_without_letters_are_nobodys_duplicates(database: Database, project: Project, text: str) -> None:
    documents = [ImportedDocument(id=id, text=text, name="x", units=()) for id in "ab"]
    result = imports.import_documents(database, project.id, documents, name="x")
    assert groups_of(database) == {"a": "a", "b": "b"}
    assert result.duplicates == ()


def groups_of(database: Database) -> dict[str, str]:
    with database.reading() as session:
        rows = session.execute(select(Document.external_id, Document.near_duplicate_group))
        return dict(rows.all())


def reservation(database: Database) -> dict[str, bool | None]:
    with database.reading() as session:
        return dict(session.execute(select(Document.external_id, Document.is_reserved)).all())


def some(start: int, stop: int) -> list[ImportedDocument]:
    return [ImportedDocument(id=f"d{index}", text=words(index, 60), name="x") for index in range(start, stop)]


def test_below_ten_documents_nothing_is_reserved_but_what_is_named(database: Database, project: Project) -> None:
    imports.import_documents(database, project.id, some(0, 9), name="x", reserved={"d4"})
    assert reservation(database) == {f"d{index}": True if index == 4 else None for index in range(9)}


def test_crossing_ten_documents_decides_about_the_earlier_ones_too(database: Database, project: Project) -> None:
    imports.import_documents(database, project.id, some(0, 9), name="x")
    imports.import_documents(database, project.id, some(9, 60), name="y")
    expected = {
        f"d{index}": reserving.is_drawn(f"d{index}", seed=project.seed, share=project.reserved_share)
        for index in range(60)
    }
    assert reservation(database) == expected
    assert 0 < sum(expected.values()) < 30
    assert arms_agree(database)


def arms_agree(database: Database) -> bool:
    """Tell whether the places in reserved documents, and only they, show no suggestion for that reason."""
    with database.reading() as session:
        rows = session.execute(
            select(Document.is_reserved, Assignment.suggestion_arm)
            .join(Unit, Unit.id == Assignment.unit_id)
            .join(Document, Document.id == Unit.document_id)
        ).all()
    return all((arm == "reserved") == bool(reserved) for reserved, arm in rows) and bool(rows)


def test_documents_somebody_has_seen_are_never_reserved_later(database: Database, project: Project) -> None:
    imports.import_documents(database, project.id, some(0, 9), name="x")
    drawn = [index for index in range(9) if reserving.is_drawn(f"d{index}", seed=project.seed, share=0.9)]
    with database.transaction() as session:
        session.execute(update(Project).values(reserved_share=0.9))
        unit = session.scalars(select(Unit.id).where(Unit.external_id == f"d{drawn[0]}:s1")).one()
        annotator_id = add_annotator(session, project)
        claimed = update(Assignment).where(Assignment.unit_id == unit)
        session.execute(claimed.values(state="claimed", annotator_id=annotator_id))
    copy = ImportedDocument(id="copy", text=words(drawn[0], 60), name="y")
    imports.import_documents(database, project.id, [copy], name="y")
    after = reservation(database)
    assert after[f"d{drawn[0]}"] is None
    assert after["copy"] is False
    assert all(after[f"d{index}"] for index in drawn[1:])


def add_annotator(session, project: Project) -> int:  # type: ignore[no-untyped-def]
    from annotator.db import Annotator

    annotator = Annotator(project_id=project.id, code="C-TEST")
    session.add(annotator)
    session.flush()
    return annotator.id


def test_group_is_reserved_as_a_whole_and_keeps_its_decision(database: Database, project: Project) -> None:
    imports.import_documents(database, project.id, some(0, 40), name="x")
    before = reservation(database)
    copies = [ImportedDocument(id=f"copy{index}", text=words(index, 60), name="y") for index in range(40)]
    imports.import_documents(database, project.id, copies, name="y")
    after = reservation(database)
    assert {f"d{index}": after[f"copy{index}"] for index in range(40)} == before
    assert arms_agree(database)


def test_named_document_takes_its_group_along(database: Database, project: Project) -> None:
    copies = [ImportedDocument(id=f"e{index}", text=words(3, 60), name="x") for index in range(3)]
    imports.import_documents(database, project.id, [*copies, *some(10, 30)], name="x", reserved={"e1"})
    assert {id: reserved for id, reserved in reservation(database).items() if id[0] == "e"} == dict.fromkeys(
        ("e0", "e1", "e2"), True
    )


@given(share=st.floats(0, 1), seed=st.integers(0, 2**31))
def test_the_draw_reserves_about_the_share_that_was_asked_for(share: float, seed: int) -> None:
    drawn = sum(reserving.is_drawn(f"d{index}", seed=seed, share=share) for index in range(400))
    assert abs(drawn / 400 - share) < 0.16


def test_corrected_speakers_are_one_person_with_all_printed_names(
    database: Database, project: Project, transcript: Path
) -> None:
    bring(database, project, transcript, corrections=SpeakerCorrections({"Kerim A": "Kerim Has"}))
    with database.reading() as session:
        has = session.scalars(select(DocumentSpeaker).join(Speaker).where(Speaker.name == "Kerim Has")).one()
        turns = session.scalars(
            select(Turn.label).where(Turn.speaker_id == has.speaker_id).order_by(Turn.position)
        ).all()
        names = set(session.scalars(select(Speaker.name)))
    assert has.aliases == ["KERIM A", "HAS"]
    assert set(turns) == {"KERIM A", "HAS"}
    assert names == {"Peter Kenyon", "Recep Tayyip Erdogan", "Kerim Has", "Sinan Ulgen"}


def test_preview_offers_to_merge_the_mangled_name_and_stores_nothing(database: Database, transcript: Path) -> None:
    seen = imports.preview(transcript, name="x.txt")
    assert (seen.documents, seen.turns, seen.sentences, seen.transcripts) == (1, 13, 28, 1)
    assert [(merge.name, merge.into) for merge in seen.merges] == [("Kerim A", "Kerim Has")]
    assert {(speaker.name, speaker.turns) for speaker in seen.shown[0].speakers} >= {("Kerim A", 1)}
    assert seen.shown[0].first_sentences[0].startswith("Turkey is part of NATO")
    assert sum(counts(database).values()) == 0


def test_preview_tells_the_same_problems_as_the_import(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", [{"text": ""}, {"text": "Good."}, ["no object"]])
    with pytest.raises(InvalidInputError) as error:
        imports.preview(path, name="x.jsonl")
    assert len(error.value.problems) == 2


def test_ready_made_units_stand_as_given(database: Database, project: Project, tmp_path: Path) -> None:
    from annotator.importing.values import TableColumns

    path = tmp_path / "units.csv"
    path.write_text("sid,text,doc\nu1,One sentence. Not split.,a\nu2,Two.,a\nu3,Three.,b\n", encoding="utf-8")
    columns = TableColumns(text="text", id="sid", document="doc")
    result = bring(database, project, path, columns=columns)
    with database.reading() as session:
        rows = session.execute(
            select(
                Unit.external_id,
                Document.external_id,
                func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start),
            )
            .join(Document, Document.id == Unit.document_id)
            .order_by(Document.position, Unit.position)
        ).all()
    assert (result.documents, result.units) == (2, 3)
    assert [tuple(row) for row in rows] == [
        ("u1", "a", "One sentence. Not split."),
        ("u2", "a", "Two."),
        ("u3", "b", "Three."),
    ]


def test_import_is_logged_without_its_content(database: Database, project: Project, tmp_path: Path) -> None:
    bring(database, project, write_lines(tmp_path / "x.jsonl", [{"text": "Secret words. More."}]))
    with database.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "imported")).one()
    assert event.details == {"name": "x.jsonl", "documents": 1, "units": 2}


def test_a_finished_batch_cannot_be_removed(database: Database, project: Project) -> None:
    imports.import_documents(database, project.id, some(0, 2), name="x")
    before = counts(database)
    with database.reading() as session:
        batch_id = session.scalars(select(ImportBatch.id)).one()
    remove_batch(database, batch_id)
    assert counts(database) == before


def test_progress_counts_documents_and_characters(database: Database, project: Project) -> None:
    seen: list[tuple[int, int]] = []
    documents = some(0, 3)
    imports.import_documents(database, project.id, documents, name="x", progress=lambda *numbers: seen.append(numbers))
    assert [count for count, _ in seen] == [1, 2, 3]
    assert seen[-1][1] == sum(len(document.text) for document in documents)


def test_an_import_that_failed_leaves_a_speaker_whom_another_is_just_bringing(database: Database, project: Project):
    with database.transaction() as session:
        batches = [ImportBatch(project_id=project.id, name=name) for name in "ab"]
        speaker = Speaker(project_id=project.id, name="Holt")
        session.add_all([*batches, speaker])
        session.flush()
        texts = [
            Document(
                project_id=project.id, batch_id=batch.id, external_id=batch.name, position=0, kind="transcript",
                text="x", text_sha256="x", near_duplicate_group=batch.name, order_key=1,
            )
            for batch in batches
        ]  # fmt: skip
        session.add_all(texts)
        session.flush()
        failed, first, second, holt = batches[0].id, texts[0].id, texts[1].id, speaker.id
        session.add(DocumentSpeaker(document_id=first, speaker_id=holt, position=0))
    meanwhile(
        database,
        lambda session: session.add(DocumentSpeaker(document_id=second, speaker_id=holt, position=0)),
        lambda: remove_batch(database, failed),
    )
    left = counts(database)
    assert (left["import_batch"], left["document"], left["speaker"], left["document_speaker"]) == (1, 1, 1, 1)
