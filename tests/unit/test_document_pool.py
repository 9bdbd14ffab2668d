"""The process in which documents are opened: its limits, its death, and its way of saying no."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from actors.document_pool import SMALL_TOGETHER, DocumentPool, DocumentRefused
from actors.document_worker import FEW_ROWS
from actors.errors import WorkerFailed
from storage.errors import StorageError
from tests.support.waiting import aeventually

GIB = 1024**3
SAMPLE = Path(__file__).parents[2] / "samples" / "help-mn.docx"


INTO: dict[str, Any] = {"target": "eng_Latn", "sources": ["mon_Cyrl"]}


@pytest.fixture
async def pool() -> AsyncIterator[DocumentPool]:
    pool = DocumentPool(1, GIB, 30.0)
    yield pool
    await pool.close()


def workers() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children():  # not those of the Ray that other tests have started
        with contextlib.suppress(psutil.NoSuchProcess):  # ended, or a zombie that another test left to be reaped
            if "actors.document_worker" in process.cmdline():
                found.append(process)
    return found


async def test_a_text_is_cut_into_sentences_and_put_together_again(pool: DocumentPool, tmp_path: Path) -> None:
    source, listing, translated, out = (tmp_path / name for name in ("a.txt", "rows", "translated", "out"))
    source.write_text("Нэг. Хоёр!\nНэг. 12345\n\n  Гурав…\n", encoding="utf-8")
    answer = await pool.run("prepare", path=str(source), name="a.txt", source="mon_Cyrl", **INTO, out=str(listing))
    rows = answer.pop("rows")
    assert not listing.exists(), "few sentences travel in the answer"
    assert [row[2] for row in rows] == ["Нэг.", "Хоёр!", "Нэг.", "12345", "Гурав…"]
    assert rows[2][4] == 0, "a repeated sentence points to the first"
    assert rows[3][5] == "12345", "what has no letters needs no translation"
    chars = len("Нэг.") + len("Хоёр!") + len("Гурав…")
    told = {"segments": 5, "missing": 3, "chars": chars, "flagged": 0, "notes": {}, "language": None}
    assert answer == told
    lines = [
        json.dumps([row[0], row[1], row[2], row[2], None, [], [], None, None, None], ensure_ascii=False) for row in rows
    ]
    translated.write_text("\n".join(lines) + "\n", encoding="utf-8")
    await pool.run(
        "assemble",
        path=str(source),
        name="a.txt",
        source="mon_Cyrl",
        target="eng_Latn",
        segments=str(translated),
        out=str(out),
    )
    assert out.read_bytes() == source.read_bytes(), "the identity translation gives back the same file"


async def test_many_sentences_travel_in_a_file_and_come_out_the_same(pool: DocumentPool, tmp_path: Path) -> None:
    source, listing, out = (tmp_path / name for name in ("a.txt", "rows", "out"))
    source.write_text("".join(f"Мөр {number}.\n" for number in range(FEW_ROWS + 1)), encoding="utf-8")
    answer = await pool.run("prepare", path=str(source), name="a.txt", source="mon_Cyrl", **INTO, out=str(listing))
    assert answer["rows"] is None and answer["segments"] == FEW_ROWS + 1
    rows = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == FEW_ROWS + 1
    identity = [[row[0], row[1], row[2], row[2], None, [], None, None, None] for row in rows]
    listing.write_text("".join(json.dumps(row) + "\n" for row in identity), encoding="utf-8")
    request = {"path": str(source), "name": "a.txt", "source": "mon_Cyrl", "target": "eng_Latn", "out": str(out)}
    written = await pool.run("assemble", segments=str(listing), **request)
    assert out.read_bytes() == source.read_bytes()
    assert written == {"size": out.stat().st_size, "sha256": hashlib.sha256(out.read_bytes()).hexdigest()}
    out.unlink()
    assert await pool.run("assemble", rows=identity, **request) == written


def small(tmp_path: Path, count: int) -> list[dict[str, Any]]:
    requests = []
    for number in range(count):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Мөр {number}.\n", encoding="utf-8")
        out = str(tmp_path / f"out{number}")
        requests.append({"path": str(path), "name": path.name, "source": "mon_Cyrl", "out": out, **INTO})
    return requests


def as_fifo(request: dict[str, Any]) -> None:
    """The worker that opens it hangs: nobody writes into it."""
    Path(request["path"]).unlink()
    os.mkfifo(request["path"])


async def test_small_documents_travel_together_and_each_gets_its_own_answer(pool: DocumentPool, tmp_path: Path) -> None:
    requests = small(tmp_path, 2 * SMALL_TOGETHER + 1)
    requests[5]["name"] = "5.xyz"
    answers = await asyncio.gather(*(pool.run_small("prepare", **one) for one in requests), return_exceptions=True)
    refused = answers.pop(5)
    assert isinstance(refused, DocumentRefused) and refused.code == "unsupported_type"
    texts = [answer["rows"][0][2] for answer in answers if isinstance(answer, dict)]
    assert texts == [f"Мөр {number}." for number in range(len(requests)) if number != 5]
    assert len(workers()) == 1


@pytest.mark.parametrize("end", ["killed", "too slow"])
def test_of_small_documents_that_travel_together_only_the_guilty_one_fails(tmp_path: Path, end: str) -> None:
    async def scenario() -> None:
        pool = DocumentPool(1, GIB, 1.5 if end == "too slow" else 60.0)
        requests = small(tmp_path, 12)
        await pool.run_small("prepare", **requests[0])
        as_fifo(requests[7])
        calls = [asyncio.create_task(pool.run_small("prepare", **one)) for one in requests]
        # Those before it are answered although the worker hangs.
        before = await asyncio.gather(*calls[:7])
        assert all(answer["segments"] == 1 for answer in before)
        if end == "killed":
            (worker,) = workers()
            worker.kill()
        with pytest.raises(WorkerFailed, match="died" if end == "killed" else "longer than"):
            await calls[7]
        assert all(answer["segments"] == 1 for answer in await asyncio.gather(*calls[8:]))
        await pool.close()

    asyncio.run(scenario())


async def test_a_small_document_that_nobody_waits_for_any_more_disturbs_no_other(
    pool: DocumentPool, tmp_path: Path
) -> None:
    calls = [asyncio.create_task(pool.run_small("prepare", **one)) for one in small(tmp_path, 6)]
    await asyncio.sleep(0)
    calls[2].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(answer, dict) for answer in answers] == [True, True, False, True, True, True]


async def test_what_a_worker_writes_for_somebody_who_has_gone_is_removed(pool: DocumentPool, tmp_path: Path) -> None:
    first, request, last = small(tmp_path, 3)
    await pool.run_small("prepare", **first)
    (worker,) = workers()
    worker.suspend()
    request |= {"target": "eng_Latn", "out": str(tmp_path / "out"), "output": "translated"}
    sentences = {
        "rows": [[0, "", "Мөр 0.", "Line 0.", None, [], [], None, None, None]],
        "also": {"review": str(tmp_path / "review")},
    }
    gone = asyncio.create_task(pool.run_small("assemble", **request, **sentences))
    for _ in range(5):  # the turns that it takes to reach the worker
        await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    worker.resume()
    assert (await pool.run_small("prepare", **last))["segments"] == 1
    assert workers() == [worker]
    assert not (tmp_path / "out").exists() and not (tmp_path / "review").exists()


KEEPER = """
import asyncio, sys
from actors.document_pool import DocumentPool

