"""The document worker's walls: each case runs in a process of its own, since none of them can be taken down again."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from actors import document_worker
from actors.document_confinement import ForbiddenError, converter_folders
from actors.document_pool import DocumentPool
from documents import libreoffice
from documents.naming import CONVERTED
from documents.registry import formats
from storage.errors import StorageError
from tests.corpus.table import MAKERS

HEAD = """
import ctypes, json, os, socket, subprocess, sys, tempfile
from pathlib import Path
sys.path.insert(0, {root!r})
from actors.document_confinement import Confinement
store, secret, mine = Path({store!r}), {secret!r}, {mine!r}
confinement = Confinement(store, Path({converter!r}) if {converter!r} else None)
confinement.allow([mine, str(store / "staging" / "out")])
def tried(act):
    try:
        return [True, repr(act())]
    except OSError as error:
        return [False, str(error)]
libc = ctypes.CDLL(None, use_errno=True)
"""
ROOT = Path(__file__).parents[2]
needs_libreoffice = pytest.mark.skipif(libreoffice.find() is None, reason="LibreOffice is not installed")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    root = tmp_path / "data" / "blobs"
    for folder in ("staging", "uploads/aa", "results/aa"):
        (root / folder).mkdir(parents=True)
    (root / "uploads/aa/mine").write_text("mine")
    (root / "uploads/aa/others").write_text("another client's")
    (tmp_path / "data" / "khelmerch.db").write_text("secret")
    return root


def confined(store: Path, expression: str, converter: Path | None = None, before: str = "") -> tuple[bool, str, bool]:
    """-> (was it allowed, what came of it, does the kernel have Landlock) of an expression in a confined process."""
    head = HEAD.format(
        converter=str(converter or ""),
        root=str(ROOT),
        store=str(store),
        secret=str(store.parent / "khelmerch.db"),
        mine=str(store / "uploads/aa/mine"),
    )
    code = f"{head}\n{before}\nprint(json.dumps([*tried(lambda: {expression}), confinement.kernel]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    allowed, said, kernel = json.loads(done.stdout)
    return allowed, said, kernel


@pytest.mark.parametrize(
    "expression",
    [
        "open(mine).read()",
        "Path(store, 'staging', 'out').write_text('done')",
        "tempfile.NamedTemporaryFile('w').write('x')",
        "__import__('xml.dom.minidom')",
        "os.fstat(os.open(mine, os.O_RDONLY)).st_size",
    ],
)
def test_a_document_worker_does_its_work(store: Path, expression: str) -> None:
    allowed, said, _kernel = confined(store, expression)
    assert allowed, said


@pytest.mark.parametrize(
    "expression",
    [
        "open(secret).read()",
        "open('/etc/passwd').read()",
        "open(str(store / 'uploads/aa/others')).read()",
        "open(str(store / 'staging' / '..' / '..' / 'khelmerch.db')).read()",
        "open(mine, 'a')",
        "open(str(store / 'staging' / 'another'), 'w')",
        "os.open(secret, os.O_RDONLY)",
        "os.remove(str(store / 'uploads/aa/others'))",
        "os.rename(str(store / 'uploads/aa/others'), str(store / 'staging' / 'out'))",
        "os.symlink(secret, str(store / 'staging' / 'out'))",
        "open('/dev/tcp')",
        "subprocess.run(['true'])",
        "os.system('true')",
        "socket.create_connection(('127.0.0.1', 9))",
        "open(os.path.realpath('/proc/self/environ').replace('self', '1'))",
    ],
)
def test_a_document_worker_opens_nothing_else(store: Path, expression: str) -> None:
    allowed, said, _kernel = confined(store, expression)
    assert not allowed, said
    assert "may not" in said or "Permission denied" in said or "No such file" in said, said
    assert (store / "uploads/aa/others").read_text() == "another client's"
    assert (store.parent / "khelmerch.db").read_text() == "secret"


def test_a_link_to_another_file_is_followed_before_it_is_judged(store: Path) -> None:
    (store / "staging" / "link").symlink_to(store.parent / "khelmerch.db")
    allowed, said, _kernel = confined(store, "open(str(store / 'staging' / 'link')).read()")
    assert not allowed, said


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("libc.open(secret.encode(), 0)", 13),
        ("libc.open(b'/etc/passwd', 0)", 13),
        ("libc.open(mine.encode(), 1)", 13),  # an upload is read, never written
        ("libc.unlink(mine.encode())", 13),
    ],
)
def test_the_kernel_refuses_what_a_library_opens_behind_pythons_back(store: Path, call: str, error: int) -> None:
    allowed, said, kernel = confined(store, f"({call}, ctypes.get_errno())")
    if not kernel:
        pytest.skip("this kernel has no Landlock")
    assert allowed and said == f"(-1, {error})"
    assert confined(store, "libc.open(mine.encode(), 0) >= 0")[1] == "True"


async def test_the_pool_reads_what_is_in_the_store(store: Path) -> None:
    pool = DocumentPool(1, 2**30, 30.0, store)
    inside = store / "uploads/aa/mine"
    inside.write_text("Сайн байна уу?\n")
    try:
        assert await pool.run("check", name="a.txt", path=str(inside)) == {"format": "txt"}
        languages = {"source": "mon_Cyrl", "target": "cmn_Hans", "sources": ["mon_Cyrl"]}
        request = {"name": "a.txt", **languages, "out": str(store / "staging" / "out")}
        assert (await pool.run("prepare", path=str(inside), **request))["segments"] == 1
    finally:
        await pool.close()


async def test_a_request_itself_does_not_lead_out_of_the_store(store: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("Сайн байна уу?\n")
    if not confined(store, "1")[2]:
        pytest.skip("this kernel has no Landlock")
    pool = DocumentPool(1, 2**30, 30.0, store)
    try:
        with pytest.raises(StorageError, match="ermission"):
            await pool.run("check", name="a.txt", path=str(outside))
    finally:
        await pool.close()


@needs_libreoffice
@pytest.mark.parametrize(
    ("path", "flags", "is_allowed"),
    [("secret", 0, False), ("b'/etc/passwd'", 0, False), ("b'/tmp'", 0, False), ("mine", 1, False), ("mine", 0, True)],
)
def test_the_kernel_holds_a_worker_that_may_begin_libreoffice_too(
    store: Path, path: str, flags: int, is_allowed: bool
) -> None:
    given = path if path.startswith("b") else f"{path}.encode()"
    _, opened, kernel = confined(store, f"libc.open({given}, {flags}) >= 0", converter=libreoffice.find())
    if not kernel:
        pytest.skip("this kernel has no Landlock")
    assert opened == str(is_allowed)


def test_the_folders_of_libreoffice_are_those_that_links_of_its_installation_lead_to(tmp_path: Path) -> None:
    home, settings = tmp_path / "lib" / "office", tmp_path / "etc"
    for folder in (home / "program", home / "share" / "config", settings):
        folder.mkdir(parents=True)
    (home / "share" / "config" / "registry").symlink_to(settings)
    assert list(converter_folders(home / "program" / "soffice.bin")) == [home, settings]


def _workers() -> list[psutil.Process]:
    """Those that live: one that has just ended is a zombie until it is asked for."""
    found = []
    for one in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "actors.document_worker" in one.cmdline():
                found.append(one)
    return found


@needs_libreoffice
async def test_a_document_of_an_old_type_is_converted_by_a_worker_of_its_own(store: Path, tmp_path: Path) -> None:
    path = store / "uploads/aa/mine"
    path.write_text(r"{\rtf1\ansi Good morning.}")
    pool = DocumentPool(1, 2**30, 120.0, store)
    try:
        assert (await pool.run("check", name="a.rtf", path=str(path)))["format"] == "rtf"
        path.write_text("Good morning.")
        assert (await pool.run("check", name="a.txt", path=str(path)))["format"] == "txt"
        assert len(_workers()) == 1, "the other kind of worker made room"
    finally:
        await pool.close()


WRITES = """
from documents.model import Output, Piece
from documents.registry import format_for
def written(names):
    for name in names:
        source, out = store / "uploads/aa" / name, store / "staging" / name
        confinement.allow([str(source), str(out)])
        kind = format_for(name, source)
        for output in sorted(kind.outputs):
            kind.write(source, out, iter([[Piece("译文")] for _ in kind.read(source)]), "cmn_Hans", output)
    return len(names)
