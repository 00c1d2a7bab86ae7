import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from annotator.db import Annotation, Answer, Assignment, ChainHead, CurrentAnnotation, Project, Tally, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError, StorageFullError
from annotator.services import chain, codebooks, current, projects
from annotator.services.acts import Act
from annotator.services.claiming import claim_next
from annotator.services.recording import record_act
from annotator.services.seats import Seat
from studies import SECOND_CODEBOOK, Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database)


@pytest.fixture
def seat(study: Study) -> Seat:
    return study.seat("A")


def claim(study: Study, seat: Seat) -> str | None:
    with study.database.transaction() as session:
        return claim_next(session, seat)


def counts_now(study: Study, seat: Seat, unit: str) -> str | None:
    """Return the key of the act that counts."""
    with study.database.reading() as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.external_id == unit)).one()
        found = current.newest(session, seat, unit_id)
        return found and found.key


def labelled(study: Study) -> int:
    with study.database.reading() as session:
        return session.scalars(select(ChainHead.labelled)).one()


def done(study: Study, seat: Seat) -> int:
    with study.database.reading() as session:
        return session.scalar(select(Tally.done).where(Tally.annotator_id == seat.annotator_id)) or 0


def acts(study: Study) -> list[dict[str, Any]]:
    with study.database.reading() as session:
        return list(chain.history(session, study.project_id))


def expire_leases(study: Study) -> None:
    with study.database.transaction() as session:
        # One that has no end does not get one here.
        passed = Assignment.lease_ends_at - 10_000
        session.execute(update(Assignment).where(Assignment.state == "claimed").values(lease_ends_at=passed))


def test_act_is_stored_with_its_answers_and_everything_around_it(study: Study, seat: Seat):
    unit = claim(study, seat)
    at = datetime(2026, 5, 4, 10, 21, 7, 123456, tzinfo=UTC)
    shown = {"timing": "after", "classifiers": {"topic": 7}, "suggestions": []}
    study.record(
        replace(seat, masked=("outlet",)),
        unit=unit,
        answers={"topic": "war", "frames": []},
        first_answers={"topic": "trade"},
        comment="Não sei 😀",
        is_flagged=True,
        active_seconds=3.25,
        client_at=at,
        suggestions_shown=shown,
    )
    (row,) = acts(study)
    assert row["answers"] == {"topic": "war", "frames": []}
    assert row["first_answers"] == {"topic": "trade"}
    assert (row["comment"], row["flagged"], row["active_seconds"]) == ("Não sei 😀", True, 3.25)
    assert row["client_at"] == "2026-05-04T10:21:07.123456Z"
    assert (row["suggestions"], row["masked"], row["arm"]) == (shown, ["outlet"], row["arm"])
    assert row["selection"] == {"mode": "sequential", "probability": 1.0}
    assert (row["late"], row["stale"], row["round"], row["annotator"]) == (False, False, "main", "C-A")


def test_repeated_act_is_stored_once_and_answered_alike(study: Study, seat: Seat):
    key = str(uuid.uuid4())
    first = study.record(seat, unit=study.units[0], key=key)
    again = study.record(seat, unit=study.units[0], key=key)
    assert (first.status, again.status) == ("stored", "repeated")
    assert (again.key, again.sequence, again.unit) == (key, first.sequence, study.units[0])
    assert len(acts(study)) == labelled(study) == done(study, seat) == 1


def test_time_of_an_act_does_not_make_it_another(study: Study, seat: Seat):
    key = str(uuid.uuid4())
    study.record(seat, unit=study.units[0], key=key, active_seconds=1.0, client_at=now())
    assert study.record(seat, unit=study.units[0], key=key, active_seconds=9.0).status == "repeated"


def test_same_key_with_other_content_keeps_both(study: Study, seat: Seat):
    key = str(uuid.uuid4())
    study.record(seat, unit=study.units[0], key=key)
    other = study.record(seat, unit=study.units[0], key=key, answers={"topic": "trade"})
    again = study.record(seat, unit=study.units[0], key=key, answers={"topic": "trade"})
    assert (other.status, again.status) == ("differs", "differs")
    assert other.key == again.key != key
    assert [act["answers"]["topic"] for act in acts(study)] == ["war", "trade"]


