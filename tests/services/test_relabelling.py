"""Labels that are to be given anew: also those that come late, that are taken back to, and that were settled."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from annotator.codebook import editing
from annotator.db import Annotation, Annotator, Assignment, Membership, Project, Round, User
from annotator.db.engines import Database
from annotator.services import accounts, checking, codebook_changes, members, queues, unsettled
from annotator.services.claiming import claim_next
from annotator.services.disputes import Memory
from annotator.services.seats import OWN_PREFIXES, Seat, queue_title, round_title
from annotator.services.unsettled import Filters, Queue
from annotator.words import Sentence
from services.test_codebook_changes import BASE, done, label, person, publish, seated
from studies import Study, make_study

#: Only the sentences about war are to be labelled anew.
WAR = editing.change_label(BASE, "topic", "war", definition="Only what soldiers do.")
ANEW = {"label-definition:topic:war": "relabel"}


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=2, places=2)


@pytest.fixture
def owner(study: Study) -> User:
    with study.database.transaction() as session:
        return accounts.create_user(session, "Owner")


def places(study: Study) -> list[tuple[str, str, str]]:
    """Return who is to give which label anew, and whether that is done."""
    with study.database.reading() as session:
        rows = session.execute(
            select(Round.query["annotator"].as_string(), Assignment.unit_id, Assignment.state)
            .join(Round, Round.id == Assignment.round_id)
            .where(Assignment.selection_mode == "relabel")
            .order_by(Assignment.id)
        )
        return [(code, unit, state) for code, unit, state in rows]


def states(study: Study) -> list[tuple[str, str]]:
    return [(code, state) for code, _, state in places(study)]


def waiting(study: Study, owner: User, **filters: Any) -> Queue:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        return unsettled.read_queue(session, project, owner.id, Filters(**filters), Memory())


# What comes late


def test_a_label_that_comes_after_the_version_that_wants_it_anew_gets_its_place(study: Study, owner: User):
    early, late = person(study, "A"), person(study, "B")
    label(study, early, 0, topic="war")
    publish(study, owner, WAR, choices=ANEW)
    label(study, late, 0, topic="war")
    label(study, early, 1, topic="war")
    label(study, early, 2, topic="trade")
    assert states(study) == [("C-A", "claimed"), ("C-B", "claimed"), ("C-A", "claimed")]
    for name, units in (("A", 2), ("B", 1)):
        with study.database.reading() as session:
            (queue,) = queues.queues_of(session, seated(study, name))
        assert (queue.units, queue.is_open, queue.is_current) == (units, True, True)
    with study.database.transaction() as session:
        assert claim_next(session, seated(study, "B")) == study.units[0]
    assert checking.check_database(study.database) == []


def test_what_need_not_be_given_anew_gets_no_place(study: Study, owner: User):
    seat = person(study, "A")
    publish(study, owner, WAR, choices={"label-definition:topic:war": "convert"})
    label(study, seat, 0, topic="war")
    study.record(seat, unit=study.units[1], act="skip")
    assert places(study) == []


def test_a_late_label_closes_neither_its_place_nor_that_of_another_version(study: Study, owner: User):
    seat = person(study, "A")
    label(study, seat, 0, topic="war")
    publish(study, owner, WAR, choices=ANEW)
    again = editing.change_question(WAR, "topic", text="What is it about?")
    publish(study, owner, again, base=2, choices={"question-text:topic": "relabel"})
    assert states(study) == [("C-A", "claimed"), ("C-A", "claimed")]
    label(study, seated(study, "A"), 0, topic="war")
    assert states(study) == [("C-A", "claimed"), ("C-A", "claimed")]
    study.record(seated(study, "A"), unit=study.units[0], codebook=2)
    assert sorted(state for _, state in states(study)) == ["claimed", "done"]
    study.record(seated(study, "A"), unit=study.units[0], codebook=3)
    assert states(study) == [("C-A", "done"), ("C-A", "done")]
    assert checking.check_database(study.database) == []


def test_no_label_slips_between_a_publication_and_what_it_asks_for_anew(study: Study, owner: User):
    people = [person(study, name) for name in ("A", "B")]
    barrier = threading.Barrier(3)

    def give(seat: Seat) -> None:
        barrier.wait()
        for unit in range(8):
            label(study, seat, unit, topic="war")

    threads = [threading.Thread(target=give, args=[seat]) for seat in people]
    for thread in threads:
        thread.start()
    barrier.wait()
    publish(study, owner, WAR, choices=ANEW)
    for thread in threads:
        thread.join()
    assert sorted(states(study)) == [("C-A", "claimed")] * 8 + [("C-B", "claimed")] * 8
    assert checking.check_database(study.database) == []


# What is taken back


def test_taking_back_what_closed_a_place_in_another_round_opens_it_again(study: Study, owner: User):
    seat = person(study, "A")
    label(study, seat, 0, topic="war")
    publish(study, owner, WAR, choices=ANEW)
    elsewhere = search_queue(study, seated(study, "A"))
    first = key_of(study)
    again = study.record(elsewhere, unit=study.units[0], codebook=2, supersedes=first)
    assert states(study) == [("C-A", "done")]
    study.record(elsewhere, unit=study.units[0], codebook=2, act="undo", supersedes=again.key)
    assert states(study) == [("C-A", "claimed")]
    assert relabelled(study, "A") == 0
    with study.database.transaction() as session:
        queues.enter_queue(session, elsewhere, "relabel:2:C-A")
    with study.database.transaction() as session:
        assert claim_next(session, seated(study, "A")) == study.units[0]
    assert checking.check_database(study.database) == []


def test_taking_back_one_of_two_new_labels_leaves_the_place_closed(study: Study, owner: User):
    seat = person(study, "A")
    label(study, seat, 0, topic="war")
    publish(study, owner, WAR, choices=ANEW)
    seat = seated(study, "A")
    first = study.record(seat, unit=study.units[0], codebook=2, supersedes=key_of(study))
    second = study.record(seat, unit=study.units[0], codebook=2, supersedes=first.key, answers={"topic": "trade"})
    study.record(seat, unit=study.units[0], codebook=2, act="undo", supersedes=second.key)
    assert done(study, seat) == 1
    study.record(seat, unit=study.units[0], codebook=2, act="undo", supersedes=first.key)
    assert done(study, seat) == 0
    assert checking.check_database(study.database) == []


def test_an_earlier_label_that_counts_again_is_asked_for_anew(study: Study, owner: User):
    seat = person(study, "A")
    label(study, seat, 0, topic="war")
    revised = study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=key_of(study))
    publish(study, owner, WAR, choices=ANEW)
    assert places(study) == []
    study.record(seat, unit=study.units[0], act="undo", supersedes=revised.key)
    assert states(study) == [("C-A", "claimed")]


def key_of(study: Study) -> str:
    """Return the key of the newest act."""
    with study.database.reading() as session:
        return session.scalars(select(Annotation.key).order_by(Annotation.id.desc()).limit(1)).one()


def search_queue(study: Study, seat: Seat) -> Seat:
    """Let an annotator find a sentence again that they have labelled; return their seat there."""
    with study.database.reading() as session:
        unit = session.scalars(select(Annotation.unit_id)).first()
    queues.make_queue(study.database, seat, [unit or 0], title="war", criteria={}, with_labelled=True)
    return seated(study, seat.code.removeprefix("C-"))


def relabelled(study: Study, name: str) -> int:
    with study.database.reading() as session:
        return next(queue.done for queue in queues.queues_of(session, seated(study, name)) if "Relabel" in queue.title)


# What was settled


def test_gold_that_is_to_be_given_anew_waits_for_a_decision_again(study: Study, owner: User):
    judge = study.seat("JUDGE", kind="adjudication")
    for unit, topic in enumerate(("war", "trade", "war")):
        label(study, judge, unit, topic=topic)
    study.record(judge, unit=study.units[2], act="skip", supersedes=key_of(study))
    assert waiting(study, owner).waiting == ()
    publish(study, owner, WAR, choices=ANEW)
    (one,) = waiting(study, owner).waiting
    assert (one.unit, one.is_anew, one.topics) == (study.units[0], True, {})
    study.record(judge, unit=study.units[0], codebook=2)
    assert waiting(study, owner).waiting == ()


def test_gold_of_what_people_differ_about_is_counted_as_settled_only_once_it_is_given_anew(study: Study, owner: User):
    label(study, study.seat("A"), 0, topic="war")
    label(study, study.seat("B"), 0, topic="trade")
    label(study, study.seat("JUDGE", kind="adjudication"), 0, topic="war")
    assert waiting(study, owner).settled == 1
    publish(study, owner, WAR, choices=ANEW)
    queue = waiting(study, owner)
    (one,) = queue.waiting
    assert (one.is_anew, len(one.topics), queue.settled) == (True, 1, 0)


# Who cannot


def test_the_dry_run_says_whose_labels_nobody_can_give_anew(study: Study, owner: User):
    here, gone = person(study, "A"), person(study, "B")
    join(study, "A")
    label(study, here, 0, topic="war")
    label(study, gone, 0, topic="war")
    label(study, study.seat("IMPORTED", kind="import"), 1, topic="war")
    label(study, study.seat("IMPORTED", kind="import"), 2, topic="trade")
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        (planned,) = codebook_changes.dry_run(session, project, owner.id, WAR).changes
    assert (planned.touched.annotations, planned.touched.unreachable) == (3, 2)


def join(study: Study, name: str) -> None:
    with study.database.transaction() as session:
        user = accounts.find_user(session, name)
        session.add(Membership(project_id=study.project_id, user_id=user.id, role="annotator"))


def test_who_comes_back_finds_what_they_were_to_give_anew(study: Study, owner: User):
    label(study, person(study, "A"), 0, topic="war")
    publish(study, owner, WAR, choices=ANEW)
    with study.database.transaction() as session:
        user = session.scalars(select(Annotator.user_id).where(Annotator.code == "C-A")).one()
        members.give_places_back(session, user or 0, project_id=study.project_id)
    with study.database.transaction() as session:
        assert claim_next(session, seated(study, "A")) == study.units[0]


# What it is called


@pytest.mark.parametrize("name", ["relabel:3:C-7F3K", "Relabel: version 3 (C-7F3K)"])
def test_a_round_is_called_in_words_that_can_be_translated_whenever_it_was_made(name: str):
    for title, template in (
        (queue_title(name), "Relabel: version {number}"),
        (round_title(name), "Relabel: version {number} ({code})"),
    ):
        assert isinstance(title, Sentence)
        assert (title.template, title.values["number"]) == (template, "3")
    assert name.startswith(OWN_PREFIXES)
    assert queue_title("Search: Relabel: version 3 (x)") == "Relabel: version 3 (x)"
