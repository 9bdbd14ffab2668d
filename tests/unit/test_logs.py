"""The log file that several processes write to."""

from __future__ import annotations

import logging
from pathlib import Path

from actors.logs import Rotating


def line(text: str) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text})


def test_a_full_file_is_rotated_once_by_the_processes_that_write_to_it(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    several = [Rotating(path, maxBytes=100, backupCount=5, encoding="utf-8") for _ in range(3)]
    for handler in several:
        handler.emit(line("a" * 40))
    for number, handler in enumerate(several):
        handler.emit(line(f"second {number}"))
        handler.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["server.log", "server.log.1"]
    assert path.read_text().split("\n")[:-1] == ["second 0", "second 1", "second 2"]
    assert path.with_name("server.log.1").read_text() == ("a" * 40 + "\n") * 3
