"""The matrix: every call of the API and every function of the console, with another's key, with each role, and with none."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doors_kit import Doors
from fastapi.testclient import TestClient
from starlette.requests import Request

from common.errors import KhelmerchError
from serve_app.access import Owners
from serve_app.console import ServiceConsole, ServiceConsoleClient
from serve_app.door import DoorConfig
from serve_app.gradio_files import GradioFiles
from serve_app.identity import SCOPE_KEY, Forbidden, Identity
from serve_app.keyring import Keyring
from serve_app.operator_console import OperatorCalls
from storage.api_keys import Role

WITHOUT_KEY = {("GET", "/health/live")}
PAIR = {"source_lang": "mn", "target_lang": "zh"}
# What a call needs to get past its own checks; a call that is new and needs a body must be added, or the test says so.
WEBHOOK = "wh_0f3c9a1be2d4a75b6c8d9e0f"
UPLOAD = "0f3c9a1be2d4a75b6c8d9e0f0f3c9a1b"
TERM = {"source": "гэрээ", "target": "合同"}
BODIES: dict[str, dict[str, Any]] = {
    "/uploadfiles": {"files": {"files": ("a.txt", b"text")}},
    "/preflight": {"files": {"files": ("a.txt", b"text")}},
    "/translate/files": {"json": PAIR},
    "/submit_translation_task": {"data": PAIR},
    "/translate/text": {"json": {"sentences": "а", **PAIR}},
    "/tasks/cancel": {"json": {"task_ids": ["t-anna"]}},
    "/tasks/retry": {"json": {"task_ids": ["t-anna"]}},
    "/tasks/priority": {"json": {"task_ids": ["t-anna"], "priority": 9}},
    "/tasks/delete": {"json": {"task_ids": ["t-anna"]}},
    "/tasks/{task_id}/priority": {"json": {"priority": 9}},
    "/tasks/{task_id}/segments/{n}": {"json": {"target": "б"}},
    "/glossaries": {"json": {"name": "law", **PAIR, "entries": [TERM]}},
    "/glossaries/{glossary_id}/entries": {"json": {"entries": [TERM]}},
    "/memory": {"files": {"files": ("a.tmx", b"<tmx/>")}},
    "/webhooks": {"json": {"url": "https://example.org/told"}},
    "/uploads/tus": {
        "headers": {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "filename YS50eHQ="},
    },
    "/admin/models": {"json": {"models": "starter"}},
    "/admin/scale": {"json": {"translators": 1}},
    "/admin/settings": {"json": {"max_tasks": 12}},
    "/admin/keys": {"json": {"name": "mallory"}},
    "/admin/keys/{key_id}/rotate": {"json": {}},
}


def client_of(doors: Doors) -> TestClient:
    return TestClient(
        doors.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False, follow_redirects=False
    )


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return Doors.of(tmp_path)


@pytest.fixture
def http(doors: Doors) -> Iterator[TestClient]:
    with client_of(doors) as client:
        yield client


def every_call(doors: Doors) -> list[tuple[str, str]]:
    """As the document has them, without the version."""
    found = [
        (method.upper(), path.removeprefix("/v1"))
        for path, operations in doors.app.openapi()["paths"].items()
        for method in operations
        # Answers without a body, and one without an end, have tests of their own below.
        if path.startswith("/v1/") and method not in ("head", "options") and path != "/v1/events"
    ]
    assert len(found) > 25
    return found


def call(http: TestClient, doors: Doors, method: str, path: str, name: str | None, task: str = "t-anna") -> Any:
    """One call, with that task wherever a task may be named."""
    address = path.replace("{task_id}", task).replace("{n}", "1").replace("{key_id}", "abc")
    address = address.replace("{glossary_id}", "g-anna").replace("{webhook_id}", WEBHOOK).replace("{upload_id}", UPLOAD)
    assert "{" not in address, "a new kind of parameter: say here what stands for another's"
    query = {"task_id": task} if path in ("/task_status", "/download-all") else {}
    if path == "/memory/export":
        query = PAIR
    if path == "/webhooks":
        query = {"client_id": name} if method == "GET" and name in ("anna", "bob") else {"client_id": "carl"}
    extra = dict(BODIES.get(path, {})) if method == "POST" else {}
    headers = {**doors.head(name), **extra.pop("headers", {})}
    if "{upload_id}" in path:
        headers |= {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return http.request(method, address, params=query, headers=headers, **extra)


def code(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_no_call_but_the_health_of_the_process_does_without_a_key(doors: Doors, http: TestClient) -> None:
    for method, path in every_call(doors):
        answer = call(http, doors, method, path, None)
        if (method, path) in WITHOUT_KEY:
            assert answer.status_code == 200
        else:
            assert code(answer) == (401, "unauthorised"), (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    for path in ("/docs", "/openapi.json", "/redoc", "/nowhere", "/", "//health/live", "/health/live/x", "/login/x"):
        assert http.get(path).status_code == 401, path
    assert doors.scheduler.calls == []


def test_no_call_shows_or_changes_another_clients_task(doors: Doors, http: TestClient) -> None:
    for method, path in every_call(doors):
        answer = call(http, doors, method, path, "bob")
        names_a_task = "{task_id}" in path or path in ("/task_status", "/download-all")
        if names_a_task:
            nothing = call(http, doors, method, path, "bob", "t-none")
            assert code(answer) == code(nothing) == (404, "task_not_found"), (method, path)
            assert answer.json() == {**nothing.json(), "detail": "There is no task t-anna.", "task_id": "t-anna"}
        elif "{glossary_id}" in path or "{webhook_id}" in path or "{upload_id}" in path:
            assert answer.status_code == 404, (method, path)
        elif path.startswith("/admin") or path in ("/system_info", "/metrics", "/cluster", "/samples"):
            assert code(answer) == (403, "forbidden"), (method, path)
        else:
            assert answer.status_code < 400 or path in ("/task_metrics", "/queue_status", "/models", "/health/ready"), (
                path
            )
        assert "t-anna" not in answer.text or names_a_task, (method, path)
        assert ("合同" not in answer.text and "law" not in answer.text) or path == "/glossaries", (method, path)
    for what, about in doors.scheduler.calls:
        assert "anna" not in str(about), (what, about)
    assert ("cancel_all", "bob") in doors.scheduler.calls and ("tasks", "bob") in doors.scheduler.calls


def test_a_client_that_names_another_is_refused_and_one_that_names_nobody_is_itself(
    doors: Doors, http: TestClient
) -> None:
    bob = doors.head("bob")
    named: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/uploadfiles", {"data": {"client_id": "anna"}, **BODIES["/uploadfiles"]}),
        ("POST", "/translate/files", {"json": {**PAIR, "client_ip": "anna"}}),
        ("POST", "/translate/files", {"data": {**PAIR, "client_id": "anna"}, **BODIES["/uploadfiles"]}),
        ("POST", "/submit_translation_task", {"data": {**PAIR, "client_id": "anna"}}),
        ("POST", "/tasks/cancel", {"json": {"client_id": "anna"}}),
        ("POST", "/tasks/retry", {"json": {"client_id": "anna"}}),
        ("GET", "/tasks?client_id=anna", {}),
        ("GET", "/usage?client_id=anna", {}),
        ("GET", "/glossaries?client_id=anna", {}),
        ("POST", "/glossaries", {"json": {**BODIES["/glossaries"]["json"], "client_id": "anna"}}),
        ("POST", "/glossaries", {"json": {**BODIES["/glossaries"]["json"], "shared": True}}),
        ("GET", "/memory?client_id=anna", {}),
        ("DELETE", "/memory?client_id=anna", {}),
        ("POST", "/memory", {"data": {"client_id": "anna"}, **BODIES["/memory"]}),
        ("GET", "/memory/export?client_id=anna&source_lang=mn&target_lang=zh", {}),
        ("POST", "/translate/text", {"json": {**BODIES["/translate/text"]["json"], "client_id": "anna"}}),
    ]
    for method, path, extra in named:
        assert code(http.request(method, path, headers=bob, **extra)) == (403, "forbidden"), path
    assert doors.scheduler.calls == []
    for path in ("/uploadfiles", "/translate/files", "/submit_translation_task"):
        assert http.post(path, headers=bob, **BODIES[path]).status_code == 200
    assert {client for _what, client in doors.scheduler.calls} == {"bob"}
    assert not list((doors.folder / "blobs" / "staging").iterdir())


def test_a_resumable_upload_is_its_clients_own(doors: Doors, http: TestClient) -> None:
    mine = call(http, doors, "POST", "/uploads/tus", "anna").headers["location"]
    tus = {"Tus-Resumable": "1.0.0"}
    assert http.head(mine, headers=tus).status_code == 401
    assert http.head(mine, headers={**doors.head("bob"), **tus}).status_code == 404
    assert http.delete(mine, headers={**doors.head("bob"), **tus}).status_code == 404
    assert http.head(mine, headers={**doors.head("anna"), **tus}).headers["upload-offset"] == "0"
    assert http.options("/uploads/tus").status_code == 401


def test_the_calls_without_a_version_and_those_with_it_have_the_same_doors(doors: Doors, http: TestClient) -> None:
    for path in ("/tasks/t-anna", "/task_status?task_id=t-anna", "/admin/keys", "/metrics", "/glossaries/g-anna"):
        for name in (None, "bob"):
            old, new = (http.get(start + path, headers=doors.head(name)) for start in ("", "/v1"))
            assert code(old) == code(new) and old.status_code in (401, 403, 404), path


def test_the_stream_of_many_tasks_is_of_ones_own(doors: Doors, http: TestClient) -> None:
    assert code(http.get("/events")) == (401, "unauthorised")
    assert code(http.get("/events?client_id=anna", headers=doors.head("bob"))) == (403, "forbidden")
    asked = Asked(Identity("k", "bob", "bob", Role.CLIENT)).request
    assert doors.services.access.clients(asked, None) == "bob"
    assert doors.services.access.clients(Asked(Identity("k", "vera", "vera", Role.VIEWER)).request, None) is None


def test_a_task_named_twice_is_looked_at_twice(doors: Doors, http: TestClient) -> None:
    for order in ("t-bob&task_id=t-anna", "t-anna&task_id=t-bob"):
        assert code(http.get(f"/task_status?task_id={order}", headers=doors.head("bob"))) == (404, "task_not_found")


def test_a_viewer_sees_everything_and_changes_nothing(doors: Doors, http: TestClient) -> None:
    for method, path in every_call(doors):
        answer = call(http, doors, method, path, "vera")
        if method != "GET" or path.startswith("/admin"):
            assert code(answer) == (403, "forbidden"), (method, path)
        else:
            assert answer.status_code not in (401, 403), (method, path)
    assert {task["task_id"] for task in http.get("/tasks", headers=doors.head("vera")).json()["tasks"]} == {
        "t-anna",
        "t-bob",
    }


def test_an_operator_may_do_everything_for_everybody(doors: Doors, http: TestClient) -> None:
    for method, path in every_call(doors):
        assert call(http, doors, method, path, "olga").status_code not in (401, 403), (method, path)
    http.post("/translate/files", json={**PAIR, "client_ip": "anna"}, headers=doors.head("olga"))
    assert doors.scheduler.tasks_made[-1].client_ip == "anna"


def test_only_who_sees_all_tasks_is_told_which_one_a_gpu_works_at(doors: Doors, http: TestClient) -> None:
    shown = {name: http.get("/gpu_status", headers=doors.head(name)).json()[0] for name in ("anna", "vera")}
    assert (shown["anna"]["current_task_id"], shown["vera"]["current_task_id"]) == (None, "t-bob")


# ---- the console


class Asked:
    """As Gradio's request: around the one that came through the door, or did not."""

    def __init__(self, identity: Identity | None) -> None:
        scope: dict[str, Any] = {"type": "http", "headers": []}
        self.request = Request(scope | ({SCOPE_KEY: identity} if identity else {}))


