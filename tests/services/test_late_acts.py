"""What somebody sends after they were removed from a project: kept as late, if they had a place there before."""

from typing import Any

import pytest
from sqlalchemy import func, select

from annotator.db import Annotation, Assignment, Event, Membership, Project, User
from annotator.db.engines import Database
from annotator.errors import AnnotatorError, NotFoundError
from annotator.services import accounts, arrivals, checking, claiming, late_acts, members, seats
from annotator.services.recording import Recorded
from annotator.services.seats import Seat
from services.team import Team, make_team
from services.test_arrivals import came
from studies import Study, make_act, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=2)


@pytest.fixture
def owner(study: Study) -> User:
    return join(study, "Owner", "owner")


@pytest.fixture
def ann(study: Study, owner: User) -> User:
    """An annotator who holds two sentences."""
    user = join(study, "Ann", "annotator")
    with study.database.transaction() as session:
        claiming.claim_ahead(
            session, seats.take_seat(session, session.get_one(Project, study.project_id), user), count=2
        )
    return user


def join(study: Study, name: str, role: str) -> User:
    with study.database.transaction() as session:
        user = accounts.create_user(session, name)
        session.add(Membership(project_id=study.project_id, user_id=user.id, role=role))
        return user


def seat_of(study: Study, user: User) -> Seat:
    with study.database.reading() as session:
        found = seats.find_seat(session, session.get_one(Project, study.project_id), user.id)
        assert found is not None
        return found


def remove(study: Study, owner: User, user: User) -> None:
    with study.database.transaction() as session:
        members.remove_member(session, session.get_one(Project, study.project_id), owner, user.uuid)


def send(study: Study, user: User, unit: int, **act: Any) -> Recorded:
    seat = seat_of(study, user)
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        return late_acts.record_late(session, project, user, seat, make_act(unit=study.units[unit], **act))


def test_what_comes_after_its_annotator_was_removed_is_stored_under_their_code_and_flagged(
    study: Study, owner: User, ann: User
):
    remove(study, owner, ann)
    recorded = send(study, ann, 0)
    assert (recorded.status, recorded.is_late) == ("stored", True)
    assert came(study) == [(study.units[0], 1, arrivals.LATE)]
    with study.database.reading() as session:
        act = session.scalars(select(Annotation)).one()
        assert (act.annotator_id, act.kind) == (seat_of(study, ann).annotator_id, "main")
        assert (act.selection_mode, act.selection_probability) == ("sequential", 1.0)
        logged = session.scalars(select(Event).where(Event.kind == late_acts.KIND)).one()
        assert (logged.user_id, logged.details["act"]) == (ann.id, act.key)
    assert checking.check_database(study.database) == []


def test_the_place_that_was_given_back_stays_free_for_somebody_else(study: Study, owner: User, ann: User):
    remove(study, owner, ann)
    send(study, ann, 0)
    with study.database.transaction() as session:
        assert set(session.scalars(select(Assignment.state))) == {"open"}
        assert claiming.claim_next(session, seat_of_new(study, session)) == study.units[0]


def seat_of_new(study: Study, session: Any) -> Seat:
    from studies import sit

    return sit(session, study.project_id, "NEW")


def test_the_same_act_sent_twice_is_stored_and_logged_once(study: Study, owner: User, ann: User):
    remove(study, owner, ann)
    key = "9dd2a9b5-6d5c-4e5e-8c5b-0a9f6d1f3a11"
    assert [send(study, ann, 0, key=key).status for _ in range(2)] == ["stored", "repeated"]
    with study.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Annotation)) == 1
        assert session.scalar(select(func.count()).where(Event.kind == late_acts.KIND)) == 1


def test_an_act_that_had_been_stored_before_can_be_revised_and_taken_back(study: Study, owner: User, ann: User):
    first = study.record(seat_of(study, ann), unit=study.units[0])
    remove(study, owner, ann)
    second = send(study, ann, 0, supersedes=first.key, answers={"topic": "trade"})
    third = send(study, ann, 0, act="undo", supersedes=second.key)
    assert [(one.is_late, one.is_stale) for one in (second, third)] == [(True, False)] * 2
    assert checking.check_database(study.database) == []


@pytest.mark.parametrize("unit", [2, 7])
def test_a_unit_on_which_they_never_had_a_place_is_not_there(study: Study, owner: User, ann: User, unit: int):
    remove(study, owner, ann)
    with pytest.raises(NotFoundError, match="not in the project"):
        send(study, ann, unit)
    with study.database.reading() as session:
        assert session.scalars(select(Annotation)).all() == []


def test_who_may_only_read_by_now_gives_back_what_they_held_and_may_still_send_it(study: Study, owner: User, ann: User):
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        members.change_role(session, project, owner, ann.uuid, "reader")
        assert set(session.scalars(select(Assignment.state))) == {"open"}
    assert send(study, ann, 1).is_late


def test_what_was_held_in_a_round_is_kept_as_of_that_round_and_takes_no_place_elsewhere(database: Database):
    team: Team = make_team(make_study(database, documents=2), "Ann", "Bo")
    made = team.make()
    unit = team.claim("Ann")[0]
    with database.transaction() as session:
        project = session.get_one(Project, team.study.project_id)
        user = session.get_one(User, team.users["Ann"])
        session.add(Membership(project_id=project.id, user_id=user.id, role="annotator"))
        boss = accounts.create_user(session, "Boss")
        session.add(Membership(project_id=project.id, user_id=boss.id, role="owner"))
    remove(team.study, boss, user)
    send(team.study, user, team.study.units.index(unit))
    with database.reading() as session:
        assert session.scalars(select(Annotation.round_id)).all() == [made]
        assert set(session.scalars(select(Assignment.state))) == {"open"}


def test_codebooks_and_keys_are_checked_as_ever(study: Study, owner: User, ann: User):
    remove(study, owner, ann)
    for wrong in ({"codebook": 7}, {"answers": {"topic": "peace"}}, {"supersedes": "nothing"}, {"key": "no key"}):
        with pytest.raises(AnnotatorError):
            send(study, ann, 0, **wrong)
