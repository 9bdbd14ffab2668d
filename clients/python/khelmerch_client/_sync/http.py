"""One connection to one server: requests with retries where they are safe, answers or errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx

from khelmerch_client._sync.io import sleep
from khelmerch_client.answers import foreign, is_loopback, refused, unreachable
from khelmerch_client.errors import ClientError
from khelmerch_client.files import Counted, OnSent
from khelmerch_client.retrying import Retries

CONNECT_TIMEOUT_S = 5.0
UPLOAD_TIMEOUT_S = 600.0
"""An upload is answered only after it is hashed, synced and committed, which takes a while for gigabytes on a slow disk."""

VERSION = "/v1"
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


class Http:
    def __init__(
        self,
        base_url: str,
        *,
        key: str | None,
        retries: Retries,
        timeout_s: float,
        transport: httpx.BaseTransport | None,
        agent: str,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.has_key = key is not None
        self.retries = retries
        self._http = httpx.Client(
            base_url=self.base_url,
            transport=transport,
            # A proxy of the environment must not come between this machine and itself.
            trust_env=not is_loopback(httpx.URL(self.base_url).host),
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S),
            headers={"accept": "application/json", "user-agent": agent}
            | ({"authorization": f"Bearer {key}"} if key else {}),
        )

    def close(self) -> None:
        self._http.close()

    def answer(
        self,
        method: str,
        path: str,
        *,
        files: Sequence[Path] = (),
        on_sent: OnSent | None = None,
        good: frozenset[int] = frozenset(),
        repeatable: bool | None = None,
        retries: Retries | None = None,
        timeout_s: float | None = None,
        **options: Any,
    ) -> httpx.Response:
        """-> an answer that is a success, or has one of the statuses `good`.

        path: without the version. repeatable: None for what the method says. options: params, json, data, headers, content
        as httpx has them; one that is None is left out. Raises Refused, Unreachable, NotKhelmerch, OSError.
        """
        policy = self.retries if retries is None else retries
        if repeatable is None:
            repeatable = method in _REPEATABLE
        given = {name: value for name, value in options.items() if value is not None}
        if timeout_s is not None:
            given["timeout"] = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        attempt = 0
        while True:
            attempt += 1
            sent: list[Counted] = []
            problem: ClientError
            try:
                with ExitStack() as opened:
                    if files:
                        sent = [Counted(opened.enter_context(file.open("rb")), on_sent) for file in files]
                        given["files"] = [
                            ("files", (file.name, cast(BinaryIO, part), None))
                            for file, part in zip(files, sent, strict=True)
                        ]
                    answer = self._http.request(method, self.url(path), **given)
            except httpx.RequestError as error:
                problem = unreachable(error, self.base_url)
                problem.__cause__ = error
            else:
                if answer.is_success or answer.status_code in good:
                    return answer
                problem = refused(answer, self.base_url)
            pause = policy.pause(problem, attempt, repeatable=repeatable)
            if pause is None:
                raise problem
            for part in sent:
                part.take_back()
            sleep(pause)

    def json(self, method: str, path: str, **options: Any) -> Any:
        """-> the object or list in the answer. Raises as `answer` does."""
        answer = self.answer(method, path, **options)
        try:
            found = answer.json()
        except ValueError as error:
            raise (foreign(self.base_url) if answer.is_success else refused(answer, self.base_url)) from error
        if not isinstance(found, dict | list):
            raise foreign(self.base_url)
        return found

    @contextmanager
    def stream(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        read_timeout_s: float | None = None,
        good: frozenset[int] = frozenset(),
    ) -> Iterator[httpx.Response]:
        """An answer whose body is still to come; errors on the way are ours, too. Nothing is tried again."""
        options: dict[str, Any] = {"headers": {"accept": "*/*", **(headers or {})}}
        if read_timeout_s is not None:
            options["timeout"] = httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S)
        try:
            with self._http.stream("GET", self.url(path), params=params, **options) as answer:
                if not answer.is_success and answer.status_code not in good:
                    answer.read()
                    raise refused(answer, self.base_url)
                yield answer
        except httpx.RequestError as error:
            raise unreachable(error, self.base_url) from error

    def url(self, path: str) -> str:
        """Paths in the server's answers are those without a version."""
        return path if path.startswith(f"{VERSION}/") else f"{VERSION}{path}"
