"""From what httpx says to what this package says."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import httpx

from khelmerch_client.errors import ClientError, NoConnection, NotKhelmerch, Unreachable, kind_of

_STARTING = frozenset({502, 503, 504})
_PROBLEM = ("type", "title", "status", "detail", "code")


def refused(answer: httpx.Response, base_url: str) -> ClientError:
    """-> the error of an answer that is no success. Its body must have been read."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    seconds = retry_after(answer)
    request_id = answer.headers.get("x-request-id")
    if not isinstance(problem, dict) or not ("detail" in problem or "title" in problem):
        if answer.status_code not in _STARTING:
            return foreign(base_url)
        return Unreachable(
            f"The server at {base_url} is starting or stopping (HTTP {answer.status_code}); wait a moment.",
            code="server_unreachable",
            status=answer.status_code,
            request_id=request_id,
            retry_after=seconds,
        )
    return kind_of(answer.status_code)(
        str(problem.get("detail") or problem["title"]),
        code=str(problem.get("code") or f"http_{answer.status_code}"),
        status=answer.status_code,
        request_id=request_id,
        retry_after=seconds,
        data={name: value for name, value in problem.items() if name not in _PROBLEM},
    )


def foreign(base_url: str) -> NotKhelmerch:
    return NotKhelmerch(
        f"What answers at {base_url} is not a Khelmerch server; check the address and the port.", code="not_khelmerch"
    )


def unreachable(error: httpx.RequestError, base_url: str) -> Unreachable:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return NoConnection(f"No server answers at {base_url}.", code="server_unreachable")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"The server at {base_url} did not answer in time.", code="server_unreachable")
    return Unreachable(f"The connection to {base_url} broke off ({error}).", code="server_unreachable")


def retry_after(answer: httpx.Response) -> float | None:
    """-> seconds from now, of a number or of a date; None without one that can be read."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
