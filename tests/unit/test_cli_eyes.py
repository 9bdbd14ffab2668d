"""`khelmerch top`, `logs` and `support-bundle`: what is shown, what is sent away, and what never is."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import stat
import tarfile
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cluster import support_bundle, task_log, top
from cluster.cli import main
from khelmerch_client import NO_RETRIES, Client
from tests.unit.service_kit import Service
from tests.unit.stub_server import StubServer, stub_servers, task

GPU = {
    "gpu_id": "box/0",
    "device_name": "NVIDIA [L40S]",
    "memory_total": 46_068.0,
    "memory_used": 9_000.0,
    "utilization": 87.4,
    "temperature": 61.0,
    "power_watts": 212.5,
    "is_available": True,
    "reason": None,
    "current_task_id": "t1",
}
HOT = GPU | {"gpu_id": "box/1", "is_available": False, "reason": "too hot", "utilization": None}
TRANSLATOR = {
    "name": "translator-0",
    "state": "ready",
    "error": None,
    "restarts": 2,
    "gpu_id": "box/0",
    "model": "/models/nllb",
}
QUEUE = {"pending": 3, "processing": 2, "completed": 7, "failed": 1, "cancelled": 0, "timeout": 0}
QUEUE |= {"oldest_pending_age_seconds": 754.0, "max_tasks": 10, "max_task_queue_size": 50}
QUEUE |= {"paused": False, "draining": False, "idle": False}
RUNNING = [task(task_id=f"t{n}", progress=10.0 * n, client_ip="[anna]") for n in (1, 2)]
METRICS = {"characters_per_second": 1234.5, "throughput": {"tasks": 5, "characters": 98_765}}
ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/health/ready"): {"ready": True, "reasons": []},
    ("GET", "/queue_status"): QUEUE,
    ("GET", "/task_metrics"): METRICS,
    ("GET", "/gpu_status"): (200, [GPU, HOT]),
    ("GET", "/system_info"): {"version": "1.2.3", "translators": [TRANSLATOR]},
    ("GET", "/tasks"): {"tasks": RUNNING, "next_cursor": None},
    ("GET", "/models"): {"models": [], "fleet": {"models": "starter"}},
}
NOBODY = "http://127.0.0.1:9"
TASK = "e3a62fc3-868a-4a26-bca1-2ef37f247a38"
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def serve() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    yield from stub_servers()


def drawn(moment: top.Moment, height: int | None = None) -> str:
    out = Console(file=io.StringIO(), width=200, color_system=None)
    out.print(top.picture(moment, "http://here", height))
    return out.file.getvalue()  # type: ignore[attr-defined]


def moment(**changes: Any) -> top.Moment:
    given = {
        "health": ANSWERS["GET", "/health/ready"],
        "queue": QUEUE,
        "metrics": METRICS,
        "gpus": [GPU, HOT],
        "info": ANSWERS["GET", "/system_info"],
        "tasks": RUNNING,
    }
    return top.Moment(**(given | changes))


# ---- top


def test_one_picture_has_the_queue_the_tasks_the_translators_and_the_gpus(run: Run, serve: Any) -> None:
    result = run("top", "--once", "--server", (stub := serve(ANSWERS)).url)
    assert result.exit_code == 0, result.output
    text = result.output
    assert "ready" in text and "2 running (at most 10), 3 waiting (at most 50), the oldest for 13 min" in text
    assert "1,234 characters/s" in text or "1,235 characters/s" in text
    assert re.search(r"t2 +\[anna\] +mon_Cyrl > cmn_Hans .* 20 +1/4 +translating +about 12 s", text)
    assert re.search(r"translator-0 +ready +nllb +box/0 +2", text)
    assert re.search(r"box/0 +NVIDIA \[L40S\] +87 % +9,000/46,068 MiB +61 °C +212 W +t1", text)
    assert "no work: too hot" in text
    assert ("GET", "/tasks", {"status": "processing", "limit": "50"}) in stub.requests


def test_a_pipe_gets_one_picture(run: Run, serve: Any) -> None:
    assert run("top", "--server", serve(ANSWERS).url).output.count("translator-0") == 1


def test_nobody_there_is_one_sentence(run: Run) -> None:
    result = run("top", "--server", NOBODY)
    assert result.exit_code == 1
    assert "start it with `khelmerch up`" in result.output


def test_a_server_that_is_not_ready_or_held_back_says_so() -> None:
    shown = drawn(moment(health={"ready": False, "reasons": ["no disk"]}, queue=QUEUE | {"paused": True}, tasks=[]))
    assert "not ready: no disk" in shown
    assert "The server is paused" in shown
    assert "No task is running." in shown


def test_tasks_give_way_on_a_small_terminal() -> None:
    many = [task(task_id=f"t{n}") for n in range(30)]
    shown = drawn(moment(tasks=many), height=20)
    assert len(shown.splitlines()) <= 20
    assert "and 24 more" in shown
    assert "box/1" in shown
    assert "more" not in drawn(moment(tasks=many))


def test_a_live_view_ends_with_q_and_outlives_a_restart_of_the_server(serve: Any) -> None:
    answers = ANSWERS | {
        ("GET", "/health/ready"): [{"ready": True, "reasons": []}, (503, b"starting"), {"ready": True, "reasons": []}],
    }

    class Pressed(top.Keys):
        looks = 0

        def wait(self, seconds: float) -> bool:
            self.looks += 1
            return self.looks == 3

    out = Console(file=io.StringIO(), force_terminal=True, width=200, height=40)
    pressed = Pressed(None)
    answers["GET", "/health/ready"].insert(1, (502, b"no"))
    with Client(serve(answers).url, retries=NO_RETRIES) as api:
        top.live(api, out, pressed, 0.0)
    assert pressed.looks == 3
    assert "translator-0" in out.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("typed", "ends"), [(b"q", True), (b"xQ", True), (b"x", False), (b"", False)])
def test_a_key_is_taken_without_enter_and_the_terminal_is_as_before(typed: bytes, ends: bool) -> None:
    ours, terminal = pty.openpty()
    try:
        before = termios.tcgetattr(terminal)
        with top.keys(terminal) as pressed:
            assert not termios.tcgetattr(terminal)[3] & (termios.ICANON | termios.ECHO)
            os.write(ours, typed)
            assert pressed.wait(5.0 if ends else 0.05) is ends
        assert termios.tcgetattr(terminal) == before
    finally:
        os.close(ours)
        os.close(terminal)


# ---- logs


def line(message: str, at: int = 0, **facts: Any) -> str:
    found = {"at": f"2026-11-23T10:00:{at:02}.000Z", "level": "INFO", "logger": "khelmerch.scheduler", "process": 7}
    return json.dumps(found | {"message": message} | facts, ensure_ascii=False) + "\n"


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    """Three files; the oldest has the beginning."""
    folder = tmp_path / "data" / "logs"
    folder.mkdir(parents=True)
    log = folder / "server.log"
    accepted = line("tasks accepted", 1, tasks=["other", TASK], clients=["zaya"])
    (folder / "server.log.10").write_text(accepted + "{cut off\n[]\n", encoding="utf-8")
    (folder / "server.log.2").write_text(
        line("file is read", 3, task=TASK, file=1) + line("late", 2, task=TASK), encoding="utf-8"
    )
    log.write_text(
        line("another", 5, task="other") + line("failed", 4, task=TASK, reason="a b", error="Traceback\n  x\x1b[31m"),
        encoding="utf-8",
    )
    (folder / "server.log.old").write_text(line("no rotated file", 0, task=TASK), encoding="utf-8")
    return log


def test_the_lines_of_a_task_come_from_all_files_in_order(run: Run, log_file: Path) -> None:
    result = run("logs", TASK)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "2026-11-23T10:00:01.000Z  INFO     tasks accepted",
        "2026-11-23T10:00:02.000Z  INFO     late",
        "2026-11-23T10:00:03.000Z  INFO     file is read  file=1",
        '2026-11-23T10:00:04.000Z  INFO     failed  reason="a b"',
        "    Traceback",
        "      x\N{REPLACEMENT CHARACTER}[31m",
    ]


def test_json_gives_the_lines_as_they_are(run: Run, log_file: Path) -> None:
    found = [json.loads(text) for text in run("logs", TASK, "--json").output.splitlines()]
    assert [one["message"] for one in found] == ["tasks accepted", "late", "file is read", "failed"]
    assert found[0]["tasks"] == ["other", TASK]


def test_a_task_that_no_line_names_is_one_sentence(run: Run, log_file: Path) -> None:
    result = run("logs", TASK[:8])
    assert result.exit_code == 1
    assert f"names the task {TASK[:8]}" in result.output
    assert result.output.count("\n") == 1


class Writer:
    """Stands for the waiting: each time, one more thing happens to the log."""

    def __init__(self, *steps: Callable[[], Any]) -> None:
        self._steps = list(steps)

    def __call__(self, _seconds: float) -> None:
        if not self._steps:
            raise KeyboardInterrupt
        self._steps.pop(0)()


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def followed(log: Path, *steps: Callable[[], Any]) -> list[str]:
    found = []
    with pytest.raises(KeyboardInterrupt):
        for one in task_log.follow(log, TASK, Writer(*steps)):
            found.append(one["message"])
    return found


def test_following_goes_on_with_what_comes_over_rotations_and_half_lines(log_file: Path) -> None:
    whole = line("half", 9, task=TASK)

    def rotate() -> None:
        append(log_file, line("last of the old", 7, task=TASK))
        log_file.rename(log_file.with_name("server.log.1"))
        log_file.write_text(line("first of the new", 8, task=TASK), encoding="utf-8")

    found = followed(
        log_file,
        lambda: append(log_file, line("next", 6, task=TASK) + line("not mine", 6, task="other")),
        rotate,
        lambda: append(log_file, whole[:20]),
        lambda: append(log_file, whole[20:]),
    )
    assert found == [
        *("tasks accepted", "late", "file is read", "failed"),
        *("next", "last of the old", "first of the new", "half"),
    ]


def test_following_waits_for_a_log_that_is_not_there_yet(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    assert followed(log, lambda: append(log, line("first", 1, task=TASK))) == ["first"]


# ---- support-bundle


SECRET = "hunter2"
SENTENCE = "Нууц өгүүлбэр"
TRACE = f"""Traceback (most recent call last):
  File "/srv/actors/workflow.py", line 7, in run
    parse("{SENTENCE}")
