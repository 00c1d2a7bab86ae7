import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from annotator.db import Assignment, Event, Project, Round, Tally, User
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, adjudication, chain, checking, examples, reviewing, unsettled
from annotator.services.adjudication import SettledMeanwhileError
from annotator.services.codebooks import published
from annotator.services.disputes import Memory
from annotator.services.recording import Recorded
from annotator.services.unsettled import Filters, Queue
from studies import SENTENCES, Study, make_act, make_study


@pytest.fixture
def study(database: Database) -> Study:
    """Two documents of four sentences; A and B differ on the first and the third of each."""
    study = make_study(database, documents=2, places=2)
    for number, unit in enumerate(study.units):
        for name, topic in (("A", "war"), ("B", "war" if number % 2 else "trade")):
            study.record(study.seat(name), unit=unit, answers={"topic": topic})
    return study


@pytest.fixture
def settle(study: Study) -> Callable[..., Recorded]:
    """Return what decides a unit as one of two adjudicators."""
    with study.database.transaction() as session:
        people = {name: accounts.create_user(session, name).id for name in ("Ada", "Bo")}

    def decide(unit: str, who: str = "Ada", *, seen: str | None = None, note: str = "", **act: Any) -> Recorded:
        with study.database.transaction() as session:
            project, user = session.get_one(Project, study.project_id), session.get_one(User, people[who])
            return adjudication.settle(session, project, user, make_act(unit=unit, **act), seen=seen, note=note)

    return decide


def queue(study: Study, *, user: int = 0, **filters: Any) -> Queue:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        return unsettled.read_queue(session, project, user, Filters(**filters), Memory())


def waiting(study: Study, **filters: Any) -> list[str]:
    return [one.unit for one in queue(study, **filters).waiting]


def in_force(study: Study, unit: str) -> adjudication.Decided | None:
    with study.database.reading() as session:
        row = reviewing.labels_of_units(session, study.project_id, range(1, 100), seat=None)
        number = next(number for number, said in row.items() if said[0].unit == unit)
        return adjudication.in_force(session, study.project_id, number)


def history(study: Study) -> list[dict[str, Any]]:
    with study.database.reading() as session:
        return list(chain.history(session, study.project_id))


def test_a_decision_is_an_act_of_its_own_and_the_originals_stay(study: Study, settle):
    before = history(study)
    settle("d0:s0", answers={"topic": "trade"}, comment="Goods are the point.")
    *others, last = history(study)
    assert others == before
    assert (last["kind"], last["answers"], last["comment"]) == (
        "adjudication",
        {"topic": "trade"},
        "Goods are the point.",
    )
    assert checking.check_database(study.database) == []


def test_a_decision_takes_nobody_a_place_not_even_the_adjudicators_own(study: Study, settle):
    with study.database.reading() as session:
        before = session.execute(select(Assignment.id, Assignment.state, Assignment.annotator_id)).all()
    settle("d0:s0")
    with study.database.reading() as session:
        assert session.execute(select(Assignment.id, Assignment.state, Assignment.annotator_id)).all() == before
        assert len(session.scalars(select(Tally)).all()) == 2


def test_what_is_settled_waits_no_more_and_is_counted(study: Study, settle):
    assert waiting(study) == ["d0:s0", "d0:s2", "d1:s0", "d1:s2"]
    settle("d0:s0")
    settle("d1:s0", act="skip", reason="cannot-decide")
    found = queue(study)
    assert [one.unit for one in found.waiting] == ["d0:s2", "d1:s2"]
    assert found.settled == 2


def test_taking_it_back_is_an_act_and_the_unit_waits_again(study: Study, settle):
    first = settle("d0:s0")
    settle("d0:s0", act="undo", seen=first.key)
    assert waiting(study)[0] == "d0:s0"
    assert [row["act"] for row in history(study)[-2:]] == ["answer", "undo"]
    with pytest.raises(ConflictError, match="nothing here"):
        settle("d0:s0", act="undo")


def test_revising_supersedes_ones_own_decision(study: Study, settle):
    first = settle("d0:s0", answers={"topic": "war"})
    settle("d0:s0", seen=first.key, answers={"topic": "trade"})
    assert history(study)[-1]["supersedes"] == first.key
    assert in_force(study, "d0:s0").answers == {"topic": "trade"}


def test_the_second_of_two_adjudicators_is_told(study: Study, settle):
    settle("d0:s0", answers={"topic": "war"})
    with pytest.raises(SettledMeanwhileError, match=r"C-\w{4} settled this sentence meanwhile"):
        settle("d0:s0", "Bo", answers={"topic": "trade"})
    assert in_force(study, "d0:s0").answers == {"topic": "war"}


