"""Glossaries, the memory and corrections as HTTP clients see them, over the scheduler's own parts without Ray."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from service_kit import Service

from actors.document_pool import DocumentPool
from actors.recall import scope_of
from actors.words import Words, words_of
from serve_app import errors
from serve_app.access import Access
from serve_app.in_force import IntakeLimits
from serve_app.intake import Intake
from serve_app.methods import Methods
from serve_app.routes import corrections, glossaries, memory, tasks
from serve_app.services import Services
from storage.segment_store import NewSegment
from storage.states import TaskMove
from translation.recall import digest

LAW = {"name": "law", "source_lang": "mn", "target_lang": "zh", "client_id": "anna"}
TERMS = [{"source": "гэрээ", "target": "合同"}, {"source": "ХХК", "match_case": True}]


class Scheduler:
    """As the actor answers about words and sentences."""

    def __init__(self, service: Service, words: Words) -> None:
        self._service = service
        self._words = words

    async def words(self, part: str, what: str, *arguments: Any) -> Any:
        return await getattr(getattr(self._words, part), what)(*arguments)

    async def oversee(self, what: str, *arguments: Any) -> None:
        """The action log, which is looked at elsewhere."""


@pytest.fixture
async def pool() -> AsyncIterator[DocumentPool]:
    one = DocumentPool(1, 2**30, 60.0)
    yield one
    await one.close()


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service.of(tmp_path / "data")


@pytest.fixture
async def http(service: Service, pool: DocumentPool) -> AsyncIterator[httpx.AsyncClient]:
    words = words_of(service.config, service.rules, service.repository, service.workflow, pool, service.blobs)
    words.glossaries._checks = pool
    scheduler = cast(Any, Scheduler(service, words))

    async def limits() -> IntakeLimits:
        return IntakeLimits(100_000, 10)

    intake = Intake(scheduler, service.blobs, limits)
    unused = cast(Any, None)
    access = Access(scheduler, unused)
    services = Services(unused, scheduler, service.blobs, intake, unused, access, *4 * (unused,))
    app = FastAPI()
    errors.install(app, Methods(app.openapi, ""))
    for module in (glossaries, memory, corrections, tasks):
        app.include_router(module.router(services))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def upload(name: str, content: str | bytes) -> dict[str, Any]:
    return {"files": (name, io.BytesIO(content if isinstance(content, bytes) else content.encode()))}


async def test_a_glossary_is_made_of_json_and_read_in_every_form(http: httpx.AsyncClient) -> None:
    made = (await http.post("/glossaries", json={**LAW, "entries": TERMS})).json()
    assert (made["entries"], made["client_id"], made["shared"], made["source_lang"]) == (2, "anna", False, "mon_Cyrl")
    path = f"/glossaries/{made['glossary_id']}"
    assert (await http.get(path)).json() == made
    told = (await http.get(f"{path}/entries")).json()["entries"]
    assert told == [
        {"source": "гэрээ", "target": "合同", "match_case": False},
        {"source": "ХХК", "target": None, "match_case": True},
    ]
    for kind in ("csv", "tsv", "tbx"):
        file = await http.get(f"{path}/entries?format={kind}")
        again = await http.post("/glossaries", data={**LAW, "name": kind}, files=upload(f"x.{kind}", file.content))
        assert again.status_code == 200, again.text
        copied = await http.get(f"/glossaries/{again.json()['glossary_id']}/entries")
        assert copied.json()["entries"] == told
    assert (await http.delete(path)).json() == {"removed": 1}
    assert refusal(await http.get(path)) == (404, "glossary_not_found")
    assert refusal(await http.delete(path)) == (404, "glossary_not_found")


async def test_glossaries_are_listed_for_their_client_and_shared_ones_for_all(http: httpx.AsyncClient) -> None:
    await http.post("/glossaries", json={**LAW, "entries": TERMS})
    shared = {**LAW, "client_id": None, "shared": True, "name": "all", "entries": TERMS}
    await http.post("/glossaries", json=shared)

    async def seen(query: str) -> list[str]:
        return [one["name"] for one in (await http.get(f"/glossaries{query}")).json()["glossaries"]]

    assert await seen("") == await seen("?client_id=ben") == ["all"]
    assert await seen("?client_id=anna") == ["all", "law"]


async def test_a_taken_name_is_refused_or_replaced_and_terms_are_added(http: httpx.AsyncClient) -> None:
    first = (await http.post("/glossaries", json={**LAW, "entries": TERMS})).json()
    assert refusal(await http.post("/glossaries", json={**LAW, "entries": TERMS})) == (409, "glossary_exists")
    second = (await http.post("/glossaries", json={**LAW, "entries": TERMS[:1], "replace": True})).json()
    assert (second["glossary_id"], second["entries"]) == (first["glossary_id"], 1)
    path = f"/glossaries/{first['glossary_id']}/entries"
    more = await http.post(path, files=upload("a.csv", "банк,银行\nгэрээ,契约\n"))
    assert (more.json()["entries"], more.json()["revision"]) == (2, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": None},
        {"shared": True},
        {"name": "a,b"},
        {"name": "none"},
        {"entries": []},
        {"entries": [{"source": "--"}]},
        {"target_lang": "mn"},
        {"extra": 1},
    ],
)
async def test_what_makes_no_glossary_is_refused(http: httpx.AsyncClient, change: dict[str, Any]) -> None:
    assert refusal(await http.post("/glossaries", json={**LAW, "entries": TERMS, **change}))[0] == 422


async def test_a_broken_list_is_refused_with_its_line(http: httpx.AsyncClient) -> None:
    answer = await http.post("/glossaries", data=LAW, files=upload("a.csv", 'гэрээ,合同\n"бад"x,y\n'))
    assert refusal(answer) == (422, "bad_glossary")
    assert answer.json()["line"] == 2
    assert refusal(await http.post("/glossaries", data=LAW, files=upload("a.pdf", "x"))) == (422, "bad_glossary")


async def test_a_memory_goes_in_is_counted_comes_out_and_is_cleared(http: httpx.AsyncClient) -> None:
    tmx = """<tmx version="1.4"><header srclang="mn"/><body>
