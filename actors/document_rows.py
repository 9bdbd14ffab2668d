"""What travels between the scheduler and its document workers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from actors.decisions import Item
from actors.job import Job
from storage.extra_results import ExtraResult
from storage.segment_store import MissingSegment, NewSegment, StoredSegment
from storage.upload_store import StoredFile
from translation.terms import from_json, from_rows, to_json


@dataclass(frozen=True)
class Documents:
    """What was written of a file. blobs: all of it."""

    result: StoredFile
    extra: tuple[ExtraResult, ...]
    terms: dict[str, int]
    blobs: list[str]


def segment_of(position: int, row: list[Any]) -> NewSegment:
    """From what a worker says of a sentence that it read (`document_worker.prepare`)."""
    unit, lead, source, align, same_as, target, language, flags, notes, context, terms = row
    return NewSegment(
        position,
        unit,
        lead,
        source,
        align,
        same_as,
        target,
        language or None,
        " ".join(notes) or None,
        context,
        to_json(from_rows(terms)) if terms else None,
        " ".join(flags) or None,
    )


def row_of(segment: StoredSegment) -> list[Any]:
    """-> what a worker that writes the document is told of a sentence (`document_worker.assemble`)."""
    terms = json.loads(segment.terms) if segment.terms else None
    said = (segment.alignment, segment.flags, segment.notes)
    return [
        segment.unit,
        segment.lead,
        segment.source,
        segment.target,
        *said,
        terms,
        segment.origin,
        segment.suggestion,
    ]


def options_of(task: dict[str, Any]) -> dict[str, Any]:
    """-> what a worker's request has beside the usual."""
    return {"options": json.loads(task["options"])} if task["options"] else {}


def item_of(job: Job, file_id: int, one: NewSegment | MissingSegment) -> Item:
    """-> a sentence that waits for a translator."""
    terms = from_json(one.terms)
    return job.item(file_id, one.position, one.source, one.wants_alignment, one.language or "", terms)
