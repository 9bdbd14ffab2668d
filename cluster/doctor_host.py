"""The doctor on the machine itself: Python, SQLite, packages, disk, memory, ports, LibreOffice."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
import sqlite3
import sys
from pathlib import Path

import psutil
from packaging.requirements import Requirement
from packaging.version import Version

from cluster.doctor_check import Check, fail, ok, warn
from cluster.settings import Settings
from cluster.settings_values import show_size
from khelmerch_client import Client, ClientError

_GB = 1024**3
# Below the first, a converted model or a few large documents fill the disk; below the second, SQLite itself may fail.
_DISK_WARN_BYTES = 10 * _GB
_DISK_FAIL_BYTES = 1 * _GB
# Ray and the ingress take about 1.5 GB, the starter model little; NLLB-1.3B in int8 wants about 2 GB more.
_MEMORY_WARN_BYTES = 4 * _GB
_MEMORY_FAIL_BYTES = 2 * _GB
_SQLITE_SAFE = (3, 51, 3)


def python(_: Settings) -> list[Check]:
    """3.11 to 3.13, which Ray and CTranslate2 both have wheels for."""
    text = f"{platform.python_version()} ({sys.executable})"
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return [ok("python", text)]
    return [fail("python", text, "use Python 3.11, 3.12 or 3.13: remove .venv and run `make setup` with one on PATH")]


def sqlite(settings: Settings, found: tuple[int, ...] | None = None) -> list[Check]:
    """Releases before 3.51.3 can damage a WAL when two connections checkpoint at once."""
    if settings.storage.database_url.startswith("postgresql"):
        return [ok("sqlite", "not used: [STORAGE] DATABASE_URL is PostgreSQL")]
    version = found or sqlite3.sqlite_version_info
    text = ".".join(str(part) for part in version)
    if version >= _SQLITE_SAFE:
        return [ok("sqlite", text)]
    return [
        warn(
            "sqlite",
            f"{text}: before 3.51.3 two writers at once can damage a database; only the server writes",
            "do not write to khelmerch.db with other programs while the server runs (reading is safe)",
        )
    ]


def packages(_: Settings) -> list[Check]:
    """Every requirement of the installed distribution, compared with what is there."""
    try:
        wanted = importlib.metadata.requires("khelmerch") or []
    except importlib.metadata.PackageNotFoundError:
        return [fail("packages", "khelmerch itself is not installed", "run `make setup`, or pip install the wheel")]
    problems = []
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            problems.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(Version(version), prereleases=True):
            problems.append(f"{requirement.name} {version} is installed, needed is {requirement.specifier}")
    if problems:
        return [fail("packages", "; ".join(problems), "run `make setup`, or pip install the wheel again")]
    shown = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("ray", "ctranslate2", "transformers"))
    return [ok("packages", shown)]


def disk(settings: Settings) -> list[Check]:
    """Room and permission where DATA_DIR is, or will be made."""
    place = settings.storage.data_dir
    existing = place
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return [fail("disk", f"{existing} cannot be written to", "correct its permissions, or set [STORAGE] DATA_DIR")]
    free = shutil.disk_usage(existing).free
    text = f"{show_size(free)} free for {place}"
    advice = "free some space, or set [STORAGE] DATA_DIR to a larger disk"
    if free < _DISK_FAIL_BYTES:
        return [fail("disk", text, advice)]
    return [warn("disk", text, advice) if free < _DISK_WARN_BYTES else ok("disk", text)]


def memory(_: Settings) -> list[Check]:
    """Memory that is free now, within the container's limit if there is one."""
    free, total = _memory()
    text = f"{show_size(free)} free of {show_size(total)}"
    advice = "stop other programs, or use a smaller model"
    if free < _MEMORY_FAIL_BYTES:
        return [fail("memory", text, advice)]
    return [warn("memory", text, advice) if free < _MEMORY_WARN_BYTES else ok("memory", text)]


def _memory() -> tuple[int, int]:
    machine = psutil.virtual_memory()
    free, total = int(machine.available), int(machine.total)
    folder = Path("/sys/fs/cgroup")
    limit, used = folder / "memory.max", folder / "memory.current"
    if limit.is_file() and used.is_file():
        allowed = limit.read_text().strip()
        if allowed != "max":
            free = min(free, max(0, int(allowed) - int(used.read_text())))
            total = min(total, int(allowed))
    return free, total


def ports(settings: Settings) -> list[Check]:
    """Free, or in use by our own server that runs."""
    host = settings.server.host
    wanted = [("[SERVER] PORT", host, settings.server.port, "KHELMERCH_SERVER_PORT")]
    if not settings.ray.address:
        wanted += [
            ("[RAY] PORT", "0.0.0.0", settings.ray.port, "KHELMERCH_RAY_PORT"),  # noqa: S104 - tried, not served
            ("[RAY] DASHBOARD_PORT", "127.0.0.1", settings.ray.dashboard_port, "KHELMERCH_RAY_DASHBOARD_PORT"),
        ]
    running = _own_server(settings)
    checks = []
    for key, address, port, variable in wanted:
        problem = _bind_problem(address, port)
        if problem is None:
            checks.append(ok("port", f"{port} is free ({key})"))
        elif running:
            checks.append(ok("port", f"{port} is in use by the running server ({key})"))
        else:
            checks.append(
                fail("port", f"{port}: {problem} ({key})", f"stop what is there, or set {key} (or {variable})")
            )
    return checks


def _bind_problem(address: str, port: int) -> str | None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _own_server(settings: Settings) -> bool:
    """Whether it is Khelmerch that answers at the configured address."""
    try:
        with Client(settings.server.local_url) as api:
            api.live()
    except ClientError:
        return False
    return True


def libreoffice(_: Settings) -> list[Check]:
    """What converts documents of Office 97-2003; everything else works without."""
    from documents import libreoffice as converter

    found = converter.find()
    if found is not None:
        return [ok("libreoffice", str(found))]
    return [
        warn(
            "libreoffice",
            "not installed: .doc, .xls, .ppt and .rtf are refused",
            "install it where documents are read (Debian: apt-get install libreoffice-writer libreoffice-calc "
            "libreoffice-impress), or leave it if nobody sends such files",
        )
    ]
