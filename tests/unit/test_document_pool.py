"""The process in which documents are opened: its limits, its death, and its way of saying no."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from actors.document_pool import DocumentPool, DocumentRefused
from actors.errors import WorkerFailed
from tests.support.waiting import aeventually

GIB = 1024**3
SAMPLE = Path(__file__).parents[2] / "samples" / "help-mn.docx"


@pytest.fixture
async def pool() -> AsyncIterator[DocumentPool]:
    pool = DocumentPool(1, GIB, 30.0)
    yield pool
    await pool.close()


def workers() -> list[psutil.Process]:
    found = psutil.Process().children()  # not those of the Ray that other tests have started
    return [process for process in found if "actors.document_worker" in process.cmdline()]


async def test_a_text_is_cut_into_sentences_and_put_together_again(pool: DocumentPool, tmp_path: Path) -> None:
    source, listing, translated, out = (tmp_path / name for name in ("a.txt", "rows", "translated", "out"))
    source.write_text("Нэг. Хоёр!\nНэг. 12345\n\n  Гурав…\n", encoding="utf-8")
    answer = await pool.run("prepare", path=str(source), name="a.txt", source="mon_Cyrl", out=str(listing))
    rows = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines()]
    assert [row[2] for row in rows] == ["Нэг.", "Хоёр!", "Нэг.", "12345", "Гурав…"]
    assert rows[2][4] == 0, "a repeated sentence points to the first"
    assert rows[3][5] == "12345", "what has no letters needs no translation"
    assert answer == {"segments": 5, "missing": 3, "chars": len("Нэг.") + len("Хоёр!") + len("Гурав…")}
    lines = [json.dumps([row[0], row[1], row[2], row[2], None], ensure_ascii=False) for row in rows]
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
        await pool.run("prepare", path=str(huge), name="huge.docx", source="mon_Cyrl", out=str(tmp_path / "rows"))
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
    await aeventually(lambda: asyncio.sleep(0, pool._idle[0].returncode), lambda code: code is not None)
    assert await pool.run("check", name="a.txt", path=str(source)) == {"format": "txt"}
