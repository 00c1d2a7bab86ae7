"""Trainings, and the checks that come while people label: what they are told, and what stays hidden from them."""

import pytest
from sqlalchemy import select, update

from annotator.db import Annotation, Assignment, ChainHead, Project, Round, Unit
from annotator.db.engines import Database
from annotator.services import checks, labelling, managing_rounds, members, reviewing, trainings
from annotator.services.checking import check_database, rebuild
from annotator.services.recording import record_act
from services.team import Team, make_team
from studies import make_act, make_study


@pytest.fixture
def team(database: Database) -> Team:
    """Three people; what the first four sentences say is known: it is war."""
    team = make_team(make_study(database, documents=3), "Ann", "Bo", "Expert")
    for unit in team.study.units[:4]:
        team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=unit, comment="It says so.")
    return team


def gold_of(team: Team, name: str, unit: str) -> list[str]:
    """Return the kinds of labels of a sentence that somebody can see."""
    with team.study.database.reading() as session:
        number = session.scalars(select(Unit.id).where(Unit.external_id == unit)).one()
        seat = team.seat_in(session, name)
        found = reviewing.labels_of_units(session, team.study.project_id, [number], seat=seat, phase=seat.phase)
        return [one.kind for one in found.get(number, ())]


def kinds(team: Team) -> list[str]:
    with team.study.database.reading() as session:
        return list(session.scalars(select(Annotation.kind).order_by(Annotation.sequence)))


def test_a_training_comes_before_the_real_work_and_is_passed_by_a_share_of_known_answers(team: Team):
    training = team.make(name="training", kind="training", pass_mark=0.75)
    main = team.make(name="main coding", after="training")
    for name, topics, passes in (("Ann", "wwww", True), ("Bo", "wwee", False)):
        assert team.seat(name).round_id == training
        for topic in topics:
            unit = team.claim(name)[0]
            team.answer(name, unit, answers={"topic": "war" if topic == "w" else "trade"})
        seat = team.seat(name)
        assert (seat.round_id == main, seat.is_closed) == (passes, not passes)
    assert team.claim("Ann")
    assert not team.claim("Bo")


def test_who_did_not_pass_is_let_through_or_trains_again(team: Team):
    training = team.make(name="training", kind="training", pass_mark=1.0)
    main = team.make(name="main coding", after="training")
    for name in ("Ann", "Bo"):
        team.label_all(name, answers={"topic": "trade"})
    with team.study.database.transaction() as session:
        trainings.let_pass(session, training, team.seat_in(session, "Ann").annotator_id)
        trainings.train_again(session, training, team.seat_in(session, "Bo").annotator_id)
    assert team.seat("Ann").round_id == main
    assert len(team.claim("Bo", count=9)) == 4
    for unit in team.claim("Bo", count=9):
        with team.study.database.reading() as session:
            earlier = labelling.view_unit(session, team.seat_in(session, "Bo"), unit).earlier
        team.answer("Bo", unit, supersedes=earlier.key if earlier else None)
    assert team.seat("Bo").round_id == main


def test_who_was_let_through_stays_so_when_an_answer_is_still_on_its_way(team: Team):
    training = team.make(name="training", kind="training", pass_mark=1.0)
    main = team.make(name="main coding", after="training")
    *done, last = team.claim("Ann", count=4)
    for unit in done:
        team.answer("Ann", unit, answers={"topic": "trade"})
    with team.study.database.transaction() as session:
        seat = team.seat_in(session, "Ann")
        trainings.let_pass(session, training, seat.annotator_id)
        record_act(session, seat, make_act(unit=last, answers={"topic": "trade"}))
    assert team.seat("Ann").round_id == main


def test_a_round_after_a_training_waits_for_it_to_be_passed(team: Team):
    team.make(name="training", kind="training", pass_mark=0.75)
    team.make(name="main coding", after="training")
    with team.study.database.reading() as session:
        found = {one.name: one.waits_for for one in managing_rounds.choices(session, team.seat_in(session, "Ann"))}
    assert found == {"main coding": "training", "training": None, "main": None}
    team.label_all("Ann")
    with team.study.database.reading() as session:
        assert {one.waits_for for one in managing_rounds.choices(session, team.seat_in(session, "Ann"))} == {None}


def test_the_answer_is_told_after_it_was_given_and_not_seen_before(team: Team):
    team.make(name="training", kind="training", pass_mark=0.5)
    unit = team.claim("Ann")[0]
    assert gold_of(team, "Ann", unit) == []
    team.answer("Ann", unit, answers={"topic": "trade"})
    assert "adjudication" in gold_of(team, "Ann", unit)
    with team.study.database.reading() as session:
        number = session.scalars(select(Unit.id).where(Unit.external_id == unit)).one()
        told = trainings.feedback(session, team.seat_in(session, "Ann"), number)
    assert told is not None
    assert (told.missed, told.known["topic"], told.given["topic"]) == (("topic",), "war", "trade")
    assert told.reason == "It says so."


