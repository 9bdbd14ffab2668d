"""The commands that change tasks and the server, against a stub; backup and restore as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fresh_database import database_at
from storage_kit import NOW, new_task
from typer.testing import CliRunner

from cluster.cli import main
from cluster.cli_operations import held
from storage.repository import Repository
from storage.upload_store import StoredFile
from tests.unit.stub_server import StubServer, stub_servers

Run = Callable[..., Any]
BUSY = {"paused": True, "draining": False, "idle": False}
IDLE = {"paused": True, "draining": False, "idle": True}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KHELMERCH_STORAGE_DATA_DIR", str(tmp_path / "data"))
    return lambda *arguments, **options: CliRunner().invoke(main, [str(a) for a in arguments], **options)


@pytest.fixture
def serve() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    yield from stub_servers()


def test_all_waiting_tasks_are_cancelled_with_one_call(run: Run, serve: Any) -> None:
    refused = {"task_id": "t3", "code": "illegal_transition", "detail": "The task is over."}
    server = serve({("POST", "/tasks/cancel"): {"done": ["t1", "t2"], "refused": [refused]}})
    result = run("tasks", "cancel", "--all", "--status", "pending", "--client", "anna", "--server", server.url)
    assert (result.exit_code, result.stdout) == (1, "2 tasks cancelled.\n")
    assert result.stderr == "t3: The task is over. (illegal_transition)\n"
    assert server.requests == [("POST", "/tasks/cancel", {"status": ["pending"], "client_id": "anna"})]


def test_all_without_a_status_means_those_that_can_be_changed(run: Run, serve: Any) -> None:
    empty = {"done": [], "refused": []}
    server = serve({("POST", "/tasks/cancel"): empty, ("POST", "/tasks/retry"): empty})
    assert run("tasks", "cancel", "--all", "--server", server.url).stdout == "No task fits.\n"
    run("tasks", "retry", "--all", "--from-start", "--server", server.url)
    assert server.requests[0][2] == {"status": ["pending", "processing"]}
    assert server.requests[1][2] == {"from_start": "true", "status": ["failed", "cancelled", "timeout"]}


def test_several_ids_are_one_call(run: Run, serve: Any) -> None:
    server = serve({("POST", "/tasks/retry"): {"done": ["t1", "t2"], "refused": []}})
    assert run("tasks", "retry", "t1", "t2", "--server", server.url).stdout == "2 tasks tried again.\n"
    assert server.requests == [("POST", "/tasks/retry", {"task_ids": ["t1", "t2"]})]


@pytest.mark.parametrize("arguments", [(), ("t1", "--all"), ("t1", "--status", "failed"), ("--client", "anna")])
def test_an_unclear_choice_is_wrong_usage(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("tasks", "cancel", *arguments, "--server", "127.0.0.1:9").exit_code == 2


def test_the_priority_of_a_waiting_task_is_changed(run: Run, serve: Any) -> None:
    server = serve({("POST", "/tasks/t1/priority"): {"priority": 9, "queue_position": 1}})
    assert (
        run("tasks", "priority", "t1", "9", "--server", server.url).stdout
        == "Task t1: priority 9, place 1 in the queue\n"
    )
    assert server.requests[0][2] == {"priority": 9}
    assert run("tasks", "priority", "t1", "10", "--server", server.url).exit_code == 2


def test_history_reads_every_page(run: Run, serve: Any) -> None:
    def event(number: int, kind: str, **data: Any) -> dict[str, Any]:
        return {"id": number, "at": "2026-11-23T19:45:54.557000Z", "attempt": 1, "kind": kind, "data": data}

    pages = [
        {"events": [event(1, "accepted", files=1)], "next_after": 1, "more": True},
        {"events": [event(2, "leased", lease="1-1")], "next_after": 2, "more": False},
    ]
    server = serve({("GET", "/tasks/t1/history"): pages})
    shown = run("tasks", "history", "t1", "--server", server.url, env={"COLUMNS": "160"}).stdout
    assert "accepted" in shown and "lease 1-1" in shown
    assert [request[2] for request in server.requests] == [{"after": "0"}, {"after": "1"}]


def test_pause_waits_until_nothing_runs(run: Run, serve: Any) -> None:
    server = serve({("POST", "/admin/pause"): BUSY, ("GET", "/queue_status"): [BUSY, IDLE]})
    result = run("pause", "--wait", "--server", server.url)
    assert (result.exit_code, server.paths()) == (0, ["POST /admin/pause", *["GET /queue_status"] * 2])
    assert "nothing is running" in result.stdout
    assert json.loads(run("pause", "--json", "--server", server.url).stdout) == BUSY


def test_waiting_ends_when_somebody_resumes_the_server(run: Run, serve: Any) -> None:
    usual = {"paused": False, "draining": False, "idle": False}
    server = serve({("POST", "/admin/drain"): {**usual, "draining": True}, ("GET", "/queue_status"): usual})
    result = run("drain", "--wait", "--server", server.url)
    assert (result.exit_code, "Somebody else has resumed" in result.stderr) == (1, True)


def test_a_server_that_holds_work_back_says_so() -> None:
    assert held({"paused": False, "draining": False}) == held({}) == ""
    assert held({**IDLE, "draining": True}).startswith("The server is paused and draining (nothing is running)")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    database = database_at(folder / "khelmerch.db")
    Repository(database).tasks.accept(new_task(), [StoredFile("a.txt", 1, "ab", "uploads/aa/" + "0" * 32)], NOW)
    database.close()
    return folder


def test_a_backup_is_made_and_put_back(run: Run, data: Path) -> None:
    result = run("backup", "--json")
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    assert Path(made["file"]).parent == data / "backups"
    assert made["missing"] == ["uploads/aa/" + "0" * 32]
    assert "is not there" in result.stderr
    back = run("restore", made["file"])
    assert back.exit_code == 0, back.output
    assert "What was there before lies in" in back.stdout


def test_backup_and_restore_refuse_in_one_sentence(run: Run, data: Path, tmp_path: Path) -> None:
    existing = tmp_path / "b.tar"
    existing.write_text("no tar")
    assert run("backup", existing).stderr == f"{existing} exists already; name another file, or remove it.\n"
    result = run("restore", existing)
    assert (result.exit_code, "is no backup" in result.stderr) == (1, True)
    postgres = {"KHELMERCH_STORAGE_DATABASE_URL": "postgresql+psycopg://localhost/x"}
    assert "pg_dump" in run("backup", env=postgres).stderr
    assert run("backup", env={"KHELMERCH_STORAGE_DATA_DIR": str(tmp_path / "none")}).exit_code == 1


def test_restore_refuses_while_a_server_runs_there(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(run("backup", "--json").stdout)["file"]
    monkeypatch.setattr("cluster.ray_head.left", lambda _settings: True)
    result = run("restore", made)
    assert (result.exit_code, "khelmerch down" in result.stderr) == (1, True)


def test_a_reader_that_has_enough_of_the_output_ends_a_command_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-c", "from cluster.cli import main; main()", "config", "--template"]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_scale_takes_a_number_or_auto(run: Run, serve: Any) -> None:
    server = serve({("POST", "/admin/scale"): {"translators_wanted": 3}})
    assert run("scale", "3", "--server", server.url).output == "3 translators are wanted.\n"
    assert run("scale", "auto", "--server", server.url).exit_code == 0
    assert run("scale", "many", "--server", server.url).exit_code == 2
    server = serve({("POST", "/admin/scale"): {"translators_wanted": 1}})
    assert run("scale", "1", "--server", server.url).output == "1 translator is wanted.\n"
