"""Whose things are asked for: the one place that every look-up by task, webhook, upload or client goes through.

There are no API keys yet: a client is who it says it is, and whoever knows the id of a task may see it.
"""

from __future__ import annotations

import asyncio

from fastapi import Request

from actors.client import Row, SchedulerClient
from serve_app import names
from serve_app.intake import new_client_id
from storage.partial_uploads import Partial, PartialUploads


class Access:
    def __init__(self, scheduler: SchedulerClient, uploads: PartialUploads) -> None:
        self._scheduler = scheduler
        self._uploads = uploads

    def client(self, _request: Request, given: str | None) -> str:
        """-> the client that is meant; a new one where none is named. Raises RequestError."""
        named = (given or "").strip()
        return names.client_id(named) if named else new_client_id()

    def clients(self, _request: Request, given: str | None) -> str | None:
        """-> the only client whose things are shown; None for those of all. Raises RequestError."""
        named = (given or "").strip()
        return names.client_id(named) if named else None

    async def task(self, _request: Request, task_id: str) -> Row:
        """-> a task that the asker may see. Raises TaskNotFound."""
        return await self._scheduler.task(task_id)

    async def upload(self, _request: Request, upload_id: str) -> Partial:
        """-> an unfinished upload that the asker may see and add to. Raises UploadNotFound."""
        return await asyncio.to_thread(self._uploads.get, upload_id)

    async def webhook(self, _request: Request, webhook_id: str) -> Row:
        """-> a webhook that the asker may see and change. Raises WebhookNotFound."""
        return await self._scheduler.webhook(webhook_id)
