"""Queues that a search made: whose they are, what counts where, and the way back to all sentences."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from annotator.db import Annotation, Annotator, Assignment, Project, Round, Tally, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError, NotAllowedError, NotFoundError
from annotator.services import checking, exports, managing_rounds, queues
from annotator.services.claiming import claim_next, claim_unit
from annotator.services.datasets import import_data_set
from annotator.services.policy import Policy
from annotator.services.seats import Seat, find_seat
from studies import Study, make_study

CRITERIA = {"words": "sanctions"}


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=3)


@pytest.fixture
def seat(study: Study) -> Seat:
    return study.seat("A")


def make(study: Study, seat: Seat, units: list[str], **more: object) -> Seat:
    """Make a queue of these units and return the seat in it."""
    with study.database.reading() as session:
        ids = list(session.scalars(select(Unit.id).where(Unit.external_id.in_(units))))
    queues.make_queue(study.database, seat, ids, title="sanctions", criteria=CRITERIA, **more)
    return seated(study, seat)


def seated(study: Study, seat: Seat) -> Seat:
    """Return the annotator's seat in the round they work in, as a request would find it."""
    with study.database.reading() as session:
        chosen = session.scalars(select(Annotator.round_id).where(Annotator.id == seat.annotator_id)).one()
        if chosen is None:
            return replace(study.seat(seat.code.removeprefix("C-")), kind=seat.kind)
        found = session.get_one(Round, chosen)
        return replace(seat, round_id=found.id, round_name=found.name, selection_mode=found.selection_mode)


def part_of(study: Study, seat: Seat) -> managing_rounds.Participant | None:
    """Return the annotator's part in the seat's round."""
    with study.database.reading() as session:
        people = managing_rounds.participants(session, session.get_one(Round, seat.round_id))
        return next((one for one in people if one.code == seat.code), None)


def claim(study: Study, seat: Seat) -> str | None:
    with study.database.transaction() as session:
        return claim_next(session, seat)


def last_act(study: Study) -> Annotation:
    with study.database.reading() as session:
        act = session.scalars(select(Annotation).order_by(Annotation.id.desc()).limit(1)).one()
        session.expunge(act)
        return act


def done(study: Study, seat: Seat) -> dict[str, int]:
    """Return how many places this annotator has finished, by round."""
    with study.database.reading() as session:
        rows = session.execute(
            select(Round.name, Tally.done).join(Round).where(Tally.annotator_id == seat.annotator_id)
        )
        return dict(rows.all())


def test_the_sentences_found_are_labelled_in_their_order_and_know_why(study: Study, seat: Seat):
    wanted = [study.units[9], study.units[2], study.units[6]]
    queue = make(study, seat, wanted)
    assert (queue.round_name, queue.queue_name, queue.is_in_queue) == ("Search: sanctions", "sanctions", True)
    order = []
    while (unit := claim(study, queue)) is not None:
        order.append(unit)
        study.record(queue, unit=unit)
    assert order == sorted(wanted, key=study.units.index)
    act = last_act(study)
    assert (act.round_id, act.selection_mode, act.selection_probability) == (queue.round_id, "search", None)
    assert act.suggestion_arm in {"shown", "control", "reserved"}
    assert checking.check_database(study.database) == []


def test_names_are_unique_and_long_ones_are_cut(study: Study, seat: Seat):
    make(study, seat, study.units[:1])
    assert make(study, seat, study.units[1:2]).round_name == "Search: sanctions 2"
    queues.make_queue(study.database, seat, [1], title="word " * 40, criteria={})
    assert len(seated(study, seat).queue_name) <= queues.MAX_NAME


def test_what_is_labelled_or_withdrawn_is_left_out(study: Study, seat: Seat):
    study.record(seat, unit=study.units[0])
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[1]).values(withdrawn_at=now()))
    queue = make(study, seat, study.units[:3])
    assert claim(study, queue) == study.units[2]
    with study.database.reading() as session:
        assert session.get_one(Round, queue.round_id).units == 1


def test_nothing_left_to_label_makes_no_queue(study: Study, seat: Seat):
    study.record(seat, unit=study.units[0])
    with pytest.raises(InvalidInputError, match="labelled them all"):
        make(study, seat, study.units[:1])
    with study.database.reading() as session:
        assert session.scalars(select(Round.name)).all() == ["main"]


