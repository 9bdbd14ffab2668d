"""What the dispatcher tells its shell to do, and the leases it hands out. Frozen; no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from translation.engine import Alignment
from translation.terms import TermMatch

Pair = tuple[str, str, bool]
"""(source language, target language, by way of English)."""


class Leg(NamedTuple):
    """What one translator is asked to do in one go. via_eng: both hops, inside it. model: whose translators may; '' is a
    model like any other."""

    source: str
    target: str
    via_eng: bool
    model: str = ""

    @property
    def pair(self) -> Pair:
        return self[:3]


Answer = tuple[str, tuple[str, ...], Alignment | None]
"""What a translator says to one sentence: (translation, flags, alignment)."""

Answers = list[Answer | None]
"""To each sentence of a lease, None where it was not translated."""


class Item(NamedTuple):
    """One sentence on its way: where it belongs and what it says. file_id 0: a short text that is not stored.

    A tuple, since there is one for every sentence that is read: a frozen dataclass takes four times as long to make.
    last: what the translator says is the translation; otherwise English, which goes on to another model. before: what
    the first of two models said, whose English `text` is now. language: from which it is translated, '' for that of its
    task. terms: of a glossary, in the sentence as it was at first.
    """

    task_id: str
    attempt: int
    file_id: int
    position: int
    text: str
    align: bool = False
    last: bool = True
    before: Answer | None = None
    language: str = ""
    terms: tuple[TermMatch, ...] = ()


@dataclass(frozen=True)
class Lease:
    """The right of one translator to translate some sentences, until `deadline` (seconds on the caller's clock), or longer
    if it makes progress.

    A result counts only while its lease is known; after that the sentences belong to somebody else.
    """

    lease_id: str
    translator: str
    leg: Leg
    items: tuple[Item, ...]
    chars: int
    issued_at: float
    deadline: float
    urgent: bool = False
    crashes: int = 0
    """How many translators died, or engines failed, over these very sentences."""
    failed_on: tuple[str, ...] = ()
    """The translators on which that happened: another one gets the next try, if there is another."""
    alternatives: int = 0
    """How many other translations of each sentence are wanted; only of a short text."""


@dataclass(frozen=True)
class Start:
    """Move the task from pending to processing."""

    task_id: str


@dataclass(frozen=True)
class Requeue:
    """Move the task from processing back to pending, because another client with nothing running waits for a place.

    No attempt is used up: what is translated is stored, and the rest goes on when the task starts again.
    """

    task_id: str


@dataclass(frozen=True)
class Prepare:
    """Parse the file into segments."""

    task_id: str
    attempt: int
    file_id: int


@dataclass(frozen=True)
class Load:
    """Read the next missing segments of the file, after position `after`."""

    task_id: str
    file_id: int
    after: int
    limit: int


@dataclass(frozen=True)
class Send:
    """Give the lease's sentences to its translator."""

    lease: Lease


@dataclass(frozen=True)
class Assemble:
    """Every segment of the file is translated: write the document."""

    task_id: str
    attempt: int
    file_id: int


@dataclass(frozen=True)
class FailFile:
    """The file cannot be translated; the others of its task go on."""

    task_id: str
    attempt: int
    file_id: int
    code: str
    message: str


@dataclass(frozen=True)
class Finish:
    """Every file of the task is over."""

    task_id: str
    attempt: int
    failed_files: int


@dataclass(frozen=True)
class Expire:
    """The task ran longer than it may."""

    task_id: str


@dataclass(frozen=True)
class Replace:
    """The translator neither answers nor progresses: kill it and start another in its place."""

    translator: str
    reason: Literal["no_progress"]


@dataclass(frozen=True)
class FailText:
    """A short text could not be translated."""

    text_id: str
    code: str
    message: str


Decision = Start | Requeue | Prepare | Load | Send | Assemble | FailFile | Finish | Expire | Replace | FailText