def functions() -> dict[str, inspect.Signature]:
    found = {
        name: inspect.signature(function)
        for name, function in inspect.getmembers(ServiceConsoleClient, inspect.isfunction)
        if not name.startswith("_")
    }
    assert len(found) >= 9
    return found


def perform(doors: Doors, name: str, signature: inspect.Signature, identity: Identity, path: Path) -> Any:
    files = GradioFiles()
    files._note([str(path)], identity)
    values: dict[str, Any] = {
        "task_id": "t-anna",
        "client_id": "anna",
        "files": [("a.txt", path)],
        "path": path,
        "name": "a.txt",
        "source": "mon_Cyrl",
        "target": "cmn_Hans",
        "via_eng": False,
        "priority": 5,
        "status": None,
        "limit": 10,
        "cursor": None,
        "search": None,
        "span": "hour",
        "what": "pause",
        "count": 2,
        "role": "operator",
        "days": 1,
        "key_id": "abc",
        "owner": "anna",
        "file_name": "a.csv",
        "glossary_id": "g-anna",
        "filter": {"client": "anna", "source": None, "target": None, "since": None, "sort": "newest"},
        "wishes": {"output": "both", "review": True, "glossary": None},
        "text": "текст",
        "glossary": None,
        "after": 0,
        "file": 1,
        "n": 1,
        "flag": None,
        "action": "delete",
        "task_ids": ["t-anna"],
    }
    if name == "change_setting":
        values |= {"name": "max_tasks", "text": "12"}
    console = console_of(doors, files)
    arguments = {parameter: values[parameter] for parameter in signature.parameters if parameter != "self"}
    return asyncio.run(getattr(console.of(Asked(identity)), name)(**arguments))