MN = {"source": "mon_Cyrl", "target": "eng_Latn", "sources": ["mon_Cyrl"]}

async def main():
    pool = DocumentPool(1, 1 << 30, 60.0)
    await pool.run("prepare", path=sys.argv[1], name="a.txt", **MN, out=sys.argv[1] + ".out")
    print("reading", flush=True)
    await pool.run("prepare", path=sys.argv[2], name="b.txt", **MN, out=sys.argv[2] + ".out")

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell a process that its parent died")
def test_a_worker_in_the_middle_of_a_document_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    source, fifo = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_text("Мөр.\n", encoding="utf-8")
    os.mkfifo(fifo)
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, source, fifo], stdout=subprocess.PIPE)
    assert keeper.stdout is not None
    with keeper.stdout:
        assert keeper.stdout.readline() == b"reading\n"
        (worker,) = psutil.Process(keeper.pid).children()
        keeper.kill()
        keeper.wait()
    worker.wait(10)
    assert not worker.is_running()


async def test_a_disk_that_fails_is_not_the_documents_fault(pool: DocumentPool, tmp_path: Path) -> None:
    (request,) = small(tmp_path, 1)
    request |= {"target": "eng_Latn", "out": str(tmp_path / "no folder" / "out")}
    with pytest.raises(StorageError, match="could not be read or written"):
        await pool.run_small("assemble", rows=[[0, "", "Мөр 0.", "Line 0.", None, [], None, None, None]], **request)


async def test_a_refused_document_says_why_and_the_worker_lives_on(pool: DocumentPool, tmp_path: Path) -> None:
    bad = tmp_path / "bad.docx"
    bad.write_bytes(b"PK\x03\x04 nothing of the kind")
    with pytest.raises(DocumentRefused) as refused:
        await pool.run("check", path=str(bad), name="bad.docx")
    assert (refused.value.code, refused.value.status) == ("file_damaged", 422)
    (before,) = workers()
    good = tmp_path / "good.txt"
    good.write_text("abc\n")
    assert await pool.run("check", path=str(good), name="good.txt") == {"format": "txt"}
    assert [worker.pid for worker in workers()] == [before.pid]


