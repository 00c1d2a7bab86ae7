"""What changes while somebody labels: the act is stored with its version, and who reviews is told that it came late."""

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import case, false, select, true, update

from annotator.codebook import editing
from annotator.db import Annotation, CodebookVersion, Membership, Project, Unit, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import AnnotatorError
from annotator.services import accounts, arrivals, checking, claiming, late_acts, members, reviewing, seats, unsettled
from annotator.services.disputes import Memory
from annotator.services.unsettled import Filters
from services.test_codebook_changes import BASE, publish
from studies import Study, make_act, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=2, places=2)


@pytest.fixture
def owner(study: Study) -> User:
    with study.database.transaction() as session:
        return accounts.create_user(session, "Owner")


def withdraw(study: Study, unit: int) -> None:
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[unit]).values(withdrawn_at=now()))


def came(study: Study) -> list[tuple[str, int, str | None]]:
    """Return of every act that counts its unit, the number of its codebook, and why it came late."""
    with study.database.reading() as session:
        units = dict(session.execute(select(Unit.id, Unit.external_id)).all())
        found = reviewing.labels_under(session, study.project_id, list(units), true())
        numbers = dict(
            session.execute(
                select(Annotation.key, CodebookVersion.number).join(
                    CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id
                )
            ).all()
        )
        return [(one.unit, numbers[one.key], one.came) for several in found.values() for one in several]


def waiting(study: Study, owner: User, **filters: Any) -> list[str]:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        queue = unsettled.read_queue(session, project, owner.id, Filters(**filters), Memory())
        return [one.unit for one in queue.waiting]


def test_what_comes_in_time_is_not_flagged(study: Study, owner: User):
    study.record(study.seat("A"), unit=study.units[0])
    publish(study, owner, editing.change_label(BASE, "topic", "war", name="armed conflict"))
    study.record(study.seat("A"), unit=study.units[1], codebook=2)
    assert came(study) == [(study.units[0], 1, None), (study.units[1], 2, None)]
    assert waiting(study, owner) == []


def test_an_answer_by_the_codebook_of_before_is_stored_by_it_and_flagged(study: Study, owner: User):
    seat = study.seat("A")
    publish(study, owner, editing.change_label(BASE, "topic", "war", name="armed conflict"))
    study.record(seat, unit=study.units[0], codebook=1)
    assert came(study) == [(study.units[0], 1, arrivals.OUTDATED)]
    assert waiting(study, owner) == waiting(study, owner, late=True) == [study.units[0]]
    study.record(seat, unit=study.units[0], codebook=2)
    assert checking.check_database(study.database) == []


def test_a_label_that_was_retired_meanwhile_is_stored_by_its_codebook_and_flagged(study: Study, owner: User):
    publish(study, owner, editing.retire_label(BASE, "topic", "war"))
    study.record(study.seat("A"), unit=study.units[0], codebook=1, answers={"topic": "war"})
    assert came(study) == [(study.units[0], 1, arrivals.OUTDATED)]
    with study.database.reading() as session:
        units = session.scalars(select(Unit.id)).all()
        (labelled,) = reviewing.labels_under(session, study.project_id, units, true()).popitem()[1]
        assert [mark.name for mark in labelled.marks] == ["war"]


def test_an_answer_to_a_unit_that_was_withdrawn_meanwhile_is_stored_and_flagged_and_settles_nothing(
    study: Study, owner: User
):
    study.record(study.seat("A"), unit=study.units[0])
    withdraw(study, 0)
    study.record(study.seat("B"), unit=study.units[0])
    assert came(study) == [(study.units[0], 1, None), (study.units[0], 1, arrivals.WITHDRAWN)]
    assert waiting(study, owner) == []


# All four at once, and that the set notices what is taken out


def what_became_of_them(study: Study, owner: User) -> dict[str, tuple[int, str | None]]:
    """Let the codebook change, a unit be withdrawn and an annotator be removed while three people label.

    Returns by which codebook each late answer was stored and why it is flagged; what was turned away is missing.
    """
    with study.database.transaction() as session:
        session.add(Membership(project_id=study.project_id, user_id=owner.id, role="owner"))
        gone = accounts.create_user(session, "Gone")
        session.add(Membership(project_id=study.project_id, user_id=gone.id, role="annotator"))
        project = session.get_one(Project, study.project_id)
        (held,) = claiming.claim_ahead(session, seats.take_seat(session, project, gone), count=1)
        members.remove_member(session, project, owner, gone.uuid)
    with study.database.transaction() as session:
        leaver = seats.find_seat(session, session.get_one(Project, study.project_id), gone.id)
        with suppress(AnnotatorError):
            late_acts.record_late(session, project, gone, leaver, make_act(unit=held))
    withdraw(study, 1)
    study.record(study.seat("A"), unit=study.units[1])
    publish(study, owner, editing.retire_label(BASE, "topic", "war"))
    study.record(study.seat("A"), unit=study.units[2], answers={"topic": "war"})
    study.record(study.seat("A"), unit=study.units[3], answers={"topic": "trade"})
    names = dict(zip(study.units, ("removed", "withdrawn", "retired", "codebook"), strict=False))
    return {names[unit]: (number, why) for unit, number, why in came(study)}


KEPT = {
    "removed": (1, arrivals.LATE),
    "withdrawn": (1, arrivals.WITHDRAWN),
    "retired": (1, arrivals.OUTDATED),
    "codebook": (1, arrivals.OUTDATED),
}


def test_whatever_changes_while_somebody_labels_the_label_is_stored_with_its_version_and_flagged(
    study: Study, owner: User
):
    assert what_became_of_them(study, owner) == KEPT
    assert waiting(study, owner, late=True) == [study.units[0], study.units[2], study.units[3]]
    assert checking.check_database(study.database) == []


@pytest.mark.parametrize(
    ("taken_out", "missed"),
    [
        ((arrivals, "_is_outdated", lambda *_args: false()), {"retired", "codebook"}),
        ((arrivals, "arrival", lambda *_args: case((false(), ""), else_=None)), set(KEPT)),
        ((members, "gave_back", lambda *_args: None), {"removed"}),
    ],
)
def test_the_set_notices_what_is_not_flagged_and_what_is_turned_away(
    study: Study, owner: User, monkeypatch, taken_out: Any, missed: set[str]
):
    monkeypatch.setattr(*taken_out)
    found = what_became_of_them(study, owner)
    assert {name for name, kept in KEPT.items() if found.get(name) != kept} == missed
