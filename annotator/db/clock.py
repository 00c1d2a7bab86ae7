"""The database's own clock, so that leases do not depend on anybody's wrist watch."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class epoch_seconds(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """Whole seconds since 1970 on the database's clock."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch_seconds, "sqlite")
def _sqlite(_element: epoch_seconds, _compiler: Any, **_options: Any) -> str:
    # unixepoch() came with SQLite 3.38; Python may be built with an older one.
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(epoch_seconds, "postgresql")
def _postgresql(_element: epoch_seconds, _compiler: Any, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)"
