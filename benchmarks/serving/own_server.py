"""A server of the benchmark's own, started and stopped by the command that operators use."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cluster import ray_head

COMMAND_SECONDS = 300.0
"""For `up` and `down`: a model that is converted first takes a minute or two."""


@contextlib.contextmanager
def own_server(folder: Path, sections: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """-> its address. `sections`: of config.ini, beside data folder and ports. Raises RuntimeError when it does not come up."""
    ports = ray_head.free_ports(3)
    merged: dict[str, dict[str, str]] = {
        "STORAGE": {"DATA_DIR": str(folder / "data")},
        "SERVER": {"PORT": str(ports[0])},
        "RAY": {"PORT": str(ports[1]), "DASHBOARD_PORT": str(ports[2])},
        "MEMORY": {"ENABLED": "false"},  # the same sentences are to be translated again and again
    }
    for name, keys in sections.items():
        merged.setdefault(name, {}).update(keys)
    config = folder / "config.ini"
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for name, keys in merged.items()
    ]
    config.write_text("\n".join(lines), encoding="utf-8")
    try:
        _khelmerch("up", config)
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        _khelmerch("down", config)


def _khelmerch(name: str, config: Path) -> None:
    command = [sys.executable, "-c", "from cluster.cli import main; main()", name, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"`khelmerch {name}` ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")
