"""One line an event, JSON, in a rotating file: time, level, logger, message, the request that asked for it,
and whatever the event carries (task)."""

from __future__ import annotations

import json
import logging
import os
from logging.handlers import RotatingFileHandler
from typing import Any

from actors import request_ids
from actors.config import LogConfig
from storage.api_keys import hidden
from storage.times import to_iso

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """{"at", "level", "logger", "message", ...extra}; an exception's traceback stands in "error"."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": to_iso(record.created),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if request := request_ids.current.get():
            line["request"] = request
        line.update({key: value for key, value in record.__dict__.items() if key not in _PLAIN})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        # Whatever an error or a request carried along: a key that stands in a log is no secret any more.
        return hidden(json.dumps(line, ensure_ascii=False, default=str))


class Rotating(RotatingFileHandler):
    """Rotates once the file is full. The library's own asks the file system three times and formats the line a second
    time, before it writes one; and where several processes write to a file, each of them would rotate it."""

    def shouldRollover(self, _record: logging.LogRecord) -> bool:  # noqa: N802 the library's name
        if self.stream is None:
            self.stream = self._open()
        if os.fstat(self.stream.fileno()).st_size < self.maxBytes:
            return False
        full, self.stream = self.stream, self._open()
        with full:
            # Another process may have rotated it before us.
            return os.path.sameopenfile(full.fileno(), self.stream.fileno())


def configure(config: LogConfig) -> None:
    """Send everything below the logger `khelmerch` to the file. Calling it again changes nothing.

    Several processes of one machine append to the same file: lines are short enough to be written at once. After one of
    them has rotated it, the others go on in the new file.
    """
    root = logging.getLogger("khelmerch")
    if any(isinstance(handler, Rotating) for handler in root.handlers):
        return
    config.file.parent.mkdir(parents=True, exist_ok=True)
    handler = Rotating(config.file, maxBytes=config.max_bytes, backupCount=config.backups, encoding="utf-8")
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(config.level)
