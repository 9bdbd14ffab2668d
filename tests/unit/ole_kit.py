"""OLE files (the container of Office 97-2003) written by hand. Streams of 4096 bytes or more, so that none is a small one."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def make_ole(path: Path, streams: dict[str, bytes]) -> Path:
    """A file with these streams; a path `A/B` makes the storage A. Short ones are written as they are, into one sector."""
    entries: list[tuple[str, int, bytes, list[int]]] = [("Root Entry", 5, b"", [])]
    index = {"": 0}
    for name, data in streams.items():
        folder = ""
        *folders, last = name.split("/")
        for one in folders:
            inside = f"{folder}/{one}"
            if inside not in index:
                index[inside] = len(entries)
                entries[index[folder]][3].append(len(entries))
                entries.append((one, 1, b"", []))
            folder = inside
        entries[index[folder]][3].append(len(entries))
        entries.append((last, 2, data, []))
    fat: list[int] = [_FAT]
    body = b""
    starts = []
    for _, kind, data, _ in entries:
        if kind != 2:
            starts.append(_END)
            continue
        count = -(-len(data) // _SECTOR)
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + count), _END]
        body += data.ljust(count * _SECTOR, b"\0")
    directory = b""
    right: dict[int, int] = {}
    for _, _, _, children in entries:  # a chain to the right is a tree too
        right |= dict(itertools.pairwise(children))
    for number, (name, kind, data, children) in enumerate(entries):
        encoded = name.encode("utf-16-le") + b"\0\0"
        directory += struct.pack(
            "<64sHBBIII16sI8s8sIQ", encoded, len(encoded), kind, 1, _FREE, right.get(number, _FREE),
            children[0] if children else _FREE, b"", 0, b"", b"", starts[number], len(data),
        )  # fmt: skip
    count = -(-len(directory) // _SECTOR)
    directory_at = len(fat)
    fat += [*range(len(fat) + 1, len(fat) + count), _END]
    body += directory.ljust(count * _SECTOR, b"\0")
    header = bytes.fromhex("D0CF11E0A1B11AE1") + struct.pack(
        "<16sHHHHH6sIIIIIIIIII", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, directory_at, 0, 0x1000, _END, 0, _END, 0, 0
    )
    table = struct.pack("<128I", *(fat + [_FREE] * (128 - len(fat))))
    path.write_bytes(header.ljust(_SECTOR, b"\xff") + table + body)
    return path
