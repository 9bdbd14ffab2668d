"""One line of the table of figures, and the table."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HEAD = ("what", "measured", "beside it, same run", "ratio", "target", "reached")


@dataclass(frozen=True)
class Figure:
    """measured, beside: numbers with their units, for people; reached None: there is no target."""

    what: str
    measured: str
    beside: str = ""
    ratio: float | None = None
    target: str = ""
    reached: bool | None = None

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        reached = {None: "", True: "yes", False: "no"}[self.reached]
        return self.what, self.measured, self.beside, ratio, self.target, reached


def show(figures: Sequence[Figure]) -> str:
    """-> the table, in Markdown."""
    rows = [HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def machine() -> dict[str, str]:
    """-> what a figure cannot be read without."""
    cpu = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": f"{os.cpu_count()} x {cpu}",
        "memory_gib": str(memory),
        "load_average": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "ray": version("ray"),
        "sqlalchemy": version("sqlalchemy"),
        "command": " ".join(["python", *sys.orig_argv[1:]]),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def write(path: Path, facts: dict[str, str], figures: Sequence[Figure], numbers: dict[str, object]) -> None:
    """numbers: everything that was measured, unrounded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = {"machine": facts, "figures": [asdict(figure) for figure in figures], "numbers": numbers}
    path.write_text(json.dumps(answer, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
