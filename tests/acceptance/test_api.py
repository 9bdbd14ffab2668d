"""The HTTP API as existing clients call it, on a running server with the starter model."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from cluster.settings import Settings
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

MONGOLIAN = "Файлыг хадгалах уу? Та нууц үгээ оруулна уу.\n\nСүлжээний холболт амжилтгүй боллоо.\n12345\n"
PAIR = {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans"}
PROTECTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2040) + "EncryptedPackage".encode("utf-16-le") + bytes(2048)
"""What Word writes for a document with a password, as far as anybody can see from outside."""
OVER = ("completed", "failed", "cancelled", "timeout")
SAMPLE = Path(__file__).parents[2] / "samples" / "help-mn.docx"


@pytest.fixture(scope="module")
def api(server_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server_url, timeout=60.0, trust_env=False) as client:
        yield client


def files(*named: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, data)) for name, data in named]


def over(api: httpx.Client, task_id: str) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        return api.get("/task_status", params={"task_id": task_id}).json()  # type: ignore[no-any-return]

    return eventually(ask, lambda task: task["status"] in OVER, 60.0)


def translated(api: httpx.Client, *named: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    answer = api.post("/translate/files", files=files(*named), data={**PAIR, **fields})
    assert answer.status_code == 200, answer.text
    return over(api, answer.json()["task_id"])


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert {"type", "title", "detail", "code"} <= set(problem)
    assert "Traceback" not in answer.text
    return answer.status_code, problem["code"]


# ---- the main road


def test_upload_then_task_then_status_then_download(api: httpx.Client) -> None:
    upload = api.post("/uploadfiles", files=files(("тест.txt", MONGOLIAN.encode())), data={"client_id": "user123"})
    assert upload.status_code == 200
    assert upload.json()["client_id"] == "user123"
    assert upload.json()["files"] == [{"name": "тест.txt", "size": len(MONGOLIAN.encode())}]
    made = api.post("/translate/files", json={"client_ip": "user123", **PAIR, "via_eng": False})
    assert made.status_code == 200
    assert set(made.json()) == {"task_id", "status"}
    task_id = made.json()["task_id"]
    task = over(api, task_id)
    assert task["status"] == "completed"
    columns = (
        "task_id status priority created_at started_at completed_at progress error_message client_ip source_lang "
        "target_lang via_eng file_count total_file_size stage queue_position eta_seconds"
    )
    assert set(columns.split()) <= set(task)
    assert task["progress"] == 100.0 and task["client_ip"] == "user123"
    result = api.get(f"/tasks/{task_id}/files/1")
    assert result.text.splitlines()[:3] == ["保存文件？请您输入密码。", "", "网络连接失败。"]
    assert result.text.splitlines()[3] == "12345"
    assert "filename*=utf-8''%D1%82" in result.headers["content-disposition"].lower().replace("%d1", "%D1")


def test_the_older_call_takes_a_form(api: httpx.Client) -> None:
    client_id = api.post("/uploadfiles", files=files(("a.txt", MONGOLIAN.encode()))).json()["client_id"]
    answer = api.post("/submit_translation_task", data={"client_id": client_id, **PAIR, "via_eng": "false"})
    assert answer.status_code == 200
    assert over(api, answer.json()["task_id"])["status"] == "completed"


def test_a_docx_keeps_its_parts_and_becomes_chinese(api: httpx.Client) -> None:
    task = translated(api, (SAMPLE.name, SAMPLE.read_bytes()))
    assert task["status"] == "completed"
    assert task["files"][0]["result_name"] == "help-mn.cmn_Hans.docx"
    data = api.get(task["files"][0]["download"]).content
    with zipfile.ZipFile(io.BytesIO(data)) as result, zipfile.ZipFile(SAMPLE) as source:
        assert result.testzip() is None
        assert result.namelist() == source.namelist()
        assert result.read("word/styles.xml") == source.read("word/styles.xml")
        body = result.read("word/document.xml").decode()
    assert sum("一" <= char <= "鿿" for char in body) > 100
    assert "Файл" not in body


def test_all_results_come_as_one_zip_and_in_parts(api: httpx.Client) -> None:
    task = translated(api, ("нэг.txt", "Хадгалах.\n".encode()), ("нэг.txt", "Тусламж.\n".encode()))
    whole = api.get("/download-all", params={"task_id": task["task_id"]})
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert archive.namelist() == ["нэг.cmn_Hans.txt", "нэг.cmn_Hans (2).txt"]
        assert archive.testzip() is None
    part = api.get("/download-all", params={"task_id": task["task_id"]}, headers={"Range": "bytes=10-29"})
    assert part.status_code == 206
    assert part.content == whole.content[10:30]
    assert api.get(f"/tasks/{task['task_id']}/files/2", headers={"Range": "bytes=0-2"}).status_code == 206


def test_text_is_translated_at_once(api: httpx.Client) -> None:
    asked = {"sentences": ["Файлыг хадгалах уу?", "12345"], **PAIR, "via_eng": False, "alternatives": 2}
    answer = api.post("/translate/text", json=asked)
    assert answer.status_code == 200
    assert answer.json()["result"] == ["保存文件？", "12345"]
    assert answer.json()["error"] is None and answer.json()["status"]
    others, none = answer.json()["alternatives"]
    assert none == [] and 1 <= len({one["text"] for one in others} - {"保存文件？"}) == len(others) <= 2
    single = api.post(
        "/translate/text", json={"sentences": "Файлыг хадгалах уу?", "source_lang": "mn", "target_lang": "zh"}
    )
    assert single.json()["result"] == "保存文件？"
    through = api.post("/translate/text", json={"sentences": ["Файлыг хадгалах уу?"], **PAIR, "via_eng": True})
    assert through.status_code == 200 and through.json()["result"][0]


def test_a_page_of_tasks_goes_on_where_the_one_before_ended(api: httpx.Client) -> None:
    for _ in range(3):
        translated(api, ("a.txt", "Хадгалах.\n".encode()), client_ip="pager")
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2, "client_id": "pager", **({"cursor": cursor} if cursor else {})}
        page = api.get("/tasks", params=query).json()
        seen += [task["task_id"] for task in page["tasks"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 3
    done = api.get("/tasks", params={"status": "completed", "limit": 5}).json()["tasks"]
    assert {task["status"] for task in done} == {"completed"}


def test_tasks_is_a_page_for_browsers_and_json_for_programs(api: httpx.Client) -> None:
    html = api.get("/tasks", headers={"Accept": "text/html,application/xhtml+xml"})
    assert html.headers["content-type"].startswith("text/html")
    assert api.get("/tasks").headers["content-type"] == "application/json"
    assert api.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_the_figures_are_there(api: httpx.Client, server_settings: Settings) -> None:
    translated(api, ("a.txt", "Хадгалах.\n".encode()))
    queue = api.get("/queue_status").json()
    database = sqlite3.connect(server_settings.storage.database_path)
    stored = dict(database.execute("SELECT status, count(*) FROM tasks GROUP BY status"))
    database.close()
    assert {status: queue[status] for status in stored} == stored
    assert queue["max_task_queue_size"] == 50
    rows = eventually(lambda: api.get("/gpu_status").json(), bool)
    names = (
        "gpu_id device_name memory_total memory_used memory_free utilization temperature is_available current_task_id"
    )
    assert set(names.split()) <= set(rows[0])
    assert rows[0]["memory_total"] > 500, "MiB"
    metrics = api.get("/task_metrics").json()
    assert 0 < metrics["success_rate"] <= 1 and metrics["mean_processing_seconds"] > 0
    assert {"gpu_utilization", "throughput"} <= set(metrics)
    assert api.get("/system_info").json()["cpu_count"] >= 1
    languages = api.get("/languages").json()
    assert {"source": "mon_Cyrl", "target": "cmn_Hans", "via_eng": False} in languages["pairs"]
    assert "for trying out" in languages["model"]["notice"]
    assert api.get("/health/live").status_code == 200
    assert api.get("/health/ready").json()["ready"] is True
    assert "/v1/translate/files" in api.get("/openapi.json").json()["paths"]
    assert api.get("/docs").status_code == 200


def test_tables_have_the_columns_that_users_know(server_url: str, server_settings: Settings) -> None:
    database = sqlite3.connect(server_settings.storage.database_path)
    columns = {
        table: {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
        for table in ("tasks", "task_queue", "gpu_status")
    }
    database.close()
    assert {
        "task_id",
        "status",
        "priority",
        "created_at",
        "started_at",
        "completed_at",
        "progress",
        "error_message",
        "client_ip",
        "source_lang",
        "target_lang",
        "via_eng",
        "file_count",
        "total_file_size",
    } <= columns["tasks"]
    assert {"id", "task_id", "priority", "created_at", "assigned_gpu", "assigned_at"} <= columns["task_queue"]
    assert {
        "gpu_id",
        "device_name",
        "memory_total",
        "memory_used",
        "memory_free",
        "utilization",
        "temperature",
        "is_available",
        "current_task_id",
    } <= columns["gpu_status"]


# ---- cancelling


def test_cancel_and_retry(api: httpx.Client) -> None:
    long = "".join(f"Файл {n} нээж болохгүй байна.\n" for n in range(20_000)).encode()
    task_id = api.post("/translate/files", files=files(("урт.txt", long)), data=PAIR).json()["task_id"]
    eventually(lambda: api.get(f"/tasks/{task_id}").json(), lambda task: task["segments_done"] > 0)
    assert refusal(api.get(f"/tasks/{task_id}/files/1")) == (404, "file_not_found")
    assert refusal(api.post(f"/tasks/{task_id}/retry")) == (409, "illegal_transition")
    assert api.post(f"/tasks/{task_id}/cancel").json()["status"] == "cancelled"
    again = api.post(f"/tasks/{task_id}/cancel")
    assert refusal(again) == (409, "illegal_transition") and "already cancelled" in again.json()["detail"]
    assert api.post(f"/tasks/{task_id}/retry").json()["attempt"] == 2
    assert api.post(f"/tasks/{task_id}/cancel").status_code == 200
    quick = translated(api, ("a.txt", "Хадгалах.\n".encode()))
    assert quick["status"] == "completed"
    assert refusal(api.post(f"/tasks/{quick['task_id']}/cancel")) == (409, "illegal_transition")


# ---- refusals, each with a code of its own


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"target_lang": "mon_Cyrl"}, (422, "same_language")),
        ({"target_lang": "mn"}, (422, "same_language")),
        ({"target_lang": "xx"}, (422, "unknown_language")),
        ({"source_lang": "mon_Mong"}, (422, "script_unsupported")),
        ({"via_eng": "perhaps"}, (422, "invalid_request")),
        ({"priority": "11"}, (422, "invalid_request")),
        ({"client_ip": "../../x y"}, (422, "invalid_request")),
    ],
)
def test_wrong_fields_are_refused(api: httpx.Client, changes: dict[str, str], expected: tuple[int, str]) -> None:
    answer = api.post("/translate/files", files=files(("a.txt", b"abc\n")), data={**PAIR, **changes})
    assert refusal(answer) == expected


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("empty.txt", b"", (422, "file_empty")),
        ("tool.exe", b"MZ\x90\x00" * 50, (415, "unsupported_type")),
        ("broken.docx", b"PK\x03\x04 not a zip at all", (422, "file_damaged")),
        ("secret.docx", PROTECTED, (422, "file_encrypted")),
        ("big.txt", b"a" * (2 * 1024 * 1024 + 1), (413, "file_too_large")),
    ],
)
def test_wrong_files_are_refused_at_upload(
    api: httpx.Client, name: str, data: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(api.post("/uploadfiles", files=files((name, data)))) == expected
    assert refusal(api.post("/translate/files", files=files((name, data)), data=PAIR)) == expected


def test_a_refused_upload_leaves_nothing_behind(api: httpx.Client, server_settings: Settings) -> None:
    staging = server_settings.storage.blobs_dir / "staging"
    before = set(staging.iterdir())
    api.post("/uploadfiles", files=files(("good.txt", b"abc\n"), ("empty.txt", b"")), data={"client_id": "tidy"})
    assert refusal(api.post("/translate/files", json={"client_ip": "tidy", **PAIR})) == (422, "no_files")
    assert set(staging.iterdir()) <= before


def test_other_refusals(api: httpx.Client) -> None:
    assert refusal(api.get("/task_status", params={"task_id": "nobody"})) == (404, "task_not_found")
    assert refusal(api.get("/task_status")) == (422, "invalid_request")
    assert refusal(api.get("/tasks/nobody")) == (404, "task_not_found")
    assert refusal(api.post("/tasks/nobody/cancel")) == (404, "task_not_found")
    assert refusal(api.get("/download-all", params={"task_id": "nobody"})) == (404, "task_not_found")
    assert refusal(api.get("/tasks", params={"cursor": "%%%"})) == (422, "bad_cursor")
    assert refusal(api.get("/tasks", params={"status": "lost"})) == (422, "invalid_request")
    assert refusal(api.post("/translate/files", json={"client_ip": "nothing-sent", **PAIR})) == (422, "no_files")
    assert refusal(api.post("/translate/files", json={"client_ip": "x"})) == (422, "invalid_request")
    assert refusal(api.post("/translate/files", content=b"{")) == (422, "invalid_request")
    assert refusal(api.post("/uploadfiles", data={"client_id": "x"})) == (422, "invalid_request")
    assert refusal(api.post("/translate/text", json={"sentences": [], **PAIR})) == (422, "invalid_request")
    assert refusal(api.post("/translate/text", json={"sentences": ["а" * 30_000], **PAIR})) == (413, "text_too_long")
    many = files(*((f"{n}.txt", b"abc\n") for n in range(21)))
    assert refusal(api.post("/translate/files", files=many, data=PAIR))[0] in (413, 422)


def test_what_is_not_there_is_a_problem_document_too(api: httpx.Client) -> None:
    assert refusal(api.get("/nothing")) == (404, "not_found")
    wrong = api.put("/translate/files")
    assert refusal(wrong) == (405, "method_not_allowed") and wrong.headers["allow"] == "POST"
    assert "cdn" not in api.get("/docs").text, "a server without internet shows its documentation as well"
    assert api.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200


def test_a_name_from_a_hostile_client_is_only_a_name(api: httpx.Client) -> None:
    answer = api.post("/uploadfiles", files=files(("../../etc/pass\u202etxt.txt", b"abc\n")))
    assert answer.json()["files"][0]["name"] == "passtxt.txt"


def test_the_queue_limit_is_exact_under_concurrency(api: httpx.Client) -> None:
    def submit(_n: int) -> httpx.Response:
        return api.post(
            "/translate/files", files=files(("a.txt", MONGOLIAN.encode())), data={**PAIR, "client_ip": "crowd"}
        )

    try:
        # So that none starts, and what waits is what was taken.
        api.post("/admin/pause").raise_for_status()
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(submit, range(75)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) == 75 - 50
        assert refusal(refused[0]) == (429, "queue_full")
        assert int(refused[0].headers["retry-after"]) >= 1
        assert api.get("/queue_status").json()["pending"] == 50
    finally:
        api.post("/tasks/cancel", json={"client_id": "crowd"}).raise_for_status()
        api.post("/admin/resume").raise_for_status()


def test_a_task_can_be_written_in_two_languages_and_as_a_table(api: httpx.Client) -> None:
    task = translated(api, ("a.txt", MONGOLIAN.encode()), output="both", review="true")
    (file,) = task["files"]
    assert [one["kind"] for one in file["results"]] == ["translated", "bilingual", "review"]
    bilingual = api.get(file["results"][1]["download"])
    assert bilingual.text.startswith("Файлыг хадгалах уу? Та нууц үгээ оруулна уу.\n")
    assert len(bilingual.text.splitlines()) == len(MONGOLIAN.splitlines()) + 2
    assert zipfile.is_zipfile(io.BytesIO(api.get(file["results"][2]["download"]).content))
    with zipfile.ZipFile(io.BytesIO(api.get("/download-all", params={"task_id": task["task_id"]}).content)) as archive:
        assert sorted(archive.namelist()) == sorted(one["name"] for one in file["results"])
    page = api.get(f"/tasks/{task['task_id']}/segments", params={"limit": 2}).json()
    assert [one["n"] for one in page["segments"]] == [1, 2]
    assert page["segments"][0]["source"] == "Файлыг хадгалах уу?"
    rest = api.get(f"/tasks/{task['task_id']}/segments", params={"after": page["next_after"]}).json()
    assert (rest["segments"][0]["n"], rest["next_after"]) == (3, None)


def test_a_preflight_tells_what_a_task_would_find_and_keeps_nothing(api: httpx.Client) -> None:
    before = api.get("/queue_status").json()
    given = files(("a.txt", MONGOLIAN.encode()), ("b.docx", PROTECTED), ("c.xyz", b"x"), ("d.txt", b""))
    reports = api.post("/preflight", files=given).json()["files"]
    assert (reports[0]["format"], reports[0]["segments"], reports[0]["language"]) == ("txt", 3, "mon_Cyrl")
    assert reports[0]["problem"] is None
    codes = [report["problem"]["code"] for report in reports[1:]]
    assert codes == ["file_encrypted", "unsupported_type", "file_empty"]
    assert api.get("/queue_status").json() == before
    assert "txt" in [one["name"] for one in api.get("/formats").json()]
