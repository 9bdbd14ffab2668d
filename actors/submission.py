"""Taking a task in: what may be translated, who has room, and the same answer for the same Idempotency-Key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from actors import errors
from actors.asked import Asked, Files, IdempotencyKey, Waiting
from actors.dispatch import Dispatcher
from actors.group_commit import GroupCommit
from actors.job import FileFacts, TaskFacts
from actors.rules import Rules
from common.errors import KhelmerchError
from documents.model import Output
from storage.api_keys import NO_LIMITS, KeyLimits
from storage.errors import StorageError, TaskNotFound
from storage.repository import Repository
from storage.states import FileStatus
from storage.task_store import NewTask
from storage.times import from_iso, to_iso
from storage.upload_store import StoredFile
from storage.webhook_store import NewWebhook

Row = dict[str, Any]

DRAIN_RETRY_SECONDS = 60
"""Nobody knows when an operator ends a drain; a minute costs a patient client little."""

DAY_SECONDS = 86_400


def _waiting(task: NewTask, files: Sequence[StoredFile], created_at: float) -> TaskFacts:
    """As `waiting_facts`, before there is a row: the next task's limit counts this one already."""
    size = sum([file.size for file in files])
    return TaskFacts(
        task_id=task.task_id,
        client=task.client_ip,
        priority=task.priority,
        created_at=created_at,
        attempt=1,
        pair=(task.source_lang, task.target_lang, task.via_eng),
        files=(FileFacts(0, size, FileStatus.PENDING),),
        not_before=from_iso(task.not_before) if task.not_before else None,
    )


def _hooks(taken: Sequence[tuple[NewTask, Sequence[StoredFile]]]) -> list[NewWebhook]:
    """-> what the tasks themselves ask to be told to."""
    return [
        NewWebhook(task.client_ip, task.webhook_url, task.webhook_secret or "", task_id=task.task_id)
        for task, _files in taken
        if task.webhook_url
    ]


def _check_output(output: str, files: Sequence[StoredFile]) -> None:
    """Raises OutputNotSupported."""
    if output == Output.TRANSLATED:
        return
    # The formats take long to load; a scheduler that starts again needs none of them.
    from documents import registry

    kinds = {file.name: registry.by_name(file.name) for file in files}
    lacking = [name for name, kind in kinds.items() if kind is not None and Output.BILINGUAL not in kind.outputs]
    if lacking:
        able = [kind.name for kind in registry.formats() if Output.BILINGUAL in kind.outputs]
        raise errors.OutputNotSupported(
            f"{lacking[0]} cannot be written with source and translation together; these formats can: "
            f"{', '.join(able)}. Ask for output=translated, with review=true for a table of both.",
            files=lacking,
            formats=able,
        )


def seconds_to_midnight(now: float) -> int:
    """-> until the next day begins in UTC, at least 1. Unix days have no leap seconds."""
    return max(1, DAY_SECONDS - int(now) % DAY_SECONDS)