def test_training_acts_label_nothing(team: Team):
    with team.study.database.reading() as session:
        before = session.scalars(select(ChainHead.labelled)).one()
    team.make(name="training", kind="training")
    team.label_all("Ann")
    with team.study.database.reading() as session:
        assert session.scalars(select(ChainHead.labelled)).one() == before
    assert set(kinds(team)) == {"adjudication", "training"}


def test_all_is_well_with_a_training_that_nobody_or_somebody_has_begun(team: Team):
    made = team.make(name="training", kind="training")
    for about in (lambda: None, lambda: team.label_all("Ann"), lambda: rebuild(team.study.database)):
        about()
        assert check_database(team.study.database) == []
        with team.study.database.reading() as session:
            assert session.get_one(Round, made).units == 4


def test_all_is_well_when_somebody_leaves_a_check_behind(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 1)
    team.make(retest_share=1.0)
    until_a_check_waits(team)
    with team.study.database.transaction() as session:
        members.give_places_back(session, team.users["Ann"], project_id=team.study.project_id)
    assert check_database(team.study.database) == []


def test_a_sentence_comes_again_without_what_was_said_of_it(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 2)
    team.make(retest_share=1.0)
    seen, retests = [], []
    while units := team.claim("Ann"):
        with team.study.database.reading() as session:
            viewed = labelling.view_unit(session, team.seat_in(session, "Ann"), units[0])
        if units[0] in seen:
            assert viewed.earlier is None
            assert gold_of(team, "Ann", units[0]) == []
            retests.append(units[0])
        team.answer("Ann", units[0])
        seen.append(units[0])
    assert retests
    assert kinds(team).count("retest") == len(retests)
    assert kinds(team).count("main") == len(team.study.units)


def test_a_known_sentence_comes_in_between_and_is_kept_apart(team: Team):
    team.make(selection="search", criteria={"labelled": "no"}, check_share=1.0)
    done = team.label_all("Ann")
    assert set(team.study.units[:4]) & set(done)
    with team.study.database.reading() as session:
        modes = session.execute(
            select(Annotation.kind, Annotation.selection_mode).where(Annotation.kind == "gold-check").distinct()
        ).all()
    assert [tuple(row) for row in modes] == [("gold-check", "gold-check")]


def test_a_check_waits_for_its_annotator_however_long(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 1)
    made = team.make(retest_share=1.0)
    until_a_check_waits(team)
    with team.study.database.transaction() as session:
        session.execute(update(Assignment).where(Assignment.is_personal).values(lease_ends_at=1))
    team.label_all("Bo")
    with team.study.database.reading() as session:
        retest = select(Round.id).where(Round.parent_id == made)
        taken = select(Annotation.annotator_id).where(Annotation.round_id.in_(retest))
        mine = team.seat_in(session, "Bo").annotator_id
        held = select(Assignment.annotator_id).where(Assignment.unit_id.in_(waiting(team)), Assignment.is_personal)
        assert set(session.scalars(taken)) <= {mine}
        assert set(session.scalars(held)) - {mine}


def until_a_check_waits(team: Team) -> None:
    while units := team.claim("Ann"):
        if waiting(team):
            return
        team.answer("Ann", units[0])


def waiting(team: Team) -> list[int]:
    with team.study.database.reading() as session:
        return checks.held(session, team.seat_in(session, "Ann"))


def test_an_act_on_a_check_that_is_sent_twice_is_stored_once(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 1)
    team.make(retest_share=1.0)
    until_a_check_waits(team)
    with team.study.database.reading() as session:
        unit = session.get_one(Unit, waiting(team)[0]).external_id
    key = "6f0b8f2e-6a0c-4a54-9c3b-2f6a3d1e0c11"
    assert team.answer("Ann", unit, key=key).status == "stored"
    assert team.answer("Ann", unit, key=key).status == "repeated"
    assert kinds(team).count("retest") == 1
    undone = team.answer("Ann", unit, act="undo", supersedes=key)
    assert undone.status == "stored"
    assert kinds(team)[-1] == "retest"


def test_whoever_labels_blind_sees_nobody_elses_labels_anywhere(team: Team):
    unit = team.study.units[-1]
    team.answer("Bo", unit)
    assert gold_of(team, "Ann", unit) == ["main"]
    made = team.make()
    assert gold_of(team, "Ann", unit) == []
    with team.study.database.transaction() as session:
        session.get_one(Round, made).closed_at = session.get_one(Project, team.study.project_id).created_at
    assert gold_of(team, "Ann", unit) == ["main"]


def test_what_is_settled_takes_nobody_a_place(team: Team):
    with team.study.database.reading() as session:
        assert session.scalars(select(Assignment.state).distinct()).all() == ["open"]
