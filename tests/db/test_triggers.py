import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from annotator.db.engines import Database
from studies import make_study


@pytest.mark.parametrize("table", ["annotation", "answer"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_acts_and_answers_can_neither_be_changed_nor_deleted(database: Database, table: str, statement: str):
    study = make_study(database)
    study.record(study.seat("A"), unit=study.units[0])
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), database.transaction() as session:
        session.execute(text(statement.format(table)))
    with database.reading() as session:
        assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 1


def test_replacing_is_no_way_around_the_triggers(sqlite_database: Database):
    study = make_study(sqlite_database)
    study.record(study.seat("A"), unit=study.units[0])
    with pytest.raises(DBAPIError, match="append-only"), sqlite_database.transaction() as session:
        session.execute(text("REPLACE INTO answer SELECT * FROM answer"))


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["annotation", "answer"])
def test_emptying_a_table_at_once_is_refused_too(table: str, postgresql_settings):
    database = Database(postgresql_settings)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(f"TRUNCATE {table} CASCADE"))
    database.dispose()
