"""`khelmerch keys` and the key that commands speak with: with no server, with one, and with a server that refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stub_server import StubServer, stub_servers
from typer.testing import CliRunner

from cluster import keys
from cluster.cli import main
from cluster.errors import ClusterError
from cluster.settings import load

Start = Callable[[dict[tuple[str, str], Any]], StubServer]


@pytest.fixture
def server() -> Iterator[Start]:
    yield from stub_servers()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DATA_DIR and a home of its own, and a port on which nobody listens."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KHELMERCH_KEY", raising=False)
    monkeypatch.setenv("KHELMERCH_SERVER_PORT", "1")
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    return result.output


def made(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("keys", "create", *arguments, "--json"))
    return found


def test_keys_are_made_shown_and_taken_back_before_the_first_start(place: Path) -> None:
    one = made("desk", "--requests-per-minute", "60", "--file-size", "20MB", "--expires", "90d")
    assert one["key"].startswith(f"kh_{one['id']}_") and one["max_file_bytes"] == 20 * 2**20 and one["expires_at"]
    shown = run("keys", "list")
    assert "desk" in shown and "60/min, 20.0 MB" in shown and "local" in shown and one["key"] not in shown
    new = json.loads(run("keys", "rotate", one["id"], "--json"))
    assert new["key"] != one["key"] and new["requests_per_minute"] == 60
    run("keys", "revoke", new["id"])
    listed = {row["id"]: row for row in json.loads(run("keys", "list", "--all", "--json"))}
    assert all(listed[key["id"]]["revoked_at"] for key in (one, new))
    assert [row["name"] for row in json.loads(run("keys", "list", "--json"))] == ["local"]
    assert "3 keys forgotten" in run("keys", "reset")
    assert json.loads(run("keys", "list", "--all", "--json")) == []


def test_what_cannot_be_is_told_in_a_sentence(place: Path) -> None:
    assert "local is the name" in run("keys", "create", "local", code=1)
    assert "There is no key nope" in run("keys", "revoke", "nope", code=1)
    assert "allowed: " in run("keys", "create", "desk", "--expires", "soon", code=2)


def test_up_for_others_without_a_key_stops_with_a_sentence_that_says_why(place: Path) -> None:
    said = run("up", "--host", "0.0.0.0", code=1)
    assert "no API key" in said and "khelmerch keys create" in said and "0.0.0.0" in said
    assert "Traceback" not in said and not (place / "data" / "logs").exists()


def test_a_revoked_or_expired_key_is_none_and_a_valid_one_will_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHELMERCH_SERVER_HOST", "0.0.0.0")
    settings = load()
    key = made("desk")
    keys.require_key(settings)
    for row in json.loads(run("keys", "list", "--json")):
        run("keys", "revoke", row["id"])
    assert key
    with pytest.raises(ClusterError, match="no API key"):
        keys.require_key(settings)


def sent(stub: StubServer) -> list[str | None]:
    return [headers.get("authorization") for headers in stub.headers]


def test_a_command_finds_its_key_by_itself_or_takes_the_one_that_is_given(
    place: Path, server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("desk")
    local = (place / "data" / "keys" / "operator-key").read_text().strip()
    stub = server({("GET", "/formats"): [[]]})
    monkeypatch.setenv("KHELMERCH_SERVER_PORT", stub.url.rpartition(":")[2])
    run("formats")
    (place / ".config" / "khelmerch").mkdir(parents=True)
    (place / ".config" / "khelmerch" / "key").write_text("from-file\n")
    run("formats")
    monkeypatch.setenv("KHELMERCH_KEY", "from-environment")
    run("formats")
    run("formats", "--key", "typed")
    run("--key=typed", "formats")
    assert sent(stub) == [f"Bearer {key}" for key in (local, "from-file", "from-environment", "typed", "typed")]


def test_this_machines_own_key_goes_to_no_other_server(place: Path, server: Start) -> None:
    made("desk")
    stub = server({("GET", "/formats"): [[]]})
    run("formats", "--server", stub.url)
    assert sent(stub) == [None]


def test_a_running_server_is_asked_and_its_database_left_alone(
    place: Path, server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"id": "abc", "name": "desk", "role": "client", "key": "kh_abc_x"}
    stub = server({("GET", "/health/live"): {"version": "1"}, ("POST", "/admin/keys"): row})
    monkeypatch.setenv("KHELMERCH_SERVER_PORT", stub.url.rpartition(":")[2])
    assert made("desk")["key"] == "kh_abc_x"
    assert stub.paths() == ["GET /health/live", "POST /admin/keys"] and not (place / "data").exists()


def test_a_refusal_for_want_of_a_key_says_where_commands_take_it_from(server: Start) -> None:
    problem = {"title": "Unauthorized", "detail": "This needs an API key.", "code": "unauthorised", "status": 401}
    stub = server({("GET", "/formats"): (401, problem)})
    said = run("formats", "--server", stub.url, code=1)
    assert "KHELMERCH_KEY" in said and "unauthorised" in said
