"""A typed client of the translation server Khelmerch: `Client`, and `AsyncClient` with the same methods."""

from __future__ import annotations

from khelmerch_client._async.client import AsyncClient
from khelmerch_client._sync.client import Client
from khelmerch_client.errors import (
    ClientError,
    Conflict,
    DamagedDownload,
    Forbidden,
    Invalid,
    NoConnection,
    NotFound,
    NotKhelmerch,
    Refused,
    ServerTrouble,
    StillRunning,
    TooLarge,
    TooManyRequests,
    Unauthorised,
    Unreachable,
)
from khelmerch_client.files import Saved
from khelmerch_client.happenings import TERMINAL, Happening, Notice, Progress, TaskEvent
from khelmerch_client.retrying import NO_RETRIES, Retries
from khelmerch_client.wishes import TermEntry, Wishes

__all__ = [
    "Client",
    "AsyncClient",
    "Retries",
    "NO_RETRIES",
    "Wishes",
    "TermEntry",
    "Saved",
    "TERMINAL",
    "Happening",
    "TaskEvent",
    "Progress",
    "Notice",
    "ClientError",
    "Unreachable",
    "NoConnection",
    "NotKhelmerch",
    "Refused",
    "Unauthorised",
    "Forbidden",
    "NotFound",
    "Conflict",
    "TooLarge",
    "Invalid",
    "TooManyRequests",
    "ServerTrouble",
    "DamagedDownload",
    "StillRunning",
]
