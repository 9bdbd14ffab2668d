"""Keys at the doors that other clients use: given in their way, refused in their words, and confined as anywhere."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deepl
import httpx
import pytest
from http_server import Served
from libretranslatepy import LibreTranslateAPI
from local_scheduler import LocalApi

from khelmerch_client import Client
from storage.api_keys import Role
from storage.key_keeper import WantedKey

pytestmark = pytest.mark.timeout(60)

DEEPL = [
    ("POST", "/v2/translate"),
    ("GET", "/v2/languages"),
    ("POST", "/v2/languages"),
    ("GET", "/v2/usage"),
    ("POST", "/v2/usage"),
    ("GET", "/v2/glossary-language-pairs"),
    ("POST", "/v2/document"),
    ("GET", "/v2/document/{document}"),
    ("POST", "/v2/document/{document}"),
    ("GET", "/v2/document/{document}/result"),
    ("POST", "/v2/document/{document}/result"),
    ("GET", "/v2/glossaries"),
    ("POST", "/v2/glossaries"),
    ("GET", "/v2/glossaries/{glossary_id}"),
    ("DELETE", "/v2/glossaries/{glossary_id}"),
    ("GET", "/v2/glossaries/{glossary_id}/entries"),
    ("GET", "/v3/glossaries"),
    ("POST", "/v3/glossaries"),
    ("GET", "/v3/glossaries/{glossary_id}"),
    ("PATCH", "/v3/glossaries/{glossary_id}"),
    ("DELETE", "/v3/glossaries/{glossary_id}"),
    ("GET", "/v3/glossaries/{glossary_id}/entries"),
    ("PUT", "/v3/glossaries/{glossary_id}/dictionaries"),
    ("DELETE", "/v3/glossaries/{glossary_id}/dictionaries"),
]
_LIBRE = [
    ("POST", "/translate"),
    ("POST", "/detect"),
    ("GET", "/languages"),
    ("GET", "/frontend/settings"),
    ("GET", "/health"),
    ("POST", "/translate_file"),
    ("GET", "/download_file/{task_id}"),
]
LIBRE = [(method, prefix + path) for prefix in ("", "/libretranslate") for method, path in _LIBRE]
HELLO = {"q": "Hello there", "source": "en", "target": "mn"}
FILE = {"file": ("a.txt", b"Hello there\n")}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> LocalApi:
    return LocalApi(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def keys(api: LocalApi) -> dict[str, str]:
    """Of the clients anna (two) and bob, and of vera, who sees."""

    async def make() -> dict[str, str]:
        wanted = {
            "anna": WantedKey("anna", Role.CLIENT, "anna"),
            "anna-2": WantedKey("anna-2", Role.CLIENT, "anna"),
            "bob": WantedKey("bob", Role.CLIENT, "bob"),
            "vera": WantedKey("vera", Role.VIEWER, "vera"),
        }
        return {name: (await api.scheduler.service.keys.create(one))[1] for name, one in wanted.items()}

    return asyncio.run(make())


@pytest.fixture(scope="module")
def server(api: LocalApi, keys: dict[str, str]) -> Iterator[Served]:
    # After the keys were made: storage belongs to the server's thread from then on.
    with Served(api.app, api.scheduler.work) as served:
        yield served


@pytest.fixture
def http(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        del client.headers["accept"]  # as libretranslatepy, which says nothing
        yield client


def ask(http: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
    return http.request(
        method,
        path.replace("{document}", "0" * 32).replace("{task_id}", "t1").replace("{glossary_id}", "g-1"),
        **options,
    )


def test_the_lists_above_have_every_call_of_the_fronts(api: LocalApi) -> None:
    def calls(routes: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                yield from calls(inner.routes)
            elif set(getattr(route, "tags", ())) & {"deepl", "libretranslate"} or route.path == "/languages":
                yield from ((method, route.path) for method in route.methods)

    assert set(calls(api.app.routes)) == {*DEEPL, *LIBRE}


@pytest.mark.parametrize(("calls", "word"), [(DEEPL, "message"), (LIBRE, "error")])
def test_no_call_of_a_front_does_without_a_key_and_each_refuses_in_its_own_words(
    http: httpx.Client, keys: dict[str, str], calls: list[tuple[str, str]], word: str
) -> None:
    for head in (
        {},
        {"authorization": "DeepL-Auth-Key wrong"},
        {"x-api-key": "kh_wrong"},
        {"origin": "https://e.example"},
    ):
        for method, path in calls:
            answer = ask(http, method, path, headers=head)
            assert answer.status_code == 403, (method, path, head)
            assert list(answer.json()) == [word]
            assert ("web site" if "origin" in head and method != "GET" else "key") in answer.text
            assert answer.headers["x-request-id"] and answer.headers["x-frame-options"] == "DENY"
    for method, path in calls:
        answer = ask(http, method, path, headers={"x-api-key": keys["vera"]})
        assert (answer.status_code == 403) == (method != "GET"), (method, path)
        assert method == "GET" or "viewer" in answer.json()[word]


def test_deepl_s_client_comes_in_by_its_own_header_and_sees_its_clients_documents_only(
    server: Served, keys: dict[str, str], api: LocalApi
) -> None:
    clients = {name: deepl.DeepLClient(key, server_url=server.url) for name, key in keys.items()}
    handle = clients["anna"].translate_document_upload(b"Hello there\n", target_lang="ZH", filename="a.txt")
    for name in ("anna", "anna-2"):
        assert clients[name].translate_document_get_status(handle).ok
    for name in ("bob", "vera"):
        with pytest.raises(deepl.DeepLException, match="not found" if name == "bob" else "viewer"):
            clients[name].translate_document_get_status(handle)
    assert {row["client_ip"] for row in server.do(api.scheduler.service.repository.tasks.unfinished)} <= {"anna"}
    server.do(lambda: api.scheduler.service.repository.usage.add("anna", 7, time.time()))
    used = {name: client.get_usage().character.count for name, client in clients.items() if name != "vera"}
    assert used["anna"] == used["anna-2"] >= 7 and used["bob"] == 0
    with pytest.raises(deepl.AuthorizationException):
        deepl.DeepLClient("wrong", server_url=server.url).get_usage()
    for client in clients.values():
        client.close()


@pytest.mark.parametrize("place", ["/", "/libretranslate"])
def test_libretranslates_client_comes_in_by_its_own_field(server: Served, keys: dict[str, str], place: str) -> None:
    libre = LibreTranslateAPI(f"{server.url}{place}", keys["anna"])
    assert libre.translate("Hello there", "en", "mn") == "[mon_Cyrl] Hello there"
    assert libre.detect("Hello")[0]["language"] == "en"
    assert {"mn", "en"} <= {row["code"] for row in libre.languages()}
    for key in (None, "wrong", keys["anna"][:-1]):
        with pytest.raises(urllib.error.HTTPError) as refused:
            LibreTranslateAPI(f"{server.url}{place}", key).translate("Hello", "en", "mn")
        with refused.value as answer:
            assert answer.code == 403 and json.load(answer)["error"]


def test_a_key_counts_in_a_json_body_a_form_and_an_address_but_not_for_calls_of_ours(
    http: httpx.Client, keys: dict[str, str]
) -> None:
    key = {"api_key": keys["anna"]}
    for sent in (
        {"json": {**HELLO, **key}},
        {"data": {**HELLO, **key}},
        {"data": {**HELLO, **key}, "files": {"x": b""}},
        {"params": key, "data": HELLO},
    ):
        assert http.post("/translate", **sent).json()["translatedText"] == "[mon_Cyrl] Hello there"
    for wrong in (
        {"json": [key]},
        {"json": {**HELLO, "api_key": 5}},
        {"content": b"\xff"},
    ):
        assert http.post("/translate", **wrong).status_code == 403
    own = {"sentences": "Hello", "source_lang": "en", "target_lang": "mn"}
    for path in ("/translate/text", "/v1/translate/text"):
        assert http.post(path, json={**own, **key}).status_code == 401
        assert http.post(path, json=own, params=key).status_code == 401
    for path in ("/v1/tasks", "/v2/usage"):
        assert http.get(path, params=key).status_code in (401, 403)


def test_a_file_is_translated_for_the_client_of_its_key_and_is_not_there_for_another(
    http: httpx.Client, keys: dict[str, str]
) -> None:
    fields = {"source": "en", "target": "zh-Hans", "api_key": keys["anna"]}
    for prefix in ("", "/libretranslate"):
        url = http.post(f"{prefix}/translate_file", data=fields, files=FILE).json()["translatedFileUrl"]
        assert http.get(url, headers={"x-api-key": keys["anna"]}).text == "HELLO THERE\n"
        stranger = http.get(url, headers={"x-api-key": keys["bob"]})
        assert stranger.status_code == 404 and "There is no task" in stranger.json()["error"]
        assert http.get(url).status_code == 403
        assert http.get(url, params={"api_key": keys["anna"]}).text == "HELLO THERE\n"
    tasks = http.get("/v1/tasks", headers={"x-api-key": keys["vera"]}).json()["tasks"]
    assert {task["client_ip"] for task in tasks} == {"anna"}


def test_short_texts_of_the_fronts_count_for_the_client(
    api: LocalApi, http: httpx.Client, keys: dict[str, str]
) -> None:
    api.scheduler.charged.clear()
    http.post("/translate", data={**HELLO, "api_key": keys["anna"]})
    head = {"authorization": f"DeepL-Auth-Key {keys['bob']}"}
    http.post("/v2/translate", data={"text": "Hello", "target_lang": "MN"}, headers=head)
    http.post("/v1/translate/text", json={"sentences": "a", "source_lang": "en", "target_lang": "mn"})
    assert api.scheduler.charged == ["anna", "bob"]


def test_the_command_line_sends_large_files_for_the_client_of_its_key(
    server: Served, keys: dict[str, str], tmp_path: Path
) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_bytes(b"Hello there, world.\n")
    with Client(server.url, key=keys["anna"]) as client:
        task = client.task(client.submit(paths, "mn", "zh", large_bytes=10))
    assert task["client_ip"] == "anna" and [file["name"] for file in task["files"]] == ["a.txt", "b.txt"]
