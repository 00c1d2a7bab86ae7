"""What all tables share: names of constraints, times in UTC, small JSON values."""

import uuid
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, Table, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

#: SQLite counts rows only in a column declared INTEGER; PostgreSQL wants the larger type.
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware in Python on both databases (SQLite itself knows no time zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; hand the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Ancestor of every record."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: UtcDateTime,
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


def table(record: type[Base]) -> Table:
    """Return a record's table, for statements that are built once and run with every label.

    Building a statement from mapped attributes costs five times as much as running one that is ready.
    """
    return cast(Table, record.__table__)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def new_uuid() -> str:
    """Return a random name for a row that outsiders may see; counting rows tells them nothing."""
    return str(uuid.uuid4())


def one_of(column: str, *values: str) -> str:
    """Return the SQL of a check that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
