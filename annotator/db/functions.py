"""SQL functions that both databases have under different names."""

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class epoch_seconds(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """Whole seconds since 1970 on the database's own clock, so that leases depend on nobody's wrist watch."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch_seconds, "sqlite")
def _sqlite_epoch(_element: epoch_seconds, _compiler: Any, **_options: Any) -> str:
    # unixepoch() came with SQLite 3.38; Python may be built with an older one.
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(epoch_seconds, "postgresql")
def _postgresql_epoch(_element: epoch_seconds, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)"


class random_permille(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """A whole number from 0 to 999, drawn anew for each row."""

    type = Integer()
    inherit_cache = True


@compiles(random_permille, "sqlite")
def _sqlite_random(_element: random_permille, _compiler: Any, **_options: Any) -> str:
    return "abs(random() % 1000)"


@compiles(random_permille, "postgresql")
def _postgresql_random(_element: random_permille, _compiler: Any, **_options: Any) -> str:
    return "CAST(floor(random() * 1000) AS INTEGER)"
