"""What can go wrong around a round: people leave, sentences are withdrawn, making it is cut off, rounds are changed."""

import pytest
from sqlalchemy import delete, func, select, update

from annotator.db import Annotator, Assignment, Job, Membership, Project, Round, RoundMember, Unit, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError
from annotator.services import (
    checks,
    drawing,
    jobs,
    labelling,
    managing_rounds,
    members,
    rounds,
    trainings,
    unfinished_rounds,
    visibility,
)
from annotator.services.datasets import import_data_set
from annotator.worker import run_waiting
from services.team import Team, code_of, make_team
from services.test_datasets import contents, export, fresh
from services.test_trainings import gold_of, kinds, until_a_check_waits, waiting
from studies import make_study


@pytest.fixture
def team(database: Database) -> Team:
    """Three people; what the first four sentences say is known: it is war."""
    team = make_team(make_study(database, documents=3), "Ann", "Bo", "Expert")
    for unit in team.study.units[:4]:
        team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=unit, comment="It says so.")
    return team


def leave(team: Team, name: str) -> None:
    with team.study.database.transaction() as session:
        members.give_places_back(session, team.users[name], project_id=team.study.project_id)


def withdraw(team: Team, unit: str) -> None:
    with team.study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == unit).values(withdrawn_at=now()))


def cut_off(team: Team, monkeypatch, **plan) -> int:
    """Let the making of a round be killed after its first places; return its number."""
    insert, made = drawing._details, []

    def killed(*given):
        made.append(given)
        if len(made) > 1:
            raise KeyboardInterrupt
        return insert(*given)

    with monkeypatch.context() as patched:
        patched.setattr(drawing, "CHUNK", 5)
        patched.setattr(drawing, "_details", killed)
        with pytest.raises(KeyboardInterrupt):
            team.make(**{"retest_share": 0.1, "members": (code_of(team, "Ann"),), **plan})
    with team.study.database.reading() as session:
        found = session.scalars(select(Round).where(Round.name == "reliability")).one()
        assert (found.is_ready, len(units_of(session, found.id))) == (False, 5)
        return found.id


def units_of(session, made: int) -> list[int]:
    return list(session.scalars(select(Assignment.unit_id).where(Assignment.round_id == made)))


def let_pass_a_minute(team: Team) -> None:
    """Let the heart of whoever does a job have been still for too long."""
    with team.study.database.transaction() as session:
        session.execute(update(Job).values(heartbeat_at=now() - 2 * jobs.LOST_AFTER))


def test_a_worker_goes_on_where_the_making_of_a_round_was_cut_off(team: Team, monkeypatch):
    made = cut_off(team, monkeypatch, order="random")
    assert team.seat("Ann").is_in_main
    let_pass_a_minute(team)
    run_waiting(team.study.database)
    assert team.seat("Ann").round_id == made
    with team.study.database.reading() as session:
        places = units_of(session, made)
        assert (len(places), len(set(places))) == (12, 12)
        assert session.get_one(Round, made).is_ready


def test_a_large_round_is_left_to_a_job_and_nobody_labels_in_it_before(team: Team, monkeypatch):
    monkeypatch.setattr(drawing, "MADE_AT_ONCE", 11)
    made = team.make(annotators=2, overlap=0.5)
    assert team.seat("Ann").is_in_main
    run_waiting(team.study.database)
    run_waiting(team.study.database)
    assert team.seat("Ann").round_id == made
    with team.study.database.reading() as session:
        assert len(units_of(session, made)) == 18


def test_a_round_that_is_ready_is_not_made_again(team: Team):
    made = team.make()
    unit = team.claim("Ann")[0]
    drawing.fill_round(team.study.database, made)
    assert team.claim("Ann") == [unit]


