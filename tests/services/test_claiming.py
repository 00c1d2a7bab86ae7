import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text, update

from annotator.db import Annotation, Assignment, Document, Round, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.db.functions import epoch_seconds
from annotator.errors import NotFoundError
from annotator.services.claiming import LEASE_SECONDS, claim_next, claim_unit
from annotator.services.seats import Seat
from at_once import meanwhile
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=3)


@pytest.fixture
def seat(study: Study) -> Seat:
    return study.seat("A")


def claim(study: Study, seat: Seat, document: str | None = None) -> str | None:
    with study.database.transaction() as session:
        return claim_next(session, seat, document=document)


def choose(study: Study, seat: Seat, unit: str) -> None:
    with study.database.transaction() as session:
        claim_unit(session, seat, unit)


def holders(study: Study, unit: str) -> list[tuple[int, str, int | None, str]]:
    """Return the places of a unit: number, state, whose, and how it was chosen."""
    columns = (Assignment.place, Assignment.state, Assignment.annotator_id, Assignment.selection_mode)
    with study.database.reading() as session:
        found = session.execute(select(*columns).join(Unit).where(Unit.external_id == unit).order_by(Assignment.place))
        return [tuple(row) for row in found]


def test_units_come_by_documents_at_random_and_in_reading_order(study: Study, seat: Seat):
    order = []
    while (unit := claim(study, seat)) is not None:
        order.append(unit)
        study.record(seat, unit=unit)
    assert order == study.units
    assert [unit for unit in order if unit.endswith(":s0")] != ["d0:s0", "d1:s0", "d2:s0"]


def test_asking_again_resumes_what_is_held(study: Study, seat: Seat):
    assert claim(study, seat) == claim(study, seat) == study.units[0]
    assert claim(study, study.seat("B")) == study.units[1]


def test_document_comes_first_where_one_is_named(study: Study, seat: Seat):
    last = study.units[-1].partition(":")[0]
    order = []
    while (unit := claim(study, seat, last)) is not None:
        order.append(unit)
        study.record(seat, unit=unit)
    assert order == study.units[-4:] + study.units[:-4]


def test_document_of_another_project_is_not_found(study: Study, seat: Seat):
    with pytest.raises(NotFoundError):
        claim(study, seat, "elsewhere")


def test_lease_lasts_half_an_hour_by_the_clock_of_the_database(study: Study, seat: Seat):
    claim(study, seat)
    with study.database.reading() as session:
        left = session.scalars(
            select(Assignment.lease_ends_at - epoch_seconds()).where(Assignment.state == "claimed")
        ).one()
    assert LEASE_SECONDS - 30 <= left <= LEASE_SECONDS == 1800


def test_lease_that_ran_out_goes_to_whoever_asks_next(study: Study, seat: Seat):
    unit = claim(study, seat)
    with study.database.transaction() as session:
        session.execute(update(Assignment).values(lease_ends_at=epoch_seconds() - 1))
    assert claim(study, study.seat("B")) == unit
    assert claim(study, seat) != unit


def test_lease_that_has_not_run_out_stays(study: Study, seat: Seat):
    unit = claim(study, seat)
    with study.database.transaction() as session:
        session.execute(update(Assignment).values(lease_ends_at=epoch_seconds() + 60))
    assert claim(study, study.seat("B")) != unit


def test_unit_answered_without_a_place_is_not_offered_again(study: Study, seat: Seat):
    claim(study, study.seat("B"))
    assert study.record(seat, unit=study.units[0]).is_late
    with study.database.transaction() as session:
        session.execute(update(Assignment).where(Assignment.state == "claimed").values(lease_ends_at=1))
    assert claim(study, seat) == study.units[1]


def test_nobody_gets_both_places_of_a_unit(database: Database):
    study = make_study(database, places=2)
    seat, order = study.seat("A"), []
    while (unit := claim(study, seat)) is not None:
        order.append(unit)
        study.record(seat, unit=unit)
    assert order == study.units
    assert claim(study, study.seat("B")) == study.units[0]


