from typing import Any

import pytest
from sqlalchemy import select, true

from annotator.db import Target, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.services.disputes import Dispute, Memory, disputed, find_disputes, topics_of
from studies import Study, make_study

#: Rows of answers: question, kind, label, target, holder, holder's name, start, end.
FAVOR, AGAINST = 1, 2


def stance(target: int, label: int, holder: str = "author", name: str | None = None) -> tuple[Any, ...]:
    return (1, "label", label, target, holder, name, None, None)


def offered(*targets: int) -> list[tuple[Any, ...]]:
    return [(1, "offered", None, target, None, None, None, None) for target in targets]


def label(number: int, question: int = 2) -> tuple[Any, ...]:
    return (question, "label", number, None, None, None, None, None)


def none(question: int) -> tuple[Any, ...]:
    return (question, "none", None, None, None, None, None, None)


def differ(*answers: list[tuple[Any, ...]], merged: dict[int, int] | None = None) -> set[tuple[int, int | None]]:
    return set(disputed(topics_of(dict(enumerate(answers)), merged or {})))


@pytest.mark.parametrize(
    ("one", "other", "topics"),
    [
        ([label(1)], [label(1)], set()),
        ([label(1)], [label(2)], {(2, None)}),
        ([label(1), label(2)], [label(2), label(1)], set()),
        ([label(1), label(2)], [label(1)], {(2, None)}),
        ([label(1)], [none(2)], {(2, None)}),
        ([none(2)], [none(2)], set()),
        ([label(1)], [label(1, question=3)], set()),
        ([stance(7, FAVOR)], [stance(7, AGAINST)], {(1, 7)}),
        ([stance(7, FAVOR)], offered(7), {(1, 7)}),
        ([stance(7, FAVOR), *offered(7)], [none(1)], {(1, 7)}),
        ([stance(7, FAVOR)], offered(8), set()),
        (offered(7, 8), [none(1)], set()),
        ([none(1)], [none(1)], set()),
        ([stance(7, FAVOR)], [stance(7, FAVOR, "reported", "Ülgen")], {(1, 7)}),
        ([stance(7, FAVOR), stance(7, AGAINST, "speaker")], [stance(7, FAVOR)], {(1, 7)}),
    ],
)
def test_answers_are_compared_as_data(one, other, topics):
    assert differ(one, other) == differ(other, one) == topics


def test_a_target_that_was_merged_is_the_one_it_was_merged_into():
    assert differ([stance(7, FAVOR)], [stance(8, AGAINST)]) == set()
    assert differ([stance(7, FAVOR)], [stance(8, AGAINST)], merged={8: 7}) == {(1, 7)}


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=2, places=3)


def find(study: Study, memory: Memory | None = None) -> dict[str, Dispute]:
    with study.database.reading() as session:
        found = find_disputes(session, study.project_id, true(), memory or Memory())
    return {one.unit: one for one in found.values()}


def test_units_of_which_two_say_something_else_are_found(study: Study):
    for name, topics in (("A", ("war", "war", "war")), ("B", ("war", "trade", "war"))):
        for unit, topic in zip(study.units, topics, strict=False):
            study.record(study.seat(name), unit=unit, answers={"topic": topic})
    study.record(study.seat("A"), unit=study.units[3], answers={"topic": "war"})
    (dispute,) = find(study).values()
    assert dispute.unit == study.units[1]
    assert dispute.weight == 0.5
    assert not dispute.is_flagged


def test_imported_raters_count_and_gold_training_and_pilot_do_not(study: Study):
    for unit, kind in zip(study.units, ("import", "adjudication", "training", "pilot"), strict=False):
        study.record(study.seat("A"), unit=unit, answers={"topic": "war"})
        study.record(study.seat("B", kind=kind), unit=unit, answers={"topic": "trade"})
    assert list(find(study)) == [study.units[0]]


def test_what_one_flagged_or_skipped_is_found(study: Study):
    study.record(study.seat("A"), unit=study.units[0], is_flagged=True)
    study.record(study.seat("A"), unit=study.units[1], act="skip", reason="off-topic")
    study.record(study.seat("A"), unit=study.units[2])
    found = find(study)
    assert [(one.is_flagged, one.is_skipped) for one in found.values()] == [(True, False), (False, True)]


def test_a_revision_settles_it_and_an_undo_brings_it_back(study: Study):
    unit, memory = study.units[0], Memory()
    study.record(study.seat("A"), unit=unit, answers={"topic": "war"})
    first = study.record(study.seat("B"), unit=unit, answers={"topic": "trade"})
    assert list(find(study, memory)) == [unit]
    second = study.record(study.seat("B"), unit=unit, answers={"topic": "war"}, supersedes=first.key)
    assert not find(study, memory)
    study.record(study.seat("B"), unit=unit, act="undo", supersedes=second.key)
    assert list(find(study, memory)) == [unit]


def test_merging_targets_is_seen_although_the_acts_were_compared_before(study: Study):
    russia, ukraine = study.targets[:2]
    memory = Memory()
    for name, target, said in (("A", russia, "favor"), ("B", ukraine, "against")):
        answers = {"stance": [{"target": target, "holder": {"kind": "author"}, "label": said}]}
        study.record(study.seat(name), unit=study.units[0], answers=answers)
    assert not find(study, memory)
    with study.database.transaction() as session:
        one, other = session.scalars(select(Target).order_by(Target.id)).all()
        other.merged_into_id = one.id
    assert list(find(study, memory)) == [study.units[0]]


def test_withdrawn_units_wait_for_nothing(study: Study):
    for name, topic in (("A", "war"), ("B", "trade")):
        study.record(study.seat(name), unit=study.units[0], answers={"topic": topic})
    with study.database.transaction() as session:
        session.scalars(select(Unit).where(Unit.external_id == study.units[0])).one().withdrawn_at = now()
    assert not find(study)


def test_what_has_been_compared_is_let_go_of_in_the_end(study: Study, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("annotator.services.disputes.MOST_FORGOTTEN", 0)
    memory, unit = Memory(), study.units[0]
    study.record(study.seat("A"), unit=unit, answers={"topic": "war"})
    key = None
    for topic in ("war", "trade") * 4:
        key = study.record(study.seat("B"), unit=unit, answers={"topic": topic}, supersedes=key).key
        find(study, memory)
    (_, known), *_ = memory._known.values()
    assert len(known) <= 3
