"""The commands and programs that the documentation shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "clients" / "python" / "README.md"]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`((?:khelmerch|make|python -m benchmarks\.\w+)(?: [^`]*)?)`")
_ASSIGNED = re.compile(r"[A-Z_][A-Z0-9_]*=")
_ENDS = {"&&", "||", ";", "|", "&"}
_PROGRAMS = ("khelmerch ", "make ", "curl ", "KHELMERCH_", ".venv/bin/", "docker ", "useradd ", "hf ")


@dataclass(frozen=True)
class Command:
    """One program with its arguments. shown: what the page says it answers."""

    page: str
    words: tuple[str, ...]
    shown: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """-> (page, text of the block); "" for blocks without a language."""
    for page in PAGES:
        for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
            if found[1] == language:
                yield str(page.relative_to(ROOT)), found[2]


def commands() -> list[Command]:
    """Of blocks that are called bash or console, of those without a name that begin with a program, and within sentences."""
    found: list[Command] = []
    for page, text in blocks("console"):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, shown = _whole(part)
            found += _simple(page, line, shown)
    for language in ("bash", ""):
        for page, text in blocks(language):
            rest = text if language or text.startswith(_PROGRAMS) else ""
            while rest.strip():
                line, rest = _whole(rest)
                found += _simple(page, line, "")
    for page_path in PAGES:
        page = str(page_path.relative_to(ROOT))
        text = _BLOCK.sub("", page_path.read_text(encoding="utf-8"))
        for inline in _INLINE.finditer(text):
            # `khelmerch pause|resume|drain` and `khelmerch logs TASK` are said for people: their words, not their arguments.
            if not re.search(r"[|…\[\]]|\b[A-Z]{3,}\b", inline[1]):
                found += _simple(page, inline[1], "inline")
    return list(dict.fromkeys(found))


def _whole(text: str) -> tuple[str, str]:
    """-> (a command with the lines that it goes on in, what follows it)"""
    line, _, rest = text.partition("\n")
    while rest and (line.endswith("\\") or _open(line)):
        more, _, rest = rest.partition("\n")
        line = line.removesuffix("\\") + "\n" + more
    return line, rest


def _open(line: str) -> bool:
    try:
        shlex.split(line, comments=True)
    except ValueError:
        return True
    return False


def _simple(page: str, line: str, shown: str) -> Iterator[Command]:
    reader = shlex.shlex(line, posix=True, punctuation_chars="&|;")
    reader.whitespace_split = True
    reader.commenters = "#"
    words: list[str] = []
    for word in [*reader, ";"]:
        if word in _ENDS:
            while words and _ASSIGNED.match(words[0]):
                words.pop(0)
            if words:
                yield Command(page, tuple(words), shown)
            words = []
        else:
            words.append(word)