def test_chosen_unit_is_held_and_resumed(study: Study, seat: Seat):
    choose(study, seat, study.units[5])
    choose(study, seat, study.units[5])
    assert claim(study, seat) == study.units[5]
    assert holders(study, study.units[5]) == [(1, "claimed", seat.annotator_id, "sequential")]


def test_chosen_unit_that_is_taken_gets_a_place_more_in_an_open_round(study: Study, seat: Seat):
    other = study.seat("B")
    choose(study, other, study.units[5])
    choose(study, seat, study.units[5])
    assert holders(study, study.units[5]) == [
        (1, "claimed", other.annotator_id, "sequential"),
        (2, "claimed", seat.annotator_id, "chosen"),
    ]


def test_chosen_unit_that_is_taken_stays_taken_in_a_blind_round(study: Study, seat: Seat):
    other = study.seat("B")
    choose(study, other, study.units[5])
    choose(study, replace(seat, phase="blind"), study.units[5])
    assert [place[2] for place in holders(study, study.units[5])] == [other.annotator_id]


def test_withdrawn_unit_cannot_be_chosen(study: Study, seat: Seat):
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[5]).values(withdrawn_at=now()))
    with pytest.raises(NotFoundError, match="withdrawn"):
        choose(study, seat, study.units[5])


def test_withdrawn_unit_is_not_offered(study: Study, seat: Seat):
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[0]).values(withdrawn_at=now()))
    assert claim(study, seat) == study.units[1]


def test_place_of_a_pending_document_cannot_be_chosen(study: Study, seat: Seat):
    with study.database.transaction() as session:
        session.execute(update(Document).values(is_pending=True))
    with pytest.raises(NotFoundError):
        choose(study, seat, study.units[5])


def in_threads(work: list[Any]) -> None:
    """Run functions at once; the first error of any of them is raised."""
    errors, barrier = [], threading.Barrier(len(work))

    def run(one: Any) -> None:
        barrier.wait()
        try:
            one()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_two_tabs_of_one_annotator_get_the_same_unit(study: Study, seat: Seat):
    found: list[str | None] = []
    meanwhile(
        study.database,
        lambda session: found.append(claim_next(session, seat)),
        lambda: found.append(claim(study, seat)),
    )
    assert found == [study.units[0]] * 2


@pytest.mark.parametrize("gold", [False, True])
def test_two_who_choose_one_unit_at_once_each_get_a_place_of_their_own(study: Study, seat: Seat, gold: bool):
    if gold:
        with study.database.transaction() as session:
            session.execute(delete(Assignment))
    other = study.seat("B")
    meanwhile(
        study.database,
        lambda session: claim_unit(session, seat, study.units[5]),
        lambda: choose(study, other, study.units[5]),
    )
    assert [place[:3] for place in holders(study, study.units[5])] == [
        (1, "claimed", seat.annotator_id),
        (2, "claimed", other.annotator_id),
    ]


def test_place_being_claimed_cannot_be_chosen_at_the_same_time(study: Study, seat: Seat):
    other = study.seat("B")
    meanwhile(study.database, lambda session: claim_next(session, other), lambda: choose(study, seat, study.units[0]))
    assert [place[2] for place in holders(study, study.units[0])] == [other.annotator_id, seat.annotator_id]


def test_place_being_claimed_is_not_answered_at_the_same_time(study: Study, seat: Seat):
    other, stored = study.seat("B"), []
    meanwhile(
        study.database,
        lambda session: claim_next(session, other),
        lambda: stored.append(study.record(seat, unit=study.units[0])),
    )
    assert stored[0].is_late
    assert holders(study, study.units[0]) == [(1, "claimed", other.annotator_id, "sequential")]


def label_all(study: Study, seat: Seat) -> None:
    while (unit := claim(study, seat)) is not None:
        study.record(seat, unit=unit)