def console_of(doors: Doors, files: GradioFiles) -> ServiceConsole:
    keyring = Keyring(doors.services.scheduler, doors.folder / "keys")
    return ServiceConsole(doors.services, Owners(doors.services.scheduler), files, keyring)


FOR_OPERATORS = frozenset(
    name for name in vars(OperatorCalls) if not name.startswith("_") and name not in ("me", "cluster", "samples")
)


def test_no_function_of_the_console_shows_or_changes_another_clients_task(doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    bob = Identity("id", "bob", "bob", Role.CLIENT)
    for name, signature in functions().items():
        if "task_id" in signature.parameters:
            with pytest.raises(KhelmerchError) as refused:
                perform(doors, name, signature, bob, tmp_path / "a.txt")
            assert refused.value.code == "task_not_found", name
        elif name in FOR_OPERATORS or name in ("cluster", "samples"):
            with pytest.raises(Forbidden):
                perform(doors, name, signature, bob, tmp_path / "a.txt")
        else:
            assert "anna" not in str(perform(doors, name, signature, bob, tmp_path / "a.txt")), name
    asked = {what for what, _about in doors.scheduler.calls}
    assert asked >= {"submit", "add_uploads", "tasks", "delete_all", "translate_text", "glossaries.visible"}
    assert "anna" not in str(doors.scheduler.calls)


def test_a_viewer_changes_nothing_through_the_console_either(doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    vera = Identity("id", "vera", "vera", Role.VIEWER)
    reading = {"languages", "tasks", "task", "queue_status", "gpus", "me", "cluster", "samples"}
    reading |= {"formats", "glossaries", "history", "segments"}
    for name, signature in functions().items():
        if name in reading:
            perform(doors, name, signature, vera, tmp_path / "a.txt")
        else:
            with pytest.raises(Forbidden):
                perform(doors, name, signature, vera, tmp_path / "a.txt")


def test_all_that_an_operator_changes_in_the_console_is_noted(doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    olga = Identity("id", "olga", "olga", Role.OPERATOR)
    reading = {"settings", "actions", "keys", "all_glossaries", "memory_clients", "memory"}
    for name, signature in functions().items():
        if name in FOR_OPERATORS:
            before = len(doors.scheduler.noted)
            perform(doors, name, signature, olga, tmp_path / "a.txt")
            assert len(doors.scheduler.noted) - before == int(name not in reading), name
    assert {(one.who, one.key_id, one.via) for one in doors.scheduler.noted} == {("olga", "id", "console")}
    assert len(FOR_OPERATORS) == 16


WATCHED = ("/admin", "/glossaries", "/memory", "/tasks/cancel", "/tasks/retry", "/tasks/priority", "/tasks/delete")


def test_every_call_that_changes_the_server_keys_words_or_many_tasks_is_noted(doors: Doors, http: TestClient) -> None:
    for method, path in every_call(doors):
        before = len(doors.scheduler.noted)
        answer = call(http, doors, method, path, "olga")
        changes = method != "GET" and any(path == one or path.startswith(f"{one}/") for one in WATCHED)
        assert len(doors.scheduler.noted) - before == int(changes), (method, path, answer.text)
    assert {(one.who, one.role, one.via, one.address) for one in doors.scheduler.noted} == {
        ("olga", "operator", "api", "testclient")
    }
    assert len({one.what for one in doors.scheduler.noted}) == 19
    told = str(doors.scheduler.noted)
    assert "kh_made" not in told and not any(key in told for key in doors.keys.values())


def test_a_call_that_is_refused_is_not_noted_and_the_command_line_is_known(doors: Doors, http: TestClient) -> None:
    assert http.post("/admin/pause", headers=doors.head("vera")).status_code == 403
    assert doors.scheduler.noted == []
    http.post("/admin/pause", headers={**doors.head("olga"), "user-agent": "khelmerch-cli"})
    assert [(one.what, one.via) for one in doors.scheduler.noted] == [("server.pause", "cli")]


def test_an_event_that_did_not_come_through_the_door_does_nothing(doors: Doors) -> None:
    console = console_of(doors, GradioFiles())
    with pytest.raises(Forbidden):
        console.of(Asked(None))
    assert [name for name in vars(ServiceConsole) if not name.startswith("_")] == ["of"]


def routes_of(app: Any) -> Iterator[tuple[str, set[str]]]:
    """Those of its routers, too."""
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner)
        elif getattr(route, "methods", None):
            yield route.path, route.methods


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Doors:
    async def build() -> Doors:
        return Doors.of(tmp_path_factory.mktemp("whole"), console=True)

    return asyncio.run(build())  # Gradio makes a loop of its own where none runs, and leaves it open


def test_nothing_of_gradio_is_there_without_a_key_but_what_is_the_same_for_everybody(whole: Doors) -> None:
    mounted = next(route for route in whole.app.router.routes if type(route).__name__ == "Mount" and not route.path)
    gradio = mounted.app._app._app  # type: ignore[attr-defined]
    tried = 0
    with client_of(whole) as http:
        for path, methods in routes_of(gradio):
            for method in methods:
                tried += 1
                address = path.replace("{path:path}", "x").replace("{path_or_url:path}", "/etc/passwd")
                answer = http.request(method, address.replace("{", "").replace("}", ""))
                public = path.startswith(("/static/", "/assets/", "/svelte/")) or path in (
                    "/favicon.ico",
                    "/robots.txt",
                    "/theme.css",
                    "/gradio_api/theme.css",
                    "/login",
                    "/logout",
                )
                assert public or answer.status_code == 401, (method, path, answer.status_code)
        assert tried > 60
        for path in (
            "/gradio_api/file=/etc/passwd",
            "/gradio_api/info",
            "/gradio_api/proxy=http://a.example/",
            "/monitoring",
        ):
            assert http.get(path, headers=whole.head("olga")).status_code == 404, path
        page = http.get("/", headers={**whole.head("bob"), "accept": "text/html"})
        assert page.status_code == 200 and "<gradio-app" in page.text
        assert "access-control-allow-origin" not in page.headers


def test_a_file_that_another_client_gave_to_gradio_cannot_be_submitted(whole: Doors) -> None:
    with client_of(whole) as http:
        sent = http.post("/gradio_api/upload", headers=whole.head("anna"), files={"files": ("a.txt", b"hers")})
        (path,) = sent.json()
    files = next(one for one in whole.app.user_middleware if "files" in one.kwargs).kwargs["files"]
    anna, bob, olga = (Identity("id", name, name, Role.CLIENT) for name in ("anna", "bob", "olga"))
    files.require([Path(path)], anna)
    for other in (bob, olga):
        with pytest.raises(KhelmerchError):
            files.require([Path(path)], other)


# ---- without keys


def test_without_keys_everybody_on_this_machine_may_do_everything(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, keys=False)
    with client_of(doors) as http:
        for method, path in every_call(doors):
            assert call(http, doors, method, path, None).status_code not in (401, 403), (method, path)


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.7:8000", "127.0.0.1.evil.example", "[2001:db8::1]:8000"])
def test_without_keys_a_page_that_calls_this_machine_by_another_name_is_refused(tmp_path: Path, host: str) -> None:
    doors = Doors.of(tmp_path, keys=False)
    with client_of(doors) as http:
        assert code(http.get("/tasks", headers={"host": host})) == (403, "forbidden")
        for ours in ("localhost:8000", "[::1]:8000", "127.0.0.1"):
            assert http.get("/tasks", headers={"host": ours}).status_code == 200
    allowed = Doors.of(tmp_path / "b", keys=False, door=DoorConfig(any_host=True))
    with client_of(allowed) as http:
        assert http.get("/tasks", headers={"host": host}).status_code == 200


def test_a_server_that_listens_to_others_is_shut_while_there_is_no_key(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, keys=False, door=DoorConfig(must_have_key=True))
    with client_of(doors) as http:
        assert code(http.get("/tasks")) == (401, "unauthorised")
        assert http.get("/health/live").status_code == 200
