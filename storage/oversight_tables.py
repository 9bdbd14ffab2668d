"""The tables for operators: figures over time, and who did what."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


class Sample(SQLModel, table=True):
    """What the readings of one bucket add up to. `step`: its length in seconds; `at`: its begin, Unix seconds; `readings`: how
    many; `seconds`: the time that they cover.

    Sums, not means, so that a reading is one statement and whoever reads divides. `load_sum`: of `load_readings` means over all
    devices, per cent; `characters`: that translators gave back; `waiting_sum`, `running_sum`: tasks; `oldest`: the longest
    that a task had waited, seconds; `completed`, `failed`: tasks that ended so (failed: timed out ones, too).
    """

    __tablename__: ClassVar[Any] = "samples"

    step: int = Field(primary_key=True)
    at: int = Field(primary_key=True, sa_type=BigInteger)
    readings: int
    seconds: float
    load_sum: float
    load_readings: int
    characters: int = Field(sa_type=BigInteger)
    waiting_sum: int = Field(sa_type=BigInteger)
    running_sum: int = Field(sa_type=BigInteger)
    oldest: float
    completed: int = Field(sa_type=BigInteger)
    failed: int = Field(sa_type=BigInteger)


class Action(SQLModel, table=True):
    """Append-only: something that a person changed. `who`: the name of the key, '' where there are none; `key_id`: its id;
    `via`: console, cli or api; `address`: where the request came from; `what`: the kind ('keys.create'); `about`: the id or
    name of what was changed; `details`: JSON, chosen by the route, never a secret."""

    __tablename__: ClassVar[Any] = "actions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    at: str = Field(index=True)
    who: str
    key_id: str | None = None
    role: str
    via: str
    address: str
    what: str
    about: str
    details: str = Field(default="{}", sa_type=Text)


samples = SQLModel.metadata.tables["samples"]
actions = SQLModel.metadata.tables["actions"]
