"""Translating the names of a workbook's sheets: they are asked for first, then every part follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml import etree

from documents.drawing.names import below
from documents.ooxml.package import is_links
from documents.ooxml.texts import Texts
from documents.packaged import Task
from documents.sheet import references
from documents.sheet.naming import SheetNames
from documents.sheet.survey import PIVOT_CACHE, Survey

_TITLES = "application/vnd.openxmlformats-officedocument.extended-properties+xml"
# Parts that name sheets in ways that are not followed: form controls (in VML too) and the history of shared workbooks.
_OPAQUE = (
    "application/vnd.ms-excel.controlproperties+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.revisionHeaders+xml",
)

Follow = Callable[[etree._Element, SheetNames], bool]


def with_sheet_names(tasks: Sequence[Task], types: dict[str, str], workbook: str, found: Survey) -> list[Task]:
    """`tasks` with those that rename sheets: none where a part would be left behind."""
    if any(content_type in _OPAQUE for content_type in types.values()):
        return list(tasks)
    names = SheetNames()

    def ask(root: etree._Element, _: str, texts: Texts) -> bool:
        names.ask([sheet.get("name") or "" for sheet in below(root, "sheet")], found.kept, texts)
        return False

    edited = {task.part for task in tasks}
    more: list[tuple[str, Follow]] = []
    for name, content_type in types.items():
        if name in edited:
            continue
        if content_type == PIVOT_CACHE or is_links(name):
            more.append((name, references.follow))
        elif content_type == _TITLES:
            more.append((name, references.follow_titles))
    return [
        Task(workbook, ask),
        *(_following(task, names) for task in tasks),
        *(_only_following(name, names, follow) for name, follow in more),
    ]


def _following(task: Task, names: SheetNames) -> Task:
    def edit(root: etree._Element, name: str, texts: Texts) -> bool:
        changed = task.edit(root, name, texts)
        return (bool(names) and references.follow(root, names)) or changed

    return Task(task.part, edit)


def _only_following(name: str, names: SheetNames, follow: Follow) -> Task:
    return Task(name, lambda root, _, __: bool(names) and follow(root, names))
