"""The OpenAPI document tells the truth: schemathesis finds nothing, and nothing is missing from it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from http_server import Served
from local_scheduler import LocalApi

from serve_app.openapi_examples import EXAMPLES
from serve_app.sessions import COOKIE
from storage.api_keys import Role
from storage.key_keeper import WantedKey

ROOT = Path(__file__).parents[2]
SECONDS = 20
"""Of testing: every kind of parameter takes 10 of them on a machine with nothing else to do, chains of calls the rest."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> LocalApi:
    return LocalApi(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def key(api: LocalApi) -> str:
    """Of an operator: for a client many calls are forbidden."""
    return asyncio.run(api.scheduler.service.keys.create(WantedKey("olga", Role.OPERATOR, "olga")))[1]


@pytest.fixture(scope="module")
def server(api: LocalApi, key: str) -> Iterator[Served]:
    # After the key was made: storage belongs to the server's thread from then on.
    with Served(api.app, api.scheduler.work, api.scheduler.webhooks.run) as served:
        yield served


@pytest.fixture(scope="module")
def http(server: Served, key: str) -> Iterator[httpx.Client]:
    head = {"X-API-Key": key}
    with httpx.Client(base_url=server.url, headers=head, trust_env=False, timeout=30.0) as client:
        yield client


@pytest.fixture(scope="module")
def document(http: httpx.Client) -> dict[str, Any]:
    return dict(http.get("/openapi.json").json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in document["paths"].items():
        for verb, operation in found.items():
            yield path, verb, operation


@pytest.fixture
def finished(http: httpx.Client) -> str:
    """A task with a result and a history: there are calls that answer only then."""
    asked = {"source_lang": "mn", "target_lang": "zh", "client_id": "olga"}
    made = http.post("/v1/translate/files", data=asked, files={"files": ("a.txt", "Сайн уу".encode())}).json()
    with http.stream("GET", f"/v1/tasks/{made['task_id']}/events", timeout=30.0) as events:
        assert any('"kind": "completed"' in line for line in events.iter_lines())
    return str(made["task_id"])


@pytest.mark.timeout(SECONDS * 6)
def test_schemathesis_finds_nothing(server: Served, key: str, finished: str, tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml")),
        *("run", f"{server.url}/openapi.json", "--checks", "all", "--max-examples", "3", "--max-time", str(SECONDS)),
        *("--seed", "1", "--no-shrink", "--no-color", "--generation-database", "none"),
        *("--phases", "coverage,stateful", "--header", f"Authorization: Bearer {key}"),
    ]
    env = {**os.environ, "KHELMERCH_KEY": key}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=SECONDS * 6)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    tested = re.search(r"Tested: +(\d+)", done.stdout)
    assert tested is not None and int(tested[1]) > 20, done.stdout[-3_000:]


def test_every_call_is_in_the_document_once_under_its_version(document: dict[str, Any]) -> None:
    assert all(path.startswith("/v1/") for path in document["paths"])
    ids = [operation["operationId"] for _path, _verb, operation in operations(document)]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[a-z0-9_]+", one) for one in ids)


def test_every_call_has_a_summary_and_every_refusal_is_a_problem_with_its_codes(document: dict[str, Any]) -> None:
    refs = set(re.findall(r'"#/([^"]*)"', json.dumps(document)))
    for ref in refs:
        found: Any = document
        for part in ref.split("/"):
            found = found[part]
    for path, verb, operation in operations(document):
        assert operation.get("summary"), (path, verb)
        for status, answer in operation["responses"].items():
            if status >= "400" and path != "/v1/health/ready":
                assert list(answer["content"]) == ["application/problem+json"], (path, verb, status)
                code = answer["description"].split(",")[0].split(" ")[0].rstrip(";:")
                assert "_" in code or code in ("unauthorised", "forbidden"), (path, verb, status)
    assert document["components"]["schemas"]["Problem"]["example"]["code"]


BINARY = ("application/zip", "application/offset+octet-stream", "application/octet-stream", "*/*")


def test_every_body_and_answer_has_an_example_that_fits_its_schema_and_none_is_left_over(
    document: dict[str, Any],
) -> None:
    used: set[str] = set()
    for path, verb, operation in operations(document):
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for kind, content in (one for part in parts for one in part.get("content", {}).items()):
            if kind in BINARY:
                continue
            assert "example" in content, (path, verb, kind)
            schema = {**content.get("schema", {}), "components": document["components"]}
            if kind != "text/event-stream":
                jsonschema.Draft202012Validator(schema).validate(content["example"])
            used |= {
                operation["operationId"],
                *(f"{operation['operationId']} {status}" for status in operation["responses"]),
            }
            used.add(content.get("schema", {}).get("$ref", "").rpartition("/")[2])
        for status, answer in operation["responses"].items():
            problem = answer.get("content", {}).get("application/problem+json")
            if problem:
                assert problem["example"]["status"] == int(status)
                assert problem["example"]["code"] in answer["description"], (path, verb, status)
    kept = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    assert {*kept["schemas"], *kept["bodies"], *kept["answers"]} <= used


def test_the_document_says_how_to_come_in_and_whose_keys_may_call_what(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert (schemes["header"]["name"], schemes["session"]["name"]) == ("X-API-Key", COOKIE)
    assert document["security"] == [{name: []} for name in schemes]
    said = {(verb, path): operation.get("x-roles") for path, verb, operation in operations(document)}
    assert said["get", "/v1/tasks"] == ["client", "viewer", "operator"]
    assert said["post", "/v1/translate/files"] == ["client", "operator"]
    assert said["get", "/v1/metrics"] == ["viewer", "operator"]
    assert said["post", "/v1/admin/pause"] == ["operator"]
    for path, verb, operation in operations(document):
        if path == "/v1/health/live":
            assert operation["security"] == [] and "401" not in operation["responses"]
        else:
            assert said[verb, path] and "security" not in operation and {"401", "403"} <= set(operation["responses"])


@pytest.mark.parametrize("path", ["/v1/tasks", "/tasks", "/v1/translate/text", "/translate/text", "/v1/health/live"])
def test_a_path_answers_with_and_without_its_version(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code in (200, 405)
    wrong = http.request("DELETE", path)
    assert wrong.status_code == 405 and wrong.headers["allow"] in ("GET", "POST")


def test_what_was_made_is_linked_with_what_can_be_done_with_it(document: dict[str, Any]) -> None:
    known = {operation["operationId"] for _path, _verb, operation in operations(document)}
    links = document["paths"]["/v1/translate/files"]["post"]["responses"]["200"]["links"]
    assert {"get_tasks_by_task_id", "post_tasks_by_task_id_cancel"} <= set(links) <= known


def test_a_body_that_is_no_text_is_refused_as_any_that_is_no_json(http: httpx.Client) -> None:
    for body in (b"\xff\xfe", b"{"):
        head = {"Content-Type": "application/json"}
        answer = http.post("/v1/translate/text", content=body, headers=head)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
