"""Random acts of two annotators, against a reference that knows nothing of tables."""

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from annotator.config import read_settings
from annotator.db import Annotation, Annotator, ChainHead, CurrentAnnotation, Tally, Unit
from annotator.db.engines import Database
from annotator.services import chain, current
from annotator.services.checking import check_database
from annotator.services.claiming import claim_next
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

    @rule(index=st.integers(0, 3), name=st.sampled_from(NAMES))
    def repeat(self, index: int, name: str) -> None:
        key = str(uuid.uuid4())
        first = self._record(name, self.study.units[index], "answer", None, key=key)
        again = self.study.record(self.seats[name], unit=first[1], key=key)
        assert again.status == "repeated"

    @rule()
    def rebuild(self) -> None:
        before = pointers(self.study.database)
        with self.study.database.transaction() as session:
            current.rebuild_pointers(session, self.study.project_id)
            current.rebuild_counts(session, self.study.project_id)
        assert pointers(self.study.database) == before

    def _record(self, name: str, unit: str, act: str, supersedes: str | None, key: str | None = None) -> Any:
        given = {"unit": unit, "act": act, "supersedes": supersedes, "key": key or str(uuid.uuid4())}
        recorded = self.study.record(self.seats[name], **given)
        assert recorded.is_late == (self.owner.setdefault(unit, name) != name)
        self.acts.append((name, unit, recorded.key, act))
        assert recorded.sequence == len(self.acts)
        return name, unit, recorded.key

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


def test_random_acts_count_as_they_should(migrated_file: Path):
    class OnSqlite(Acts):
        def new_study(self) -> Study:
            home = Path(tempfile.mkdtemp(dir=migrated_file.parent))
            shutil.copy(migrated_file, home / migrated_file.name)
            return make_study(Database(read_settings({}, home=home)))

    run_state_machine_as_test(OnSqlite, settings=settings(max_examples=25, stateful_step_count=25))


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