class Submission:
    """`drain_seconds()`: about when a place in the queue will be free. `check_pair` raises when no model can do it, `chosen`
    when a glossary that the task names cannot be used; it puts their ids into the task.
    `limits_of(client)`: how many of its tasks may wait, how many characters it may have in a day; 0 for no limit."""

    def __init__(
        self,
        rules: Rules,
        repository: Repository,
        dispatcher: Dispatcher,
        commits: GroupCommit,
        check_pair: Callable[[str, str, bool, str | None], None],
        drain_seconds: Callable[[], int],
        chosen: Callable[[NewTask], NewTask] = lambda task: task,
        limits_of: Callable[[str], KeyLimits] = lambda _client: NO_LIMITS,
    ) -> None:
        self._rules = rules
        self._repository = repository
        self._dispatcher = dispatcher
        self._commits = commits
        self.check_pair = check_pair
        self._drain_seconds = drain_seconds
        self._chosen = chosen
        self._limits_of = limits_of

    async def submit(self, task: NewTask, files: Files, key: IdempotencyKey | None) -> tuple[Row, bool]:
        """-> (the task's row, once it is on the disk; whether it is the task of an earlier request with the same key).

        The same task id again gives the same task. Raises QueueFull,
        ClientQueueFull, ClientQuota, Draining, NoFiles, TooManyFiles, UnsupportedPair, UnknownModel,
        IdempotencyKeyReused.
        """
        (outcome,) = await self.submit_all([(task, files, key)])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def submit_all(self, asked: Sequence[Asked]) -> list[tuple[Row, bool] | Exception]:
        """-> for each what `submit` answers, or what it raises: one bad request fails no other."""
        asked = list(asked)
        outcomes: list[tuple[Row, bool] | Exception | None] = [None] * len(asked)
        together: list[int] = []
        keyed: list[int] = []
        for number, (task, files, key) in enumerate(asked):
            try:
                self.check_pair(task.source_lang, task.target_lang, task.via_eng, task.wanted_model)
                asked[number] = self._chosen(task), files, key
            except KhelmerchError as error:
                outcomes[number] = error
            else:
                (together if key is None else keyed).append(number)
        waiting = [self._one(*asked[number]) for number in keyed]
        if together:
            # The common case costs one future for all of them.
            for number, row in zip(together, await self._many([asked[n][:2] for n in together]), strict=True):
                outcomes[number] = row if isinstance(row, Exception) else (row, False)
        for number, answer in zip(keyed, await asyncio.gather(*waiting, return_exceptions=True), strict=True):
            if isinstance(answer, BaseException) and not isinstance(answer, Exception):
                raise answer
            outcomes[number] = answer
        for (task, _files, _key), outcome in zip(asked, outcomes, strict=True):
            # Added to the dispatcher inside the transaction, so that the limit is exact; taken out if that came to nothing.
            # What a limit refused was never there.
            failed = isinstance(outcome, Exception) and not isinstance(outcome, errors.ServiceError)
            if failed and not self._exists(task.task_id):
                self._dispatcher.remove(task.task_id)
        return [outcome for outcome in outcomes if outcome is not None]

    async def _many(self, asked: Sequence[tuple[NewTask, Files]]) -> Sequence[Row | Exception]:
        try:
            return await self._commits.run_all(self._accept, asked)
        except Exception as error:  # nothing was committed: everybody must know
            return [error] * len(asked)

    async def _one(self, task: NewTask, files: Files, key: IdempotencyKey | None) -> tuple[Row, bool]:
        assert key is not None

        def accept() -> tuple[Row, bool]:
            if task.task_id in self._repository.tasks.get_all([task.task_id]):
                return self._repository.tasks.get(task.task_id), False
            known = self._repository.idempotency.find(task.client_ip, key.key, key.body_hash)
            if known is not None:
                return self._repository.tasks.get(known), True
            (row,) = self._accept([(task, files)])
            if isinstance(row, Exception):
                raise row
            self._repository.idempotency.add(task.client_ip, key.key, key.body_hash, row["task_id"], time.time())
            return row, False

        return await self._commits.run(accept)

    def _accept(self, asked: Sequence[tuple[NewTask, Files]]) -> list[Row | Exception]:
        """-> for each its task's row, or why it is refused. What it raises concerns all of them, and none is accepted."""
        now = time.time()
        created_at = from_iso(to_iso(now))
        rows = self._repository.tasks.get_all([task.task_id for task, _files in asked])
        taken: list[tuple[NewTask, list[StoredFile]]] = []
        refused: dict[int, Exception] = {}
        seen = set(rows)
        try:
            for number, (task, files) in enumerate(asked):
                if task.task_id in seen:
                    continue
                try:
                    self.check_room(task.client_ip)
                    found = self._found(task.client_ip, files)
                    _check_output(task.output, found)
                except errors.ServiceError as error:
                    refused[number] = error
                    continue
                if not isinstance(files, list):  # only now: a refused task leaves them where they are
                    self._repository.uploads.take(task.client_ip, None if files is None else files.blobs)
                seen.add(task.task_id)
                taken.append((task, found))
                self._dispatcher.add(_waiting(task, found, created_at), now)
            if taken:
                for row in self._repository.tasks.accept_all(taken, now):
                    rows[row["task_id"]] = row
                self._repository.webhooks.add(_hooks(taken), now)
        except Exception:
            for task, _found in taken:
                self._dispatcher.remove(task.task_id)
            raise
        return [refused.get(number) or rows[task.task_id] for number, (task, _files) in enumerate(asked)]

    def check_room(self, client: str) -> None:
        """May this client bring in a task now? Raises Draining, QueueFull, ClientQueueFull, ClientQuota."""
        if self._dispatcher.draining:
            raise errors.Draining(
                "The server finishes what it has and takes nothing new at present. Try again later, or at another server.",
                retry_after=DRAIN_RETRY_SECONDS,
            )
        if self._dispatcher.waiting_tasks() >= self._rules.max_task_queue_size:
            seconds = self._drain_seconds()
            raise errors.QueueFull(
                f"{self._rules.max_task_queue_size} tasks wait already, which is the limit. Try again in about {seconds} s.",
                retry_after=seconds,
                limit=self._rules.max_task_queue_size,
            )
        limits = self._limits_of(client)
        mine = limits.max_pending
        if mine and self.waiting_of(client) >= mine:
            seconds = self._drain_seconds()
            raise errors.ClientQueueFull(
                f"{mine} of your tasks wait already, which is the limit for one client. Try again in about {seconds} s.",
                retry_after=seconds,
                limit=mine,
            )
        self.check_quota(client, 1)

    def check_quota(self, client: str, chars: int) -> None:
        """May the client have so many more characters translated today? Raises ClientQuota."""
        now = time.time()
        limit = self._limits_of(client).chars_per_day
        if limit and (used := self._repository.usage.of(client, now)) + chars > limit:
            raise errors.ClientQuota(
                f"You had {used} characters translated today; {limit} a day are allowed. Go on after midnight UTC.",
                retry_after=seconds_to_midnight(now),
                limit=limit,
                used=used,
            )

    def check_open(self) -> None:
        """Somebody waits for a short text: better say at once that it will not come. Raises Draining, Paused."""
        if self._dispatcher.draining:
            raise errors.Draining(
                "The server takes nothing new at present. Try again later.", retry_after=DRAIN_RETRY_SECONDS
            )
        if self._dispatcher.paused:
            raise errors.Paused(
                "The operator has paused translating. Try again later, or send a file: it waits in the queue.",
                retry_after=DRAIN_RETRY_SECONDS,
            )

    def waiting_of(self, client: str) -> int:
        """Tasks of the client that will wait once every free place is taken; as the limit of the whole queue counts."""
        mine = self._dispatcher.pending.of_client(client)
        if self._dispatcher.paused:
            return mine
        others = len(self._dispatcher.pending) - mine
        return mine - min(mine, max(0, self._dispatcher.admission.places - others))

    def _found(self, client: str, files: Files) -> list[StoredFile]:
        """Raises NoFiles, TooManyFiles."""
        if isinstance(files, list):
            found = files
        else:
            found = self._repository.uploads.waiting(client, None if files is None else files.blobs)
        if isinstance(files, Waiting) and len(found) < len(files.blobs):
            raise errors.NoFiles("Another task has taken some of these uploads already. Send the files anew.")
        if not found:
            raise errors.NoFiles(
                f"Client {client} has no uploaded files that wait for a task. Send them to POST /uploadfiles first."
            )
        if len(found) > self._rules.max_files_per_task:
            raise errors.TooManyFiles(
                f"A task may have {self._rules.max_files_per_task} files; these are {len(found)}. Make several tasks of them."
            )
        return found

    def _exists(self, task_id: str) -> bool:
        try:
            self._repository.tasks.get(task_id)
        except TaskNotFound:
            return False
        except StorageError:
            return True  # unknown as long as storage fails; its start finds out
        return True
