"""Random acts of two annotators, against a reference that knows nothing of tables."""

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from annotator.config import read_settings
from annotator.db import Annotation, Annotator, ChainHead, CurrentAnnotation, Tally, Unit
from annotator.db.engines import Database
from annotator.services import chain, current, recording
from annotator.services.checking import check_database
from annotator.services.claiming import claim_next
from annotator.services.recording import Recorded
from studies import Study, make_study

NAMES = ("A", "B")


def pointers(database: Database) -> dict[tuple[str, str], tuple[str, str]]:
    """Return key and act of what counts, by unit and annotator."""
    with database.reading() as session:
        rows = session.execute(
            select(Unit.external_id, Annotator.code, Annotation.key, Annotation.act)
            .select_from(CurrentAnnotation)
            .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
            .join(Unit, Unit.id == CurrentAnnotation.unit_id)
            .join(Annotator, Annotator.id == CurrentAnnotation.annotator_id)
        ).all()
    return {(unit, code): (key, act) for unit, code, key, act in rows}


class Acts(RuleBasedStateMachine):
    """What may happen: claims, answers, skips, revisions, undos, repeats, leases that run out."""

    database: Database
    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.study: Study = self.new_study()
        self.seats = {name: self.study.seat(name) for name in NAMES}
        #: The reference: acts in order; those undone; who holds which place, and who has finished it.
        self.acts: list[tuple[str, str, str, str]] = []
        self.undone: set[str] = set()
        self.owner: dict[str, str] = {}
        #: What was sent, by whom and with which number it was stored.
        self.sent: list[tuple[str, dict[str, Any], int]] = []

    new_study: Any = None

    @rule(name=st.sampled_from(NAMES), index=st.integers(0, 3), act=st.sampled_from(["answer", "skip"]), target=made)
    def act(self, name: str, index: int, act: str) -> Any:
        return self._record(name, self.study.units[index], act, None)

    @rule(earlier=made, act=st.sampled_from(["answer", "skip"]), target=made)
    def revise(self, earlier: tuple[str, str, str], act: str) -> Any:
        name, unit, key = earlier
        return self._record(name, unit, act, key)

    @rule(earlier=consumes(made))
    def undo(self, earlier: tuple[str, str, str]) -> None:
        name, unit, key = earlier
        self._record(name, unit, "undo", key)
        self.undone.add(key)

    @rule(name=st.sampled_from(NAMES))
    def claim(self, name: str) -> None:
        with self.study.database.transaction() as session:
            unit = claim_next(session, self.seats[name])
        if unit is not None:
            assert self.owner.setdefault(unit, name) == name
            assert self._counts(unit, name) is None

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 99))
    def repeat(self, number: int) -> None:
        """Send again what was sent at any time before, undone or not."""
        name, given, sequence = self.sent[number % len(self.sent)]
        again = self.study.record(self.seats[name], **given)
        assert (again.status, again.sequence, again.key) == ("repeated", sequence, given["key"])

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 99))
    def contradict(self, number: int) -> None:
        """Send something else under a key that was used: both are kept, however often it is sent."""
        name, given, _ = self.sent[number % len(self.sent)]
        if given["act"] == "undo":
            return
        other = {**given, "comment": f"Not what it was, but {len(self.acts)}."}
        stored = self._store(name, other)
        again = self.study.record(self.seats[name], **other)
        assert (stored.status, again.status) == ("differs", "differs")
        assert again.key == stored.key != given["key"]
        assert again.sequence == stored.sequence

    @rule()
    def rebuild(self) -> None:
        before = pointers(self.study.database)
        with self.study.database.transaction() as session:
            current.rebuild_pointers(session, self.study.project_id)
            current.rebuild_counts(session, self.study.project_id)
        assert pointers(self.study.database) == before

    def _record(self, name: str, unit: str, act: str, supersedes: str | None) -> Any:
        given = {"unit": unit, "act": act, "supersedes": supersedes, "key": str(uuid.uuid4())}
        recorded = self._store(name, given)
        assert (recorded.status, recorded.key) == ("stored", given["key"])
        self.sent.append((name, given, recorded.sequence))
        return name, unit, recorded.key

    def _store(self, name: str, given: dict[str, Any]) -> Recorded:
        recorded = self.study.record(self.seats[name], **given)
        assert recorded.is_late == (self.owner.setdefault(given["unit"], name) != name)
        self.acts.append((name, given["unit"], recorded.key, given["act"]))
        assert recorded.sequence == len(self.acts)
        return recorded

    def _counts(self, unit: str, name: str) -> tuple[str, str] | None:
        standing = [
            (key, act)
            for who, what, key, act in self.acts
            if (who, what) == (name, unit) and act != "undo" and key not in self.undone
        ]
        return standing[-1] if standing else None

    def _expected(self) -> dict[tuple[str, str], tuple[str, str]]:
        found = {(unit, f"C-{name}"): self._counts(unit, name) for unit in self.study.units for name in NAMES}
        return {topic: counts for topic, counts in found.items() if counts is not None}

    @invariant()
    def pointers_and_counts_are_those_of_the_reference(self) -> None:
        expected = self._expected()
        assert pointers(self.study.database) == expected
        with self.study.database.reading() as session:
            head = session.scalars(select(ChainHead)).one()
            done = dict(session.execute(select(Tally.annotator_id, Tally.done)).all())
        assert head.labelled == len({unit for (unit, _), (_, act) in expected.items() if act == "answer"})
        assert head.sequence == len(self.acts)
        for name, seat in self.seats.items():
            finished = [unit for unit, owner in self.owner.items() if owner == name and self._counts(unit, name)]
            assert done.get(seat.annotator_id, 0) == len(finished)

    def teardown(self) -> None:
        with self.study.database.reading() as session:
            history = list(chain.history(session, self.study.project_id))
        assert [(row["annotator"], row["unit"], row["key"], row["act"]) for row in history] == [
            (f"C-{name}", unit, key, act) for name, unit, key, act in self.acts
        ]
        assert check_database(self.study.database) == []
        self.study.database.dispose()