async def test_a_worker_that_dies_takes_only_its_document_along(pool: DocumentPool, tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("abc\n")
    await pool.run("check", path=str(good), name="good.txt")
    (worker,) = workers()
    os.kill(worker.pid, signal.SIGSTOP)
    call = asyncio.create_task(pool.run("check", path=str(good), name="good.txt"))
    await asyncio.sleep(0)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerFailed, match="died"):
        await call
    assert (await pool.run("check", path=str(good), name="good.txt"))["format"] == "txt"


@pytest.mark.parametrize("size", [10, 10**6])
async def test_what_only_reads_is_asked_for_again_when_its_worker_dies(
    pool: DocumentPool, tmp_path: Path, size: int
) -> None:
    good = tmp_path / "good.txt"
    good.write_text("abc\n")
    await pool.look("check", size, path=str(good), name="good.txt")
    (worker,) = workers()
    os.kill(worker.pid, signal.SIGSTOP)
    call = asyncio.create_task(pool.look("check", size, path=str(good), name="good.txt"))
    await asyncio.sleep(0)
    os.kill(worker.pid, signal.SIGKILL)
    assert await call == {"format": "txt"}


async def test_a_document_that_its_worker_always_dies_over_is_refused(
    pool: DocumentPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def dies(op: str, size: int, **request: Any) -> dict[str, Any]:
        asked.append(op)
        raise WorkerFailed("The process that read the document died over it.", reason="died")

    monkeypatch.setattr(pool, "run_sized", dies)
    with pytest.raises(WorkerFailed, match="died"):
        await pool.look("check", 10, path=str(tmp_path / "a.txt"), name="a.txt")
    assert asked == ["check", "check"]


async def test_a_worker_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    pool = DocumentPool(1, GIB, 0.05)
    good = tmp_path / "good.txt"
    good.write_text("abc\n")
    # Starting the process alone takes longer than it may.
    with pytest.raises(WorkerFailed, match="longer than"):
        await pool.run("check", path=str(good), name="good.txt")
    await aeventually(lambda: asyncio.to_thread(workers), lambda found: not found)
    await pool.close()


async def test_a_document_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    # Room for Python and its libraries, and not for the tree of a document with a million paragraphs.
    pool = DocumentPool(1, 160 * 1024**2, 60.0)
    huge = tmp_path / "huge.docx"
    with zipfile.ZipFile(SAMPLE) as source, zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "word/document.xml":
                data = data.replace(b"<w:body>", b"<w:body>" + b"<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 1_000_000)
            target.writestr(entry, data)
    with pytest.raises(WorkerFailed) as refused:
        await pool.run(
            "prepare", path=str(huge), name="huge.docx", source="mon_Cyrl", **INTO, out=str(tmp_path / "rows")
        )
    assert refused.value.code in ("document_too_complex", "document_worker_failed", "file_damaged")
    assert (await pool.run("check", path=str(SAMPLE), name="a.docx"))["format"] == "docx"
    await pool.close()


async def test_a_worker_that_dies_while_it_waits_is_not_the_next_documents_fault(
    pool: DocumentPool, tmp_path: Path
) -> None:
    source = tmp_path / "a.txt"
    source.write_text("abc def.\n", encoding="utf-8")
    await pool.run("check", name="a.txt", path=str(source))
    (waiting,) = workers()
    waiting.kill()
    # The loop has to hear of it, as it does between two documents.
    await aeventually(lambda: asyncio.sleep(0, pool._idle[False][0].returncode), lambda code: code is not None)
    assert await pool.run("check", name="a.txt", path=str(source)) == {"format": "txt"}


async def test_when_no_process_can_be_started_everybody_hears_of_it(
    pool: DocumentPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_pool: DocumentPool, _converts: bool) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(DocumentPool, "_start", refuse)
    calls = (pool.run_small("prepare", **one) for one in small(tmp_path, 3))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 3


async def test_a_worker_that_is_told_to_end_is_not_said_to_have_died_over_its_document(
    pool: DocumentPool, tmp_path: Path
) -> None:
    (one,) = small(tmp_path, 1)
    await pool.run("prepare", **one)
    for run in (pool.run, pool.run_small):
        pool._idle[False] or await pool.run("prepare", **one)
        (worker,) = workers()
        os.kill(worker.pid, signal.SIGSTOP)
        call = asyncio.create_task(run("prepare", **one))
        await aeventually(lambda: asyncio.sleep(0, pool._idle[False]), lambda idle: not idle)
        os.kill(worker.pid, signal.SIGTERM)
        os.kill(worker.pid, signal.SIGCONT)
        with pytest.raises(WorkerFailed, match="told to end") as ended:
            await call
        assert ended.value.data["reason"] == "stopped"