def test_a_worker_that_was_only_slow_takes_nothing_from_who_labels_by_then(team: Team, monkeypatch):
    monkeypatch.setattr(drawing, "MADE_AT_ONCE", 0)
    made, clear, held = team.make(), drawing._clear, []

    def after_another(*given):
        monkeypatch.setattr(drawing, "_clear", clear)
        drawing.fill_round(team.study.database, made)
        held.extend(team.claim("Ann", count=3))
        clear(*given)

    monkeypatch.setattr(drawing, "_clear", after_another)
    drawing.fill_round(team.study.database, made)
    assert team.claim("Ann", count=3) == held
    with team.study.database.reading() as session:
        assert len(units_of(session, made)) == 12


def test_a_round_is_not_opened_while_places_are_missing(team: Team, monkeypatch):
    """Two workers may be at it, where the heart of one stood still but not the worker."""
    monkeypatch.setattr(drawing, "MADE_AT_ONCE", 0)
    made, add = team.make(), drawing._add_places

    def and_take_some_away(*given, **more):
        add(*given, **more)
        with team.study.database.transaction() as session:
            session.execute(delete(Assignment).where(Assignment.round_id == made, Assignment.unit_id < 5))

    monkeypatch.setattr(drawing, "_add_places", and_take_some_away)
    with pytest.raises(ValueError, match="two workers"):
        drawing.fill_round(team.study.database, made)
    with team.study.database.reading() as session:
        assert not session.get_one(Round, made).is_ready


def test_who_comes_back_into_a_training_finds_what_they_had_not_labelled(team: Team):
    team.make(name="training", kind="training", pass_mark=1.0)
    main = team.make(name="main coding", after="training")
    team.answer("Ann", team.claim("Ann")[0])
    leave(team, "Ann")
    assert len(team.label_all("Ann")) == 3 + len(team.study.units)
    assert team.seat("Ann").round_id == main


def test_a_training_ends_without_the_sentence_that_was_withdrawn(team: Team):
    team.make(name="training", kind="training", pass_mark=1.0)
    main = team.make(name="main coding", after="training")
    for unit in team.claim("Ann", count=4)[:3]:
        team.answer("Ann", unit)
    withdraw(team, team.claim("Ann")[0])
    assert team.claim("Ann") == []
    assert team.seat("Ann").round_id == main


def test_a_check_is_not_given_out_once_its_sentence_is_withdrawn(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 1)
    team.make(retest_share=1.0)
    until_a_check_waits(team)
    with team.study.database.reading() as session:
        unit = session.get_one(Unit, waiting(team)[0]).external_id
    withdraw(team, unit)
    assert unit not in team.claim("Ann", count=9)


def test_changing_the_round_does_not_open_what_a_check_hides(team: Team):
    team.make(name="training", kind="training")
    unit = team.claim("Ann")[0]
    assert gold_of(team, "Ann", unit) == []
    with team.study.database.transaction() as session:
        main = rounds.main_round(session, team.study.project_id).id
        managing_rounds.enter_round(session, team.seat_in(session, "Ann"), main)
    assert team.seat("Ann").round_id == main
    assert gold_of(team, "Ann", unit) == []


def test_changing_the_round_does_not_open_ones_own_answer_to_a_retest(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 1)
    team.make(retest_share=1.0)
    until_a_check_waits(team)
    with team.study.database.transaction() as session:
        unit = session.get_one(Unit, waiting(team)[0]).external_id
        main = rounds.main_round(session, team.study.project_id).id
        managing_rounds.enter_round(session, team.seat_in(session, "Ann"), main)
    with team.study.database.reading() as session:
        assert labelling.view_unit(session, team.seat_in(session, "Ann"), unit).earlier is None
    team.answer("Ann", unit)
    assert kinds(team)[-1] == "retest"


def test_a_round_that_was_given_up_holds_up_nobody_and_is_removed(team: Team, monkeypatch):
    made = cut_off(team, monkeypatch)
    with team.study.database.transaction() as session:
        session.execute(update(Job).values(attempt=jobs.MAX_ATTEMPTS))
    let_pass_a_minute(team)
    run_waiting(team.study.database)
    assert team.seat("Ann").is_in_main
    with team.study.database.transaction() as session:
        assert rounds.phase(session, team.study.project_id) == "open"
        unfinished_rounds.remove_abandoned(session, session.get_one(Round, made))
    with team.study.database.reading() as session:
        assert session.scalars(select(Round.name)).all() == ["main"]
        assert session.scalar(select(func.count()).select_from(RoundMember)) == 0
        assert session.scalars(select(Annotator.round_id)).all() == [None] * 4
    assert team.make()