def test_what_is_labelled_comes_again_where_that_was_asked(study: Study, seat: Seat):
    first = study.record(seat, unit=study.units[0])
    queue = make(study, seat, study.units[:2], with_labelled=True)
    assert claim(study, queue) == study.units[0]
    study.record(queue, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    assert last_act(study).selection_mode == "search"
    assert claim(study, queue) == study.units[1]
    assert checking.check_database(study.database) == []


def test_an_answer_in_a_queue_fills_the_place_in_the_main_round(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:2])
    study.record(queue, unit=study.units[0])
    study.record(queue, unit=study.units[1], act="skip")
    assert done(study, seat) == {"Search: sanctions": 2, "main": 2}
    main = study.seat("A")
    assert claim(study, main) == study.units[2]
    # Nor is it given to somebody else: the one place it has is filled.
    assert claim(study, study.seat("B")) == study.units[3]
    assert checking.check_database(study.database) == []


def test_what_was_labelled_in_a_queue_has_a_time_in_the_main_round_and_is_counted_once(study: Study, seat: Seat):
    assert part_of(study, seat) is None
    queue = make(study, seat, study.units[:2])
    for unit in study.units[:2]:
        study.record(queue, unit=unit)
    first = part_of(study, seat)
    assert first is not None
    assert (first.done, first.last_at) == (2, last_act(study).recorded_at)
    study.record(seat, unit=study.units[2])
    then = part_of(study, seat)
    assert then is not None
    assert (then.done, then.last_at) == (3, last_act(study).recorded_at)


def test_the_main_round_can_be_finished_with_what_was_labelled_in_a_queue(study: Study, seat: Seat):
    queue = make(study, seat, study.units[::2])
    for unit in study.units[::2]:
        study.record(queue, unit=unit)
    main = study.seat("A")
    while (unit := claim(study, main)) is not None:
        study.record(main, unit=unit)
    assert done(study, seat)["main"] == len(study.units)


def test_an_undo_opens_the_place_again_for_everybody(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:1])
    given = study.record(queue, unit=study.units[0])
    study.record(queue, unit=study.units[0], act="undo", supersedes=given.key)
    assert done(study, seat) == {"Search: sanctions": 0, "main": 0}
    assert claim(study, queue) == study.units[0]
    assert claim(study, study.seat("B")) == study.units[0]
    assert checking.check_database(study.database) == []


def test_one_label_is_enough_where_two_of_my_queues_and_my_main_place_wait_for_it(study: Study, seat: Seat):
    assert claim(study, seat) == study.units[0]
    make(study, seat, study.units[:2])
    second = make(study, seat, study.units[:2])
    study.record(second, unit=study.units[0])
    assert done(study, seat) == {"Search: sanctions": 1, "Search: sanctions 2": 1, "main": 1}
    assert claim(study, study.seat("A")) == study.units[1]
    assert checking.check_database(study.database) == []


def test_a_queue_of_somebody_else_waits_on(study: Study, seat: Seat):
    other = study.seat("B")
    theirs = make(study, other, study.units[:1])
    study.record(seat, unit=study.units[0])
    assert claim(study, theirs) == study.units[0]
    with study.database.reading() as session:
        assert [queue.done for queue in queues.queues_of(session, other)] == [0]
        assert queues.queues_of(session, seat) == []


def test_an_act_on_the_way_finds_its_place_after_the_queue_was_left(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:2])
    unit = claim(study, queue)
    with study.database.transaction() as session:
        main = queues.leave_queue(session, queue)
    assert main.round_name == "main"
    assert seated(study, seat).round_name == "main"
    study.record(main, unit=unit)
    act = last_act(study)
    assert (act.round_id, act.selection_mode, act.is_late) == (queue.round_id, "search", False)
    assert done(study, seat)["Search: sanctions"] == 1


def test_an_act_of_the_main_round_finds_its_place_from_within_a_queue(study: Study, seat: Seat):
    unit = claim(study, seat)
    queue = make(study, seat, study.units[5:6])
    study.record(queue, unit=unit)
    act = last_act(study)
    assert (act.round_id, act.selection_mode, act.selection_probability) == (seat.round_id, "sequential", 1.0)


