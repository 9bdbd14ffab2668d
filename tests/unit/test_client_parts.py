"""What `khelmerch_client` is made of: when it tries again, how it reads events, that it is what the server says."""

from __future__ import annotations

import asyncio
import importlib.util
import pickle
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from http_server import Served
from hypothesis import given
from hypothesis import strategies as st
from local_scheduler import LocalApi
from setuptools import find_packages

from khelmerch_client import ClientError, NoConnection, Refused, Retries, TooManyRequests, Unauthorised, Unreachable
from khelmerch_client.answers import refused, retry_after
from khelmerch_client.errors import kind_of
from khelmerch_client.files import safe_name
from khelmerch_client.happenings import Heartbeat, Message, Reader

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "python"


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", CLIENT / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def busy(status: int = 503, seconds: float | None = None, code: str = "busy") -> ClientError:
    return kind_of(status)("Busy.", code=code, status=status, retry_after=seconds)


LOST = Unreachable("lost", code="server_unreachable")
NOBODY = NoConnection("nobody", code="server_unreachable")


@pytest.mark.parametrize(
    ("error", "repeatable", "again"),
    [
        (LOST, True, True),
        (LOST, False, False),
        (NOBODY, False, True),
        (busy(503), True, True),
        (busy(503), False, False),
        (busy(429, 3.0), True, True),
        (busy(429, 3_600.0), True, False),
        (busy(409, 1.0, "idempotency_in_progress"), True, True),
        (busy(409), True, False),
        (busy(500), True, False),
        (busy(422), True, False),
    ],
)
def test_a_call_is_made_again_only_where_that_does_no_harm(error: ClientError, repeatable: bool, again: bool) -> None:
    pause = Retries().pause(error, 1, repeatable=repeatable)
    assert (pause is not None) is again
    assert pause is None or pause >= (error.retry_after or 0.0)
    assert Retries(attempts=1).pause(error, 1, repeatable=repeatable) is None


def test_a_server_that_is_not_there_can_be_left_alone() -> None:
    assert Retries(connecting=False).pause(NOBODY, 1, repeatable=True) is None


@given(st.integers(1, 10_000), st.floats(0.001, 10.0), st.floats(0.001, 60.0))
def test_pauses_grow_and_stay_within_their_bounds(attempt: int, first: float, longest: float) -> None:
    pause = Retries(first_pause_s=first, longest_pause_s=longest).backoff(attempt)
    assert 0.0 < pause <= longest
    assert pause >= min(longest, first * 2.0 ** min(attempt - 1, 32)) / 2


def test_retry_after_is_a_number_or_a_date() -> None:
    def told(value: str) -> float | None:
        return retry_after(httpx.Response(503, headers={"retry-after": value}))

    later = datetime.now(UTC) + timedelta(seconds=90)
    assert told("7") == 7.0 and told("soon") is None and told("") is None
    assert 80.0 < (told(format_datetime(later, usegmt=True)) or 0.0) <= 90.0
    assert told("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0


def test_an_error_is_the_same_when_it_comes_from_another_process() -> None:
    error = TooManyRequests("Full.", code="queue_full", status=429, request_id="r", retry_after=2.0, data={"limit": 5})
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (TooManyRequests, "Full.", vars(error))


def test_what_a_proxy_says_is_no_refusal_of_the_server() -> None:
    assert isinstance(refused(httpx.Response(502, text="Bad gateway"), "http://x"), Unreachable)
    assert refused(httpx.Response(404, text="<html>"), "http://x").code == "not_khelmerch"
    problem = {"title": "No", "detail": "No key.", "code": "unauthorised", "status": 401, "hint": "h"}
    error = refused(httpx.Response(401, json=problem, headers={"x-request-id": "r7"}), "http://x")
    assert isinstance(error, Unauthorised) and isinstance(error, Refused)
    assert (error.code, error.message, error.request_id, error.data) == ("unauthorised", "No key.", "r7", {"hint": "h"})


def read(text: str) -> list[Message | Heartbeat]:
    reader = Reader()
    return [found for line in text.split("\n") if (found := reader.line(line)) is not None]


def test_events_are_read_as_the_standard_has_them() -> None:
    told = read('retry: 2000\n\n: hello\nevent: task\ndata: {"a":\ndata:  1}\nid: 7\nodd\n\nid: 8\n\ndata\n\n')
    assert told == [
        Message("message", "", None, 2000),
        Heartbeat(),
        Message("task", '{"a":\n 1}', "7", None),
        Message("message", "", None, None),
    ]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\\b\\c.txt", "c.txt"),
        ("..", "result"),
        ("", "result"),
        ("报告.docx", "报告.docx"),
    ],
)
def test_a_servers_file_name_cannot_leave_the_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


# ---- what is written by a program


def test_the_synchronous_half_is_what_the_generator_makes_of_the_other() -> None:
    for path, text in generator().sync_files():
        assert path.read_text(encoding="utf-8") == text, "run: python clients/python/generate.py"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> LocalApi:
    return LocalApi(tmp_path_factory.mktemp("api"))


def test_the_models_are_what_the_servers_document_says(api: LocalApi) -> None:
    wanted = generator().models(api.app.openapi())
    assert (CLIENT / "khelmerch_client" / "models.py").read_text(encoding="utf-8") == wanted, (
        "write the server's /openapi.json to a file and run: python clients/python/generate.py FILE"
    )


def test_every_path_that_the_client_calls_is_in_the_servers_document(api: LocalApi) -> None:
    known = {re.sub(r"\{\w+\}", "{}", path.removeprefix("/v1")) for path in api.app.openapi()["paths"]}
    text = "".join(path.read_text(encoding="utf-8") for path in (CLIENT / "khelmerch_client" / "_sync").glob("*.py"))
    called = {*re.findall(r'"(?:GET|POST|DELETE)", f?"(/[a-z0-9_/-]+)"', text)}
    assert len(called) > 15 and called <= known


# ---- alone


def test_it_is_installed_alone_and_with_the_server(tmp_path: Path) -> None:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"][
        "find"
    ]
    packages = [name for where in found["where"] for name in find_packages(str(ROOT / where), include=found["include"])]
    assert {"khelmerch_client", "khelmerch_client._sync", "khelmerch_client._async", "cluster"} <= set(packages)
    own = tomllib.loads((CLIENT / "pyproject.toml").read_text(encoding="utf-8"))
    assert [one.partition(">")[0] for one in own["project"]["dependencies"]] == ["httpx"]
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import khelmerch_client, os;"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'cluster', 'actors', 'serve_app', 'ray', 'typer'}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script, str(CLIENT)], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


# ---- its README


@pytest.fixture(scope="module")
def server(api: LocalApi) -> Iterator[Served]:
    with Served(api.app, api.scheduler.work) as served:
        yield served


EXAMPLES = re.findall(r"```python\n(.*?)```", (CLIENT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_of_its_readme_runs(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("report.txt", "notes.txt"):
        (tmp_path / name).write_text("Файлыг хадгалах уу?\n", encoding="utf-8")
    text = EXAMPLES[number]
    assert "http://127.0.0.1:8000" in text
    loops = asyncio.get_event_loop_policy()
    try:
        exec(compile(text.replace("http://127.0.0.1:8000", server.url), "README.md", "exec"), {"__name__": "example"})
    finally:
        asyncio.set_event_loop_policy(loops)
    assert capsys.readouterr().out


def test_each_of_the_two_packages_carries_the_licence() -> None:
    for folder in (ROOT, CLIENT):
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert [(folder / name).read_bytes() for name in project["license-files"]] == [(ROOT / "LICENSE").read_bytes()]
