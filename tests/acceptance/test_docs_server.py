"""What the documentation shows is done, on a running server: the commands and calls that need nothing made before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.documented import ROOT, Command, commands

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(240)]  # the first one may start the server

_ADDRESS = "http://127.0.0.1:8000"
_LOOKING = ("status", "languages", "formats", "preflight", "models", "translate", "tasks list", "top --once")
"""Of `khelmerch`: what changes nothing but tasks. Those of a page's example files only where the repository has them."""


def _there(command: Command) -> bool:
    return all((ROOT / word).exists() for word in command.words if word.startswith("samples/")) and not any(
        word.endswith((".docx", ".txt", ".csv", ".pdf")) and not word.startswith("samples/") for word in command.words
    )


def _khelmerch() -> list[Command]:
    found = [one for one in commands() if one.words[0] == "khelmerch" and one.shown != "inline" and _there(one)]
    shown = [
        one for one in found if " ".join(one.words[1:]).startswith(_LOOKING) and one.words[1:3] != ("models", "set")
    ]
    return [one for one in shown if "--server" not in one.words and "law" not in one.words]


@pytest.fixture(scope="module", autouse=True)
def _nothing_left(server_url: str) -> Iterator[None]:
    """Tasks that the examples put off are nobody's, and other tests of this server count what waits."""
    yield
    httpx.post(f"{server_url}/tasks/cancel", json={"status": "pending"}, trust_env=False).raise_for_status()


@pytest.mark.parametrize("command", _khelmerch(), ids=str)
def test_commands_do_what_they_are_shown_for(server_url: str, tmp_path: Path, command: Command) -> None:
    words = [str(ROOT / word) if word.startswith("samples/") else word for word in command.words[1:]]
    run = [sys.executable, "-c", "from cluster.cli import main; main()", *words, "--server", server_url]
    path = os.pathsep.join((str(ROOT), str(ROOT / "clients" / "python")))
    done = subprocess.run(
        run,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    if "--out" in words:
        assert any((tmp_path / "out").iterdir())


def _curl() -> list[Command]:
    """Those that name no task, file or webhook of somebody's, and those whose answer the page shows to be a refusal."""
    made_before = (
        "/tasks/",
        "task_id=",
        "webhooks",
        "/admin/",
        "glossaries",
        "Authorization",
        "X-API-Key",
        "@law",
        "@v.exe",
    )
    mine = [one for one in commands() if one.words[0] == "curl"]
    return [one for one in mine if not any(part in " ".join(one.words) for part in made_before)]


def test_calls_answer_as_shown(server_url: str) -> None:
    found = _curl()
    assert len(found) > 8
    for command in found:
        words = [word.replace(_ADDRESS, server_url) for word in command.words]
        # `--no-remote-name`, in effect: what -OJ would write is not wanted here.
        words = [word for word in words if word not in ("-OJ", "-i")]
        done = subprocess.run(
            [*words, "-s", "-w", "\n%{http_code}"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        status = int(done.stdout.rpartition("\n")[2])
        shown = '"status":4' in command.shown or "no_files" in command.shown or "client_i" in " ".join(words)
        assert status == 200 or (shown and 400 <= status < 500), f"{command}: {done.stdout}"


def test_the_program_of_the_tour_runs(server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.documented import blocks

    (program,) = [text for page, text in blocks("python") if page == "docs/tour.md"]
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    exec(compile(program.replace(_ADDRESS, server_url), "tour.md", "exec"), {"__name__": "shown"})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["sample-mn.cmn_Hans.txt"]
    assert httpx.get(f"{server_url}/health/live", trust_env=False).status_code == 200
