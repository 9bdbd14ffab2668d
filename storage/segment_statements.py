"""The statements by which sentences are stored. Built once: making one costs as much as running it, for every chunk."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, String, bindparam, case, func, select

from storage.prepared import Prepared
from storage.states import TaskStatus
from storage.tables import segments, task_files, tasks

_FLAGS = bindparam("b_flags", type_=String)
# The mark of a sentence for which the memory has a similar one stays beside the doubts about its translation.
_MARKED = case((segments.c.suggestion.is_(None), _FLAGS), else_=func.coalesce(_FLAGS + " ", "") + "fuzzy")
_VALUES: dict[str, Any] = {
    "target": bindparam("b_target"),
    "flags": _MARKED,
    "alignment": bindparam("b_alignment"),
}
_UNTRANSLATED = (segments.c.file_id == bindparam("b_file"), segments.c.target.is_(None))
SAVE_FIRST = Prepared(
    segments.update().where(*_UNTRANSLATED, segments.c.position == bindparam("b_position")).values(_VALUES)
)
_EQUAL = segments.alias("equal")
# SQLite would look for `same_as` through all of the file: only a covering index draws it away from the primary key.
_REPEATS = select(_EQUAL.c.position).where(
    _EQUAL.c.file_id == bindparam("b_file"), _EQUAL.c.same_as == bindparam("b_position")
)
FIND_REPEATED = (
    select(segments.c.same_as)
    .where(segments.c.file_id == bindparam("b_file"), segments.c.same_as.in_(bindparam("b_positions", expanding=True)))
    .distinct()
)
CURRENT = select(tasks.c.task_id).where(
    tasks.c.task_id == bindparam("b_task"),
    tasks.c.attempt == bindparam("b_attempt"),
    tasks.c.status.in_((TaskStatus.PENDING, TaskStatus.PROCESSING)),
)
COUNT_IN_FILE = Prepared(
    task_files.update()
    .where(task_files.c.id == bindparam("b_file"))
    .values(
        segments_done=task_files.c.segments_done + bindparam("b_done", type_=Integer),
        segments_flagged=task_files.c.segments_flagged + bindparam("b_flagged", type_=Integer),
    )
)
COUNT_IN_TASK = Prepared(
    tasks.update()
    .where(tasks.c.task_id == bindparam("b_task"))
    .values(
        segments_done=tasks.c.segments_done + bindparam("b_done", type_=Integer),
        segments_flagged=select(func.sum(task_files.c.segments_flagged))
        .where(task_files.c.task_id == bindparam("b_task"))
        .scalar_subquery(),
    )
)
SAVE_REPEATED = Prepared(segments.update().where(*_UNTRANSLATED, segments.c.position.in_(_REPEATS)).values(_VALUES))
INSERT = Prepared.insert(
    segments,
    (
        "file_id",
        "position",
        "unit",
        "lead",
        "source",
        "wants_alignment",
        "same_as",
        "target",
        "language",
        "notes",
        "context",
        "terms",
        "flags",
        "alignment",
        "origin",
        "suggestion",
    ),
)
CLEAR = segments.delete().where(segments.c.file_id.in_(bindparam("b_files", expanding=True)))
ALL_CURRENT = select(tasks.c.task_id, tasks.c.attempt).where(
    tasks.c.task_id.in_(bindparam("b_tasks", expanding=True)),
    tasks.c.status.in_((TaskStatus.PENDING, TaskStatus.PROCESSING)),
)
FIND_REPEATED_IN = (
    select(segments.c.file_id, segments.c.same_as)
    .where(segments.c.file_id.in_(bindparam("b_files", expanding=True)))
    .where(segments.c.same_as.in_(bindparam("b_positions", expanding=True)))
    .distinct()
)
MISSING = (
    segments.c.file_id,
    segments.c.position,
    segments.c.source,
    segments.c.wants_alignment,
    func.coalesce(segments.c.language, ""),
    segments.c.terms,
)
"""The columns of a `MissingSegment`."""

STORED = (
    segments.c.position,
    segments.c.unit,
    segments.c.lead,
    segments.c.source,
    segments.c.target,
    segments.c.flags,
    segments.c.alignment,
    segments.c.notes,
    segments.c.context,
    segments.c.terms,
    segments.c.origin,
    segments.c.suggestion,
    segments.c.language,
)
"""The columns of a `StoredSegment`."""

OF_FILES = (
    select(segments.c.file_id, *STORED)
    .where(segments.c.file_id.in_(bindparam("b_files", expanding=True)))
    .order_by(segments.c.file_id, segments.c.position)
)
