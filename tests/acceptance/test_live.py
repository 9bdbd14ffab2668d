"""What happens, told as it happens, on a running server: events, webhooks, resumable uploads, clients of other services."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import deepl
import httpx
import pytest
from libretranslatepy import LibreTranslateAPI
from tusclient.client import TusClient

from cluster.settings import Settings
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

PAIR = {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans"}
TEXT = "Файлыг хадгалах уу?\nСүлжээний холболт амжилтгүй боллоо.\n".encode()


@pytest.fixture(scope="module")
def api(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, timeout=60.0, trust_env=False) as client:
        yield client


def submit(api: httpx.Client, **headers: str) -> str:
    answer = api.post("/v1/translate/files", data=PAIR, files={"files": ("a.txt", TEXT)}, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["task_id"])


def told(api: httpx.Client, task_id: str, after: int = 0) -> tuple[list[dict[str, Any]], int]:
    """-> (history as the stream tells it, how often progress was told), once the stream has ended."""
    events, progress, kind = [], 0, ""
    with api.stream("GET", f"/v1/tasks/{task_id}/events", headers={"Last-Event-ID": str(after)}) as answer:
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            kind = value if name == "event" else kind
            if name == "data" and kind == "task":
                events.append(json.loads(value))
            progress += name == "data" and kind == "progress"
    return events, progress


def test_a_task_is_followed_to_its_end_and_a_reader_that_knows_it_is_sent_away(api: httpx.Client) -> None:
    task_id = submit(api)
    events, progress = told(api, task_id)
    assert (events[0]["kind"], events[-1]["kind"]) == ("accepted", "completed") and progress >= 1
    history = api.get(f"/v1/tasks/{task_id}/history").json()["events"]
    assert [event["id"] for event in events] == [event["id"] for event in history]
    again, _progress = told(api, task_id, events[1]["id"])
    assert again == events[2:]
    last = {"Last-Event-ID": str(events[-1]["id"])}
    assert api.get(f"/v1/tasks/{task_id}/events", headers=last).status_code == 204


def test_a_request_is_found_in_the_log_by_its_id(api: httpx.Client, server_settings: Settings) -> None:
    task_id = submit(api)
    answer = api.post(f"/v1/tasks/{task_id}/priority", json={"priority": 42}, headers={"X-Request-ID": "look-for-me"})
    assert answer.headers.get_list("x-request-id") == ["look-for-me"]

    def lines() -> list[dict[str, Any]]:
        text = server_settings.log_file.read_text(encoding="utf-8")
        return [line for line in map(json.loads, text.splitlines()) if line.get("request") == "look-for-me"]

    found = eventually(lines, bool)
    assert {line["status"] for line in found if line["message"] == "request"} == {422}


def test_a_webhook_that_leads_to_this_machine_is_refused(api: httpx.Client) -> None:
    class Never(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raise AssertionError("it was sent")

    with HTTPServer(("127.0.0.1", 0), Never) as inside:
        threading.Thread(target=inside.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        body = {"client_id": "anna", "url": f"http://localhost:{inside.server_address[1]}/"}
        answer = api.post("/v1/webhooks", json=body)
        inside.shutdown()
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook_refused")


def test_a_file_that_came_in_parts_is_translated(api: httpx.Client, server_url: str, tmp_path: Path) -> None:
    path = tmp_path / "тайлан.txt"
    path.write_bytes(TEXT)
    client = TusClient(f"{server_url}/v1/uploads/tus")
    with path.open("rb") as file:
        facts = {"filename": path.name, "client_id": "tus-client"}
        client.uploader(file_stream=file, chunk_size=40, metadata=facts).upload()
    made = api.post("/v1/translate/files", json={"client_ip": "tus-client", **PAIR})
    assert made.status_code == 200, made.text
    told(api, made.json()["task_id"])
    task = api.get(f"/v1/tasks/{made.json()['task_id']}").json()
    assert (task["status"], task["files"][0]["name"]) == ("completed", path.name)
    large = {"Tus-Resumable": "1.0.0", "Upload-Length": str(2**31)}
    name = base64.b64encode(b"a.txt").decode()
    refused = api.post("/v1/uploads/tus", headers={**large, "Upload-Metadata": f"filename {name}"})
    assert (refused.status_code, refused.headers["tus-resumable"]) == (413, "1.0.0")


def test_clients_of_other_services_work_unmodified(server_url: str, tmp_path: Path) -> None:
    translator = deepl.DeepLClient("any", server_url=server_url)
    answer = translator.translate_text("Файлыг хадгалах уу?", target_lang="ZH")
    assert isinstance(answer, deepl.TextResult) and answer.detected_source_lang == "MN"
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_bytes(TEXT)
    assert translator.translate_document_from_filepath(source, target, target_lang="ZH").done
    assert answer.text in target.read_text(encoding="utf-8")
    translator.close()
    for place in ("/", "/libretranslate"):
        libre = LibreTranslateAPI(f"{server_url}{place}")
        assert libre.translate("Файлыг хадгалах уу?", "mn", "zh-Hans") == answer.text
        assert {"mn", "zh-Hans"} <= {row["code"] for row in libre.languages()}