@pytest.mark.parametrize("is_cut_off", [True, False])
def test_a_round_in_the_making_or_in_use_is_not_removed(team: Team, monkeypatch, is_cut_off: bool):
    made = cut_off(team, monkeypatch) if is_cut_off else team.make()
    with team.study.database.transaction() as session, pytest.raises(ConflictError):
        unfinished_rounds.remove_abandoned(session, session.get_one(Round, made))


def test_an_act_on_its_way_is_stored_when_the_round_is_closed(team: Team):
    made = team.make()
    unit = team.claim("Ann")[0]
    with team.study.database.transaction() as session:
        managing_rounds.close_round(session, session.get_one(Round, made))
    assert team.answer("Ann", unit).status == "stored"
    with team.study.database.reading() as session:
        place = select(Assignment.state).join(Unit, Unit.id == Assignment.unit_id)
        assert session.scalars(place.where(Assignment.round_id == made, Unit.external_id == unit)).all() == ["done"]


def test_rounds_travel_with_training_checks_members_and_quota(team: Team, monkeypatch, tmp_path, migrated_file):
    monkeypatch.setattr(checks, "GAP", 1)
    members_ = (code_of(team, "Ann"), code_of(team, "Bo"))
    team.make(name="training", kind="training", pass_mark=1.0)
    team.make(name="main coding", after="training", members=members_, annotators=2, overlap=0.5, quota=9,
              retest_share=0.3, check_share=0.3)  # fmt: skip
    team.label_all("Ann")
    team.answer("Bo", team.claim("Bo")[0], answers={"topic": "trade"})
    cut_off(team, monkeypatch)
    first = export(team.study.database, tmp_path / "first")
    with fresh(migrated_file, tmp_path / "two") as two:
        import_data_set(two, first, project_name="Study")
        assert contents(export(two, tmp_path / "second")) == contents(first)
        with two.reading() as session:
            names = set(session.scalars(select(Round.name)))
            done = session.scalar(select(RoundMember.passed_at).where(RoundMember.score.is_not(None)))
    assert names >= {"main", "training", "main coding", "main coding: retest", "main coding: gold-check"}
    assert not any(name.startswith("reliability") for name in names)
    assert done is not None


def test_two_tabs_get_the_same_sentences(team: Team):
    team.make(annotators=2)
    first = team.claim("Ann", count=3)
    assert team.claim("Ann", count=3) == first
    assert team.answer("Ann", first[0]).status == "stored"
    assert team.claim("Ann", count=2) == first[1:]


def test_an_owner_who_was_asked_to_label_blind_counts_as_one_who_does(team: Team):
    with team.study.database.transaction() as session:
        session.execute(delete(Membership))
        session.add(Membership(project_id=team.study.project_id, user_id=team.users["Ann"], role="owner"))
    team.make(members=(code_of(team, "Ann"),))
    with team.study.database.reading() as session:
        project = session.get_one(Project, team.study.project_id)
        assert visibility.labels_blind(session, project, team.users["Ann"])
        assert not visibility.labels_blind(session, project, team.users["Bo"])


def test_letting_somebody_pass_outlives_an_empty_claim(team: Team):
    training = team.make(name="training", kind="training", pass_mark=1.0)
    team.label_all("Ann", answers={"topic": "trade"})
    with team.study.database.transaction() as session:
        seat = team.seat_in(session, "Ann")
        trainings.let_pass(session, training, seat.annotator_id)
    assert team.claim("Ann") == []
    with team.study.database.reading() as session:
        member = session.get_one(RoundMember, (training, team.seat_in(session, "Ann").annotator_id))
        assert member.passed_at is not None
        assert session.get_one(User, team.users["Ann"])
