"""The lines of a server's log that concern one task: read over rotated files, in order, and followed as they come."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

Line = dict[str, Any]

POLL_SECONDS = 0.5
_HIDDEN = frozenset({"at", "level", "logger", "process", "message", "task", "tasks", "clients", "error"})
"""Told in a place of their own, known to who asks, or of other tasks."""


def files_of(log_file: Path) -> list[Path]:
    """-> the log and those that were rotated (`server.log.1` is the youngest of them), oldest first."""
    numbered = [
        (int(path.suffix[1:]), path)
        for path in log_file.parent.glob(f"{log_file.name}.*")
        if path.suffix[1:].isdecimal() and path.stem == log_file.name
    ]
    rotated = [path for _number, path in sorted(numbered, reverse=True)]
    return [*rotated, *([log_file] if log_file.exists() else [])]


def concerns(line: Line, task_id: str) -> bool:
    return line.get("task") == task_id or task_id in (line.get("tasks") or ())


def lines_of(log_file: Path, task_id: str) -> list[Line]:
    """-> what is written of the task, by time: several processes append to one file, each a little late."""
    with ExitStack() as opened:
        return _in_order(_open(log_file, opened), task_id)


def follow(log_file: Path, task_id: str, wait: Callable[[float], None] = time.sleep) -> Iterator[Line]:
    """What is written of the task: first what there is, then what comes, for ever. `wait` is called when nothing came."""
    with ExitStack() as opened:
        files = _open(log_file, opened)
        yield from _in_order(files, task_id)
        current = files[-1] if files else None
        while True:
            # Asked before reading: a file that was renamed by then is read to its end first.
            turned = current is None or _is_another(current, log_file)
            came = False
            for line in _matching(current, task_id) if current else ():
                came = True
                yield line
            if turned and log_file.exists():
                current = opened.enter_context(log_file.open("rb"))
            elif not came:
                wait(POLL_SECONDS)


def shown(line: Line) -> str:
    """A line for people: time, level, what happened, what it carries; an exception's traceback below."""
    facts = " ".join(f"{name}={_fact(value)}" for name, value in line.items() if name not in _HIDDEN)
    head = f"{line.get('at', '')}  {line.get('level', ''):<7}  {line.get('message', '')}{f'  {facts}' if facts else ''}"
    trouble = [f"    {one}" for one in str(line["error"]).splitlines()] if line.get("error") else []
    return "\n".join(_harmless(one) for one in (head, *trouble))


def as_json(line: Line) -> str:
    """As it was written."""
    return json.dumps(line, ensure_ascii=False)


def _fact(value: Any) -> str:
    return value if isinstance(value, str) and value and " " not in value else json.dumps(value, ensure_ascii=False)


def _harmless(text: str) -> str:
    """Without characters that steer a terminal: names of files come from outside."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _open(log_file: Path, opened: ExitStack) -> list[BinaryIO]:
    """-> the files, oldest first. All are open before one is read, so that a rotation meanwhile loses and doubles none."""
    files: dict[int, BinaryIO] = {}
    for path in reversed(files_of(log_file)):
        try:
            file = opened.enter_context(path.open("rb"))
        except FileNotFoundError:
            continue  # rotated away: it is open under its next name, or was the oldest
        files.setdefault(_inode(file), file)
    return list(reversed(files.values()))


def _in_order(files: list[BinaryIO], task_id: str) -> list[Line]:
    found = [line for file in files for line in _matching(file, task_id)]
    return sorted(found, key=lambda line: str(line.get("at", "")))


def _matching(file: BinaryIO, task_id: str) -> Iterator[Line]:
    for line in _whole_lines(file):
        if (parsed := parsed_line(line)) is not None and concerns(parsed, task_id):
            yield parsed


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines from where the file is; one that is still being written is left for the next time."""
    while line := file.readline():
        if not line.endswith(b"\n"):
            file.seek(-len(line), 1)
            return
        yield line


def parsed_line(line: bytes) -> Line | None:
    """-> None for what is no line of ours, such as one that a crash cut off."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _inode(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino


def _is_another(file: BinaryIO, path: Path) -> bool:
    """-> is there another file at the path than the one that is open?"""
    try:
        return path.stat().st_ino != _inode(file)
    except FileNotFoundError:
        return False