documents.errors.DocumentRefused: {SENTENCE}
{SENTENCE}: more
Нууц
"""


@pytest.fixture
def bundle(run: Run, log_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """-> the texts of a bundle by name."""
    Service.of(tmp_path / "data")
    monkeypatch.setenv("KHELMERCH_STORAGE_BLOB_URL", f"s3://anna:{SECRET}@host/bucket?token={SECRET}")
    append(log_file, line("failed", 6, task=TASK, reason=SENTENCE, name="тайлан.docx", error=TRACE, attempt=2))

    def make() -> dict[str, str]:
        target = tmp_path / "help.tar.gz"
        result = run("support-bundle", target)
        assert result.exit_code == 0, result.output
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        with tarfile.open(target) as archive:
            found = {
                one.name.removeprefix("khelmerch-support/"): archive.extractfile(one).read().decode()  # type: ignore[union-attr]
                for one in archive.getmembers()
            }
        assert all(name in result.output for name in found if name != "README.txt")
        return found

    return make


def test_a_bundle_says_what_is_in_it_and_tells_of_a_server_that_is_down(bundle: Any) -> None:
    found = bundle()
    names = [
        "README.txt",
        "settings.json",
        "versions.json",
        "doctor.json",
        "status.json",
        "database.json",
        "server.log",
    ]
    assert list(found) == names
    assert all(name in found["README.txt"] for name in names[1:])
    assert json.loads(found["settings.json"])["settings"]["SERVER"]["PORT"] == 8000
    assert "khelmerch" in json.loads(found["versions.json"])
    assert {check["level"] for check in json.loads(found["doctor.json"])} <= {"ok", "warn", "fail"}
    database = json.loads(found["database.json"])
    assert (database["integrity"], database["broken_references"], database["rows"]["tasks"]) == (["ok"], 0, 0)


def test_a_bundle_holds_no_text_no_name_and_no_secret(bundle: Any) -> None:
    found = bundle()
    for text in found.values():
        assert not re.search(f"{SECRET}|Нууц|тайлан|zaya", text)
    failed = [json.loads(one) for one in found["server.log"].splitlines()][-1]
    assert failed["task"] == TASK and failed["attempt"] == 2 and failed["reason"] == "(left out)"
    assert failed["error"] == [
        'File "/srv/actors/workflow.py", line 7, in run',
        "documents.errors.DocumentRefused",
    ]


def test_a_bundle_has_the_servers_answers(bundle: Any, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {key: value for key, value in ANSWERS.items() if key != ("GET", "/gpu_status")}
    monkeypatch.setenv("KHELMERCH_SERVER_PORT", serve(answers).url.rpartition(":")[2])
    status = json.loads(bundle()["status.json"])
    assert status["queue"] == QUEUE
    assert status["models"] == {"models": "starter"}
    assert "problem" in status["gpus"]


def test_a_damaged_or_absent_database_is_told_not_hidden(bundle: Any, tmp_path: Path) -> None:
    for path in (tmp_path / "data").glob("khelmerch.db*"):
        path.unlink()
    (tmp_path / "data" / "khelmerch.db").write_bytes(b"no database at all" * 100)
    assert "cannot be read" in json.loads(bundle()["database.json"])["problem"]


def test_a_bundle_replaces_nothing(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "there.tar.gz"
    target.write_text("mine")
    result = run("support-bundle", target)
    assert result.exit_code == 1 and "exists already" in result.output
    assert target.read_text() == "mine"


def test_settings_that_are_named_like_secrets_are_left_out() -> None:
    given = {"WEBHOOKS": {"SIGNING_SECRET": "a", "API_KEYS": "", "TOKEN_FILE": "/etc/token", "KEY_DAYS": 3}}
    assert support_bundle.without_secrets(given) == {
        "WEBHOOKS": {"SIGNING_SECRET": "***", "API_KEYS": "", "TOKEN_FILE": "/etc/token", "KEY_DAYS": 3}
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://anna:pw@h/db", "postgresql://anna:***@h/db"),
        ("https://h/x?api_key=1&n=2", "https://h/x?api_key=***&n=2"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("http://127.0.0.1:8000/tasks", "http://127.0.0.1:8000/tasks"),
    ],
)
def test_passwords_are_blotted_out_wherever_they_stand(text: str, shown: str) -> None:
    assert support_bundle.blotted(text) == shown
