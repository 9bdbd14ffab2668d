"""`khelmerch translate` and the following of a task: upload, progress, Ctrl-C, results on the disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cluster import cli_common, progress
from cluster.cli import main
from cluster.cli_translate import destinations
from khelmerch_client import NO_RETRIES, Client
from tests.unit.stub_server import StubServer, file, task

DONE = task(status="completed", stage="done", progress=100.0, files=[file()])


def answers(*states: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {
        ("POST", "/translate/files"): {"task_id": "t1", "status": "pending"},
        ("GET", "/tasks/t1"): list(states),
        ("GET", "/tasks/t1/files/1"): (200, "你好\n".encode()),
        ("GET", "/tasks/t1/files/2"): (200, "世界\n".encode()),
        ("POST", "/tasks/t1/cancel"): {"status": "cancelled"},
    }


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "SHOW_INTERVAL_S", 0.0)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "report.txt"
    path.write_text("Сайн уу\n", encoding="utf-8")
    return path


@pytest.fixture
def serve() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    started: list[StubServer] = []

    def start(given: dict[tuple[str, str], Any]) -> StubServer:
        started.append(StubServer(given).__enter__())
        return started[-1]

    yield start
    for server in started:
        server.__exit__(None, None, None)


def translate(server: StubServer, *arguments: Any, **options: Any) -> Any:
    base = ["translate", "--from", "mon_Cyrl", "--to", "cmn_Hans", "--server", server.url]
    return CliRunner().invoke(main, [*base, *map(str, arguments)], **options)


def test_a_file_is_sent_followed_and_its_result_lies_beside_it(serve: Any, source: Path) -> None:
    server = serve(answers(task(stage="queued", queue_position=2, progress=0.0, eta_seconds=None), task(), DONE))
    result = translate(server, source, "--via-eng", "--priority", 7, "--client", "user123")
    assert result.exit_code == 0, result.output
    assert server.requests[0][2] == {
        "source_lang": "mon_Cyrl",
        "target_lang": "cmn_Hans",
        "via_eng": "true",
        "priority": "7",
        "client_ip": "user123",
        "memory": "true",
        **dict.fromkeys(("review", "sheet_names", "retranslate"), "false"),
    }
    assert server.uploads == [("report.txt", "Сайн уу\n".encode())]
    written = source.parent / "report.cmn_Hans.txt"
    assert written.read_text(encoding="utf-8") == "你好\n"
    assert str(written) in result.stdout
    assert "waiting in the queue, position 2" in result.stderr
    assert "translating, about 12 s left" in result.stderr


def test_a_result_never_replaces_a_file_that_is_there(serve: Any, source: Path) -> None:
    for name in ("report.cmn_Hans.txt", "report.cmn_Hans-1.txt"):
        (source.parent / name).write_text("mine")
    result = translate(serve(answers(DONE)), source)
    assert result.exit_code == 0
    assert (source.parent / "report.cmn_Hans.txt").read_text() == "mine"
    assert (source.parent / "report.cmn_Hans-2.txt").read_text(encoding="utf-8") == "你好\n"
    assert "report.cmn_Hans-2.txt" in result.stdout


def test_results_go_into_the_folder_of_out_which_is_made(serve: Any, source: Path, tmp_path: Path) -> None:
    result = translate(serve(answers(DONE)), source, "--out", "new/place", "--json")
    assert json.loads(result.stdout)["results"] == [
        {"name": "report.txt", "kind": "translated", "path": "new/place/report.cmn_Hans.txt"}
    ]
    assert [path.name for path in (tmp_path / "new" / "place").iterdir()] == ["report.cmn_Hans.txt"]


def test_files_of_one_name_from_two_folders_each_get_their_own_result() -> None:
    sources = [Path("a/r.txt"), Path("b/r.txt"), Path("c/x.txt")]
    files: Any = [file(1, "r.txt"), file(2, "r.txt"), file(3, "x.txt"), file(4, "earlier.txt")]
    assert destinations(sources, files, None) == {1: Path("a"), 2: Path("b"), 3: Path("c"), 4: Path()}


def test_a_task_that_fails_still_gives_its_finished_files_and_ends_with_one(serve: Any, source: Path) -> None:
    other = file(2, "bad.docx", status="failed", result_name=None, download=None, error_message="It is encrypted.")
    server = serve(answers(task(status="failed", error_message="1 of 2 files failed", files=[file(), other])))
    result = translate(server, source)
    assert result.exit_code == 1
    assert (source.parent / "report.cmn_Hans.txt").exists()
    assert "bad.docx: It is encrypted." in result.stderr
    assert "Task t1: failed. 1 of 2 files failed" in result.stderr


def test_wishes_for_the_reading_of_files_are_sent(serve: Any, source: Path) -> None:
    server = serve(answers(DONE))
    translate(server, source, "--retranslate", "--json-keys", "title")
    (form,) = [form for method, path, form in server.requests if (method, path) == ("POST", "/translate/files")]
    assert (form["retranslate"], form["json_keys"]) == ("true", "title")


def test_doubtful_segments_are_told(serve: Any, source: Path) -> None:
    result = translate(serve(answers(DONE | {"segments_flagged": 2})), source)
    assert "2 of 4 segments are doubtful" in result.stdout


def test_a_full_queue_is_one_sentence(serve: Any, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_common, "_RETRIES", NO_RETRIES)
    problem = {"title": "Queue full", "detail": "50 tasks wait already; try again in 30 s.", "code": "queue_full"}
    result = translate(serve({("POST", "/translate/files"): (429, problem)}), source)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("50 tasks wait already; try again in 30 s. (queue_full)\n")


class CtrlC:
    """A poll wait in which the user presses Ctrl-C the first `times` times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, client: Client, task_id: str, reporter: Any) -> Any:
        if self.left:
            self.left -= 1
            raise KeyboardInterrupt
        return FOLLOW(client, task_id, reporter)


