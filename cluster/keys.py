"""The key that the command line speaks with, and the keys of a server that does not run: its database is changed directly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cluster.errors import ClusterError
from cluster.settings import Settings, given_key
from storage.errors import StorageError
from storage.key_secret import read_local_key

if TYPE_CHECKING:
    from storage.key_keeper import KeyKeeper
    from storage.key_store import KeyStore


def key_for(settings: Settings) -> str | None:
    """-> the key for this machine's own server: the caller's, else the one that the server keeps for its operator.

    Raises ClusterError when that file is in danger.
    """
    if (key := given_key()) is not None:
        return key
    try:
        return read_local_key(settings.keys_dir)
    except PermissionError:
        return None  # another user's server: one of its keys must be given
    except StorageError as error:
        raise ClusterError(error.detail) from error


def require_key(settings: Settings) -> None:
    """A server that listens to other machines must have a valid key. Raises ClusterError."""
    if not settings.needs_key:
        return
    with stored_keys(settings) as (store, _keeper):
        if any(key.problem(time.time()) is None for key in store.all()):
            return
    raise ClusterError(
        f"[SERVER] HOST = {settings.server.host} would let everybody who reaches this machine read and stop every task, "
        "because there is no API key yet. Make one with `khelmerch keys create NAME`, or listen to this machine only "
        "(127.0.0.1); behind a proxy that lets in the right people, set [SERVER] ALLOW_UNAUTHENTICATED = true."
    )


@contextmanager
def stored_keys(settings: Settings) -> Iterator[tuple[KeyStore, KeyKeeper]]:
    """The keys of a server that does not run, in one transaction. Raises ClusterError."""
    from storage.database import Database  # SQLAlchemy and Alembic; most commands do without
    from storage.key_keeper import KeyKeeper
    from storage.key_store import KeyStore
    from storage.upgrade import migrate

    try:
        settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database(settings.storage.url)
        try:
            migrate(database)
            with database.transaction():
                store = KeyStore(database)
                yield store, KeyKeeper(store, settings.keys_dir)
        finally:
            database.close()
    except StorageError as error:
        raise ClusterError(error.detail) from error
