"""Two requests that reach for the same places at the same moment: neither fails, and neither takes the other's."""

import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from annotator.db import Annotation, Annotator, Assignment, Membership, Project, Round, Unit, User
from annotator.db.engines import Database
from annotator.importing.values import ImportedDocument
from annotator.services import checks, claiming, drawing, imports, managing_rounds, members, queues, rounds, trainings
from annotator.services.checking import check_database
from annotator.services.claiming import claim_next, claim_unit
from annotator.services.recording import record_act
from annotator.services.seats import Seat, main_seat
from annotator.web import labelling_acts
from at_once import alone, beside, meanwhile
from services.team import Team, make_team
from studies import Study, make_act, make_study


@pytest.fixture
def team(database: Database) -> Team:
    return make_team(make_study(database, documents=3), "A", "B", "C")


@pytest.fixture
def study(database: Database) -> Study:
    """A study of one sentence with three places, the first of which is B's."""
    study = make_study(database, places=3, sentences=("One.",))
    seat = study.seat("B")
    with database.transaction() as session:
        claim_next(session, seat)
    return study


def states(study: Study, unit: str, *, round_id: int | None = None) -> list[str]:
    """Return the states of a unit's places in a round, the main one if none is named."""
    wanted = select(Assignment.state).join(Unit).where(Unit.external_id == unit).order_by(Assignment.place)
    with study.database.reading() as session:
        number = round_id or rounds.main_round(session, study.project_id).id
        return list(session.scalars(wanted.where(Assignment.round_id == number)))


def test_a_tab_claims_nothing_of_a_sentence_that_another_is_just_answering(study: Study):
    seat = study.seat("A")
    found = meanwhile(
        study.database,
        lambda session: record_act(session, seat, make_act(unit=study.units[0])),
        alone(study.database, lambda session: claim_next(session, seat)),
    )
    assert found is None
    assert states(study, study.units[0]) == ["claimed", "done", "open"]


def queued(study: Study, seat: Seat) -> Seat:
    """Make a queue of the first sentence and return the annotator's seat in it, where they hold the sentence."""
    with study.database.reading() as session:
        unit = session.scalars(select(Unit.id).where(Unit.external_id == study.units[0])).one()
    queues.make_queue(study.database, seat, [unit], title="found", criteria={})
    with study.database.transaction() as session:
        round_ = session.scalars(select(Round).where(Round.selection_mode == "search")).one()
        found = replace(seat, round_id=round_.id, round_name=round_.name)
        claim_next(session, found)
    return found


def test_an_answer_in_a_queue_closes_the_place_that_another_tab_is_just_getting(study: Study):
    seat = study.seat("A")
    in_queue = queued(study, seat)
    meanwhile(
        study.database,
        lambda session: claim_next(session, seat),
        lambda: study.record(in_queue, unit=study.units[0]),
    )
    assert states(study, study.units[0]) == ["claimed", "done", "open"]
    assert states(study, study.units[0], round_id=in_queue.round_id) == ["done"]


