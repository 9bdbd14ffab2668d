"""Clients that keep the server busy, and remember what it promised them."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

import httpx

from benchmarks.crashing.documents import SOURCE, Expected, docx, sentence, txt

UNFINISHED = 6
"""Tasks that are in work at any time: enough that there is always something to lose."""
PATIENCE_SECONDS = 180.0
"""How long a client with an Idempotency-Key repeats its request: as long as a head takes to come back."""
SENTENCES = 100_000
"""More than any job has: keeps the sentences of different jobs apart."""
TERMINAL = ("completed", "failed", "cancelled", "timeout")


@dataclass(frozen=True)
class Job:
    """What one client wants. way: 'keyed' and 'two' repeat a request that broke off, 'plain' does not.

    fate: '' to wait, 'cancel', 'retry' (cancel and go on) or 'anew' (cancel and begin anew).
    """

    number: int
    client: str
    files: tuple[tuple[str, bytes], ...]
    target: str
    way: str
    fate: str

    @classmethod
    def of(cls, seed: int, number: int) -> Job:
        rng = random.Random(f"{seed}-{number}")
        files = []
        at = number * SENTENCES
        for n in range(rng.randint(1, 4)):
            many = rng.randint(8, 90)
            texts = [sentence(rng, at + one) for one in range(many)]
            at += many
            files.append((f"d{n}.docx", docx(texts)) if rng.random() < 0.3 else (f"t{n}.txt", txt(texts)))
        way = rng.choices(("keyed", "two", "plain"), (5, 2, 3))[0]
        fate = rng.choices(("", "cancel", "retry", "anew"), (12, 2, 2, 1))[0]
        client = f"crash-two-{number}" if way == "two" else f"crash-{number % 3}"
        return cls(number, client, tuple(files), rng.choice(("cmn_Hans", "eng_Latn")), way, fate)


@dataclass
class Promise:
    """What the server acknowledged of a job. `unsure`: requests that broke off, and may have been carried out or not."""

    job: Job
    task_id: str
    cancelled: bool = False
    retried: bool = False
    unsure: set[str] = field(default_factory=set)


class Load:
    """Runs until `stop`. `promises`: acknowledged tasks. `answers`: when a request that got through was begun and ended."""

    def __init__(self, url: str, seed: int, clients: int) -> None:
        self.promises: list[Promise] = []
        self.answers: list[tuple[float, float]] = []
        self.broken: dict[str, int] = {}
        self.wrong: list[str] = []
        self.texts = 0
        self._url = url
        self._seed = seed
        self._numbers = iter(range(10**9))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._abandoned = threading.Event()
        self._open = 0
        self._expected = Expected()
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]
        self._threads += [threading.Thread(target=work, daemon=True) for work in (self._texts, self._probe)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nobody begins anything new; who waits for an answer still gets it."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS + 60)
        self._expected.close()
        if any(thread.is_alive() for thread in self._threads):
            self.wrong.append("a client still waits for an answer")

    def abandon(self) -> None:
        """The server is gone: nobody waits for an answer any more. Safe after `stop`, and before `start`."""
        self._stop.set()
        self._abandoned.set()

    def answered(self, since: float) -> bool:
        """Was a request that was made after `since` answered?"""
        return any(began > since for began, _ended in self.answers[-1:])

    # ---- documents

    def _client(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60.0, trust_env=False) as http:
            while not self._stop.is_set():
                with self._lock:
                    full = self._open >= UNFINISHED
                    number = None if full else next(self._numbers)
                    self._open += not full
                if number is None:
                    self._stop.wait(0.05)
                    continue
                try:
                    self._serve(http, Job.of(self._seed, number))
                finally:
                    with self._lock:
                        self._open -= 1

    def _serve(self, http: httpx.Client, job: Job) -> None:
        task_id = self._submit(http, job)
        if task_id is None:
            return None
        promise = Promise(job, task_id)
        with self._lock:
            self.promises.append(promise)
        if job.fate:
            self._stop.wait(random.Random(job.number).uniform(0.0, 2.0))
            self._change(http, promise)
        while not self._stop.is_set():
            answer = self._ask(http, "GET", f"/tasks/{task_id}", "status")
            if answer is not None and answer.status_code == 404:
                return self._complain(f"task {task_id} was accepted and is unknown")
            if answer is not None and answer.is_success and answer.json()["status"] in TERMINAL:
                return None
            self._stop.wait(0.2)
        return None

    def _submit(self, http: httpx.Client, job: Job) -> str | None:
        """-> the task, None when its acceptance was never acknowledged."""
        files = [("files", part) for part in job.files]
        languages = {"source_lang": SOURCE, "target_lang": job.target}
        keyed = {} if job.way == "plain" else {"Idempotency-Key": f"job-{job.number}"}
        client, tries = job.client, 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        uploaded = False
        while time.monotonic() < deadline and not self._abandoned.is_set():
            if job.way == "two":
                if not uploaded:
                    # Whether an upload that broke off was kept is not known: it goes to another client's box.
                    client = f"{job.client}-{tries}"
                    tries += 1
                    sent = self._ask(http, "POST", "/uploadfiles", "upload", files=files, data={"client_id": client})
                    uploaded = sent is not None and sent.is_success
                    if not uploaded:
                        self._stop.wait(0.3)
                        continue
                body = {"client_ip": client, **languages}
                answer = self._ask(http, "POST", "/translate/files", "submit", json=body, headers=keyed)
            else:
                form = {"client_ip": client, **languages}
                answer = self._ask(http, "POST", "/translate/files", "submit", files=files, data=form, headers=keyed)
            if answer is not None and answer.is_success:
                return str(answer.json()["task_id"])
            if answer is not None and answer.status_code not in (409, 429, 500, 502, 503, 504):
                self._complain(f"job {job.number} was refused with {answer.status_code}: {answer.text[:200]}")
                return None
            if not keyed:
                return None
            time.sleep(0.3)
        if not self._stop.is_set():
            self._complain(f"job {job.number} was not accepted within {PATIENCE_SECONDS:.0f} s")
        return None

    def _change(self, http: httpx.Client, promise: Promise) -> None:
        path = f"/tasks/{promise.task_id}"
        answer = self._ask(http, "POST", f"{path}/cancel", "cancel")
        if answer is None or not answer.is_success:
            # 409 as well: a scheduler that died after cancelling is asked again, and says that it is cancelled.
            promise.unsure.add("cancel")
            return
        promise.cancelled = True
        if promise.job.fate == "cancel":
            return
        query = {"from_start": "true"} if promise.job.fate == "anew" else {}
        answer = self._ask(http, "POST", f"{path}/retry", "retry", params=query)
        if answer is None or not answer.is_success:
            promise.unsure.add("retry")
        else:
            promise.retried = True

    # ---- short texts, and a look now and then

    def _texts(self) -> None:
        rng = random.Random(f"{self._seed}-texts")
        with httpx.Client(base_url=self._url, timeout=150.0, trust_env=False) as http:
            number = 10**12
            while not self._stop.wait(0.5):
                texts = [sentence(rng, number), sentence(rng, number + 1)]
                number += 2
                body = {"sentences": texts, "source_lang": SOURCE, "target_lang": "cmn_Hans"}
                answer = self._ask(http, "POST", "/translate/text", "text", json=body)
                if answer is not None and answer.is_success:
                    self.texts += 1
                    wanted = [one.text for one in self._expected.texts(texts, "cmn_Hans")]
                    if answer.json()["result"] != wanted:
                        self._complain(f"text {texts} became {answer.json()['result']}, not {wanted}")

    def _probe(self) -> None:
        with httpx.Client(base_url=self._url, timeout=5.0, trust_env=False) as http:
            while not self._stop.wait(0.1):
                began = time.time()
                answer = self._ask(http, "GET", "/queue_status", "look")
                if answer is not None and answer.is_success:
                    self.answers.append((began, time.time()))

    def _ask(self, http: httpx.Client, method: str, path: str, name: str, **options: object) -> httpx.Response | None:
        """-> the answer, None when the connection broke. Both that and a server's error are counted."""
        try:
            answer = http.request(method, path, **options)  # type: ignore[arg-type]
        except httpx.TransportError:
            answer = None
        if answer is None or answer.status_code >= 500:
            with self._lock:
                self.broken[name] = self.broken.get(name, 0) + 1
        return answer

    def _complain(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)
