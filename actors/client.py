"""The one typed way to the scheduler: what the ingress (and the command line's `up`) may ask, and what comes back."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from actors import request_ids
from actors.asked import Asked, Files, IdempotencyKey
from actors.bulk import Chosen as Chosen
from actors.bursts import Burst
from actors.config import NAMESPACE, SCHEDULER_NAME
from actors.errors import SchedulerUnavailable
from actors.ray_errors import cause_of
from actors.text_service import TextWishes
from storage.api_keys import ApiKey
from storage.key_keeper import WantedKey
from storage.task_reading import ALL, Narrow
from storage.task_store import NewTask
from storage.upload_store import StoredFile

Row = dict[str, Any]


RESTART_PATIENCE_SECONDS = 20.0
"""A killed scheduler is back within a few seconds; calls wait that long instead of failing."""

RETRY_SECONDS = 0.2


class SchedulerClient:
    """Every call waits while Ray restarts the scheduler. Raises what the scheduler raised, or SchedulerUnavailable.

    A call may be made twice when the scheduler dies between doing and answering, so calls that change something are
    such that the second one does no harm: tasks have the caller's id, uploads have the blob's, and a cancel or a retry
    has the id of its request, which the task's history keeps.
    """

    def __init__(self, namespace: str = NAMESPACE) -> None:
        self._namespace = namespace
        self._handle: Any = None
        # One Ray call costs as much as storing ten tasks.
        self._submits: Burst[tuple[Asked, str], tuple[Row, bool]] = Burst(self._submit_all)

    async def add_uploads(self, client_id: str, files: list[StoredFile]) -> None:
        await self._call("add_uploads", client_id, files)

    async def check_document(self, name: str, path: str, task: NewTask | None = None) -> Row:
        """-> {"format"} of a file, which is to be one of that task. Raises DocumentRefused."""
        return await self._call("check_document", name, path, task)

    async def preflight(self, name: str, path: str, source: str | None) -> Row:
        """-> what a task of the file would find. Raises DocumentRefused."""
        return await self._call("preflight", name, path, source)

    async def submit(self, task: NewTask, files: Files) -> Row:
        """-> the task's row."""
        row, _replayed = await self.submit_once(task, files, None)
        return row

    async def submit_once(self, task: NewTask, files: Files, key: IdempotencyKey | None) -> tuple[Row, bool]:
        """-> (the task's row, whether an earlier request with the same key made it)."""
        return await self._submits.ask(((task, files, key), request_ids.current.get()))

    async def _submit_all(self, asked: list[tuple[Asked, str]]) -> list[Any]:
        requests = [request for _asked, request in asked if request]
        return await self._call("submit_all", [one for one, _request in asked], requests)

    async def task(self, task_id: str) -> Row:
        return await self._call("task", task_id)

    async def tasks(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        status: str | None = None,
        client_id: str | None = None,
        search: str | None = None,
        narrow: Narrow = ALL,
    ) -> Row:
        """-> {"tasks", "next_cursor"}, newest first where `narrow` says nothing else."""
        return await self._call("tasks", limit, cursor, status, client_id, search, narrow)

    async def owner(self, task_id: str) -> str:
        """-> the client whose task it is. Raises TaskNotFound."""
        return await self._call("owner", task_id)

    async def key_snapshot(self, seen: Any, used: dict[str, float]) -> Row | None:
        """-> {"version", "keys"}, None when that is what was seen; see Keys.snapshot."""
        return await self._call("api_keys", "snapshot", seen, used)

    async def api_keys(self) -> list[ApiKey]:
        return await self._call("api_keys", "all")

    async def create_key(self, wanted: WantedKey) -> tuple[ApiKey, str]:
        """-> (what is kept, the key). Raises KeyRefused."""
        return await self._call("api_keys", "create", wanted)

    async def revoke_key(self, key_id: str) -> ApiKey:
        """Raises KeyNotFound."""
        return await self._call("api_keys", "revoke", key_id)

    async def rotate_key(self, key_id: str, grace_seconds: float) -> tuple[ApiKey, str]:
        """-> (what is kept, the new key). Raises KeyNotFound, KeyRefused."""
        return await self._call("api_keys", "rotate", key_id, grace_seconds)

    async def usage(self, client_id: str) -> Row:
        """-> what the client used and may use; see Keys.usage."""
        return await self._call("usage", client_id)

    async def cancel(self, task_id: str) -> Row:
        return await self._call("cancel", task_id, _request_id())

    async def retry(self, task_id: str, from_start: bool = False) -> Row:
        return await self._call("retry", task_id, from_start, _request_id())

    async def reprioritise(self, task_id: str, priority: int) -> Row:
        return await self._call("reprioritise", task_id, priority)

    async def cancel_all(self, chosen: Chosen) -> Row:
        """-> {"done": ids, "refused": [{"task_id", "code", "detail"}]}"""
        return await self._call("operate", "cancel_all", chosen, _request_id())

    async def retry_all(self, chosen: Chosen, from_start: bool = False) -> Row:
        """-> {"done": ids, "refused": [{"task_id", "code", "detail"}]}"""
        return await self._call("operate", "retry_all", chosen, from_start, _request_id())

    async def reprioritise_all(self, chosen: Chosen, priority: int) -> Row:
        """-> as `cancel_all`"""
        return await self._call("operate", "reprioritise_all", chosen, priority)

    async def delete(self, task_id: str) -> None:
        """Forget a task that is over. Raises TaskNotFound, IllegalTransition."""
        await self._call("operate", "delete", task_id)

    async def delete_all(self, chosen: Chosen) -> Row:
        """-> as `cancel_all`"""
        return await self._call("operate", "delete_all", chosen)

    async def history(self, task_id: str, after: int, limit: int) -> list[Row]:
        """-> events, oldest first."""
        return await self._call("history", task_id, after, limit)

    async def pause(self) -> Row:
        """-> {"paused", "draining", "idle"}, as `resume` and `drain` do."""
        return await self._call("operate", "pause")

    async def resume(self) -> Row:
        return await self._call("operate", "resume")

    async def drain(self) -> Row:
        return await self._call("operate", "drain")

    async def prepare_stop(self) -> Row:
        """Send nothing more and wait a moment for what is out; -> {"idle"}."""
        return await self._call("operate", "prepare_stop")

    async def result(self, task_id: str, n: int, kind: str | None = None) -> Row:
        """-> the row of a finished file, with the result of that kind."""
        return await self._call("result", task_id, n, kind)

    async def segments(
        self, task_id: str, n: int, after: int, limit: int, flag: str | None, note: str | None = None
    ) -> Row:
        """-> {"segments", "next_after"}: sentences of a file by position, after position `after`."""
        return await self._call("segments", task_id, n, after, limit, flag, note)

    async def results(self, task_id: str) -> Row:
        """-> {"task", "files"}: the finished files."""
        return await self._call("results", task_id)

    async def translate_text(
        self,
        texts: list[str],
        source: str,
        target: str,
        via_eng: bool,
        model: str | None = None,
        wishes: TextWishes = TextWishes(),  # noqa: B008 frozen
        client: str | None = None,
    ) -> list[Row]:
        """-> {"text", "flags", "notes", "terms", "alternatives", "language"} for each text. client: whose characters they are."""
        return await self._call("translate_text", texts, source, target, via_eng, model, wishes, client)

    async def words(self, part: str, what: str, *arguments: Any) -> Any:
        """What glossaries, the memory and corrections do: see `actors.words_client`."""
        return await self._call("about_words", part, what, *arguments)

    async def oversee(self, what: str, *arguments: Any) -> Any:
        """What operators look at: see `actors.oversight_client`"""
        return await self._call("part", "oversight", what, *arguments)

    async def serving(self) -> Row:
        """-> the models that translate and where each is resident; see ModelFleet.state."""
        return await self._call("fleet", "state")

    async def set_models(self, models: str) -> Row:
        """-> as `serving`. Raises BadModels, ModelNotFound, ModelUnusable, ModelsNeeded."""
        return await self._call("fleet", "set_models", models)

    async def scale(self, count: int | None) -> Row:
        """-> as `serving`. Raises BadScale."""
        return await self._call("fleet", "scale", count)

    async def feed(self, after: int | None, seen: int, boot: str) -> Row:
        """-> what came after that, as soon as there is something; see Feed.poll."""
        return await self._call("part", "feed", "poll", after, seen, boot)

    async def past_events(
        self, after: int, upto: int, limit: int, *, task_id: str | None = None, client_id: str | None = None
    ) -> list[Row]:
        """-> events of all tasks, of one or of a client's, oldest first; ids: after < id <= upto."""
        return await self._call("part", "feed", "past", after, upto, limit, task_id, client_id)

    async def check_webhook(self, url: str, secret: str | None) -> str:
        """-> the secret, a new one where none was given. Raises WebhookRefused."""
        answer = await self._call("part", "webhooks", "check", url, secret)
        return str(answer["secret"])

    async def add_webhook(self, client_id: str, url: str, secret: str | None, events: tuple[str, ...]) -> Row:
        """-> the webhook with its secret. Raises WebhookRefused."""
        return await self._call("part", "webhooks", "add", client_id, url, secret, events)

    async def webhooks(self, client_id: str) -> list[Row]:
        return await self._call("part", "webhooks", "of_client", client_id)

    async def webhook(self, webhook_id: str) -> Row:
        """Raises WebhookNotFound."""
        return await self._call("part", "webhooks", "get", webhook_id)

    async def remove_webhook(self, webhook_id: str) -> None:
        """Raises WebhookNotFound."""
        await self._call("part", "webhooks", "remove", webhook_id)

    async def test_webhook(self, webhook_id: str) -> Row:
        """-> the delivery that was begun. Raises WebhookNotFound, WebhookRefused."""
        return await self._call("part", "webhooks", "test", webhook_id)

    async def deliveries(self, webhook_id: str, limit: int) -> list[Row]:
        """-> the latest, newest first. Raises WebhookNotFound."""
        return await self._call("part", "webhooks", "deliveries", webhook_id, limit)

    async def queue_status(self) -> Row:
        return await self._call("queue_status")

    async def gpu_status(self) -> list[Row]:
        return await self._call("gpu_status")

    async def task_metrics(self) -> Row:
        return await self._call("task_metrics")

    async def totals(self) -> Row:
        """-> the fields of `storage.total_store.Totals`: they never go back."""
        return await self._call("totals")

    async def system_info(self) -> Row:
        return await self._call("system_info")

    async def languages(self) -> Row:
        return await self._call("languages")

    async def health(self) -> Row:
        """-> {"ready", "reasons", ...}."""
        return await self._call("health")

    async def start(self) -> Row:
        """-> {"version", "epoch", "config", "pid"} of the scheduler that answers."""
        return await self._call("start")

    async def _call(self, method: str, *arguments: Any) -> Any:
        deadline = time.monotonic() + RESTART_PATIENCE_SECONDS
        while True:
            try:
                if self._handle is None:
                    self._handle = ray.get_actor(SCHEDULER_NAME, namespace=self._namespace)
                request = request_ids.current.get()
                if request:
                    # Ray's dashboard and `ray list tasks` show the name. It must not hold the request's id: Ray keeps counts
                    # of every name that there ever was, in both processes (10 KB a call) and in its metrics.
                    name = ".".join(map(str, arguments[:2])) if method == "part" else method
                    return await self._handle.asked.options(name=name).remote(request, method, *arguments)
                return await getattr(self._handle, method).remote(*arguments)
            except RayTaskError as error:
                # Ray wraps what the scheduler raised; callers want the error itself.
                raise cause_of(error) from None
            except (RayActorError, ValueError) as error:
                self._handle = None
                if time.monotonic() > deadline:
                    raise SchedulerUnavailable(
                        "The scheduler does not answer. Nothing is lost; try again in a moment, and look at `khelmerch status`."
                    ) from error
                await asyncio.sleep(RETRY_SECONDS)


def _request_id() -> str:
    """Of one wish, however often it must be told."""
    return uuid.uuid4().hex
