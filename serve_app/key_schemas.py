"""What the calls about API keys take and answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from storage.api_keys import ApiKey, Role
from storage.key_store import as_row

_Limit = Annotated[int, Field(strict=True, ge=0, le=10**15, description="0: as the settings say")]


class KeyRequest(BaseModel):
    """A key to be made. client_id: whose tasks it opens; the name, if left out."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=128, examples=["translation-desk"])
    role: Role = Role.CLIENT
    client_id: str | None = Field(None, max_length=128)
    requests_per_minute: _Limit = 0
    chars_per_day: _Limit = 0
    max_pending: _Limit = 0
    max_file_bytes: _Limit = 0
    expires_at: str | None = Field(
        None, max_length=64, description="An ISO 8601 time with its zone", examples=["2027-11-24T00:00:00Z"]
    )


class RotateRequest(BaseModel):
    """How long the old key still opens, in seconds."""

    model_config = ConfigDict(extra="forbid")

    grace_seconds: int = Field(0, strict=True, ge=0, le=90 * 86_400)


class Key(BaseModel):
    """A key, without the key. Limits of 0 are those of the settings; `last_used_at` is some ten minutes coarse."""

    id: str
    name: str
    client_id: str
    role: Role
    requests_per_minute: int
    chars_per_day: int
    max_pending: int
    max_file_bytes: int
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None

    @classmethod
    def of(cls, key: ApiKey) -> Key:
        return cls.model_validate(as_row(key))


class NewKey(Key):
    """`key` is shown this once: nothing that is kept could bring it back."""

    key: str

    @classmethod
    def made(cls, key: ApiKey, text: str) -> NewKey:
        return cls.model_validate({**as_row(key), "key": text})


class UsedDay(BaseModel):
    day: str
    characters: int


class Usage(BaseModel):
    """What a client used and may use; null: no limit. Days are of UTC, newest first, those without any are left out."""

    client_id: str
    role: Role
    key: Key | None
    characters_today: int
    characters_per_day: int | None
    pending_tasks: int
    max_pending_tasks: int | None
    requests_per_minute: int | None
    max_file_size: int
    days: list[UsedDay]