def test_keys_belong_to_their_annotator(study: Study, seat: Seat):
    key = str(uuid.uuid4())
    assert study.record(seat, unit=study.units[0], key=key).status == "stored"
    assert study.record(study.seat("B"), unit=study.units[0], key=key, answers={"topic": "trade"}).status == "stored"
    assert {act["annotator"] for act in acts(study) if act["key"] == key} == {"C-A", "C-B"}


def test_one_act_sent_twice_at_the_same_time_is_stored_once(study: Study, seat: Seat):
    key, found, barrier = str(uuid.uuid4()), [], threading.Barrier(4)

    def send() -> None:
        barrier.wait()
        found.append(study.record(seat, unit=study.units[0], key=key).status)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["repeated", "repeated", "repeated", "stored"]


def test_revision_supersedes_and_is_what_counts(study: Study, seat: Seat):
    first = study.record(seat, unit=study.units[0])
    second = study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    assert not second.is_stale
    assert counts_now(study, seat, study.units[0]) == second.key
    assert acts(study)[1]["supersedes"] == first.key
    assert labelled(study) == done(study, seat) == 1


def test_revision_of_what_is_not_the_newest_is_marked_stale_and_kept(study: Study, seat: Seat):
    first = study.record(seat, unit=study.units[0])
    second = study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    third = study.record(seat, unit=study.units[0], answers={"topic": "other"}, supersedes=first.key)
    blind = study.record(seat, unit=study.units[0], answers={"topic": None})
    assert [act["stale"] for act in acts(study)] == [False, False, True, True]
    assert third.is_stale
    assert blind.is_stale
    assert second.key != counts_now(study, seat, study.units[0]) == blind.key


def test_revision_that_overtakes_what_it_revises_waits_for_it(study: Study, seat: Seat):
    with pytest.raises(ConflictError, match="is not here"):
        study.record(seat, unit=study.units[0], supersedes=str(uuid.uuid4()))
    assert acts(study) == []


def test_act_of_somebody_else_cannot_be_revised(study: Study, seat: Seat):
    theirs = study.record(study.seat("B"), unit=study.units[0])
    with pytest.raises(ConflictError):
        study.record(seat, unit=study.units[0], act="undo", supersedes=theirs.key)


def test_undo_opens_the_place_for_the_same_annotator(study: Study, seat: Seat):
    unit = claim(study, seat)
    first = study.record(seat, unit=unit)
    assert claim(study, seat) != unit
    study.record(seat, unit=unit, act="undo", supersedes=first.key)
    assert counts_now(study, seat, unit or "") is None
    assert labelled(study) == done(study, seat) == 0
    assert claim(study, seat) == unit


def test_place_opened_by_an_undo_runs_out_like_any_other(study: Study, seat: Seat):
    # Answered without having been claimed, so that there never was a lease.
    first = study.record(seat, unit=study.units[0])
    study.record(seat, unit=study.units[0], act="undo", supersedes=first.key)
    expire_leases(study)
    assert claim(study, study.seat("B")) == study.units[0]


def test_undo_of_a_revision_brings_the_earlier_answer_back(study: Study, seat: Seat):
    first = study.record(seat, unit=study.units[0])
    second = study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    study.record(seat, unit=study.units[0], act="undo", supersedes=second.key)
    assert counts_now(study, seat, study.units[0]) == first.key
    study.record(seat, unit=study.units[0], act="undo", supersedes=first.key)
    assert counts_now(study, seat, study.units[0]) is None
    assert labelled(study) == done(study, seat) == 0
    third = study.record(seat, unit=study.units[0])
    assert not third.is_stale
    assert labelled(study) == done(study, seat) == 1


def test_undo_of_an_older_act_leaves_the_newest(study: Study, seat: Seat):
    first = study.record(seat, unit=study.units[0])
    second = study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    study.record(seat, unit=study.units[0], act="undo", supersedes=first.key)
    assert counts_now(study, seat, study.units[0]) == second.key


