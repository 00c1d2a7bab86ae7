import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select, text

from annotator.db import Annotation, ChainHead
from annotator.db.engines import Database
from annotator.services import chain
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    study = make_study(database)
    first = study.record(study.seat("A"), unit=study.units[0], comment="Grüße 😀")
    study.record(study.seat("B"), unit=study.units[1], act="skip")
    study.record(study.seat("A"), unit=study.units[0], answers={"topic": None}, supersedes=first.key)
    return study


def history(study: Study) -> list[dict[str, Any]]:
    with study.database.reading() as session:
        return list(chain.history(session, study.project_id))


def test_acts_are_numbered_without_gaps_and_each_names_its_predecessor(study: Study):
    rows = history(study)
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert [row["previous"] for row in rows] == ["", rows[0]["hash"], rows[1]["hash"]]
    with study.database.reading() as session:
        head = session.scalars(select(ChainHead)).one()
    assert (head.sequence, head.hash) == (3, rows[-1]["hash"])


def test_hash_can_be_computed_without_this_program(study: Study):
    for row in history(study):
        said = {name: value for name, value in row.items() if name != "hash"}
        plain = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(plain.encode()).hexdigest() == row["hash"] == chain.chain_hash(row)


@pytest.mark.parametrize("name", ["unit", "annotator", "answers", "late", "at", "previous", "sequence", "selection"])
def test_any_change_changes_the_hash(study: Study, name: str):
    row = history(study)[0]
    assert chain.chain_hash({**row, name: "something else"}) != row["hash"]


def test_stored_payload_hash_is_that_of_the_row(study: Study):
    with study.database.reading() as session:
        stored = session.scalars(select(Annotation.payload_hash).order_by(Annotation.sequence)).all()
    assert stored == [chain.payload_hash(row) for row in history(study)]


def test_refused_act_leaves_no_gap(study: Study):
    with pytest.raises(Exception, match="no label"):
        study.record(study.seat("A"), unit=study.units[2], answers={"topic": "weather"})
    assert study.record(study.seat("A"), unit=study.units[2]).sequence == 4


def test_second_act_of_one_number_is_refused_by_the_database(study: Study):
    copied = "project_id, sequence, 'other', unit_id, annotator_id, codebook_version_id, act, kind, is_flagged, "
    columns = copied.replace("'other'", "key")
    rest = "is_late, is_stale, recorded_at, masked, payload_hash, previous_hash, hash"
    with pytest.raises(Exception, match=r"UNIQUE|duplicate key"), study.database.transaction() as session:
        session.execute(
            text(f"INSERT INTO annotation ({columns}{rest}) SELECT {copied}{rest} FROM annotation WHERE sequence = 1")
        )


def test_history_longer_than_a_batch_is_read_whole(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chain, "BATCH", 3)
    study = make_study(database, documents=2)
    for unit in study.units[:7]:
        study.record(study.seat("A"), unit=unit)
    assert [row["unit"] for row in history(study)] == study.units[:7]


def test_time_survives_being_written():
    moment = chain.parse_timestamp("2026-05-04T10:21:07.000001Z")
    assert chain.timestamp(moment) == "2026-05-04T10:21:07.000001Z"
    assert chain.timestamp(None) is chain.parse_timestamp(None) is None
