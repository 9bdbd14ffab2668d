"""Details of the door: where keys are given, what revoking and limits do, the log-in, headers, other web sites."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from doors_kit import Doors
from fastapi.testclient import TestClient

from actors.errors import SchedulerUnavailable
from serve_app import keyring as keyrings
from serve_app import sessions
from serve_app.door import DoorConfig
from serve_app.identity import Identity, RateLimited
from serve_app.keyring import Keyring
from serve_app.rates import Rates
from storage.api_keys import KeyLimits, Role

PAGE = {"accept": "text/html,application/xhtml+xml"}
BASE = "http://127.0.0.1:8000"


def client_of(doors: Doors, base: str = BASE) -> TestClient:
    return TestClient(doors.app, base_url=base, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return Doors.of(tmp_path)


@pytest.fixture
def http(doors: Doors) -> Iterator[TestClient]:
    with client_of(doors) as client:
        yield client


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# ---- keys


def test_a_key_is_taken_from_either_header_and_from_nowhere_else(doors: Doors, http: TestClient) -> None:
    key = doors.keys["anna"]
    for headers in ({"authorization": f"bearer {key}"}, {"x-api-key": key}):
        assert http.get("/tasks", headers=headers).status_code == 200
    assert http.get(f"/tasks?api_key={key}&key={key}").status_code == 401
    assert http.get("/tasks", headers={"cookie": f"{sessions.COOKIE}={key}"}).status_code == 401


def test_what_is_almost_a_key_is_refused(doors: Doors, http: TestClient) -> None:
    key, other = doors.keys["olga"], doors.keys["bob"]
    swapped = other[:14] + key[14:]
    for wrong in (key[:-1], key + "A", key.upper(), swapped, "kh_", "x" * 10_000, "kh_aaaaaaaaaa_" + "a" * 43, "Ф"):
        answer = http.get("/tasks", headers={"x-api-key": wrong.encode()})
        assert code(answer) == (401, "unauthorised"), wrong
        assert wrong[:20] not in answer.text or len(wrong) < 5


def test_a_revoked_and_an_expired_key_open_nothing_and_end_their_log_ins(
    doors: Doors, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyrings, "FRESH_SECONDS", 0.0)
    past = "2026-01-01T00:00:00.000000Z"
    for name, change in (("anna", {"revoked_at": past}), ("bob", {"expires_at": past})):
        http.post("/login", data={"key": doors.keys[name]})
        assert http.get("/tasks").status_code == 200
        place = next(n for n, key in enumerate(doors.scheduler.keys) if key.name == name)
        doors.scheduler.keys[place] = replace(doors.scheduler.keys[place], **cast(Any, change))
        assert http.get("/tasks").status_code == http.get("/tasks", headers=doors.head(name)).status_code == 401
        assert http.get("/tasks", headers=doors.head("vera")).status_code == 200
        http.cookies.clear()


async def test_the_copy_of_the_keys_is_asked_for_anew_when_it_is_old_and_kept_while_nobody_answers(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Keyring(cast(Any, doors.scheduler), doors.folder / "keys")
    doors.scheduler.refusal = SchedulerUnavailable("starting")
    with pytest.raises(SchedulerUnavailable):
        await ring.keys()
    doors.scheduler.refusal = None
    for _ in range(5):
        await ring.check(doors.keys["anna"])
    assert doors.scheduler.snapshots == 1
    late = doors.add("late", Role.CLIENT)
    await ring.refresh()
    assert late.id in await ring.keys()
    monkeypatch.setattr(keyrings, "FRESH_SECONDS", 0.0)
    doors.scheduler.refusal = SchedulerUnavailable("restarting")
    assert (await ring.check(doors.keys["late"])).client_id == "late"


async def test_a_refresh_sees_what_was_changed_while_an_older_question_was_out(doors: Doors) -> None:
    gate, before = asyncio.Event(), list(doors.scheduler.keys)

    async def slow(seen: Any, used: Any) -> Any:
        keys = list(doors.scheduler.keys)
        if len(keys) == len(before):
            await gate.wait()
        return {"version": len(keys), "keys": keys}

    doors.scheduler.key_snapshot = slow  # type: ignore[method-assign]
    ring = Keyring(cast(Any, doors.scheduler), doors.folder / "keys")
    first = asyncio.create_task(ring.keys())
    await asyncio.sleep(0)
    late = doors.add("late", Role.CLIENT)
    refreshing = asyncio.create_task(ring.refresh())
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, refreshing)
    assert late.id in await ring.keys()


def test_the_first_key_is_asked_for_at_once(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, keys=False)
    with client_of(doors) as http:
        assert http.get("/tasks").status_code == 200
        doors.add("olga", Role.OPERATOR)  # what the scheduler does when it is told to make one
        answer = http.post("/admin/keys", json={"name": "desk"})
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        assert answer.json()["key"] == "kh_made" and "digest" not in answer.text
        assert http.get("/tasks").status_code == 401


def test_no_answer_shows_a_hash_of_a_key(doors: Doors, http: TestClient) -> None:
    shown = http.get("/admin/keys", headers=doors.head("olga"))
    assert len(shown.json()) == 4
    for key in doors.scheduler.keys:
        assert key.digest not in shown.text


# ---- limits


def test_requests_a_minute_are_a_bucket_that_refills() -> None:
    now = [100.0]
    rates = Rates(lambda: now[0])
    anna = Identity("id", "anna", "anna", Role.CLIENT, KeyLimits(requests_per_minute=30))
    for _ in range(30):
        rates.take(anna)
    with pytest.raises(RateLimited) as refused:
        rates.take(anna)
    assert refused.value.data == {"retry_after": 2, "limit": 30}
    now[0] += 2
    rates.take(anna)
    with pytest.raises(RateLimited):
        rates.take(anna)
    rates.take(replace(anna, key_id="another"))


def test_a_call_too_many_is_told_when_to_come_again_and_others_are_not_held_up(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, limits=KeyLimits(requests_per_minute=3))
    with client_of(doors) as http:
        answers = [http.get("/formats", headers={**doors.head("anna"), **PAGE}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert code(answers[-1]) == (429, "rate_limited") and 1 <= int(answers[-1].headers["retry-after"]) <= 20
        assert http.get("/formats", headers=doors.head("bob")).status_code == 200


def test_a_file_beyond_the_limit_of_the_key_is_refused_while_it_arrives(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, limits=KeyLimits(max_file_bytes=100))
    file = {"files": ("a.txt", b"a" * 101)}
    with client_of(doors) as http:
        answer = http.post("/uploadfiles", headers=doors.head("anna"), files=file)
        assert code(answer) == (413, "file_too_large") and answer.json()["max_file_size"] == 100
        assert http.post("/uploadfiles", headers=doors.head("bob"), files=file).status_code == 200
        for name, most in (("anna", 100), ("bob", 1000)):
            head = {**doors.head(name), "Tus-Resumable": "1.0.0", "Upload-Metadata": "filename YS50eHQ="}
            assert http.options("/uploads/tus", headers=head).headers["tus-max-size"] == str(most)
            for length, status in ((most, 201), (most + 1, 413)):
                begun = http.post("/uploads/tus", headers={**head, "Upload-Length": str(length)})
                assert begun.status_code == status, begun.text
        usage = http.get("/usage", headers=doors.head("anna")).json()
        assert (usage["client_id"], usage["characters_today"], usage["max_file_size"]) == ("anna", 7, 100)
        assert usage["key"]["name"] == "anna"
        assert http.get("/usage?client_id=anna", headers=doors.head("vera")).json()["max_file_size"] == 1000


def test_usage_tells_the_requests_of_the_key_that_asks_for_it(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, limits=KeyLimits(requests_per_minute=30))
    with client_of(doors) as http:
        assert http.get("/usage", headers=doors.head("anna")).json()["requests_per_minute"] == 30
        assert http.get("/usage?client_id=anna", headers=doors.head("vera")).json()["requests_per_minute"] is None


# ---- the log-in


def test_a_visitor_without_a_log_in_is_led_to_it_and_back(doors: Doors, http: TestClient) -> None:
    led = http.get("/tasks?task=t-anna", headers=PAGE)
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Ftasks%3Ftask%3Dt-anna")
    page = http.get(led.headers["location"])
    assert 'value="/tasks?task=t-anna"' in page.text and "script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    back = http.post("/login", data={"key": f" {doors.keys['anna']}\n", "next": "/tasks?task=t-anna"})
    assert (back.status_code, back.headers["location"]) == (303, "/tasks?task=t-anna")
    cookie = back.headers["set-cookie"]
    assert (
        "HttpOnly" in cookie
        and "SameSite=lax" in cookie
        and "Secure" not in cookie
        and doors.keys["anna"] not in cookie
    )
    assert [task["client_ip"] for task in http.get("/tasks").json()["tasks"]] == ["anna"]
    out = http.post("/logout")
    assert out.headers["location"] == "/login" and http.get("/tasks").status_code == 401


@pytest.mark.parametrize("away", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb: c"])
def test_a_log_in_leads_to_nobody_elses_page(doors: Doors, http: TestClient, away: str) -> None:
    answer = http.post("/login", data={"key": doors.keys["anna"], "next": away})
    assert answer.headers["location"] == "/"


def test_a_wrong_key_is_told_in_the_visitors_language_and_makes_no_cookie(http: TestClient) -> None:
    for language, words in (("mn", "Энэ түлхүүр энд хүчингүй"), ("zh", "此密钥在这里无效"), ("en", "not valid here")):
        answer = http.post("/login", data={"key": "<b>"}, headers={"accept-language": language})
        assert answer.status_code == 401 and words in answer.text and "<b>" not in answer.text.split("<main>")[1]
        assert "set-cookie" not in answer.headers


def test_a_cookie_is_secure_where_the_visitor_speaks_tls(doors: Doors, http: TestClient) -> None:
    form = {"key": doors.keys["anna"]}
    assert "Secure" in http.post("/login", data=form, headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    with client_of(doors, "https://kh.example") as tls:
        assert "Secure" in tls.post("/login", data=form).headers["set-cookie"]


def test_a_cookie_that_was_changed_or_is_over_is_no_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = b"s" * 32
    value = sessions.write("abc", secret)
    version, key_id, until, sign = value.split(".")
    assert sessions.read(value, secret) == "abc"
    for wrong in (
        f"{version}.olga.{until}.{sign}",
        f"{version}.{key_id}.{int(until) + 1}.{sign}",
        value[:-1] + ("0" if value[-1] != "0" else "1"),
        "",
        "1.abc.9.",
    ):
        assert sessions.read(wrong, secret) is None
    assert sessions.read(value, b"t" * 32) is None
    later = time.time() + sessions.SESSION_SECONDS + 1
    monkeypatch.setattr(sessions.time, "time", lambda: later)
    assert sessions.read(value, secret) is None


# ---- other web sites


def test_a_page_of_another_site_cannot_act_for_who_looks_at_it(doors: Doors, http: TestClient) -> None:
    http.post("/login", data={"key": doors.keys["olga"]})
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        for path in ("/admin/pause", "/login", "/logout", "/gradio_api/run/predict"):
            assert code(http.post(path, headers=headers)) == (403, "forbidden"), (headers, path)
    assert http.post("/admin/pause", headers={"sec-fetch-site": "same-origin"}).status_code != 403
    assert http.post("/admin/pause", headers={"origin": BASE}).status_code != 403


def test_nor_without_keys(tmp_path: Path) -> None:
    with client_of(Doors.of(tmp_path, keys=False)) as http:
        assert code(http.post("/admin/pause", headers={"sec-fetch-site": "cross-site"})) == (403, "forbidden")


def test_no_other_site_reads_answers_unless_a_setting_lets_it(tmp_path: Path) -> None:
    origin = "https://app.example"
    ask = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    closed, opened = Doors.of(tmp_path / "a"), Doors.of(tmp_path / "b", door=DoorConfig(origins=(origin,)))
    with client_of(closed) as http:
        for answer in (http.options("/tasks", headers=ask), http.get("/health/live", headers={"origin": origin})):
            assert not [name for name in answer.headers if name.startswith("access-control")]
    with client_of(opened) as http:
        asked = http.options("/translate/text", headers=ask)
        assert asked.status_code == 200 and asked.headers["access-control-allow-origin"] == origin
        answer = http.get("/formats", headers={"origin": origin, **opened.head("anna")})
        assert answer.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in answer.headers
        refused = http.options("/translate/text", headers={**ask, "origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers


# ---- headers and words


def test_what_the_door_refuses_has_an_id_and_a_browser_elsewhere_may_read_it(tmp_path: Path) -> None:
    doors = Doors.of(tmp_path, door=DoorConfig(origins=("https://app.example",)))
    with client_of(doors) as http:
        head = {"origin": "https://app.example", "x-request-id": "mine"}
        answer = http.get("/tasks", headers=head)
        assert answer.status_code == 401 and answer.headers["x-request-id"] == "mine"
        shown = {one.strip() for one in answer.headers["access-control-expose-headers"].split(",")}
        assert {"X-Request-ID", "Location", "Upload-Offset"} <= shown
        asks = {"access-control-request-method": "HEAD", "access-control-request-headers": "tus-resumable"}
        assert http.options("/uploads/tus/0", headers={**head, **asks}).status_code == 200


def test_every_answer_carries_the_security_headers(doors: Doors, http: TestClient) -> None:
    for path in ("/health/live", "/tasks", "/login", "/docs", "/nowhere"):
        for name in (None, "anna"):
            headers = http.get(path, headers=doors.head(name)).headers
            assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert (
                headers["referrer-policy"] == "same-origin" and headers["cross-origin-opener-policy"] == "same-origin"
            )
            assert "no-cache" in headers["cache-control"] or "no-store" in headers["cache-control"]


def test_a_fault_of_ours_shows_no_traceback(doors: Doors, http: TestClient) -> None:
    async def broken(task_id: str) -> Any:
        raise RuntimeError("secret place /srv/data")

    doors.scheduler.task = broken  # type: ignore[method-assign]
    answer = http.get("/tasks/t-anna", headers=doors.head("olga"))
    assert code(answer) == (500, "internal_error")
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