def check_limits(study: Study, *, units: int, places: int) -> None:
    """Assert that every unit was answered by as many as it has places, and by nobody twice."""
    with study.database.reading() as session:
        acts = session.execute(select(Annotation.unit_id, Annotation.annotator_id, Annotation.is_late)).all()
        states = set(session.scalars(select(Assignment.state)))
        assert session.scalars(select(Round.units)).one() == units
    assert max(Counter((unit, annotator) for unit, annotator, _ in acts).values()) == 1
    assert Counter(unit for unit, _, _ in acts) == Counter(dict.fromkeys({unit for unit, _, _ in acts}, places))
    assert len({unit for unit, _, _ in acts}) == units
    assert not any(late for _, _, late in acts)
    assert states == {"done"}


def test_eight_threads_share_a_hundred_units_without_meeting(database: Database):
    study = make_study(database, documents=25)
    in_threads([partial(label_all, study, study.seat(str(number))) for number in range(8)])
    check_limits(study, units=100, places=1)


def test_three_processes_share_forty_units_with_two_places_each(database: Database):
    study = make_study(database, documents=10, places=2)
    for name in "ABCD":
        study.seat(name)
    code = Path(__file__).with_name("labelling_client.py")
    url, home = database.settings.database_url, str(database.settings.home)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    started = [
        subprocess.Popen([sys.executable, str(code), url, home, *names], text=True, **pipes)
        for names in ("AB", "CD", "BA")
    ]
    assert [process.stdout and process.stdout.readline() for process in started] == ["ready\n"] * 3
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[1] for process in started] == ["", "", ""]
    check_limits(study, units=40, places=2)


def plans(study: Study, seat: Seat, document: str | None = None) -> list[str]:
    """Return how SQLite finds the place in each statement that takes one."""
    found = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("UPDATE assignment"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append("\n".join(row[3] for row in rows))

    event.listen(study.database.writer, "before_cursor_execute", explain)
    claim(study, seat, document)
    event.remove(study.database.writer, "before_cursor_execute", explain)
    return found


@pytest.mark.parametrize("document", [None, "d1"])
def test_next_unit_is_found_by_its_index_however_many_there_are(sqlite_database: Database, document: str | None):
    study = make_study(sqlite_database, documents=3)
    resume, expired, free = plans(study, study.seat("A"), document)
    assert "ix_assignment_claimed (round_id=? AND annotator_id=? AND order_key>? AND order_key<?)" in resume
    assert "ix_assignment_lease (round_id=? AND lease_ends_at<?)" in expired
    assert "ix_assignment_open (round_id=? AND order_key>? AND order_key<?)" in free
    for plan in (resume, expired, free):
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.postgresql
def test_next_unit_is_found_by_its_index_on_postgresql(postgresql_settings):  # type: ignore[no-untyped-def]
    database = Database(postgresql_settings)
    study = make_study(database, documents=1000)
    seat = study.seat("A")
    with database.transaction() as session:
        session.execute(text("ANALYZE assignment"))
        rows = session.execute(
            text(
                "EXPLAIN SELECT id FROM assignment WHERE round_id = :round AND order_key BETWEEN 0 AND 9e18::bigint "
                "AND state = 'open' ORDER BY order_key LIMIT 1"
            ),
            {"round": seat.round_id},
        )
        plan = "\n".join(rows.scalars())
    database.dispose()
    assert re.search(r"Index (Only )?Scan using ix_assignment_open", plan), plan
    assert "Sort" not in plan


def test_places_of_imports_are_drawn_for_control_as_often_as_asked(database: Database):
    study = make_study(database, documents=250)
    with study.database.reading() as session:
        arms = dict(
            session.execute(select(Assignment.suggestion_arm, func.count()).group_by(Assignment.suggestion_arm)).all()
        )
    # 1000 draws with probability 0.2: outside of this once in a million.
    assert 140 <= arms["control"] <= 264
    assert arms["control"] + arms["shown"] == 1000