def test_of_two_at_the_same_moment_one_decides_and_the_other_is_told(study: Study, settle):
    outcomes: list[tuple[str, str]] = []

    def decide(unit: str, who: str, start: threading.Barrier) -> None:
        start.wait()
        try:
            outcomes.append((unit, settle(unit, who).status))
        except SettledMeanwhileError:
            outcomes.append((unit, "told"))

    for unit in study.units:
        start = threading.Barrier(2)
        threads = [threading.Thread(target=decide, args=(unit, who, start)) for who in ("Ada", "Bo")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == [(unit, said) for unit in sorted(study.units) for said in ("stored", "told")]


def test_who_has_seen_the_others_decision_may_replace_it_and_take_that_back(study: Study, settle):
    first = settle("d0:s0", answers={"topic": "war"})
    second = settle("d0:s0", "Bo", seen=first.key, answers={"topic": "trade"})
    assert in_force(study, "d0:s0").answers == {"topic": "trade"}
    with pytest.raises(SettledMeanwhileError):
        settle("d0:s0", seen=first.key, answers={"topic": "other"})
    settle("d0:s0", "Bo", act="undo", seen=second.key)
    assert in_force(study, "d0:s0").answers == {"topic": "war"}


def test_the_newest_of_two_decisions_alone_is_shown_and_learned_from(study: Study, settle):
    first = settle("d0:s0", answers={"topic": "war"})
    settle("d0:s0", "Bo", seen=first.key, answers={"topic": "other"})
    with study.database.reading() as session:
        topic = published(session, study.project_id).codebook.question("topic")
        learned = examples.examples_of(session, study.project_id, topic)
        shown = reviewing.labels_of_units(session, study.project_id, [1], seat=None)[1]
    # Both documents begin with the same sentence; of the second it is learned what each annotator said.
    first_sentences = [one.labels for one in learned if one.text == SENTENCES[0]]
    assert sorted(first_sentences) == [("other",), ("trade",), ("war",)]
    assert len(learned) == 2 * len(study.units) - 1
    assert [one.marks[0].label for one in shown if one.kind == "adjudication"] == ["other"]


def test_what_cannot_be_decided_is_not_learned_from(study: Study, settle):
    settle("d0:s0", act="skip", reason="cannot-decide")
    with study.database.reading() as session:
        topic = published(session, study.project_id).codebook.question("topic")
        learned = examples.examples_of(session, study.project_id, topic)
    assert len(learned) == 2 * (len(study.units) - 1)


def test_the_same_decision_sent_twice_is_stored_once(study: Study, settle):
    key = "7f4a2d3e-0000-4000-8000-000000000001"
    settle("d0:s0", key=key, note="Say what trade is.")
    assert settle("d0:s0", key=key, note="Say what trade is.").status == "repeated"
    with study.database.reading() as session:
        assert len(adjudication.codebook_notes(session, session.get_one(Project, study.project_id))) == 1


def test_a_revision_sent_twice_is_stored_once_and_another_under_its_key_is_pointed_out(study: Study, settle):
    first = settle("d0:s0", answers={"topic": "trade"})
    second = {"key": "7f4a2d3e-0000-4000-8000-000000000002", "seen": first.key}
    settle("d0:s0", answers={"topic": "war"}, **second)
    assert settle("d0:s0", answers={"topic": "war"}, **second).status == "repeated"
    with pytest.raises(SettledMeanwhileError):
        settle("d0:s0", answers={"topic": "other"}, **second)
    assert [row["answers"]["topic"] for row in history(study) if row["kind"] == "adjudication"] == ["trade", "war"]


def test_a_note_for_the_codebook_is_kept_with_the_unit_and_decisions_are_logged(study: Study, settle):
    settle("d0:s0", note="Say what trade is.")
    with study.database.reading() as session:
        (note,) = adjudication.codebook_notes(session, session.get_one(Project, study.project_id))
        logged = session.scalars(select(Event).where(Event.kind == "adjudicated")).one()
    assert (note.text, note.unit, note.codebook, note.by) == ("Say what trade is.", "d0:s0", 1, "Ada")
    assert logged.details.keys() == {"unit", "act"}


@pytest.mark.parametrize("note", ["x" * 2001, "a\0b"])
def test_a_note_that_is_no_text_is_refused_before_anything_is_stored(study: Study, settle, note: str):
    with pytest.raises(InvalidInputError):
        settle("d0:s0", note=note)
    assert waiting(study)[0] == "d0:s0"


def test_units_of_elsewhere_are_not_found(study: Study, settle):
    with pytest.raises(NotFoundError):
        settle("d9:s0")


def test_who_labels_blind_sees_nothing_of_it_and_who_only_adjudicates_all(study: Study, settle):
    settle("d0:s0", "Ada")
    with study.database.transaction() as session:
        session.scalars(select(Round)).one().phase = "blind"
        ada, bo = (accounts.find_user(session, name).id for name in ("Ada", "Bo"))
        session.execute(
            Assignment.__table__.update().where(Assignment.unit_id == 1, Assignment.place == 1).values(state="done")
        )
    assert len(queue(study, user=ada).waiting) == 3
    study.record(study.seat(in_force(study, "d0:s0").code.removeprefix("C-")), unit="d1:s1")
    # Her own answer came when the places were taken, and waits for that; of the others' she sees nothing.
    (own,) = queue(study, user=ada).waiting
    assert (own.unit, own.topics, own.is_late) == ("d1:s1", {}, True)
    assert len(queue(study, user=bo).waiting) == 4


@pytest.mark.parametrize(
    ("filters", "units"),
    [
        ({"question": "topic"}, ["d0:s0", "d0:s2", "d1:s0", "d1:s2", "d1:s3"]),
        ({"question": "stance"}, ["d1:s3"]),
        ({"question": "nothing"}, []),
        ({"target": "russia"}, ["d1:s3"]),
        ({"label": "stance:not-at-issue"}, ["d1:s3"]),
        ({"label": "stance:against"}, ["d1:s3"]),
        ({"label": "stance:favor"}, []),
        ({"label": "topic:trade"}, ["d0:s0", "d0:s2", "d1:s0", "d1:s2"]),
        ({"annotator": "C-C"}, ["d1:s3"]),
        ({"annotator": "C-C", "other": "C-A"}, ["d1:s3"]),
        ({"annotator": "C-A", "other": "C-B"}, ["d0:s0", "d0:s2", "d1:s0", "d1:s2", "d1:s3"]),
        ({"annotator": "C-A", "other": "C-Z"}, []),
        ({"document": "d1"}, ["d1:s0", "d1:s1", "d1:s2", "d1:s3"]),
        ({"flagged": True}, ["d1:s1"]),
        ({"skipped": True}, []),
        ({"order": "disputed"}, ["d1:s3", "d0:s0", "d0:s2", "d1:s0", "d1:s2", "d1:s1"]),
    ],
)
def test_the_queue_can_be_narrowed_and_put_in_order(study: Study, filters: dict[str, Any], units: list[str]):
    russia = study.targets[0]
    both = {"A": {"topic": "war"}, "B": {"topic": "other"}, "C": {"topic": "war"}}
    both["A"] |= {"stance": [{"target": russia, "holder": {"kind": "author"}, "label": "against"}]}
    both["C"] |= {"stance": [], "targets_offered": [russia]}
    for name, answers in both.items():
        study.record(study.seat(name), unit="d1:s3", answers=answers)
    study.record(study.seat("A"), unit="d1:s1", answers={"topic": "war"}, is_flagged=True)
    if filters.get("target"):
        filters = {"target": russia}
    assert waiting(study, **filters) == units


def test_after_a_decision_the_next_in_the_text_comes_and_after_the_last_the_first(study: Study, settle):
    def following(unit: str, order: str = "text") -> str | None:
        found = queue(study)
        with study.database.reading() as session:
            project = session.get_one(Project, study.project_id)
            return unsettled.following(session, found, project, unit, order=order)

    settle("d0:s2")
    assert following("d0:s2") == "d1:s0"
    assert following("d0:s2", "disputed") == "d0:s0"
    settle("d1:s2")
    assert following("d1:s2") == "d0:s0"
    for unit in ("d0:s0", "d1:s0"):
        settle(unit)
    assert following("d1:s0") is None


def test_decisions_are_listed_the_newest_first_and_can_be_narrowed(study: Study, settle):
    settle("d0:s0", answers={"topic": "trade"})
    settle("d1:s2", "Bo", answers={"topic": "war"})

    def listed(**filters: Any) -> list[str]:
        with study.database.reading() as session:
            project = session.get_one(Project, study.project_id)
            found = unsettled.read_settled(session, project, Filters(**filters), page=1)
        assert found.total == len(found.rows)
        assert all(row.labelled[0].kind == "adjudication" for row in found.rows)
        return [row.unit for row in found.rows]

    assert listed() == ["d1:s2", "d0:s0"]
    assert listed(label="topic:trade") == ["d0:s0"]
    assert listed(document="d1") == ["d1:s2"]
    assert listed(annotator=in_force(study, "d0:s0").code) == ["d0:s0"]
