"""Limits and ages that an operator changes: from the call to whoever goes by them, and over a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from dispatch_kit import dispatcher, task
from http_server import Served
from local_scheduler import LocalApi
from service_kit import Service
from typer.testing import CliRunner

from actors import decisions as do
from actors.errors import BadSetting, ClientQueueFull, QueueFull
from actors.live_settings import LiveSettings
from actors.rules import BOUNDS, Rules
from cluster.cli import main
from cluster.settings_schema import SECTIONS
from common.quantities import value_of, written
from serve_app.in_force import IntakeLimits, LimitsInForce

DAY = 86_400.0


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service.of(tmp_path / "data", max_tasks=1, max_queue=2)


def anew(service: Service) -> LiveSettings:
    """The settings as the next scheduler has them."""
    heard: list[Rules] = []
    again = LiveSettings(
        service.config, Rules.of(service.config), service.repository, service.workflow.commits.run, heard.append
    )
    again.restore()
    assert len(heard) == (1 if again.rules != Rules.of(service.config) else 0), "who goes by them hears of others only"
    return again


# ---- the scheduler


async def test_a_change_holds_at_once_and_over_a_restart_and_reset_goes_back_to_config_ini(service: Service) -> None:
    for n in range(3):
        await service.submit(f"t{n}")
    with pytest.raises(QueueFull, match="2 tasks wait"):
        await service.submit("t3")
    found = await service.settings.change({"max_task_queue_size": 3, "max_tasks": 2, "result_retention": 14 * DAY})
    assert (await service.submit("t3"))[0]["task_id"] == "t3" and service.dispatcher.limits.max_tasks == 2
    rows = {row["name"]: row for row in found["settings"]}
    assert (rows["max_tasks"]["value"], rows["max_tasks"]["configured"], rows["max_tasks"]["changed"]) == (2, 1, True)
    assert found["retention"]["results"] == 14 * DAY and not rows["max_file_size"]["changed"]
    assert anew(service).rules == service.rules
    back = await service.settings.change(dict.fromkeys(("max_task_queue_size", "max_tasks", "result_retention")))
    assert not any(row["changed"] for row in back["settings"]) and service.rules == Rules.of(service.config)
    assert anew(service).rules == service.rules and service.dispatcher.limits.max_tasks == 1


async def test_a_limit_of_a_client_is_looked_up_when_it_matters(service: Service) -> None:
    await service.settings.change({"max_task_queue_size": 100, "max_pending_per_client": 1})
    await service.submit("a")
    await service.submit("b")
    with pytest.raises(ClientQueueFull):
        await service.submit("c")
    await service.settings.change({"max_pending_per_client": 0})
    await service.submit("c")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"max_tasks": 0}, "max_tasks cannot be 0: it is from 1 to 100000."),
        ({"max_tasks": 1.5}, "max_tasks cannot be 1.5:"),
        ({"result_retention": 59}, "it is from 1m to 3650d, or 0 (keep for ever)"),
        ({"max_file_size": 1}, "it is from 1KB to 64GB."),
        ({"num_gpus": 3}, "num_gpus is no setting that can be changed here: max_tasks"),
    ],
)
async def test_what_is_not_allowed_is_refused_and_nothing_of_it_is_changed(
    service: Service, wanted: dict[str, float], told: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        await service.settings.change({"max_files_per_task": 9, **wanted})
    assert told in refused.value.detail and service.rules == Rules.of(service.config) == anew(service).rules


def test_a_value_that_is_not_allowed_any_more_is_as_config_ini_says(service: Service) -> None:
    with service.repository.database.transaction():
        service.repository.state.set_text("settings", '{"max_tasks": 999999999, "gone": 3, "max_files_per_task": 7}')
    assert anew(service).rules.max_tasks == 1 and anew(service).rules.max_files_per_task == 7


def test_running_tasks_get_more_time_and_no_new_one_starts_over_a_smaller_limit() -> None:
    one = dispatcher(max_tasks=2, timeout=100.0)
    for name in ("a", "b"):
        one.add(task(name), 0.0)
        one.resume(task(name), 0.0)
    one.add(task("c"), 0.0)
    one.set_limits(1, 300.0)
    assert not [found for found in one.plan(150.0) if isinstance(found, do.Expire | do.Start)]
    one.remove("a")
    assert not [found for found in one.plan(151.0) if isinstance(found, do.Start)], "b runs still"
    one.set_limits(2, 150.0)
    decided = one.plan(152.0)
    assert do.Expire("b") in decided


def test_every_setting_is_a_key_of_config_ini_and_is_written_as_it_is_read() -> None:
    keys = {**SECTIONS["SETTINGS"][1].__dataclass_fields__}
    keys["memory_retention"] = SECTIONS["MEMORY"][1].__dataclass_fields__["retention"]
    assert set(BOUNDS) == set(keys) == set(asdict(Rules(*range(13))))
    for name, bounds in BOUNDS.items():
        kind = keys[name].metadata["kind"]
        for value in (bounds.least, bounds.most, *([0] if bounds.zero else [])):
            text = written(value, bounds.unit)
            assert value_of(text, bounds.unit) == value == kind.read(text)
            assert bounds.allows(value)
        assert not bounds.allows(bounds.most + 1) and not bounds.allows(-1)


# ---- the ingress


async def test_the_ingress_asks_again_after_two_seconds_and_keeps_what_it_knows_without_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    asked: list[float] = []
    told: Any = {"limits": {"max_file_size": 5, "max_files_per_task": 6, "max_text_chars": 7}}

    class Oversight:
        async def settings(self) -> Any:
            asked.append(clock[0])
            if told is None:
                raise BadSetting("no answer")
            return told

    oversight: Any = Oversight()
    limits, heard = LimitsInForce(oversight, IntakeLimits(1, 2, 3)), list[IntakeLimits]()
    limits.on_change = heard.append
    assert await limits.now() == await limits.now() == IntakeLimits(5, 6, 7) and asked == [0.0]
    clock[0], told = 2.0, None
    assert await limits.now() == IntakeLimits(5, 6, 7) and asked == [0.0, 2.0] and heard == [IntakeLimits(5, 6, 7)]
    limits.forget()
    await limits.now()
    assert len(asked) == 3


# ---- over HTTP and on the command line


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    api = LocalApi(tmp_path)
    with Served(api.app, api.scheduler.work) as served:
        yield served


def test_an_operator_changes_the_size_of_files_while_the_server_works(server: Served) -> None:
    file = {"files": ("a.txt", b"hello " * 500)}
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        assert http.post("/v1/uploadfiles", files=file).status_code == 200
        changed = http.post("/v1/admin/settings", json={"max_file_size": 2000, "action_retention": 0})
        assert changed.status_code == 200 and changed.json()["limits"]["max_file_size"] == 2000
        assert http.post("/v1/uploadfiles", files=file).json()["code"] == "file_too_large"
        assert http.get("/v1/languages", headers={"accept": "*/*"}).json()["max_file_size"] == 2000
        (line,) = http.get("/v1/admin/actions").json()["actions"]
        assert line["what"] == "settings.change"
        assert line["details"] == {"max_file_size": "1048576 > 2000"}, "what was so already is not told"
        for wrong in ({"max_tasks": 0}, {"max_tasks": "9"}, {"max_task": 9}, {"result_retention": 1}, []):
            refused = http.post("/v1/admin/settings", json=wrong)
            assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
        assert http.post("/v1/admin/settings", json={"max_file_size": None}).status_code == 200
        assert http.post("/v1/uploadfiles", files=file).status_code == 200


def _run(server: Served, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["settings", *arguments, "--server", server.url])


def test_settings_are_listed_set_and_reset_on_the_command_line(server: Served) -> None:
    assert "max_file_size" in _run(server, "list").stdout
    done = _run(server, "set", "MAX_TASKS=7", "max_file_size=2MB", "task_retention=90d")
    assert done.exit_code == 0, done.stderr
    assert [line.split()[1:4] for line in done.stdout.splitlines() if "(changed)" in line] == [
        ["7", "(changed)", "1"],
        ["2MB", "(changed)", "1MB"],
        ["90d", "(changed)", "0"],
    ]
    for wrong, told in (("max_tasks", "no name=value"), ("max_tasks=many", "from 1 to 100000"), ("x=1", "no setting")):
        refused = _run(server, "set", wrong)
        assert refused.exit_code == 2 and told in " ".join(refused.stderr.replace("│", " ").split())
    assert "greater than or equal to 1" in _run(server, "set", "max_tasks=0").stderr
    assert "(changed)" in _run(server, "reset", "max_tasks").stdout
    assert "(changed)" not in _run(server, "reset").stdout
