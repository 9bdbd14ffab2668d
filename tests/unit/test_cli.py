"""The command line against a small stub of the server: what is sent, what is shown, how it ends."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cluster.cli import main
from cluster.cli_fleet import going_on
from cluster.errors import ClusterError
from tests.unit.stub_server import StubServer, file, stub_servers, task

MODEL = {"name": "starter", "licence": "Apache-2.0", "starter": True, "notice": "starter model, for trying out"}
FLEET = {
    "models": "starter",
    "replacing": None,
    "problem": None,
    "translators_wanted": 1,
    "scale": None,
    "serving": [
        {
            "model": "starter",
            "share": 1,
            "state": "serving",
            "running_tasks": 0,
            "translators": [
                {"name": "translator-cpu-0", "state": "ready", "node": "box", "gpu_id": "box/cpu", "error": None}
            ],
        }
    ],
}
READY = {
    ("GET", "/models"): {"models": [], "current": "starter", "resident": ["starter"], "fleet": FLEET},
    ("GET", "/health/ready"): {"ready": True, "reasons": []},
    ("GET", "/queue_status"): {"pending": 2, "processing": 1, "max_tasks": 10, "max_task_queue_size": 50},
    ("GET", "/gpu_status"): (
        200,
        [{"gpu_id": "cpu", "device_name": "Xeon [R]", "is_available": True, "utilization": 12.5}],
    ),
    ("GET", "/languages"): {
        "languages": [{"code": "mon_Cyrl", "bcp47": "mn", "english_name": "Mongolian", "native_name": "Монгол"}],
        "pairs": [{"source": "mon_Cyrl", "target": "cmn_Hans", "via_eng": False}],
        "model": MODEL,
    },
}
NOBODY = "http://127.0.0.1:9"
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **options: CliRunner().invoke(main, [str(a) for a in arguments], **options)


@pytest.fixture
def serve() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    yield from stub_servers()


def commands(app: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for command in app.registered_commands:
        yield (*names, command.name or command.callback.__name__)
    for group in app.registered_groups:
        yield from commands(group.typer_instance, (*names, group.name))


@pytest.mark.parametrize("names", sorted(commands(main)), ids=" ".join)
def test_every_command_has_help_with_an_example(run: Run, names: tuple[str, ...]) -> None:
    result = run(*names, "--help", env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "Example:" in result.output
    assert "khelmerch " + " ".join(names) in result.output


def test_wrong_usage_ends_with_two(run: Run) -> None:
    assert run("translate", "missing.txt", "--from", "mn", "--to", "zh").exit_code == 2
    assert run("tasks", "show").exit_code == 2
    assert run("nonsense").exit_code == 2


@pytest.mark.parametrize("command", [("status",), ("languages",), ("tasks", "list"), ("tasks", "cancel", "t1")])
def test_without_a_server_one_sentence_says_to_run_up(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--server", NOBODY)
    assert result.exit_code == 1
    assert result.stderr == f"No server answers at {NOBODY}; start it with `khelmerch up`.\n"
    assert result.stdout == ""


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(run: Run, serve: Any) -> None:
    server = serve(dict(READY))
    assert run("status", "--server", server.url, env={"HTTP_PROXY": NOBODY, "ALL_PROXY": NOBODY}).exit_code == 0


def test_another_program_on_the_port_is_told_apart(run: Run, serve: Any) -> None:
    server = serve({("GET", "/tasks"): (200, b"<html>")})
    result = run("tasks", "list", "--server", server.url)
    assert result.exit_code == 1
    assert "is not a Khelmerch server" in result.stderr


def test_a_wrong_setting_is_told_in_one_line_each(run: Run) -> None:
    result = run("status", env={"KHELMERCH_SERVER_PORT": "x", "KHELMERCH_MODEL_BEAM_SIZE": "0"})
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 2
    assert "Traceback" not in result.output


def test_a_refusal_is_one_sentence_with_its_code(run: Run, serve: Any) -> None:
    problem = {"title": "Unknown task", "status": 404, "detail": "There is no task t9.", "code": "unknown_task"}
    server = serve({("GET", "/tasks/t9"): (404, problem)})
    result = run("tasks", "show", "t9", "--server", server.url)
    assert (result.exit_code, result.stderr) == (1, "There is no task t9. (unknown_task)\n")


def test_status_shows_readiness_queue_devices_and_addresses(run: Run, serve: Any) -> None:
    server = serve(dict(READY))
    result = run("status", env={"KHELMERCH_SERVER_PORT": server.url.rsplit(":", 1)[1], "COLUMNS": "120"})
    assert result.exit_code == 0
    for text in ("Ready.", "2 waiting (at most 50)", "Xeon [R]", f"{server.url}/docs", "http://127.0.0.1:8265"):
        assert text in result.output
    assert "translator-cpu-0" in result.output


def test_models_are_replaced_and_the_command_waits_for_it(run: Run, serve: Any) -> None:
    going, gone = {**FLEET, "replacing": "old"}, {**FLEET, "models": "new"}
    server = serve({("POST", "/admin/models"): {**going, "models": "new"}, ("GET", "/models"): {"fleet": gone}})
    result = run("models", "set", "new", "--wait", "--server", server.url)
    assert result.exit_code == 0, result.output
    assert "translator-cpu-0" in result.output


def test_a_change_of_models_is_over_when_every_translator_is_up() -> None:
    def fleet(replacing: str | None, *states: str) -> dict[str, Any]:
        return {"replacing": replacing, "serving": [{"translators": [{"state": state} for state in states]}]}

    assert "1 of 2 serves" in going_on(fleet("old", "ready", "starting"))
    assert "1 of 2 serves" in going_on(fleet(None, "ready", "starting"))
    assert going_on(fleet("old", "ready"))
    assert not going_on(fleet(None, "ready", "failed"))


def test_models_that_came_to_nothing_end_with_one_and_the_reason(run: Run, serve: Any) -> None:
    failed = {**FLEET, "problem": "new could not replace starter: no room"}
    server = serve(
        {("POST", "/admin/models"): {**FLEET, "replacing": "starter"}, ("GET", "/models"): {"fleet": failed}}
    )
    result = run("models", "set", "new", "--wait", "--server", server.url)
    assert result.exit_code == 1 and "no room" in result.output


def test_status_ends_with_one_when_the_server_is_not_ready(run: Run, serve: Any) -> None:
    server = serve(READY | {("GET", "/health/ready"): (503, {"ready": False, "reasons": ["no translator"]})})
    result = run("status", "--json", "--server", server.url)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["reasons"] == ["no translator"]


def test_languages_shows_codes_pairs_and_what_the_starter_model_is(run: Run, serve: Any) -> None:
    server = serve(dict(READY))
    shown = run("languages", "--server", server.url).output
    assert "Монгол" in shown
    assert "starter model, for trying out" in shown
    assert json.loads(run("languages", "--json", "--server", server.url).stdout)["model"] == MODEL


def test_models_without_a_server_shows_the_catalogue(run: Run) -> None:
    result = run("models", "--json", env={"KHELMERCH_SERVER_PORT": "9"})
    assert result.exit_code == 0
    assert "starter" in [model["name"] for model in json.loads(result.stdout)["models"]]
    assert "No server is running" in result.stderr


def test_tasks_list_passes_the_filters_on_and_names_the_next_page(run: Run, serve: Any) -> None:
    server = serve({("GET", "/tasks"): {"tasks": [task(status="failed")], "next_cursor": "c2"}})
    result = run("tasks", "list", "--status", "failed", "--limit", 1, "--client", "user123", "--server", server.url)
    assert server.requests[0][2] == {"status": "failed", "limit": "1", "client_id": "user123"}
    assert "t1" in result.output
    assert "--cursor c2" in result.output


def test_tasks_show_tells_the_error_of_each_file(run: Run, serve: Any) -> None:
    broken = file(status="failed", result_name=None, download=None, error_message="The file is damaged.")
    server = serve({("GET", "/tasks/t1"): task(status="failed", error_message="1 file failed", files=[broken])})
    shown = run("tasks", "show", "t1", "--server", server.url, env={"COLUMNS": "160"}).output
    assert "1 file failed" in shown
    assert "The file is damaged." in shown


def test_cancel_and_retry_ask_the_server(run: Run, serve: Any) -> None:
    answers = {
        ("POST", "/tasks/t1/cancel"): {"status": "cancelled"},
        ("POST", "/tasks/t1/retry"): {"status": "pending"},
    }
    server = serve(answers)
    assert "cancelled" in run("tasks", "cancel", "t1", "--server", server.url).output
    assert "khelmerch tasks show t1 --follow" in run("tasks", "retry", "t1", "--server", server.url).output
    assert server.paths() == ["POST /tasks/t1/cancel", "POST /tasks/t1/retry"]


def test_a_task_id_cannot_lead_to_another_path(run: Run, serve: Any) -> None:
    server = serve({})
    run("tasks", "cancel", "../queue_status", "--server", server.url)
    assert server.paths() == ["POST /tasks/..%2Fqueue_status/cancel"]


@dataclass(frozen=True)
class Addresses:
    console: str = "http://127.0.0.1:8000"
    docs: str = "http://127.0.0.1:8000/docs"
    dashboard: str = "http://127.0.0.1:8265"
    join: str | None = "khelmerch join 192.0.2.10:6379"


def stub_up(monkeypatch: pytest.MonkeyPatch, **functions: Any) -> None:
    module = types.ModuleType("cluster.up")
    module.__dict__.update(functions)
    monkeypatch.setitem(sys.modules, "cluster.up", module)
    monkeypatch.setattr("cluster.up", module, raising=False)


def test_up_prints_the_addresses_and_what_the_model_is_good_for(
    run: Run, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(dict(READY))

    def up(settings: Any, *, echo: Callable[[str], None]) -> Addresses:
        echo("Starting Ray")
        return Addresses()

    stub_up(monkeypatch, up=up)
    environ = {"KHELMERCH_SERVER_PORT": server.url.rsplit(":", 1)[1]}
    shown = run("up", env=environ).output
    for text in (
        "Starting Ray",
        "http://127.0.0.1:8000/docs",
        "http://127.0.0.1:8265",
        "khelmerch join 192.0.2.10:6379",
        "starter model",
    ):
        assert text in shown
    result = run("up", "--json", env=environ)
    assert json.loads(result.stdout)["console"] == "http://127.0.0.1:8000"
    assert "Starting Ray" in result.stderr


def test_up_in_the_foreground_stays_after_it_said_where_the_server_is(
    run: Run, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(dict(READY))
    stayed: list[Any] = []
    stub_up(monkeypatch, up=lambda settings, *, echo: Addresses(), stay=lambda settings, *, echo: stayed.append(echo))
    environ = {"KHELMERCH_SERVER_PORT": server.url.rsplit(":", 1)[1]}
    assert "http://127.0.0.1:8000/docs" in run("up", env=environ).output
    assert not stayed
    run("up", "--foreground", env=environ)
    assert len(stayed) == 1


def test_up_that_fails_says_why_and_ends_with_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def up(settings: Any, *, echo: Callable[[str], None]) -> Addresses:
        raise ClusterError("Port 8000 is taken by another program; set [SERVER] PORT.")

    stub_up(monkeypatch, up=up)
    result = run("up")
    assert (result.exit_code, result.stderr) == (1, "Port 8000 is taken by another program; set [SERVER] PORT.\n")


def test_down_says_whether_there_was_anything_to_stop(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_up(monkeypatch, down=lambda settings, *, echo: False)
    assert run("down").output == "Nothing was running.\n"
    assert json.loads(run("down", "--json").stdout) == {"stopped": False}


def test_config_shows_what_is_in_force_and_the_template_can_be_read_back(run: Run, tmp_path: Path) -> None:
    shown = json.loads(run("config", "--json", env={"KHELMERCH_SERVER_PORT": "9000"}).stdout)
    assert shown["settings"]["SERVER"]["PORT"] == 9000
    (tmp_path / "my.ini").write_text(run("config", "--template").stdout, encoding="utf-8")
    assert json.loads(run("config", "--config", "my.ini", "--json").stdout)["source"] == str(tmp_path / "my.ini")


def test_version_names_the_libraries(run: Run) -> None:
    assert {"khelmerch", "python", "ray", "ctranslate2"} <= json.loads(run("version", "--json").stdout).keys()


def test_tasks_list_keeps_ids_whole_and_one_line_a_task_on_80_columns(run: Run, serve: Any) -> None:
    name = "0b8e5f0e-3c0a-4b7e-9a53-6a1f7c2f9d10"
    row = task(task_id=name, status="processing", client_ip="user-" + "0123456789abcdef" * 2, progress=100.0)
    server = serve({("GET", "/tasks"): {"tasks": [row, row], "next_cursor": None}})
    lines = run("tasks", "list", "--server", server.url, env={"COLUMNS": "80"}).output.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[2:]] == [name, name]
    assert lines[2].endswith("user-01234…")


def test_tasks_list_cuts_wide_letters_by_the_cells_they_take(run: Run, serve: Any) -> None:
    long = {"n": 1, "name": "年度报告" * 20 + ".docx"}
    server = serve({("GET", "/tasks"): {"tasks": [task(files=[long], file_count=3)], "next_cursor": None}})
    lines = run("tasks", "list", "--server", server.url, env={"COLUMNS": "200"}).output.splitlines()
    assert len(lines) == 3
    assert "年度报告" in lines[2]
    assert "…" in lines[2]