<tu><tuv xml:lang="mn"><seg>Сайн уу</seg></tuv><tuv xml:lang="zh"><seg>你好</seg></tuv></tu>
<tu><prop type="x-khelmerch-origin">translation</prop>
<tuv xml:lang="mn"><seg>Зам</seg></tuv><tuv xml:lang="zh"><seg>路</seg></tuv></tu>
</body></tmx>"""
    answer = await http.post("/memory", data={"client_id": "anna"}, files=upload("a.tmx", tmx))
    assert answer.json() == {"read": 2, "stored": 2, "skipped": 0}
    status = (await http.get("/memory?client_id=anna")).json()
    assert [(one["origin"], one["entries"]) for one in status["entries"]] == [("import", 2)]
    assert (await http.get("/memory?client_id=ben")).json()["entries"] == []
    query = "client_id={}&source_lang=mn&target_lang=zh"
    out = await http.get(f"/memory/export?{query.format('anna')}")
    assert "Сайн уу" in out.text and out.text.count("x-khelmerch-origin") == 1
    assert "<tu " not in (await http.get(f"/memory/export?{query.format('ben')}")).text
    answer = await http.post("/memory", data={"client_id": "ben"}, files=upload("b.tmx", out.content))
    assert answer.json()["stored"] == 2
    assert (await http.delete("/memory?client_id=anna&origin=correction")).json() == {"removed": 0}
    assert (await http.delete("/memory?client_id=anna")).json() == {"removed": 2}
    assert (await http.get("/memory?client_id=ben")).json()["entries"] != []


async def test_a_broken_memory_and_half_a_pair_are_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/memory", data={"client_id": "anna"}, files=upload("a.tmx", "<tmx>\n<x></tmx>"))
    assert refusal(answer) == (422, "bad_memory")
    assert answer.json()["line"] == 2
    assert refusal(await http.delete("/memory?client_id=anna&source_lang=mn")) == (422, "invalid_request")


async def test_a_correction_changes_the_sentence_and_is_remembered(http: httpx.AsyncClient, service: Service) -> None:
    await service.submit("t1")
    service.repository.tasks.move("t1", TaskMove.START, 1.0)
    (file,) = service.repository.tasks.files("t1")
    rows = [NewSegment(n, n, "", source, target="旧") for n, source in enumerate(("Сайн уу", "Зам", "Сайн уу"))]
    service.repository.segments.add(file["id"], rows)
    answer = await http.post("/tasks/t1/segments/1", json={"target": " 你好 "})
    told = answer.json()
    assert (told["n"], told["target"], told["origin"], told["corrected"]) == (1, "你好", "correction", 2)
    found = service.repository.segments.page(file["id"], -1, 9)
    assert [one.target for one in found] == ["你好", "旧", "你好"]
    task = service.repository.tasks.get("t1")
    scope = scope_of(task)
    assert scope is not None
    (known,) = service.repository.memory.find(scope, [digest("Сайн уу")])[digest("Сайн уу")]
    assert known.target == "你好"
    kinds = [event["kind"] for event in service.repository.events.of_task("t1")]
    assert "corrected" in kinds


@pytest.mark.parametrize(
    "body", [{"target": ""}, {"target": "a\nb"}, {"target": "a", "file": 0}, {}, {"target": "a", "x": 1}]
)
async def test_what_is_no_correction_is_refused(http: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert refusal(await http.post("/tasks/t1/segments/1", json=body)) == (422, "invalid_request")


async def test_what_cannot_be_corrected_says_why(http: httpx.AsyncClient, service: Service) -> None:
    assert refusal(await http.post("/tasks/t9/segments/1", json={"target": "a"})) == (404, "task_not_found")
    await service.submit("t1")
    (file,) = service.repository.tasks.files("t1")
    service.repository.segments.add(file["id"], [NewSegment(0, 0, "", "Зам")])
    assert refusal(await http.post("/tasks/t1/segments/1", json={"target": "a", "file": 2})) == (404, "file_not_found")
    assert refusal(await http.post("/tasks/t1/segments/2", json={"target": "a"})) == (404, "segment_not_found")
    assert refusal(await http.post("/tasks/t1/segments/1", json={"target": "a"})) == (409, "segment_untranslated")
