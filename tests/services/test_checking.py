import json
import re
from random import Random

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, text, update

from annotator.cli import main
from annotator.db import Assignment, Classifier, Project, Round
from annotator.db.engines import Database
from annotator.services import codebooks
from annotator.services.checking import check_database, rebuild
from annotator.services.claiming import claim_unit
from annotator.services.training import train_project
from at_once import meanwhile
from outdated import outdate_in_project
from random_projects import make_random_project
from studies import CODEBOOK, make_study


@pytest.fixture
def worked_on(database: Database) -> Database:
    make_random_project(database, Random(3), steps=30)
    return database


def tamper(database: Database, *statements: str) -> None:
    """Change rows past the triggers, as somebody with the file in hand could."""
    with database.transaction() as session:
        if not database.settings.is_sqlite:
            session.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))
        if not database.settings.is_sqlite:
            session.execute(text("SET session_replication_role = origin"))


def sentences(database: Database) -> str:
    return "\n".join(finding.sentence for finding in check_database(database))


def test_project_that_was_worked_on_is_well(worked_on: Database):
    assert check_database(worked_on) == []


DROP = [
    f"DROP TRIGGER {table}_refuses_{change}" for table in ("annotation", "answer") for change in ("update", "delete")
]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE annotation SET comment = 'other' WHERE sequence = 4", "Act 4 on .* is not what was recorded"),
        ("UPDATE annotation SET payload_hash = 'x' WHERE sequence = 4", "Act 4 on .* is not what was recorded"),
        (
            "UPDATE answer SET holder_kind = 'unclear', holder_name = 'x' WHERE kind = 'label'",
            "is not what was recorded",
        ),
        (
            "DELETE FROM answer WHERE annotation_id = (SELECT min(annotation_id) FROM answer)",
            "is not what was recorded",
        ),
        ("UPDATE unit SET external_id = external_id || 'x'", "is not what was recorded"),
    ],
)
def test_changed_label_is_found(worked_on: Database, statement: str, sentence: str):
    drop = DROP if worked_on.settings.is_sqlite else []
    tamper(worked_on, *drop, statement)
    found = [finding for finding in check_database(worked_on) if "trigger" not in finding.sentence]
    assert any(re.search(sentence, entry.sentence) for entry in found)
    assert all(entry.sentence.endswith(".") for entry in found)


def test_missing_last_act_is_found(database: Database):
    study = make_study(database)
    for unit in study.units[:2]:
        study.record(study.seat("A"), unit=unit)
    delete = ["DELETE FROM {} WHERE annotation_id = 2", "DELETE FROM annotation WHERE id = 2"]
    drop = DROP if database.settings.is_sqlite else []
    tamper(database, *drop, *(delete[0].format(table) for table in ("answer", "current_annotation")), delete[1])
    assert "The chain of acts does not end where it should" in sentences(database)


def test_missing_trigger_is_found(sqlite_database: Database):
    tamper(sqlite_database, DROP[0])
    assert "The trigger annotation_refuses_update is missing" in sentences(sqlite_database)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM current_annotation WHERE kind = 'main'", "The label that counts is not the newest for"),
        ("UPDATE chain_head SET labelled = 77", "77 units are counted as labelled, but there are"),
        ("UPDATE tally SET done = done + 1", "counts wrongly who has finished how much"),
        ("UPDATE round SET units = 99", "counts its units wrongly"),
    ],
)
def test_what_is_derived_is_checked_and_can_be_rebuilt(worked_on: Database, statement: str, sentence: str):
    tamper(worked_on, statement)
    assert sentence in sentences(worked_on)
    rebuild(worked_on)
    assert check_database(worked_on) == []


def train_topic(database: Database) -> Classifier:
    study = make_study(database, documents=5)
    seat = study.seat("A")
    for number, unit in enumerate(study.units):
        study.record(seat, unit=unit, answers={"topic": "war" if number % 2 else "trade"})
    (row,) = train_project(database, study.project_id)
    return row


def test_damaged_classifier_is_found(sqlite_database: Database):
    row = train_topic(sqlite_database)
    assert check_database(sqlite_database) == []
    (sqlite_database.settings.models / "study" / str(row.number) / "card.json").write_text("{}")
    assert "Classifier 1, which makes the suggestions, is damaged." in sentences(sqlite_database)


def test_a_classifier_of_another_version_is_not_called_damaged_and_troubles_nobody_once_replaced(
    sqlite_database: Database,
):
    row = train_topic(sqlite_database)
    outdate_in_project(sqlite_database, "study", row.number)
    told = sentences(sqlite_database)
    assert "Classifier 1, which makes the suggestions, was made by another version." in told
    assert "train it again" in told
    assert "damaged" not in told
    train_project(sqlite_database, row.project_id)
    assert check_database(sqlite_database) == []


def test_a_classifier_of_another_version_for_what_is_no_longer_asked_troubles_nobody(sqlite_database: Database):
    row = train_topic(sqlite_database)
    outdate_in_project(sqlite_database, "study", row.number)
    without_topic = "\n".join(line for line in CODEBOOK.splitlines() if "id: topic" not in line)
    with sqlite_database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, row.project_id), without_topic)
    assert check_database(sqlite_database) == []


def test_interrupted_import_is_found(database: Database):
    make_study(database)
    tamper(database, "UPDATE import_batch SET state = 'pending', heartbeat_at = '2020-01-01 00:00:00'")
    assert "The import of “texts” was interrupted" in sentences(database)


def test_command_says_what_is_wrong_and_puts_counts_right(sqlite_database: Database):
    make_random_project(sqlite_database, Random(3))
    doctor = ["--home", str(sqlite_database.settings.home), "doctor"]
    assert CliRunner().invoke(main, doctor).exit_code == 0
    tamper(sqlite_database, "UPDATE chain_head SET labelled = 77")
    told = CliRunner().invoke(main, [*doctor, "--json"])
    (finding,) = json.loads(told.output)["findings"]
    assert (told.exit_code, finding["project"], finding["can_be_rebuilt"]) == (1, "Study", True)
    assert CliRunner().invoke(main, [*doctor, "--rebuild"]).exit_code == 0


def test_a_round_in_the_making_is_well(database: Database):
    study = make_study(database)
    with database.transaction() as session:
        session.add(Round(project_id=study.project_id, name="in the making", units=4, is_ready=False))
    assert check_database(database) == []


def test_a_sentence_that_is_just_chosen_is_counted_by_who_counts_anew(database: Database):
    study = make_study(database)
    seat = study.seat("A")
    with database.transaction() as session:
        session.execute(delete(Assignment))
        session.execute(update(Round).values(units=0))
    meanwhile(database, lambda session: claim_unit(session, seat, study.units[0]), lambda: rebuild(database))
    assert check_database(database) == []
