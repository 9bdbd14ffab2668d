"""An in-memory service behind the console's client protocol, with a clock that the caller moves."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ui.client import FileRow, GpuRow, Languages, QueueStatus, TaskDetail, TaskPage, UploadedFile
from ui.work_rows import (
    Alternative,
    Bulk,
    EventRow,
    FileReport,
    Filter,
    FormatRow,
    Glossary,
    SegmentPage,
    SegmentRow,
    TextResult,
    Wishes,
)

CODES = ("mon_Cyrl", "cmn_Hans", "cmn_Hant", "eng_Latn")
NAMES = {
    "mon_Cyrl": ("mn", "Mongolian (Cyrillic)", "Монгол"),
    "cmn_Hans": ("zh-Hans", "Chinese (simplified)", "简体中文"),
    "cmn_Hant": ("zh-Hant", "Chinese (traditional)", "繁體中文"),
    "eng_Latn": ("en", "English", "English"),
}
SECONDS_QUEUED, SECONDS_RUNNING, SEGMENTS = 2.0, 8.0, 40


class Refusal(Exception):
    def __init__(self, code: str, detail: str, **data: object) -> None:
        super().__init__(detail)
        self.code, self.detail, self.data = code, detail, data


@dataclass
class FakeTask:
    task_id: str
    client_id: str
    names: list[str]
    source: str
    target: str
    via_eng: bool
    priority: int
    born: float
    size: int = 2048
    fate: str = "completed"  # how it ends when nobody stops it
    frozen: str | None = None  # a status it keeps
    ended: float | None = None
    flagged: int = 0
    attempt: int = 1
    error: tuple[str, str] | None = None


@dataclass
class FakeConsoleClient:
    """Every task waits 2 s, runs 8 s and completes, by `clock` (seconds; the real one unless a test gives its own)."""

    clock: Callable[[], float] = time.time
    starter: bool = True
    broken: Exception | None = None  # every call raises it
    refuse: Exception | None = None  # submit raises it
    store: dict[str, FakeTask] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    wishes: Wishes | None = None  # of the last task
    asked: Filter | None = None  # of the last list
    corrections: dict[tuple[str, int], str] = field(default_factory=dict)

    def of(self, request: object) -> FakeConsoleClient:
        """There are no keys here: everybody is the same."""
        return self

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.broken is not None:
            raise self.broken

    async def languages(self) -> Languages:
        self._called("languages")
        return {
            "languages": [
                {"code": c, "bcp47": NAMES[c][0], "english_name": NAMES[c][1], "native_name": NAMES[c][2]}
                for c in CODES
            ],
            "pairs": [
                {"source": s, "target": t, "via_eng": "eng_Latn" not in (s, t) and "cmn_Hant" in (s, t)}
                for s in CODES
                for t in CODES
                if s != t and {s, t} != {"cmn_Hans", "cmn_Hant"}
            ],
            "model": {"name": "starter", "starter": self.starter},
            "formats": [".docx", ".txt"],
            "max_file_size": 50 * 1024 * 1024,
        }

    async def upload(self, client_id: str, name: str, path: Path) -> UploadedFile:
        self._called("upload")
        return {"name": name, "size": path.stat().st_size}

    async def submit(
        self,
        client_id: str,
        files: Sequence[tuple[str, Path]],
        source: str,
        target: str,
        via_eng: bool,
        priority: int,
        wishes: Wishes | None = None,
    ) -> str:
        self._called("submit")
        self.wishes = wishes
        if self.refuse is not None:
            raise self.refuse
        total = sum(path.stat().st_size for _, path in files)
        return self.add([name for name, _ in files], source, target, via_eng, priority, client_id, size=total).task_id

    def add(
        self,
        names: list[str],
        source: str = "mon_Cyrl",
        target: str = "cmn_Hans",
        via_eng: bool = False,
        priority: int = 5,
        client_id: str = "f" * 32,
        *,
        age: float = 0.0,
        **more: object,
    ) -> FakeTask:
        task = FakeTask(
            secrets.token_hex(8),
            client_id,
            names,
            source,
            target,
            via_eng,
            priority,
            self.clock() - age,
            **more,  # type: ignore[arg-type]
        )
        self.store[task.task_id] = task
        return task

    def _state(self, task: FakeTask) -> tuple[str, float]:
        """(status, share done 0-1) at this moment."""
        age = self.clock() - task.born
        share = min(1.0, max(0.0, (age - SECONDS_QUEUED) / SECONDS_RUNNING))
        if task.frozen:
            return task.frozen, {"pending": 0.0, "completed": 1.0}.get(task.frozen, 0.43)
        if age < SECONDS_QUEUED:
            return "pending", 0.0
        return ("processing", share) if share < 1 else (task.fate, 1.0 if task.fate == "completed" else 0.7)

    def _stamp(self, seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).isoformat()

    def _detail(self, task: FakeTask) -> TaskDetail:
        status, share = self._state(task)
        total = SEGMENTS * len(task.names)
        done = int(total * share)
        over = status not in ("pending", "processing")
        ended = self._stamp(task.ended or task.born + SECONDS_QUEUED + SECONDS_RUNNING) if over else None
        files: list[FileRow] = []
        for n, name in enumerate(task.names, 1):
            mine = min(SEGMENTS, max(0, done - SEGMENTS * (n - 1)))
            whole = status == "completed" or (status == "processing" and mine == SEGMENTS)
            stem, _, suffix = name.rpartition(".")
            files.append(
                {
                    "n": n,
                    "name": name,
                    "size": task.size // len(task.names),
                    "status": "completed" if whole else "failed" if status in ("failed", "timeout") else status,
                    "result_name": f"{stem}.{task.target}.{suffix}" if whole else None,
                    "result_size": 1900 if whole else None,
                    "segments_total": SEGMENTS if status != "pending" else 0,
                    "segments_done": mine,
                    "error_message": None,
                    "download": f"/tasks/{task.task_id}/files/{n}" if whole else None,
                    "flags": {"numbers": task.flagged} if whole and task.flagged and n == 1 else {},
                }
            )
        stage = {"pending": "queued", "processing": "translating" if share > 0.1 else "preparing"}.get(status, "done")
        waiting = [t for t in self.store.values() if self._state(t)[0] == "pending"]
        error = task.error or ("file_damaged", "The document is damaged.") if status == "failed" else (None, None)
        return {
            "task_id": task.task_id,
            "status": status,
            "stage": stage,
            "priority": task.priority,
            "created_at": self._stamp(task.born),
            "started_at": None if status == "pending" else self._stamp(task.born + SECONDS_QUEUED),
            "completed_at": ended,
            "progress": 100 * share,
            "error_message": error[1],
            "error_code": error[0],
            "client_ip": task.client_id,
            "source_lang": task.source,
            "target_lang": task.target,
            "via_eng": task.via_eng,
            "file_count": len(task.names),
            "total_file_size": task.size,
            "segments_total": total if status != "pending" else 0,
            "segments_done": done,
            "segments_flagged": task.flagged,
            "queue_position": waiting.index(task) + 1 if status == "pending" else None,
            "eta_seconds": SECONDS_RUNNING * (1 - share) if status == "processing" else None,
            "attempt": task.attempt,
            "files": files,
        }

    async def tasks(
        self,
        status: str | None,
        limit: int,
        cursor: str | None,
        search: str | None = None,
        filter: Filter | None = None,
    ) -> TaskPage:
        self._called("tasks")
        self.asked = filter
        rows = [self._detail(t) for t in sorted(self.store.values(), key=lambda t: -t.born)]
        if status:
            rows = [r for r in rows if r["status"] == status]
        if search:
            rows = [r for r in rows if search in r["task_id"] or any(search in f["name"] for f in r["files"])]
        if filter is not None:
            rows = [r for r in rows if filter["client"] in (None, r["client_ip"])]
            rows = [r for r in rows if filter["source"] in (None, r["source_lang"])]
            rows = [r for r in rows if filter["target"] in (None, r["target_lang"])]
            rows = [r for r in rows if not filter["since"] or r["created_at"] >= filter["since"]]
            if filter["sort"] == "oldest":
                rows.reverse()
        start = int(cursor or 0)
        more = str(start + limit) if start + limit < len(rows) else None
        return {"tasks": rows[start : start + limit], "next_cursor": more}

    def _known(self, task_id: str) -> FakeTask:
        if task_id not in self.store:
            raise Refusal("task_not_found", "There is no such task.")
        return self.store[task_id]

    async def task(self, task_id: str) -> TaskDetail:
        self._called("task")
        return self._detail(self._known(task_id))

    async def cancel(self, task_id: str) -> None:
        self._called("cancel")
        task = self._known(task_id)
        if self._state(task)[0] not in ("pending", "processing"):
            raise Refusal("not_cancellable", "The task is over.")
        task.frozen, task.ended = "cancelled", self.clock()

    async def retry(self, task_id: str) -> None:
        self._called("retry")
        task = self._known(task_id)
        if self._state(task)[0] not in ("failed", "cancelled", "timeout"):
            raise Refusal("not_retryable", "The task did not fail.")
        task.frozen, task.ended, task.fate = None, None, "completed"
        task.born, task.attempt = self.clock(), task.attempt + 1

    async def queue_status(self) -> QueueStatus:
        self._called("queue_status")
        counts = [self._state(t)[0] for t in self.store.values()]
        return {
            "pending": counts.count("pending"),
            "processing": counts.count("processing"),
            "completed": counts.count("completed"),
            "failed": counts.count("failed"),
            "cancelled": counts.count("cancelled"),
            "timeout": counts.count("timeout"),
            "oldest_pending_age_seconds": None,
            "max_tasks": 10,
            "max_task_queue_size": 50,
        }

    async def gpus(self) -> list[GpuRow]:
        self._called("gpus")
        return []

    async def formats(self) -> list[FormatRow]:
        self._called("formats")
        return [
            {"name": "docx", "suffixes": [".docx"], "outputs": ["bilingual", "translated"]},
            {"name": "txt", "suffixes": [".txt"], "outputs": ["bilingual", "translated"]},
            {"name": "pdf", "suffixes": [".pdf"], "outputs": ["translated"]},
        ]

    async def preflight(self, name: str, path: Path, source: str | None) -> FileReport:
        self._called("preflight")
        size = path.stat().st_size if path.exists() else 0
        suffix = name.rpartition(".")[2].lower()
        if not size:
            return {"name": name, "size": 0, "problem": {"code": "file_empty", "detail": f"{name} is empty (0 bytes)."}}
        if suffix not in ("docx", "txt", "pdf"):
            detail = f"Files of the type .{suffix} are not translated."
            return {"name": name, "size": size, "problem": {"code": "unsupported_type", "detail": detail}}
        return {
            "name": name,
            "size": size,
            "format": suffix,
            "outputs": ["translated"] if suffix == "pdf" else ["bilingual", "translated"],
            "segments": 36,
            "characters": 1770,
            "language": "eng_Latn" if "english" in name.lower() else "mon_Cyrl",
            "notes": {},
            "untouched": [],
            "estimated_seconds": 12.0,
            "characters_per_second": 177.0,
        }

    async def glossaries(self, client_id: str) -> list[Glossary]:
        self._called("glossaries")
        return [
            {"glossary_id": "g-1", "name": "Хууль", "source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "entries": 3},
            {"glossary_id": "g-2", "name": "law", "source_lang": "eng_Latn", "target_lang": "mon_Cyrl", "entries": 9},
        ]

    async def translate_text(
        self, client_id: str, text: str, source: str, target: str, via_eng: bool, glossary: str | None
    ) -> TextResult:
        self._called("translate_text")
        if self.refuse is not None:
            raise self.refuse
        flags = ["numbers"] if any(c.isdigit() for c in text) else []
        return {"text": f"【{target}】{text}", "flags": flags, "notes": [], "language": "mon_Cyrl"}

    async def alternatives(
        self, client_id: str, text: str, source: str, target: str, via_eng: bool, glossary: str | None
    ) -> list[Alternative]:
        self._called("alternatives")
        return [
            {"text": f"【{target}】{text}", "flags": [], "via_eng": False, "model": None},
            {"text": f"【{target}】{text}（另）", "flags": ["numbers"], "via_eng": True, "model": None},
        ]

    async def history(self, task_id: str, after: int, limit: int) -> list[EventRow]:
        self._called("history")
        task = self._known(task_id)
        status, share = self._state(task)
        moments: list[tuple[float, str, dict[str, object]]] = [
            (0, "accepted", {"files": len(task.names), "priority": 5})
        ]
        if status != "pending":
            moments += [(2, "start", {})]
            moments += [(2.3, "prepared", {"file": n, "segments": SEGMENTS}) for n, _ in enumerate(task.names, 1)]
        work = {"translator": "translator-a", "gpu": "node-1/0", "segments": 20, "seconds": 1.5}
        if status != "pending" and share > 0.2:
            moments += [(2.5, "leased", work), (4, "checkpointed", work)]
            moments += [(4.5, "chunk_failed", {**work, "gpu": "node-2/1", "reason": "out of memory"})]
        if status == "completed":
            moments += [(8, "file_completed", {"file": n}) for n, _ in enumerate(task.names, 1)]
        if status not in ("pending", "processing"):
            moments += [(10, status, {"error_code": task.error[0]} if task.error else {})]
        events: list[EventRow] = [
            {"id": n, "at": self._stamp(task.born + at), "attempt": task.attempt, "kind": kind, "data": dict(data)}
            for n, (at, kind, data) in enumerate(moments, 1)
        ]
        return [one for one in events if one["id"] > after][:limit]

    def _segment(self, task: FakeTask, n: int) -> SegmentRow:
        corrected = self.corrections.get((task.task_id, n))
        return {
            "n": n,
            "source": f"Энэ бол {n}-р өгүүлбэр, <b>тэмдэгтэй</b>.",
            "target": corrected or f"这是第 {n} 句，<b>有标记</b>。",
            "flags": ["numbers"] if n <= task.flagged and not corrected else [],
            "notes": [],
            "origin": "correction" if corrected else "memory" if n == 5 else "model",
        }

    async def segments(self, task_id: str, file: int, after: int, limit: int, flag: str | None) -> SegmentPage:
        self._called("segments")
        task = self._known(task_id)
        rows = [self._segment(task, n) for n in range(1, SEGMENTS + 1)]
        rows = [one for one in rows if one["n"] > after and (flag is None or flag in one["flags"])]
        return {"segments": rows[:limit], "next_after": rows[limit - 1]["n"] if len(rows) > limit else None}

    async def correct(self, task_id: str, file: int, n: int, target: str) -> SegmentRow:
        self._called("correct")
        task = self._known(task_id)
        if not target:
            raise Refusal("invalid_request", "A correction is one line of text, without control characters.")
        self.corrections[task_id, n] = target
        return self._segment(task, n)

    async def bulk(self, action: str, task_ids: Sequence[str], priority: int | None = None) -> Bulk:
        self._called("bulk")
        outcome: Bulk = {"done": [], "refused": []}
        for task_id in task_ids:
            try:
                await self._one(action, task_id, priority)
                outcome["done"].append(task_id)
            except Refusal as refusal:
                outcome["refused"].append({"task_id": task_id, "code": refusal.code, "detail": refusal.detail})
        return outcome

    async def _one(self, action: str, task_id: str, priority: int | None) -> None:
        task = self._known(task_id)
        over = self._state(task)[0] not in ("pending", "processing")
        if action == "cancel":
            await self.cancel(task_id)
        elif action == "retry":
            await self.retry(task_id)
        elif action == "priority" and not over:
            assert priority is not None
            task.priority = priority
        elif action == "delete" and over:
            del self.store[task_id]
        else:
            raise Refusal("illegal_transition", "Not possible in the task's state.")


def populated(client: FakeConsoleClient, many: int = 30) -> FakeConsoleClient:
    """Tasks in all states, with names that try to break the page."""
    hour, day = timedelta(hours=1).total_seconds(), timedelta(days=1).total_seconds()
    client.add(["Жилийн тайлан 2026.docx"], frozen="processing", age=20)
    client.add(["Гэрээ.docx", "合同附件.txt", "Annex.txt"], frozen="processing", age=40, via_eng=True)
    client.add(["Тэмдэглэл.txt"], frozen="pending", age=30)
    client.add(["Хурлын протокол.docx"], frozen="completed", age=300, flagged=3)
    client.add(["说明书.docx", "目录.txt"], "cmn_Hans", "mon_Cyrl", frozen="completed", age=hour)
    client.add(["<img src=x onerror=window.hacked=1>.docx"], frozen="failed", age=2 * hour)
    client.add(
        ["Маш-урт-нэртэй-баримт-бичиг-" * 5 + ".docx"],
        "mon_Cyrl",
        "cmn_Hant",
        via_eng=True,
        frozen="timeout",
        age=3 * hour,
    )
    client.add(["draft.txt"], "eng_Latn", "mon_Cyrl", frozen="cancelled", age=day)
    client.add(["new-kind.docx"], frozen="failed", age=day, error=("worker_lost", "The worker was lost three times."))
    for n in range(many):
        client.add([f"report-{n}.docx"], frozen="completed", age=2 * day + n * hour, client_id="192.168.1.20")
    return client