def test_undo_of_what_is_not_the_newest_is_marked_stale(study: Study, seat: Seat):
    first = study.record(seat, unit=study.units[0])
    study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    undone = study.record(seat, unit=study.units[0], act="undo", supersedes=first.key)
    assert undone.is_stale
    newest = study.record(seat, unit=study.units[1])
    assert not study.record(seat, unit=study.units[1], act="undo", supersedes=newest.key).is_stale


def test_undo_must_say_what_it_undoes(study: Study, seat: Seat):
    with pytest.raises(InvalidInputError, match="An undo must say what it undoes"):
        study.record(seat, unit=study.units[0], act="undo")


def test_skipped_unit_is_done_with_but_not_labelled(study: Study, seat: Seat):
    unit = claim(study, seat)
    study.record(seat, unit=unit, act="skip", comment="not a sentence")
    assert (labelled(study), done(study, seat)) == (0, 1)
    assert claim(study, seat) not in (unit, None)
    (row,) = acts(study)
    assert (row["act"], row["answers"], row["comment"]) == ("skip", None, "not a sentence")


def test_answer_after_the_place_went_to_somebody_else_is_kept_as_late(study: Study, seat: Seat):
    other = study.seat("B")
    unit = claim(study, seat)
    expire_leases(study)
    assert claim(study, other) == unit
    mine = study.record(seat, unit=unit)
    theirs = study.record(other, unit=unit)
    assert (mine.is_late, theirs.is_late) == (True, False)
    assert [act["late"] for act in acts(study)] == [True, False]
    assert (done(study, seat), done(study, other)) == (0, 1)
    assert counts_now(study, seat, unit or "") == mine.key


def test_answer_after_the_lease_ran_out_to_nobody_is_in_time(study: Study, seat: Seat):
    unit = claim(study, seat)
    expire_leases(study)
    assert not study.record(seat, unit=unit).is_late


def test_unit_two_people_answered_is_one_labelled_unit(study: Study, seat: Seat):
    mine = study.record(seat, unit=study.units[0])
    theirs = study.record(study.seat("B"), unit=study.units[0])
    assert labelled(study) == 1
    study.record(seat, unit=study.units[0], act="undo", supersedes=mine.key)
    assert labelled(study) == 1
    study.record(study.seat("B"), unit=study.units[0], act="undo", supersedes=theirs.key)
    assert labelled(study) == 0


def test_answer_to_a_unit_withdrawn_meanwhile_is_kept(study: Study, seat: Seat):
    unit = claim(study, seat)
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == unit).values(withdrawn_at=now()))
    assert study.record(seat, unit=unit).status == "stored"


def test_answer_is_stored_with_the_codebook_version_it_was_given_under(study: Study, seat: Seat):
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
    study.record(seat, unit=study.units[0], answers={"topic": "other"}, codebook=1)
    study.record(seat, unit=study.units[1], answers={"ironic": "yes-it-is"}, codebook=2)
    with pytest.raises(InvalidInputError, match="“other” is no label of “topic” in this codebook"):
        study.record(seat, unit=study.units[2], answers={"topic": "other"}, codebook=2)
    with pytest.raises(NotFoundError, match="no codebook version 3"):
        study.record(seat, unit=study.units[2], codebook=3)
    assert [(act["codebook"], act["answers"]) for act in acts(study)] == [
        (1, {"topic": "other"}),
        (2, {"ironic": "yes-it-is"}),
    ]


def test_target_added_meanwhile_is_known_at_once(study: Study, seat: Seat):
    study.record(seat, unit=study.units[0])
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        uuid_ = projects.add_target(session, project, "The West").uuid
    stance = {"target": uuid_, "holder": {"kind": "author"}, "label": "against"}
    study.record(seat, unit=study.units[1], answers={"stance": [stance], "targets_offered": [uuid_]})
    assert acts(study)[1]["answers"] == {"stance": [stance], "targets_offered": [uuid_]}