"""

SUFFIXES = {one.name: one.suffixes[0] for one in formats()}


def test_every_format_is_written_behind_the_walls(store: Path) -> None:
    names = []
    for name, makers in MAKERS.items():
        if SUFFIXES[name] not in CONVERTED:
            for number, make in enumerate(makers):
                names.append(f"{name}{number}{SUFFIXES[name]}")
                make(store / "uploads/aa" / names[-1])
    old_letters = store / "uploads/aa" / "letters.txt"
    old_letters.write_bytes("Баримт бичгийг илгээх".encode("windows-1251"))  # becomes UTF-8 while it is written
    allowed, said, _kernel = confined(store, f"written({[*names, old_letters.name]!r})", before=WRITES)
    assert allowed and said == str(len(names) + 1), said
    assert (store / "staging" / "letters.txt").read_text(encoding="utf-8-sig") == "译文"


def test_a_document_that_the_wall_stops_ends_its_worker_and_is_no_trouble_of_the_disk(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_request: document_worker.Request) -> document_worker.Request:
        raise ForbiddenError(1, "A document worker may not open this", "/etc/passwd")

    monkeypatch.setitem(document_worker.OPERATIONS, "check", forbidden)
    with pytest.raises(ForbiddenError):
        document_worker.answer({"op": "check"})