def test_a_revision_stays_where_the_label_was_given(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:1])
    first = study.record(queue, unit=study.units[0])
    study.record(study.seat("A"), unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    act = last_act(study)
    assert (act.round_id, act.selection_mode) == (queue.round_id, "search")


def test_a_sentence_chosen_while_in_a_queue_is_chosen_in_the_main_round(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:2])
    with study.database.transaction() as session:
        claim_unit(session, queue, study.units[7])
        claim_unit(session, queue, study.units[1])
    with study.database.reading() as session:
        held = session.execute(
            select(Unit.external_id, Assignment.round_id).join(Unit).where(Assignment.state == "claimed")
        )
        assert set(held) == {(study.units[7], seat.round_id), (study.units[1], queue.round_id)}


def test_a_queue_is_left_when_it_is_finished_and_not_before(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:1])
    with study.database.transaction() as session:
        assert not queues.leave_finished(session, queue)
    # Labelled in the main round: there is nothing left in the queue either.
    study.record(study.seat("A"), unit=study.units[0])
    assert claim(study, queue) is None
    main = study.seat("A")
    with study.database.transaction() as session:
        assert queues.leave_finished(session, queue)
        assert not queues.leave_finished(session, main)
    assert seated(study, seat).round_name == "main"
    with study.database.reading() as session:
        (found,) = queues.queues_of(session, seat)
        assert (found.done, found.units, found.is_open, found.is_current) == (1, 1, False, False)


def test_one_goes_back_to_ones_own_queues_only(study: Study, seat: Seat):
    queue = make(study, seat, study.units[:1])
    other = study.seat("B")
    with study.database.transaction() as session:
        queues.enter_queue(session, queues.leave_queue(session, queue), queue.round_name)
    assert seated(study, seat).round_id == queue.round_id
    for name in (queue.round_name, "main"):
        with study.database.transaction() as session, pytest.raises(NotFoundError):
            queues.enter_queue(session, other, name)


def test_in_a_blind_round_the_owner_decides(study: Study, seat: Seat):
    blind = replace(seat, phase="blind")
    for role, current in (("annotator", blind), ("reader", seat)):
        with pytest.raises(NotAllowedError):
            queues.check_may_queue(current, Policy(user_id=1, role=role))
    queues.check_may_queue(blind, Policy(user_id=1, role="owner"))
    queues.check_may_queue(seat, Policy(user_id=1, role="annotator"))


def test_a_queue_never_opens_what_the_main_round_hides(study: Study, seat: Seat):
    from annotator.services import accounts

    with study.database.transaction() as session:
        user = accounts.create_user(session, "Anna")
        session.execute(update(Annotator).where(Annotator.id == seat.annotator_id).values(user_id=user.id))
    make(study, seat, study.units[:1])
    with study.database.transaction() as session:
        session.execute(update(Round).where(Round.name == "main").values(phase="blind"))
    with study.database.reading() as session:
        found = find_seat(session, session.get_one(Project, study.project_id), user.id)
    assert found is not None
    assert (found.queue_name, found.phase) == ("sanctions", "blind")


def test_a_queue_survives_export_and_import(study: Study, seat: Seat, tmp_path: Path):
    queue = make(study, seat, study.units[:3])
    for unit in study.units[:2]:
        study.record(queue, unit=unit)
    exports.export_data_set(study.database, "Study", format_name="jsonl", path=tmp_path / "first")
    import_data_set(study.database, tmp_path / "first", project_name="Copy")
    exports.export_data_set(study.database, "Copy", format_name="jsonl", path=tmp_path / "second")
    for name in ("history.jsonl", "units.jsonl", "documents.jsonl"):
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()
    project = (tmp_path / "second" / "project.json").read_text(encoding="utf-8")
    assert project.replace("Copy", "Study") == (tmp_path / "first" / "project.json").read_text(encoding="utf-8")
    assert '"search"' in project
    assert "sanctions" in project
    assert checking.check_database(study.database) == []
    with study.database.reading() as session:
        copy = session.scalars(select(Project).where(Project.slug == "copy")).one()
        finished = (
            select(Round.name, Tally.done).join(Round, Round.id == Tally.round_id).where(Round.project_id == copy.id)
        )
        assert dict(session.execute(finished).all()) == {"main": 2, "Search: sanctions": 2}
