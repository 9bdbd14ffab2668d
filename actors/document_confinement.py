"""What the process that reads a stranger's document may open: that document, what it was told to write, and its own code.

Two walls. Python's own: every file that Python opens is compared with those of the request (an audit hook, which cannot be
taken out again), and no process or connection is begun. The kernel's, for what libraries open behind Python's back: Landlock,
where Linux has it (5.13), limits reading to the code and the blob store, writing to the store's staging area and a temporary
folder; from 6.7 on it refuses TCP as well.

LibreOffice makes documents of old types new. Such documents, and archives that may hold some, go to workers of their own (see
`converts`), which may begin that one program. It inherits the second wall, in which there are two gates for it: its settings,
and the socket that it makes in /tmp, wherever it is told to put what is temporary.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from documents import libreoffice
from documents.naming import CONVERTED
from storage.blobs import SCRATCH

# <linux/landlock.h>; the system calls have these numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_REMOVE_FILE, _MAKE_SOCKET = 1 << 5, 1 << 9
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL = (1 << 15) - 1
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
"""Rights that a rule may give to a single file."""
_HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
"""Version of Landlock -> the rights of files that it knows; later ones add what concerns no file here."""
_TCP_VERSION, _TCP = 4, 0b11

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NEVER = (
    *("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *("socket.connect", "socket.bind", "socket.send", "socket.get"),
)
_CHANGING = frozenset(
    {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate"}
)
_OF_TWO = frozenset({"os.rename", "os.link", "os.symlink"})

_PACKAGES = ("actors", "common", "documents", "storage", "translation")

CONVERTS = "converts"
"""The argument of a worker that may begin LibreOffice."""

_NEEDING = frozenset(CONVERTED) | {".zip"}

_SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/fonts",
    "/dev/null",
    "/dev/urandom",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
)
"""What the interpreter and its libraries read of a Linux system; none of it is anybody's."""

_FONT_CACHE = "/var/cache/fontconfig"
_CONVERTERS_SOCKET = "/tmp"  # noqa: S108 - LibreOffice has this path in its code


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def code_folders() -> tuple[Path, ...]:
    """-> where this interpreter, its packages and our own are. Not the folder around ours: that may hold DATA_DIR."""
    ours = Path(__file__).parents[1]
    installed = [folder for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")]
    found = [sys.prefix, sys.base_prefix, *installed, *(str(ours / name) for name in _PACKAGES)]
    return tuple(dict.fromkeys(Path(folder).resolve() for folder in found))


def converter_folders(program: Path) -> Iterator[Path]:
    """-> where the installation of LibreOffice is that `program` belongs to, and what links in it lead to: Debian has the
    settings in /etc, and caches in /var."""
    home = program.resolve().parents[1]
    yield home
    folders = [home / "share"]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    yield Path(entry.path).resolve()
                elif entry.is_dir():
                    folders.append(Path(entry.path))


class ForbiddenError(PermissionError):
    """The wall stood in the way: of a document that means harm, or of a mistake of ours. The disk is well."""


class Confinement:
    """Begins when it is made, for the rest of the process. store: the root of the blob store; converter: the program that
    may be begun, in a worker of documents that need it."""

    def __init__(self, store: Path, converter: Path | None = None) -> None:
        self._allowed: frozenset[str] = frozenset()
        store = store.resolve()
        (store / SCRATCH).mkdir(exist_ok=True)
        self._scratch = Path(tempfile.mkdtemp(dir=store / SCRATCH))
        tempfile.tempdir = str(self._scratch)
        sys.dont_write_bytecode = True
        self._readable = tuple(
            f"{folder}{os.sep}" for folder in (*code_folders(), *map(Path, _SYSTEM)) if folder != Path(folder.anchor)
        )
        self._opened = frozenset(_SYSTEM)
        self._converter = None if converter is None else str(converter)
        rights = {
            **dict.fromkeys((*code_folders(), *map(Path, _SYSTEM), store), _READ),
            **dict.fromkeys((store / "staging", self._scratch), _ALL),
        }
        if converter is not None:
            rights |= dict.fromkeys((*converter_folders(converter), Path(_FONT_CACHE)), _READ)
            rights[Path(os.devnull)] = _READ | _WRITE_FILE
            rights[Path(_CONVERTERS_SOCKET)] = _MAKE_SOCKET | _REMOVE_FILE
        self.kernel = landlock(rights)
        sys.addaudithook(self._audit)

    def allow(self, paths: Iterable[str]) -> None:
        """From now on these files, and no others but the code and what is temporary; of the document before nothing is left."""
        self._clear()
        self._allowed = frozenset(os.path.realpath(path) for path in paths)

    def end(self) -> None:
        """Remove what is temporary. What a killed process leaves goes with the scheduler's next start."""
        self._clear()
        self._scratch.rmdir()

    def _clear(self) -> None:
        for path in sorted(self._scratch.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if not isinstance(path, int) and (path != os.devnull or self._converter is None):
                self._judge(path, writing=bool((flags or 0) & _WRITING))
        elif event in _CHANGING:
            for path in arguments[: 2 if event in _OF_TWO else 1]:
                self._judge(path, writing=True)
        elif event == "subprocess.Popen" and self._converter is not None and arguments[0] == self._converter:
            return
        elif event.startswith(_NEVER):
            raise ForbiddenError(1, f"A document worker may not do this: {event}")

    def _judge(self, path: Any, *, writing: bool) -> None:
        real = os.path.realpath(os.fsdecode(path))
        if real in self._allowed or real.startswith(f"{self._scratch}{os.sep}") or real == str(self._scratch):
            return
        if not writing and (real in self._opened or real.startswith(self._readable)):
            return
        raise ForbiddenError(1, "A document worker may not open this", real)


def landlock(rights: Mapping[Path, int]) -> bool:
    """Let the kernel refuse this process, and those that it begins, everything but these rights to these files and what is
    below these folders; -> False where it has no Landlock. Raises OSError."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    if version < 1:
        return False
    handled = _HANDLED[min(version, 3)]
    wanted = _Ruleset(handled, _TCP if version >= _TCP_VERSION else 0)
    size = ctypes.sizeof(wanted) if version >= _TCP_VERSION else ctypes.sizeof(ctypes.c_uint64)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    try:
        for path, allowed in rights.items():
            _add_rule(libc, ruleset, path, allowed & handled)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)
    return True


def _add_rule(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            rights &= _OF_FILES
        rule = _PathBeneath(rights, folder)
        _checked(
            libc.syscall(
                _ADD_RULE,
                ctypes.c_int(ruleset),
                ctypes.c_int(_RULE_PATH_BENEATH),
                ctypes.byref(rule),
                ctypes.c_uint32(0),
            )
        )
    finally:
        os.close(folder)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def converts(name: str) -> bool:
    """May a document of this name need LibreOffice? Only where that is installed."""
    return PurePosixPath(name).suffix.lower() in _NEEDING and libreoffice.find() is not None
