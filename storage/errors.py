"""Errors of storage: one root; each class is one sentence that becomes its message, and carries data."""

from __future__ import annotations

from typing import ClassVar

from common.errors import KhelmerchError


class StorageError(KhelmerchError):
    """The database or the blob store could not do what was asked."""

    code: ClassVar[str] = "storage_error"
    status: ClassVar[int] = 503


class StaleEpoch(StorageError):
    """Another scheduler has taken over the database; this one may write nothing any more."""

    code = "stale_epoch"


class ValueRefused(StorageError):
    """The database is well, but a value cannot be stored: PostgreSQL takes no NUL in a text, and no number beyond its type."""

    code = "invalid_request"
    status = 422


class TaskNotFound(StorageError):
    """No task has that id."""

    code = "task_not_found"
    status = 404


class WebhookNotFound(StorageError):
    """No webhook has that id."""

    code = "webhook_not_found"
    status = 404


class UploadNotFound(StorageError):
    """No unfinished upload has that id, or it was kept long enough."""

    code = "upload_not_found"
    status = 404


class FileNotInTask(StorageError):
    """The task has no such file, or its result does not exist (yet)."""

    code = "file_not_found"
    status = 404


class IllegalTransition(StorageError):
    """The task is in a state in which this cannot be done."""

    code = "illegal_transition"
    status = 409


class SourceExpired(StorageError):
    """The uploaded files of the task were removed after their retention time, so it cannot be done again."""

    code = "source_expired"
    status = 409


class NotTogether(StorageError):
    """Several changes cannot be made by one statement a table; each is to be made alone."""

    code = "not_together"


class GlossaryNotFound(StorageError):
    """There is no such glossary that the client may use."""

    code = "glossary_not_found"
    status = 404


class GlossaryExists(StorageError):
    """The client has a glossary of that name."""

    code = "glossary_exists"
    status = 409


class SegmentNotFound(StorageError):
    """The file has no such sentence, or its sentences were removed after their retention time."""

    code = "segment_not_found"
    status = 404


class SegmentUntranslated(StorageError):
    """The sentence has no translation yet that could be corrected."""

    code = "segment_untranslated"
    status = 409


class IdempotencyKeyReused(StorageError):
    """The client used this Idempotency-Key before, for something else."""

    code = "idempotency_key_reused"
    status = 422


class BackupError(StorageError):
    """A backup could not be made, or is not whole, or cannot be put back."""

    code = "backup_failed"


class BadCursor(StorageError):
    """The cursor was not made by this server."""

    code = "bad_cursor"
    status = 422


class MigrationError(StorageError):
    """The database could not be brought to this version's schema."""

    code = "migration_failed"


class KeyNotFound(StorageError):
    """No API key has that id."""

    code = "key_not_found"
    status = 404


class KeyRefused(StorageError):
    """Such an API key cannot be made, or not any more."""

    code = "key_refused"
    status = 422