def acts_on_sqlite(migrated_file: Path) -> type[Acts]:
    class OnSqlite(Acts):
        def new_study(self) -> Study:
            home = Path(tempfile.mkdtemp(dir=migrated_file.parent))
            shutil.copy(migrated_file, home / migrated_file.name)
            return make_study(Database(read_settings({}, home=home)))

    return OnSqlite


def test_random_acts_count_as_they_should(migrated_file: Path):
    run_state_machine_as_test(acts_on_sqlite(migrated_file), settings=settings(max_examples=25, stateful_step_count=25))


def _look_at_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_of_key", lambda *_: None)


def _look_at_no_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    hash_of = chain.payload_hash
    monkeypatch.setattr(chain, "payload_hash", lambda row: hash_of({**row, "comment": None}))


@pytest.mark.parametrize("careless", [_look_at_no_key, _look_at_no_comment])
def test_it_would_be_seen_if_a_key_or_what_comes_with_it_were_not_looked_at(migrated_file: Path, monkeypatch, careless):
    """The negative controls: a repeat is stored again, and another payload passes for a repeat."""
    careless(monkeypatch)
    once = settings(max_examples=10, stateful_step_count=15, phases=[Phase.generate], database=None)
    with pytest.raises((AssertionError, IntegrityError)):
        run_state_machine_as_test(acts_on_sqlite(migrated_file), settings=once)


def test_pointers_that_were_lost_are_worked_out_again(database: Database):
    study = make_study(database)
    seat = study.seat("A")
    first = study.record(seat, unit=study.units[0])
    second = study.record(seat, unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    study.record(seat, unit=study.units[0], act="undo", supersedes=second.key)
    study.record(seat, unit=study.units[1], act="skip")
    before = pointers(database)
    with database.transaction() as session:
        session.query(CurrentAnnotation).delete()
        session.query(Tally).delete()
        current.rebuild_pointers(session, study.project_id)
        current.rebuild_counts(session, study.project_id)
    assert (
        pointers(database)
        == before
        == {
            (study.units[0], "C-A"): (first.key, "answer"),
            (study.units[1], "C-A"): (before[study.units[1], "C-A"][0], "skip"),
        }
    )
    assert check_database(database) == []
