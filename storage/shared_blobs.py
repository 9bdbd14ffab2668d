"""Blobs in a store that outlives this machine: an object store or a shared folder, under any URL that fsspec knows.

Every file is written here first (the local store is the cache and the place of unfinished files), and is a blob once the
shared store has it too. What is not here any more is fetched. So a head may lose its disk: with the database elsewhere
([STORAGE] DATABASE_URL), another one goes on.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence, Set
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from storage.blobs import KINDS, BlobStore, sync_folder
from storage.errors import StorageError


class SharedBlobStore(BlobStore):
    """`root`: the local cache. Calls that reach the shared store block as long as it takes to answer."""

    def __init__(self, root: Path, url: str) -> None:
        """Raises StorageError when the store cannot be written to and read."""
        super().__init__(root)
        self._url = url
        try:
            self._remote, self._base = fsspec.core.url_to_fs(url)
            self._probe()
        except (ImportError, ValueError) as error:  # a package that is missing, a protocol that nobody knows
            raise StorageError(f"[STORAGE] BLOB_URL {url} cannot be used: {error}") from error
        except Exception as error:  # every store has errors of its own
            raise self._refused("cannot be used", error) from error

    def _probe(self) -> None:
        name = self._at(f"probe-{secrets.token_hex(8)}")
        self._remote.makedirs(self._base, exist_ok=True)
        self._remote.pipe_file(name, b"khelmerch")
        try:
            if self._remote.cat_file(name) != b"khelmerch":
                raise OSError("what was written there is not what is read")
        finally:
            self._remote.rm_file(name)

    def _at(self, key: str) -> str:
        return f"{self._base.rstrip('/')}/{key}"

    def _refused(self, what: str, error: Exception) -> StorageError:
        return StorageError(f"The store {self._url} {what}: {error or type(error).__name__}")

    def place(self, paths: Sequence[Path], kind: str) -> list[str | StorageError]:
        """Into the cache, then into the shared store; a key counts only when both have it."""
        return [key if isinstance(key, StorageError) else self._share(key) for key in super().place(paths, kind)]

    def _share(self, key: str) -> str | StorageError:
        try:
            target = self._at(key)
            self._remote.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._remote.put_file(str(self.path(key)), target)
            if isinstance(self._remote, LocalFileSystem):
                _sync(Path(target))
        except Exception as error:
            # Nobody has heard of the key; what the shared store may hold of it is swept as an orphan.
            super().remove(key)
            refused = self._refused("does not take a file", error)
            refused.__cause__ = error
            return refused
        return key

    def fetch(self, key: str) -> Path:
        path = self.path(key)
        if path.exists():
            return path
        scratch = self.scratch()
        try:
            self._remote.get_file(self._at(key), str(scratch))
            if scratch.stat().st_size != self._remote.info(self._at(key))["size"]:
                raise OSError("it came only in part")
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch.rename(path)
        except FileNotFoundError:
            return path  # gone for good: the caller looks, as with the local store
        except Exception as error:
            raise self._refused(f"does not give {key}", error) from error
        finally:
            scratch.unlink(missing_ok=True)
        return path

    def remove(self, key: str) -> None:
        super().remove(key)
        try:
            # One that is gone is no error, as in the local store.
            with contextlib.suppress(FileNotFoundError):
                self._remote.rm_file(self._at(key))
        except Exception as error:
            raise self._refused(f"does not remove {key}", error) from error

    def orphans(self, known: Set[str], before: float) -> list[str]:
        found = dict.fromkeys(super().orphans(known, before))
        for kind in KINDS if known else ():
            found |= dict.fromkeys(self._remote_orphans(kind, known, before))
        return list(found)

    def _remote_orphans(self, kind: str, known: Set[str], before: float) -> list[str]:
        try:
            names: list[str] = self._remote.find(self._at(kind))
            keys = {"/".join(name.split("/")[-3:]): name for name in names}
            return [
                key
                for key, name in keys.items()
                if key not in known and self._remote.modified(name).timestamp() < before
            ]
        except Exception as error:
            raise self._refused("cannot be listed", error) from error


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        sync_folder(folder)


def open_blobs(root: Path, url: str = "") -> BlobStore:
    """-> the store of the settings: below `root`, and under `url` too where one is given. Raises StorageError."""
    return SharedBlobStore(root, url) if url else BlobStore(root)
