import threading
from dataclasses import replace

import pytest
from sqlalchemy import update

from annotator.db import Document
from annotator.db.engines import Database
from annotator.errors import NotFoundError
from annotator.services import precedents
from annotator.services.precedents import Memories, Precedent
from annotator.services.seats import Seat
from studies import Study, make_study

SENTENCES = (
    "The company promises 260 permanent jobs.",
    "The number of permanent jobs is 260, the company says.",
    "Permanent jobs: 260 are what Ann Lee promises.",
    "The sea was calm that night.",
)


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=2, sentences=SENTENCES)


def like(study: Study, seat: Seat, unit: str, memories: Memories) -> list[Precedent]:
    with study.database.reading() as session:
        return precedents.precedents(session, memories, seat, unit)


def test_own_decisions_on_similar_sentences_come_with_their_marks(study: Study):
    seat, memories = study.seat("A"), Memories()
    study.record(seat, unit=study.units[1], answers={"topic": "trade", "frames": ["economic"]})
    study.record(seat, unit=study.units[3])
    (found,) = like(study, seat, study.units[0], memories)
    assert (found.unit, found.text, found.is_near) == (study.units[1], SENTENCES[1], True)
    assert [mark.name for mark in found.marks] == ["trade", "economic"]
    assert 0.3 < found.similarity < 1


def test_the_sentence_itself_is_none_but_its_reprint_is(study: Study):
    seat, memories = study.seat("A"), Memories()
    study.record(seat, unit=study.units[0])
    study.record(seat, unit=study.units[4])
    (found,) = like(study, seat, study.units[0], memories)
    assert (found.unit, found.is_near) == (study.units[4], False)


def test_what_others_decided_is_never_shown(study: Study):
    memories = Memories()
    study.record(study.seat("B"), unit=study.units[1])
    assert like(study, study.seat("A"), study.units[0], memories) == []
    assert like(study, replace(study.seat("A"), phase="blind"), study.units[0], memories) == []


def test_undo_skip_and_revision_are_followed(study: Study):
    seat, memories = study.seat("A"), Memories()
    first = study.record(seat, unit=study.units[1])
    assert len(like(study, seat, study.units[0], memories)) == 1
    second = study.record(seat, unit=study.units[1], answers={"topic": "trade"}, supersedes=first.key)
    assert [mark.name for mark in like(study, seat, study.units[0], memories)[0].marks] == ["trade"]
    study.record(seat, unit=study.units[1], act="undo", supersedes=second.key)
    assert [mark.name for mark in like(study, seat, study.units[0], memories)[0].marks] == ["war"]
    study.record(seat, unit=study.units[1], act="skip")
    assert like(study, seat, study.units[0], memories) == []
    assert like(study, seat, study.units[0], Memories()) == []


def test_a_memory_made_at_once_is_that_made_step_by_step(study: Study):
    seat, memories = study.seat("A"), Memories()
    for unit in study.units[1:6]:
        study.record(seat, unit=unit)
        like(study, seat, study.units[0], memories)
    assert like(study, seat, study.units[0], memories) == like(study, seat, study.units[0], Memories())


def test_masked_names_are_neither_compared_nor_shown(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Document).values(author="Ann Lee", title="What Ann Lee says"))
    seat = replace(study.seat("A"), masked=("names",))
    study.record(seat, unit=study.units[2])
    (found,) = like(study, seat, study.units[0], Memories())
    assert (found.text, found.title) == ("Permanent jobs: 260 are what ▒▒▒▒▒▒▒ promises.", "What ▒▒▒▒▒▒▒ says")


def test_a_unit_of_no_project_is_not_found(study: Study):
    with pytest.raises(NotFoundError):
        like(study, study.seat("A"), "elsewhere", Memories())


def test_memories_are_bounded(study: Study):
    memories = Memories(most=2)
    seats = [study.seat(name) for name in "ABC"]
    first = memories.of(seats[0])
    assert memories.of(seats[0]) is first
    memories.of(seats[1]), memories.of(seats[2])
    assert memories.of(seats[0]) is not first


def test_many_threads_share_a_memory(study: Study):
    seat, memories = study.seat("A"), Memories()
    for unit in study.units[1:]:
        study.record(seat, unit=unit)
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([one.unit for one in like(study, seat, study.units[0], memories)]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({tuple(units) for units in found}) == 1