def test_kinds_of_work_count_apart(study: Study, seat: Seat):
    main = study.record(seat, unit=study.units[0])
    gold = study.record(replace(seat, kind="adjudication"), unit=study.units[0], answers={"topic": "trade"})
    assert counts_now(study, seat, study.units[0]) == main.key
    assert counts_now(study, replace(seat, kind="adjudication"), study.units[0]) == gold.key
    assert labelled(study) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"act": "dance"}, "“dance” is nothing that can be done"),
        ({"answers": {}}, "Nothing was answered"),
        ({"answers": None}, "Nothing was answered"),
        ({"answers": {"targets_offered": []}}, "Nothing was answered"),
        ({"key": "not a uuid"}, "“not a uuid” is no key of an act"),
        ({"comment": "x" * 10_001}, "at most 10,000 characters"),
        ({"comment": "a\0b"}, "at most 10,000 characters"),
        ({"comment": "\udc80"}, "at most 10,000 characters"),
    ],
)
def test_act_that_cannot_be_stored_is_refused_in_a_sentence(study: Study, seat: Seat, given: Any, sentence: str):
    with pytest.raises(InvalidInputError, match=sentence):
        study.record(seat, unit=study.units[0], **given)
    assert acts(study) == []


def test_unit_of_no_project_is_not_found(study: Study, seat: Seat):
    with pytest.raises(NotFoundError, match="not in the project"):
        study.record(seat, unit="elsewhere")


@pytest.mark.parametrize(("sent", "kept"), [(-5.0, 0.0), (1e9, 86_400.0), (None, None)])
def test_time_spent_by_a_clock_gone_wrong_is_cut(study: Study, seat: Seat, sent: Any, kept: Any):
    study.record(seat, unit=study.units[0], active_seconds=sent)
    assert acts(study)[0]["active_seconds"] == kept


def test_full_disk_loses_nothing_and_the_same_database_goes_on(sqlite_database: Database):
    study = make_study(sqlite_database, documents=40)
    seat, results = study.seat("A"), []
    limit_pages(sqlite_database, "(SELECT page_count FROM pragma_page_count) + 3")
    with pytest.raises(StorageFullError, match="so nothing was stored"):
        results.extend(study.record(seat, unit=unit, comment="x" * 2000) for unit in study.units)
    stored = len(results)
    assert stored > 0
    assert len(acts(study)) == labelled(study) == done(study, seat) == stored
    limit_pages(sqlite_database, "1000000")
    assert study.record(seat, unit=study.units[stored]).status == "stored"
    assert [act["sequence"] for act in acts(study)] == list(range(1, stored + 2))


def limit_pages(database: Database, pages: str) -> None:
    """Let the file grow no further, as on a full disk; the limit is one of the connection."""
    with database.transaction() as session:
        count = session.scalar(text(f"SELECT {pages}"))
        session.execute(text(f"PRAGMA max_page_count = {count}"))


def test_failure_in_the_middle_of_an_act_leaves_nothing_of_it(
    study: Study, seat: Seat, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("pulled out")

    monkeypatch.setattr(current, "finish_place", fail)
    with pytest.raises(RuntimeError):
        study.record(seat, unit=study.units[0])
    with study.database.reading() as session:
        rows = [
            session.scalar(select(func.count()).select_from(table)) for table in (Annotation, Answer, CurrentAnnotation)
        ]
        assert rows == [0, 0, 0]
        assert session.scalars(select(ChainHead.sequence)).one() == 0


def test_several_acts_of_one_transaction_are_stored_together_or_not_at_all(study: Study, seat: Seat):
    good = Act(key=str(uuid.uuid4()), unit=study.units[0], codebook=1, answers={"topic": "war"})

    def record_both() -> None:
        with study.database.transaction() as session:
            record_act(session, seat, good)
            record_act(session, seat, replace(good, key=str(uuid.uuid4()), unit="elsewhere"))

    with pytest.raises(NotFoundError):
        record_both()
    assert acts(study) == []
