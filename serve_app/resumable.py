"""Uploads in several requests: streamed to the disk, one request at a time, and then a waiting file as any other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

from actors.client import SchedulerClient
from common.errors import KhelmerchError
from serve_app import names, tus
from serve_app.errors import RequestError
from serve_app.intake import Intake
from serve_app.multipart import too_large
from storage.blobs import BlobStore
from storage.errors import UploadNotFound
from storage.partial_uploads import Appending, Partial, PartialUploads, Whole
from storage.upload_store import StoredFile

RECORD_BYTES = 8 * 2**20
"""After so many bytes what has come is synced and counts: no more than this is sent again after a crash."""


class Resumable:
    def __init__(self, scheduler: SchedulerClient, intake: Intake, blobs: BlobStore, uploads: PartialUploads) -> None:
        self._scheduler = scheduler
        self._intake = intake
        self._blobs = blobs
        self.uploads = uploads
        self._busy: set[str] = set()

    async def create(self, client_id: str, given_name: str, length: int, most: int) -> Partial:
        """most: bytes that the file may have. Raises FileTooLarge, RequestError, StorageError."""
        if length > most:
            raise too_large(most)
        if length == 0:
            raise RequestError("An upload of 0 bytes has nothing to translate.", field="Upload-Length")
        return await asyncio.to_thread(self.uploads.create, client_id, names.file_name(given_name), length)

    async def look(self, upload_id: str) -> Partial:
        """-> how far it is; one that is complete becomes a waiting file if it has not yet. Raises UploadNotFound."""
        partial = await asyncio.to_thread(self.uploads.get, upload_id)
        if partial.complete and not partial.done and upload_id not in self._busy:
            with self._alone(upload_id):
                return await self._finish(partial)
        return partial

    async def stored(self, upload_id: str, client_id: str) -> StoredFile:
        """-> the client's waiting file that the upload became, also when a task has taken it since.

        Raises UploadNotFound, also for another client's, and UploadUnfinished.
        """
        partial = await self.look(upload_id)
        if partial.client_id != client_id:
            raise UploadNotFound(f"Client {client_id} has no upload {upload_id}.", upload_id=upload_id)
        if partial.stored is None or not partial.done:
            raise tus.UploadUnfinished(
                f"Of upload {upload_id} {partial.offset} of {partial.length} bytes have come. Send the rest first.",
                upload_id=upload_id,
                upload_offset=partial.offset,
            )
        return partial.stored

    async def append(
        self, upload_id: str, offset: int, blocks: AsyncIterator[bytes], checksum: tus.Checksum | None
    ) -> Partial:
        """-> how far it is now. What has come before the connection broke counts, unless a checksum goes with it.

        Raises UploadNotFound, UploadBusy, UploadOffset, ChecksumMismatch, RequestError, StorageError, and what refuses a
        file that is complete.
        """
        with self._alone(upload_id):
            partial = await asyncio.to_thread(self.uploads.get, upload_id)
            if offset != partial.offset:
                raise tus.UploadOffset(
                    f"The next byte of this upload is number {partial.offset}.", upload_offset=partial.offset
                )
            if not partial.complete:
                partial = await self._take(partial, blocks, checksum)
            return await self._finish(partial) if partial.complete and not partial.done else partial

    async def _take(self, partial: Partial, blocks: AsyncIterator[bytes], checksum: tus.Checksum | None) -> Partial:
        appending = await asyncio.to_thread(Appending, self.uploads, partial)
        whole = False
        try:
            async for block in blocks:
                if appending.offset + len(block) > partial.length:
                    raise RequestError("More bytes came than Upload-Length announced.", field="Upload-Length")
                appending.write(block)
                if checksum is not None:
                    checksum.update(block)
                elif appending.unrecorded >= RECORD_BYTES:
                    await asyncio.to_thread(appending.record)
            whole = True
        finally:
            # Also when the client is gone and this request is being cancelled.
            counts = whole and checksum.holds if checksum is not None else True
            await asyncio.shield(asyncio.to_thread(_close, appending, record=counts))
        if checksum is not None and not counts:
            raise tus.ChecksumMismatch("What arrived does not fit its Upload-Checksum; send this part again.")
        return appending.partial

    async def _finish(self, partial: Partial) -> Partial:
        stored = partial.stored
        if stored is None:
            try:
                (stored,) = await self._intake.store([(partial.name, Whole(self.uploads, partial, self._blobs))])
            except KhelmerchError as error:
                if error.status < 500:  # it will never be taken
                    await asyncio.to_thread(self.uploads.remove, partial.id)
                raise
            partial = await asyncio.to_thread(self.uploads.save, replace(partial, stored=stored))
        # Told twice, the scheduler knows the blob.
        await self._scheduler.add_uploads(partial.client_id, [stored])
        return await asyncio.to_thread(self.uploads.save, replace(partial, done=True))

    async def remove(self, upload_id: str) -> None:
        """Raises UploadNotFound, UploadBusy."""
        with self._alone(upload_id):
            await asyncio.to_thread(self.uploads.get, upload_id)
            await asyncio.to_thread(self.uploads.remove, upload_id)

    @contextlib.contextmanager
    def _alone(self, upload_id: str) -> Iterator[None]:
        if upload_id in self._busy:
            raise tus.UploadBusy("Another request is adding to this upload.", retry_after=1)
        self._busy.add(upload_id)
        try:
            yield
        finally:
            self._busy.discard(upload_id)


def _close(appending: Appending, *, record: bool) -> None:
    try:
        if record:
            appending.record()
    finally:
        appending.close()
