"""A real PostgreSQL for tests: its own folder, its own socket, no network, gone when the tests are over."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from cluster.ray_head import free_ports

DEBIAN_ROOT = Path("/usr/lib/postgresql")
SHARED = "khelmerch"
"""The database with the current schema that tests share one after the other."""


def programs() -> Path | None:
    """-> the folder of initdb and pg_ctl of the newest PostgreSQL that is installed."""
    found = [path.parent for path in DEBIAN_ROOT.glob("*/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).parent)
    return max(found, default=None)


def _as_postgres() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; Debian's package has made a user for it."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass
class PostgresServer:
    folder: Path
    port: int
    bin: Path

    def __post_init__(self) -> None:
        self._numbers = count(1)

    @classmethod
    def start(cls, bin_folder: Path) -> PostgresServer:
        # Not below pytest's folder: the user postgres may not enter it, and a socket's path has 107 characters at most.
        folder = Path(tempfile.mkdtemp(prefix="khelmerch-pg-"))
        account = _as_postgres()
        if account:
            os.chown(folder, account["user"], account["group"])
        (port,) = free_ports(1)
        server = cls(folder, port, bin_folder)
        server._run(
            "initdb", "--username=khelmerch", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        options = f"-c listen_addresses='' -c fsync=off -k {folder} -p {server.port}"
        server._run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        return server

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
            **_as_postgres(),
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://khelmerch@/{name}?host={self.folder}&port={self.port}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(name).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def new_database(self) -> str:
        """-> the address of an empty database, without a schema."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def emptied(self, name: str) -> str:
        """-> the address of a database whose tables were emptied: ten times faster than a new one for each test."""
        self.execute(
            "DO $$ BEGIN SET LOCAL lock_timeout = '5s'; "
            "EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY CASCADE' "
            "FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'); END $$",
            name,
        )
        return self.url(name)

    def restart(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "-l", str(self.folder / "log"), "restart")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)
