"""A small client of the HTTP API, for the command line and for scripts: one method for each call, streaming both ways.

Knows the API only by its paths and answers. Every method raises ServerUnreachable when nobody answers, and ApiError
with the server's own sentence when a request is refused.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Sequence, Set
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import httpx

from cluster import api_uploads, downloads
from cluster.api_types import Task, TaskPage
from cluster.errors import ApiError, ServerUnreachable

_CONNECT_TIMEOUT_S = 5.0
_IO_TIMEOUT_S = 60.0
# A live server answers this at once; what takes longer is not ours, or hangs.
_LIVE_TIMEOUT_S = 2.0
# An upload is answered only after it is hashed, synced and committed, which takes a while for gigabytes on a slow disk.
_ANSWER_TIMEOUT_S = 600.0
_DOWNLOAD_CHUNK_BYTES = 256 * 1024


class ApiClient:
    """Speaks to one server, with an API key where it asks for one. Close it, or use it in a `with` block."""

    def __init__(self, base_url: str, *, key: str | None = None, transport: httpx.BaseTransport | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url,
            transport=transport,
            # A proxy of the environment must not come between this machine and itself.
            trust_env=not _is_loopback(httpx.URL(self.base_url).host),
            timeout=httpx.Timeout(_IO_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
            headers={"accept": "application/json", "user-agent": "khelmerch-cli"}
            | ({"authorization": f"Bearer {key}"} if key else {}),
        )

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # Tasks

    def translate_files(
        self,
        files: Sequence[Path],
        source: str,
        target: str,
        *,
        via_eng: bool = False,
        priority: int | None = None,
        client: str | None = None,
        not_before: str | None = None,
        model: str | None = None,
        output: str | None = None,
        review: bool = False,
        json_keys: str | None = None,
        sheet_names: bool = False,
        retranslate: bool = False,
        glossary: Sequence[str] | None = None,
        memory: bool = True,
        on_sent: Callable[[int], None] | None = None,
    ) -> str:
        """Upload files and make one task of them; its id. `on_sent` gets the bytes of each block that was sent."""
        form = {"source_lang": source, "target_lang": target, "via_eng": "true" if via_eng else "false"}
        if priority is not None:
            form["priority"] = str(priority)
        if client is not None:
            form["client_ip"] = client  # the API's name for the client id
        if not_before is not None:
            form["not_before"] = not_before
        if model is not None:
            form["model"] = model
        if output is not None:
            form["output"] = output
        if json_keys is not None:
            form["json_keys"] = json_keys
        if sheet_names:
            form["sheet_names"] = "true"
        if review:
            form["review"] = "true"
        if retranslate:
            form["retranslate"] = "true"
        if glossary:
            form["glossary"] = ",".join(glossary)
        if not memory:
            form["memory"] = "false"
        if any(file.stat().st_size > api_uploads.LARGE_BYTES for file in files):
            return self._translate_large(files, form, on_sent)
        return str(self._send_files("/translate/files", files, form, on_sent)["task_id"])

    def _translate_large(
        self, files: Sequence[Path], form: dict[str, str], on_sent: Callable[[int], None] | None
    ) -> str:
        """The files first, in resumable parts; then a task of all that waits under the client id, a new one if none was
        given. The form is that of the older call, which takes the same fields as the newer one with files."""
        form.setdefault("client_ip", f"user-{secrets.token_hex(16)}")
        for file in files:
            api_uploads.send(self, file, form["client_ip"], on_sent)
        return str(self._object("POST", "/submit_translation_task", data=form)["task_id"])

    def task(self, task_id: str) -> Task:
        """A task with its files."""
        return cast(Task, self._object("GET", f"/tasks/{quote(task_id, safe='')}"))

    def tasks(
        self, *, status: str | None = None, limit: int = 20, cursor: str | None = None, client: str | None = None
    ) -> TaskPage:
        """A page of tasks, without their files."""
        query = {"status": status, "limit": limit, "cursor": cursor, "client_id": client}
        given = {name: value for name, value in query.items() if value is not None}
        return cast(TaskPage, self._object("GET", "/tasks", params=given))

    def preflight(self, files: Sequence[Path], source: str | None = None) -> list[dict[str, Any]]:
        """What a task of these files would find, a report for each."""
        form = {"source_lang": source} if source else {}
        return cast(list[dict[str, Any]], self._send_files("/preflight", files, form)["files"])

    def formats(self) -> list[dict[str, Any]]:
        return self.listed("/formats")

    def listed(self, path: str) -> list[dict[str, Any]]:
        """A call that answers with a list."""
        return cast(list[dict[str, Any]], self._request("GET", path))

    def cancel(self, task_id: str) -> dict[str, Any]:
        return self._object("POST", f"/tasks/{quote(task_id, safe='')}/cancel")

    def call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Any other call that answers with an object; see `cluster.api_operations`."""
        return self._object(method, path, **options)

    def download(self, path: str, folder: Path, name: str) -> Path:
        """Fetch a result into `folder` under `name`, or name-1, name-2, … where that is taken; the path it got.

        The file appears whole or not at all.
        """
        try:
            with self._stream(path) as answer:
                return downloads.save(folder, name, answer.iter_bytes(_DOWNLOAD_CHUNK_BYTES))
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    # The server

    def health_live(self) -> dict[str, Any]:
        return self._object("GET", "/health/live", timeout=_LIVE_TIMEOUT_S)

    def health_ready(self) -> dict[str, Any]:
        """`ready` and the `reasons` why not; not being ready (503) is an answer here, not an error."""
        return self._object("GET", "/health/ready", also_good={503})

    def queue_status(self) -> dict[str, Any]:
        return self._object("GET", "/queue_status")

    def gpu_status(self) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], self._request("GET", "/gpu_status"))

    def languages(self) -> dict[str, Any]:
        return self._object("GET", "/languages")

    def models(self) -> dict[str, Any]:
        return self._object("GET", "/models")

    def answer(self, method: str, path: str, *, also_good: Set[int] = frozenset(), **options: Any) -> httpx.Response:
        """The answer itself, for who needs its headers."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if not answer.is_success and answer.status_code not in also_good:
            raise self._refused(answer)
        return answer

    def _request(self, method: str, path: str, *, also_good: Set[int] = frozenset(), **options: Any) -> Any:
        answer = self.answer(method, path, also_good=also_good, **options)
        try:
            found = answer.json()
        except ValueError as error:
            raise self._foreign() from error
        if not isinstance(found, dict | list):
            raise self._foreign()
        return found

    def _send_files(
        self, path: str, files: Sequence[Path], form: dict[str, str], on_sent: Callable[[int], None] | None = None
    ) -> dict[str, Any]:
        with ExitStack() as opened:
            parts = [
                (
                    "files",
                    (file.name, cast(BinaryIO, _Counted(opened.enter_context(file.open("rb")), on_sent)), None),
                )
                for file in files
            ]
            return self._object(
                "POST", path, data=form, files=parts, timeout=httpx.Timeout(_ANSWER_TIMEOUT_S, connect=5)
            )

    def _object(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        found = self._request(method, path, **options)
        if not isinstance(found, dict):
            raise self._foreign()
        return found

    def _stream(self, path: str) -> _Stream:
        return _Stream(self, self._http.stream("GET", path, headers={"accept": "*/*"}))

    def _refused(self, answer: httpx.Response) -> ApiError | ServerUnreachable:
        try:
            problem = answer.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict) or not ("detail" in problem or "title" in problem):
            if answer.status_code in {502, 503, 504}:
                return ServerUnreachable(
                    f"The server at {self.base_url} is starting or stopping (HTTP {answer.status_code}); "
                    "wait a moment, or look at `khelmerch status`."
                )
            return self._foreign()
        detail = str(problem.get("detail") or problem["title"])
        if answer.status_code == 401:
            detail += " Commands take it from --key, from the variable KHELMERCH_KEY or from ~/.config/khelmerch/key."
        return ApiError(
            detail, problem_code=problem.get("code", f"http_{answer.status_code}"), problem_status=answer.status_code
        )

    def _foreign(self) -> ApiError:
        return ApiError(
            f"What answers at {self.base_url} is not a Khelmerch server; check the port ([SERVER] PORT or --server).",
            problem_code="not_khelmerch",
        )

    def _unreachable(self, error: httpx.TransportError) -> ServerUnreachable:
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return ServerUnreachable(
                f"The server at {self.base_url} did not answer in time; look at `khelmerch status` and its log."
            )
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return ServerUnreachable(f"No server answers at {self.base_url}; start it with `khelmerch up`.")
        return ServerUnreachable(f"The connection to {self.base_url} broke off ({error}); look at `khelmerch status`.")


class _Stream:
    """A streamed answer whose refusal becomes an ApiError."""

    def __init__(self, client: ApiClient, manager: Any) -> None:
        self._client = client
        self._manager = manager

    def __enter__(self) -> httpx.Response:
        answer: httpx.Response = self._manager.__enter__()
        if not answer.is_success:
            try:
                answer.read()
                raise self._client._refused(answer)
            finally:
                self._manager.__exit__(None, None, None)
        return answer

    def __exit__(self, *problem: Any) -> None:
        self._manager.__exit__(*problem)


class _Counted:
    """A file being uploaded, as httpx reads it (length by fileno, then read), that reports what was read."""

    def __init__(self, file: BinaryIO, on_sent: Callable[[int], None] | None) -> None:
        self._file = file
        self._on_sent = on_sent

    def fileno(self) -> int:
        return self._file.fileno()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def read(self, count: int = -1) -> bytes:
        block = self._file.read(count)
        if self._on_sent is not None and block:
            self._on_sent(len(block))
        return block


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