FOLLOW = progress.follow


def test_ctrl_c_and_yes_cancels_the_task(serve: Any, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "follow", CtrlC(1))
    server = serve(answers(task(status="cancelled", files=[])))
    result = translate(server, source, input="y\n")
    assert result.exit_code == 1
    assert "POST /tasks/t1/cancel" in server.paths()
    assert "Task t1: cancelled" in result.stderr


def test_ctrl_c_and_no_goes_on(serve: Any, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "follow", CtrlC(1))
    server = serve(answers(task(), DONE))
    result = translate(server, source, input="n\n")
    assert result.exit_code == 0
    assert "POST /tasks/t1/cancel" not in server.paths()


def test_a_second_ctrl_c_leaves_the_task_running_and_says_how_to_follow_it(
    serve: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "follow", CtrlC(1))
    monkeypatch.setattr("typer.confirm", interrupted)
    server = serve(answers(task()))
    result = translate(server, source)
    assert result.exit_code == 1
    assert "khelmerch tasks show t1 --follow" in result.stderr
    assert "POST /tasks/t1/cancel" not in server.paths()


def test_a_task_that_ended_while_the_question_stood_there_is_still_fetched(
    serve: Any, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "follow", CtrlC(1))
    over = (409, {"title": "Over", "detail": "The task is completed.", "code": "task_over"})
    server = serve(answers(DONE) | {("POST", "/tasks/t1/cancel"): over})
    assert translate(server, source, input="y\n").exit_code == 0
    assert (source.parent / "report.cmn_Hans.txt").exists()


def test_following_later_fetches_the_results(serve: Any, source: Path, tmp_path: Path) -> None:
    server = serve(answers(task(), DONE))
    result = CliRunner().invoke(main, ["tasks", "show", "t1", "--follow", "--out", "later", "--server", server.url])
    assert result.exit_code == 0
    assert (tmp_path / "later" / "report.cmn_Hans.txt").exists()


def test_downloading_a_task_without_results_ends_with_one(serve: Any, source: Path) -> None:
    server = serve(answers(task()))
    result = CliRunner().invoke(main, ["tasks", "download", "t1", "--server", server.url])
    assert (result.exit_code, result.stderr) == (1, "Task t1 has no results yet.\n")


def test_the_bar_shows_stage_count_and_time_left() -> None:
    from rich.console import Console

    console = Console(width=140, record=True, force_terminal=True)
    with progress.Bar(console) as bar:
        bar.show(task(progress=25.0, eta_seconds=600.0))  # type: ignore[arg-type]
    shown = console.export_text()
    for text in ("translating", "25.0 %", "1/4 segments", "about 10 min left"):
        assert text in shown
