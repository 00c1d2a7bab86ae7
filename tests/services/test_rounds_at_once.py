"""Eight annotators at once in a round: nobody gets a sentence beyond its places, nobody gets one twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, select, update

from annotator.db import Annotation, Assignment, Project, Round, Tally, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.services import checks, drawing, managing_rounds
from annotator.services.claiming import claim_next
from annotator.services.recording import record_act
from at_once import meanwhile
from services.labelling_client import key_of
from services.team import Team, make_team
from services.test_claiming import in_threads
from studies import make_act, make_study

NAMES = tuple("ABCDEFGH")
#: Sentences that are labelled while annotators are killed.
UNITS = int(os.environ.get("ANNOTATOR_R4", "100"))


@pytest.fixture
def team(database: Database) -> Team:
    return make_team(make_study(database, documents=15), *NAMES)


def over_the_limit(team: Team, made: int, *, limit: int | None = None) -> list[int]:
    """Return the units of a round with more answers on time than places (or ``limit``), or two by one annotator."""
    with team.study.database.reading() as session:
        answered = select(Annotation.unit_id, Annotation.annotator_id)
        acts = session.execute(answered.where(Annotation.round_id == made, Annotation.is_late.is_(False))).all()
        places = Counter(session.scalars(select(Assignment.unit_id).where(Assignment.round_id == made)))
    given, by_one = Counter(unit for unit, _ in acts), Counter(map(tuple, acts))
    twice = {unit for (unit, _), often in by_one.items() if often > 1}
    return sorted(twice | {unit for unit, often in given.items() if often > (limit or places[unit])})


def states(team: Team, made: int) -> Counter[str]:
    with team.study.database.reading() as session:
        return Counter(session.scalars(select(Assignment.state).where(Assignment.round_id == made)))


def label_in_tab(team: Team, name: str) -> None:
    """Label all; another tab of the same person sends the same acts."""
    while units := team.claim(name):
        team.answer(name, units[0], key=key_of(name, units[0]))


@pytest.mark.parametrize(("annotators", "overlap"), [(1, 1.0), (3, 1.0), (3, 0.4)])
def test_a_round_is_filled_to_the_last_place_and_not_beyond(team: Team, annotators: int, overlap: float):
    made = team.make(annotators=annotators, overlap=overlap)
    in_threads([partial(team.label_all, name) for name in NAMES])
    assert over_the_limit(team, made) == []
    assert states(team, made).keys() == {"done"}
    assert states(team, made)["done"] == 60 + (annotators - 1) * round(60 * overlap)


def test_nobody_gets_more_than_their_quota(team: Team):
    made = team.make(annotators=3, quota=5)
    in_threads([partial(label_in_tab, team, name) for name in (*NAMES, *NAMES[:2])])
    assert over_the_limit(team, made) == []
    with team.study.database.reading() as session:
        assert set(session.scalars(select(Tally.done).where(Tally.round_id == made))) == {5}


def test_a_tab_gives_out_nothing_while_another_answers_the_last_of_the_quota(team: Team):
    team.make(quota=3)
    for _ in range(2):
        team.answer("A", team.claim("A")[0])
    last, found = team.claim("A")[0], []
    meanwhile(
        team.study.database,
        lambda session: record_act(session, team.seat_in(session, "A"), make_act(unit=last)),
        lambda: found.extend(team.claim("A")),
    )
    assert found == []


def test_what_was_withdrawn_takes_nothing_of_the_quota(team: Team):
    team.make(quota=2)
    held = team.claim("A")[0]
    with team.study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == held).values(withdrawn_at=now()))
    assert len(team.label_all("A")) == 2


def test_checks_come_in_between_and_disturb_nothing(team: Team, monkeypatch):
    monkeypatch.setattr(checks, "GAP", 1)
    for unit in team.study.units[:5]:
        team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=unit)
    made = team.make(annotators=2, overlap=0.5, retest_share=0.3, check_share=0.3)
    in_threads([partial(team.label_all, name) for name in NAMES])
    with team.study.database.reading() as session:
        parts = session.scalars(select(Round.id).where(Round.parent_id == made)).all()
        kinds = set(session.scalars(select(Annotation.kind)))
    assert [over_the_limit(team, part) for part in (made, *parts)] == [[], [], []]
    assert states(team, made).keys() == {"done"}
    assert kinds == {"adjudication", "main", "retest", "gold-check"}


def places_of(team: Team, round_id: int) -> list[int]:
    with team.study.database.reading() as session:
        found = select(Assignment.place).where(Assignment.round_id == round_id).order_by(Assignment.place)
        return list(session.scalars(found))


def test_two_whom_one_check_is_drawn_for_at_once_each_get_a_place(team: Team):
    team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=team.study.units[0])
    made = team.make(annotators=3, check_share=1.0)
    known, found = team.claim("A"), []
    meanwhile(
        team.study.database,
        lambda session: claim_next(session, team.seat_in(session, "B")),
        lambda: found.extend(team.claim("C")),
    )
    assert known == found == team.study.units[:1]
    with team.study.database.reading() as session:
        part = session.scalars(select(Round).where(Round.parent_id == made)).one()
    assert (part.units, places_of(team, part.id)) == (1, [1, 2, 3])


def test_two_who_begin_a_training_at_once_each_get_all_of_it(team: Team):
    for unit in team.study.units[:2]:
        team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=unit)
    made = team.make(kind="training")
    meanwhile(
        team.study.database,
        lambda session: claim_next(session, team.seat_in(session, "A")),
        lambda: team.claim("B"),
    )
    assert places_of(team, made) == [1, 1, 2, 2]


def test_leases_that_run_out_and_answers_that_come_late_take_nobody_elses_place(team: Team):
    made = team.make(annotators=2, overlap=0.5)
    ended = threading.Event()

    def let_run_out() -> None:
        while not ended.is_set():
            with team.study.database.transaction() as session:
                held = (Assignment.state == "claimed", Assignment.round_id == made)
                session.execute(update(Assignment).where(*held).values(lease_ends_at=1))
            time.sleep(0.005)

    def label_slowly(name: str) -> None:
        draw = Random(name)
        while units := team.claim(name, count=2):
            time.sleep(draw.random() / 100)
            for unit in units:
                team.answer(name, unit)

    churn = threading.Thread(target=let_run_out)
    churn.start()
    try:
        in_threads([partial(label_slowly, name) for name in NAMES])
    finally:
        ended.set()
        churn.join()
    assert over_the_limit(team, made) == []
    assert states(team, made).keys() == {"done"}


def start_processes(team: Team, *several: str) -> list[subprocess.Popen[str]]:
    """Start a process for each of these groups of annotators, and wait until all are ready to go."""
    settings, code = team.study.database.settings, Path(__file__).with_name("labelling_client.py")
    command = [sys.executable, str(code), settings.database_url, str(settings.home)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    started = [subprocess.Popen([*command, *names], text=True, **pipes) for names in several]
    assert [process.stdout and process.stdout.readline() for process in started] == ["ready\n"] * len(several)
    return started


def kill_while_they_label(team: Team, made: int, started: list[subprocess.Popen[str]]) -> None:
    """Let processes label, and kill one after another, the last when a quarter is done."""
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for number, process in enumerate(started, start=1):
        while states(team, made)["done"] < UNITS * number // (4 * len(started)):
            time.sleep(0.01)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it was still labelling"


def test_processes_share_a_round_with_three_places_each(team: Team):
    made = team.make(annotators=3)
    started = start_processes(team, "ABCD", "EFGH", "AE")
    assert [process.communicate("go\n", timeout=120)[1] for process in started] == ["", "", ""]
    assert over_the_limit(team, made) == []
    assert states(team, made) == Counter(done=180)


def test_annotators_who_are_killed_hold_no_place_for_ever_and_take_none_twice(database: Database):
    team = make_team(make_study(database, documents=UNITS // 4), *NAMES)
    made = team.make(annotators=2, overlap=0.5)
    kill_while_they_label(team, made, start_processes(team, "ABCD", "EFGH", "AE"))
    with database.transaction() as session:
        held = (Assignment.state == "claimed", Assignment.round_id == made)
        left = session.execute(select(Assignment.annotator_id, Unit.external_id).join(Unit).where(*held)).all()
        codes = {team.seat_in(session, name).annotator_id: name for name in NAMES}
        session.execute(update(Assignment).where(*held).values(lease_ends_at=1))
    assert left, "somebody was killed before they answered"
    in_threads([partial(label_in_tab, team, name) for name in NAMES])
    # The tabs of the killed come back with what they had not sent.
    for annotator, unit in left:
        team.answer(codes[annotator], unit, key=key_of(codes[annotator], unit))
    assert over_the_limit(team, made) == []
    assert states(team, made) == Counter(done=UNITS + round(UNITS / 2))


def test_to_count_first_and_insert_then_gives_units_to_too_many(team: Team):
    """The negative control: this is what the claims are for."""
    made = team.make(annotators=1)
    database, turn = team.study.database, threading.Barrier(len(NAMES))
    with database.transaction() as session:
        units = session.scalars(select(Assignment.unit_id).where(Assignment.round_id == made).limit(5)).all()
        names = {unit: session.get_one(Unit, unit).external_id for unit in units}
        session.execute(delete(Assignment).where(Assignment.round_id == made))

    def label_as_counted(number: int, name: str) -> None:
        seat = team.seat(name)
        for unit in units:
            turn.wait()
            with database.reading() as session:
                there = select(Assignment.id).where(Assignment.round_id == made, Assignment.unit_id == unit)
                is_free = session.scalar(there.limit(1)) is None
            turn.wait()
            if is_free:
                mine = {"place": number, "annotator_id": seat.annotator_id, "state": "claimed"}
                with database.transaction() as session:
                    session.add(Assignment(round_id=made, unit_id=unit, order_key=0, selection_mode="all", **mine))
                team.answer(name, names[unit])

    in_threads([partial(label_as_counted, number, name) for number, name in enumerate(NAMES, start=1)])
    assert over_the_limit(team, made, limit=1)


def test_places_are_added_once_by_two_who_ask_for_them_at_once(team: Team):
    made, refused = team.make(annotators=1), []

    def add() -> None:
        try:
            drawing.add_annotators(team.study.database, made, 2)
        except InvalidInputError as error:
            refused.append(error)

    in_threads([add, add])
    assert len(refused) == 1
    assert states(team, made) == Counter(open=120)


def test_a_round_is_closed_while_eight_label_in_it(team: Team):
    made = team.make(annotators=2)

    def close() -> None:
        time.sleep(0.2)
        with team.study.database.transaction() as session:
            round_ = managing_rounds.find_round(session, session.get_one(Project, team.study.project_id), made)
            managing_rounds.close_round(session, round_)

    in_threads([close, *(partial(team.label_all, name) for name in NAMES)])
    assert over_the_limit(team, made) == []
    with team.study.database.transaction() as session:
        assert claim_next(session, team.seat_in(session, "A")) is None