def test_who_chooses_a_sentence_and_who_answers_it_do_not_wait_for_each_other(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    (unit,) = team.claim("B")
    hold = claiming.claim_unit
    with beside(team.study.database, lambda: team.answer("B", unit)) as other:
        monkeypatch.setattr(claiming, "claim_unit", lambda *given: (hold(*given), other.start()))
        with team.study.database.transaction() as session:
            labelling_acts.record(session, team.seat_in(session, "A"), make_act(unit=unit), is_chosen=True)
        other.result()
    assert states(team.study, unit) == ["done", "done"]


def test_a_sentence_can_be_chosen_while_the_owner_adds_places(team: Team, monkeypatch: pytest.MonkeyPatch):
    (unit,) = team.claim("B")
    add, database = drawing._add_place, team.study.database
    with database.reading() as session:
        main = rounds.main_round(session, team.study.project_id).id
    choose = alone(database, lambda session: claim_unit(session, team.seat_in(session, "A"), unit))
    with beside(database, choose) as other:
        monkeypatch.setattr(drawing, "_add_place", lambda *given: (add(*given), other.start())[0])
        drawing.add_annotators(database, main, 2)
        other.result()
    assert Counter(states(team.study, unit))["claimed"] == 2


def test_a_sentence_that_is_chosen_while_an_import_makes_its_places_is_counted(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    database, project_id, unit = team.study.database, team.study.project_id, team.study.units[0]
    with database.transaction() as session:
        session.execute(delete(Assignment))
        session.execute(update(Round).values(units=0))
    asked = rounds._kinds_asked
    choose = alone(database, lambda session: claim_unit(session, team.seat_in(session, "A"), unit))
    with beside(database, choose) as other:
        monkeypatch.setattr(rounds, "_kinds_asked", lambda *given: (other.start(), asked(*given))[1])
        text = ImportedDocument(name="more", text="It rains. It snows.", kind="article")
        imports.import_documents(database, project_id, [text], name="more")
        other.result()
    with database.reading() as session:
        assert rounds.main_round(session, project_id).units == 3


def test_somebody_is_removed_while_their_labels_come_in(team: Team):
    units, database = team.claim("A", 2), team.study.database
    with database.transaction() as session:
        user = session.get_one(User, team.users["A"])
        session.add(Membership(project_id=team.study.project_id, user_id=user.id, role="annotator"))
        project = session.get_one(Project, team.study.project_id)
    meanwhile(
        database,
        lambda session: record_act(session, team.seat_in(session, "A"), make_act(unit=units[1])),
        alone(database, lambda session: members.remove_member(session, project, user, user.uuid)),
        then=lambda session: record_act(session, team.seat_in(session, "A"), make_act(unit=units[0])),
    )
    assert states(team.study, units[0]) == states(team.study, units[1]) == ["done"]


def test_somebody_is_trained_again_while_they_correct_what_they_said(team: Team):
    for unit in team.study.units[:2]:
        team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=unit)
    made, database = team.make(kind="training"), team.study.database
    said = {unit: team.answer("A", unit).key for unit in team.claim("A", 2)}
    corrected = [make_act(unit=unit, supersedes=key, answers={"topic": "trade"}) for unit, key in said.items()]
    annotator = team.seat("A").annotator_id
    meanwhile(
        database,
        lambda session: record_act(session, team.seat_in(session, "A"), corrected[1]),
        alone(database, lambda session: trainings.train_again(session, made, annotator)),
        then=lambda session: record_act(session, team.seat_in(session, "A"), corrected[0]),
    )
    with database.reading() as session:
        assert len(session.scalars(select(Annotation.id).where(Annotation.kind == "training")).all()) == 4
    assert len(team.claim("A", 2)) == 2


def test_a_round_opens_while_annotators_are_seated_one_after_the_other(team: Team):
    """As a codebook does that asks for labels anew."""
    database = team.study.database
    first, second, _ = sorted(team.seat(name).annotator_id for name in "ABC")
    with database.transaction() as session:
        # In the order of the codes, in which they may be read, it comes last.
        session.execute(update(Annotator).where(Annotator.id == first).values(code="ZZ"))
    meanwhile(
        database,
        lambda session: session.execute(update(Annotator).where(Annotator.id == first).values(round_id=None)),
        team.make,
        then=lambda session: session.execute(update(Annotator).where(Annotator.id == second).values(round_id=None)),
    )
    assert {team.seat(name).round_name for name in "ABC"} == {"reliability"}


#: Chance draws a sentence of one's own and then a known one, or the other way round.
OWN_FIRST, KNOWN_FIRST = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)


def checked(team: Team, monkeypatch: pytest.MonkeyPatch, *, here: tuple[float, ...]) -> int:
    """Make a round with checks of both kinds, in which A and B labelled a sentence; return its number.

    ``here`` is what chance does in this thread; in the one beside it draws a known sentence first.
    """
    monkeypatch.setattr(checks, "GAP", 0)
    team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=team.study.units[-1])
    made = team.make(annotators=2, retest_share=0.5, check_share=0.5)
    monkeypatch.setattr(checks, "_CHANCE", SimpleNamespace(random=lambda: 1.0))
    for name in "AB":
        team.answer(name, team.claim(name)[0])
    ours, theirs = iter(here), iter(KNOWN_FIRST)
    mine = threading.current_thread()
    drawn = SimpleNamespace(random=lambda: next(ours if threading.current_thread() is mine else theirs))
    monkeypatch.setattr(checks, "_CHANCE", drawn)
    return made


def draw(session: Session, team: Team, name: str) -> None:
    assert checks.draw(session, team.seat_in(session, name)) is not None


def test_two_annotators_are_checked_in_both_ways_at_once(team: Team, monkeypatch: pytest.MonkeyPatch):
    made, database = checked(team, monkeypatch, here=OWN_FIRST), team.study.database

    def draw_twice(session: Session) -> None:
        draw(session, team, "B")
        draw(session, team, "B")

    first = partial(draw, team=team, name="A")
    meanwhile(database, first, alone(database, draw_twice), then=first)
    with database.reading() as session:
        parts = session.execute(select(Round.kind, Round.units).where(Round.parent_id == made).order_by(Round.id))
        assert parts.all() == [("retest", 1), ("gold-check", 1)]


def test_a_round_is_closed_while_somebody_is_checked_in_it(team: Team, monkeypatch: pytest.MonkeyPatch):
    made, database = checked(team, monkeypatch, here=KNOWN_FIRST), team.study.database
    with database.transaction() as session:
        round_ = session.get_one(Round, made)
        # It lies behind its checks from now on, as rows do that are moved to another page.
        round_.name = "moved"
    first = partial(draw, team=team, name="A")
    close = alone(database, lambda session: managing_rounds.close_round(session, round_))
    meanwhile(database, first, close, then=first)
    with database.reading() as session:
        assert session.get_one(Round, made).closed_at is not None


def test_an_answer_is_taken_back_while_somebody_chooses_the_sentence_in_another_round(team: Team):
    database = team.study.database
    team.make(annotators=2)
    (unit,) = team.claim("A")
    key = team.answer("A", unit).key
    undo = make_act(unit=unit, act="undo", supersedes=key)
    meanwhile(
        database,
        lambda session: claim_unit(session, main_seat(session, team.seat_in(session, "B")), unit),
        alone(database, lambda session: record_act(session, team.seat_in(session, "A"), undo)),
    )
    assert check_database(database) == []
