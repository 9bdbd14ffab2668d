"""The repository over both databases: a test that asks for `repository` or `database_url` runs on each of them. And the engine
that stops at a gate, with a function that starts runners around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fresh_database import database_at
from gated_engine import Gated, runners_of
from postgres_server import SHARED, PostgresServer, programs

from storage.database import Database
from storage.repository import Repository
from storage.upgrade import migrate
from translation.runner import Runner


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt-get install postgresql)")
    server = PostgresServer.start(found)
    try:
        server.execute(f"CREATE DATABASE {SHARED}")
        first = Database(server.url(SHARED))
        migrate(first)
        first.close()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """-> the address of a database of this test's own, with the current schema."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.emptied(SHARED)
    path = tmp_path / "khelmerch.db"
    database_at(path).close()
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def repository(database: Database) -> Repository:
    """As the scheduler has it: it owns the database."""
    database.take_epoch()
    return Repository(database)


@pytest.fixture
def engine() -> Gated:
    return Gated()


@pytest.fixture
def start(engine: Gated) -> Iterator[Callable[..., Runner]]:
    yield from runners_of(engine)
