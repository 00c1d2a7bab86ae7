"""What is worked out once for all tests of a process: the SQL of statements, the code of templates and of addresses.

Each test opens a database, and many make an application. Both begin with an empty memory, and to fill it took longer
than what the tests do. What is kept depends on nothing but its key: SQL on the statement and the kind of database, the
code of a template on its name and text, that of an address on its rule.
"""

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import Dialect
from werkzeug.routing import Rule

from annotator.db import engines
from fixtures_postgresql import WITHOUT_TLS

#: More than all tests together have.
MANY_STATEMENTS = 20_000


class Statements:
    """Engines of one kind share the dialect, to which SQLAlchemy ties what it has compiled, and the memory of it."""

    def __init__(self) -> None:
        self._shared: dict[type[Dialect], tuple[Dialect, Any]] = {}
        self._have_asked: set[Dialect] = set()

    def create_engine(self, address: str, **options: Any) -> Engine:
        """Create an engine as SQLAlchemy does, and give it what others have compiled."""
        more = {} if address.startswith("sqlite") else {"connect_args": WITHOUT_TLS}
        engine = sqlalchemy.create_engine(address, query_cache_size=MANY_STATEMENTS, **options, **more)
        own = engine.dialect
        shared, compiled = self._shared.setdefault(type(own), (own, engine._compiled_cache))

        def initialize(connection: Connection) -> None:
            # What it asks the server at its first connection, such as the version, is the same for all.
            if shared not in self._have_asked:
                type(shared).initialize(shared, connection)
                self._have_asked.add(shared)

        own.initialize = initialize
        engine.dialect, engine._compiled_cache = shared, compiled
        return engine


class Templates(BytecodeCache):
    """The code of templates."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out what was compiled of this name and text."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        assert bucket.code is not None
        self._code[bucket.key, bucket.checksum] = bucket.code


class Addresses:
    """The functions that make addresses of rules; Werkzeug binds them to its rule afterwards."""

    def __init__(self, compile_builder: Callable[[Rule, bool], Any]) -> None:
        self._compile_builder = compile_builder
        self._built: dict[tuple[object, ...], Any] = {}

    def compile_builder(self, rule: Rule, append_unknown: bool) -> Any:
        """Compile one, or hand out the one that was compiled of the same."""
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in self._built:
            self._built[key] = self._compile_builder(rule, append_unknown)
        return self._built[key]


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Let every engine and every application of this process share it."""
    statements, templates, addresses = Statements(), Templates(), Addresses(Rule._compile_builder)
    make_environment = Flask.create_jinja_environment

    def create_jinja_environment(app: Flask) -> Environment:
        environment = make_environment(app)
        environment.bytecode_cache = templates
        return environment

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engines, "create_engine", statements.create_engine)
        patched.setattr(Flask, "create_jinja_environment", create_jinja_environment)
        patched.setattr(Rule, "_compile_builder", lambda rule, unknown=True: addresses.compile_builder(rule, unknown))
        yield
