"""A tar.gz with what helps somebody else to find a fault, and nothing of the documents.

What goes in is chosen, never what is left out: of a log line only the fields that are known to hold no text, no name and no
key. Over everything, passwords are blotted out once more.
"""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cluster import config_file, doctor
from cluster.cli_common import client_of, sentence
from cluster.errors import BundleRefused
from cluster.settings import Settings
from cluster.settings_schema import SECTIONS
from cluster.task_log import Line, files_of, parsed_line
from cluster.versions import versions
from khelmerch_client import Client, ClientError

LOG_LINES = 5_000
"""The last ones, a few hundred kilobytes packed."""

KEPT_FIELDS = frozenset(
    (
        "at",
        "level",
        "logger",
        "process",
        "message",
        "task",
        "tasks",
        "file",
        "attempt",
        "status",
        "stage",
        "code",
        "translator",
        "model",
        "device",
        "gpu",
        "pid",
        "node_id",
        "lease",
        "failure",
        "crashes",
        "epoch",
        "version",
        "translators",
        "was",
        "from",
        "to",
        "before",
        "idle",
        "paused",
        "draining",
        "from_start",
        "models",
        "reference",
    )
)
"""What our own events carry and what is no text of a document, no client's name and no free sentence."""

_SECRET_KEY = re.compile(r"SECRET|PASSWORD|TOKEN|KEY", re.IGNORECASE)
_BLOTS = (
    (re.compile(r"(://[^\s:/@\"]*):[^\s/\"]+@"), r"\1:***@"),
    (re.compile(r"((?:password|passwd|secret|token|key|signature)[\w-]*=)[^&\s\"]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(Bearer )[^\s\"]+", re.IGNORECASE), r"\1***"),
)
_FRAME = re.compile(r'\s*File "[^"]*", line \d+, in ')
_RAISED = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)(?::|$)")


@dataclass(frozen=True)
class Part:
    """A file of the bundle and what it is."""

    name: str
    about: str


def write(target: Path, settings: Settings, config: Path | None) -> list[Part]:
    """Write `target`, which appears whole or not at all, for its owner only; -> what is in it. Raises BundleRefused."""
    if target.exists():
        raise BundleRefused(f"{target} exists already; name another file, or remove it.")
    contents: list[tuple[Part, Callable[[], str]]] = [
        (Part("settings.json", "the settings in force, without passwords"), lambda: _json(_settings(settings))),
        (Part("versions.json", "Khelmerch, Python and libraries"), lambda: _json(versions())),
        (Part("doctor.json", "what `khelmerch doctor` says of this machine"), lambda: _json(_doctor(config))),
        (Part("status.json", "what the server says of itself, its queue and GPUs"), lambda: _json(_status(settings))),
        (Part("database.json", "is the database whole, rows of each table"), lambda: _json(_database(settings))),
        (
            Part("server.log", f"the last {LOG_LINES} lines of the log, without texts and names"),
            lambda: "".join(_lines(settings.log_file)),
        ),
    ]
    parts = [part for part, _ in contents]
    part_file = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # It tells of the inside of a server: for its owner only, from the first byte on.
        handle = os.open(part_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            _add(archive, "README.txt", _readme(parts))
            for part, read in contents:
                _add(archive, part.name, read())
        part_file.rename(target)
    except OSError as error:
        raise BundleRefused(f"{target} could not be written: {error.strerror or error}.") from error
    finally:
        part_file.unlink(missing_ok=True)
    return parts


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    data = blotted(text).encode()
    info = tarfile.TarInfo(f"khelmerch-support/{name}")
    info.size, info.mtime, info.mode = len(data), int(time.time()), 0o600
    archive.addfile(info, io.BytesIO(data))


def blotted(text: str) -> str:
    """Without passwords, tokens and keys as they stand in addresses, queries and headers."""
    for found, instead in _BLOTS:
        text = found.sub(instead, text)
    return text


def _readme(parts: list[Part]) -> str:
    listed = "\n".join(f"{part.name:<16} {part.about}" for part in parts)
    return (
        f"A support bundle of Khelmerch, made {time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime())}.\n\n{listed}\n\n"
        "It holds no document, no sentence, no name of a file or client, no key and no password. It does hold paths,\n"
        "addresses and names of machines and models, and ids of tasks: look at it before you send it.\n"
    )


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"


def _settings(settings: Settings) -> dict[str, Any]:
    return {"source": settings.source, "settings": without_secrets(config_file.shown(SECTIONS, settings))}


def without_secrets(shown: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Values of keys that are named like secrets are left out; where a secret's file is, stays."""

    def safe(key: str, value: Any) -> Any:
        secret = bool(_SECRET_KEY.search(key)) and isinstance(value, str) and value != ""
        return "***" if secret and not key.endswith(("_FILE", "_PATH")) else value

    return {name: {key: safe(key, value) for key, value in section.items()} for name, section in shown.items()}


def _doctor(config: Path | None) -> list[dict[str, Any]]:
    return [asdict(check) for check in doctor.examine(config)]


def _status(settings: Settings) -> dict[str, Any]:
    """Each answer, or the sentence why there is none: a server that is down is what bundles are made for."""

    def ask(call: Callable[[Client], Any]) -> Any:
        try:
            return call(api)
        except ClientError as error:
            return {"problem": sentence(error)}

    with client_of(settings) as api:
        return {
            "health": ask(lambda one: one.ready()),
            "queue": ask(lambda one: one.queue_status()),
            "metrics": ask(lambda one: one.task_metrics()),
            "gpus": ask(lambda one: one.gpu_status()),
            "system": ask(lambda one: one.system_info()),
            "models": ask(lambda one: one.models().get("fleet")),
        }


def _database(settings: Settings) -> dict[str, Any]:
    from storage.database_check import look  # SQLAlchemy; most commands do without
    from storage.errors import StorageError

    kind, _, path = settings.storage.url.partition(":///")
    if kind != "sqlite":
        return {"kind": kind.partition("://")[0], "problem": "A database server is looked at with its own tools."}
    try:
        return {"kind": kind, **look(Path(path).absolute())}
    except StorageError as error:
        return {"kind": kind, "problem": error.detail}


def _lines(log_file: Path) -> Iterator[str]:
    last: deque[Line] = deque(maxlen=LOG_LINES)
    for path in files_of(log_file):
        with path.open("rb") as file:
            last.extend(line for text in file if (line := parsed_line(text)) is not None)
    for line in last:
        yield json.dumps(without_texts(line), ensure_ascii=False) + "\n"


def without_texts(line: Line) -> Line:
    """-> a line of the log: fields that may quote anything say only that they were there; of an exception's traceback
    stay the places and the names of what was raised."""
    kept: Line = {name: value if name in KEPT_FIELDS else "(left out)" for name, value in line.items()}
    if isinstance(error := line.get("error"), str):
        kept["error"] = _places(error)
    return kept


def _places(trouble: str) -> list[str]:
    found: list[str] = []
    after_frame = False
    for text in trouble.splitlines():
        if _FRAME.match(text):
            found.append(text.strip())
            after_frame = True
        elif after_frame and not text.startswith(" "):
            # The first line that is not indented names the error; its message, which follows, may be any text.
            after_frame = False
            if raised := _RAISED.match(text):
                found.append(raised[1])
    return found
