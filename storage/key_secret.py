"""The secret under which API keys are stored and log-ins signed: a file of the server's own, made once, never in the database."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from storage.errors import StorageError

SECRET_BYTES = 32
SECRET_NAME, LOCAL_KEY_NAME = "key-secret", "operator-key"


def read_secret(folder: Path) -> bytes:
    """Raises StorageError when it is missing, or others on this machine may read it."""
    path = folder / SECRET_NAME
    try:
        return bytes.fromhex(_read_private(path))
    except FileNotFoundError as error:
        raise StorageError(
            f"The secret {path}, without which no API key can be checked, is missing. Put it back from your copy, or make "
            "keys anew: `khelmerch down`, then `khelmerch keys reset`."
        ) from error
    except ValueError as error:
        raise StorageError(f"The secret {path} is damaged. Put it back from your copy.") from error


def make_secret(folder: Path) -> bytes:
    """-> the secret; made where there is none."""
    if not (folder / SECRET_NAME).exists():
        write_private(folder / SECRET_NAME, secrets.token_hex(SECRET_BYTES), replace=False)
    return read_secret(folder)


def read_local_key(folder: Path) -> str | None:
    """-> the operator's key of this machine; None where there is none. Raises StorageError when others may read it,
    and PermissionError when we may not."""
    try:
        return _read_private(folder / LOCAL_KEY_NAME).strip()
    except FileNotFoundError:
        return None


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """A whole file that its owner alone may read; replace=False leaves one that is there. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            if replace:
                scratch.replace(path)
            else:
                with contextlib.suppress(FileExistsError):  # another process made it in the same moment
                    path.hardlink_to(scratch)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}.") from error


def _read_private(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise StorageError(f"{path} can be read by others on this machine; run `chmod 600 {path}`.")
        return file.read()
