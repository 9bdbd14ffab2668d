"""Documents of Office 97-2003: what is refused before LibreOffice sees them, and what comes back from it."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from cluster import doctor_host
from cluster.settings import Settings
from documents import libreoffice, scratch
from documents.errors import ConverterMissing, DocumentError, FileDamaged, FileEncrypted, TooComplex, UnsupportedType
from documents.limits import Limits
from documents.model import Format
from documents.naming import result_name
from documents.registry import by_name, format_for
from tests.unit.documents_kit import make_docx, p, r
from tests.unit.odf_kit import needs_libreoffice, opened, texts_of, translate
from tests.unit.ole_kit import make_ole

RTF = rb"{\rtf1\ansi\ansicpg1251 \'cd\'fd\'e3 {\b \'f5\'ee\'b8\'f0}\par}"
OPEN_FIB = struct.pack("<10xH", 0x0000).ljust(4096, b"\0")
SECRET_FIB = struct.pack("<10xH", 0x0100).ljust(4096, b"\0")
BOF, EOF, FILE_PASS = b"\x09\x08\x02\0\0\0", b"\x0a\0\0\0", b"\x2f\0\x02\0\0\0"


def of(suffix: str) -> Format:
    found = by_name(f"a{suffix}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("suffix", "streams", "error", "words"),
    [
        (".doc", {"WordDocument": SECRET_FIB}, FileEncrypted, "password"),
        (".xls", {"Workbook": (BOF + FILE_PASS + EOF).ljust(4096, b"\0")}, FileEncrypted, "password"),
        (".xls", {"Book": (BOF + FILE_PASS + EOF).ljust(4096, b"\0")}, FileEncrypted, "password"),
        (".ppt", {"PowerPoint Document": b"1" * 4096, "Current User": struct.pack("<12xI", 0xF3D1C4DF).ljust(4096, b"\0")},
         FileEncrypted, "password"),
        (".doc", {"WordDocument": OPEN_FIB, "Macros/VBA/dir": b"1" * 4096}, UnsupportedType, "macros"),
        (".xls", {"Workbook": (BOF + EOF).ljust(4096, b"\0"), "_VBA_PROJECT_CUR/VBA/dir": b"1" * 4096},
         UnsupportedType, "macros"),
        (".doc", {"Workbook": BOF.ljust(4096, b"\0")}, UnsupportedType, r"Excel workbook.*\.xls"),
        (".xls", {"WordDocument": OPEN_FIB}, UnsupportedType, r"Word document.*\.doc"),
        (".ppt", {"Contents": b"1" * 4096}, UnsupportedType, "not a PowerPoint"),
        (".doc", {"WordDocument": b"1"}, FileDamaged, "broken"),
    ],
)  # fmt: skip
def test_what_cannot_be_converted_is_refused_without_asking_libreoffice(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    streams: dict[str, bytes],
    error: type[DocumentError],
    words: str,
) -> None:
    monkeypatch.setattr(libreoffice, "converted", lambda *_: pytest.fail("it was asked"))
    path = make_ole(tmp_path / f"a{suffix}", streams)
    form = format_for(path.name, path)
    with pytest.raises(error, match=words):
        form.check(path, Limits())


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.doc", b"plain text", FileDamaged),
        ("a.doc", b"PK\3\4", UnsupportedType),
        ("a.xls", RTF, UnsupportedType),
        ("a.rtf", bytes.fromhex("D0CF11E0A1B11AE1"), UnsupportedType),
        ("a.ppt", b"%PDF-1", UnsupportedType),
        ("a.docm", b"PK\3\4", UnsupportedType),
        ("a.xlsm", b"PK\3\4", UnsupportedType),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    tmp_path: Path, name: str, data: bytes, error: type[DocumentError]
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(data)
    with pytest.raises(error):
        format_for(name, path)


def test_word_may_call_rtf_a_doc(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(RTF)
    assert format_for("a.doc", path).name == "doc"


@pytest.mark.parametrize(
    ("suffix", "new"), [(".doc", ".docx"), (".RTF", ".docx"), (".xls", ".xlsx"), (".ppt", ".pptx")]
)
def test_results_are_named_after_what_they_are(suffix: str, new: str) -> None:
    assert result_name(f"report{suffix}", "cmn_Hans") == f"report.cmn_Hans{new}"


def test_without_libreoffice_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "find", lambda: None)
    path = tmp_path / "a.rtf"
    path.write_bytes(RTF)
    with pytest.raises(ConverterMissing, match="apt-get install libreoffice-writer"):
        of(".rtf").check(path, Limits())
    (check,) = doctor_host.libreoffice(Settings(project_dir=tmp_path))
    assert check.level == "warn" and "libreoffice-calc" in (check.advice or "")


def test_doctor_says_where_libreoffice_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "find", lambda: Path("/usr/bin/soffice"))
    (check,) = doctor_host.libreoffice(Settings(project_dir=tmp_path))
    assert (check.level, check.detail) == ("ok", "/usr/bin/soffice")


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A LibreOffice of our own; `$out` is where it is to write."""
    path = tmp_path / "soffice"
    path.write_text(f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done; out="$2/document.docx"\n{script}\n')
    path.chmod(0o755)
    monkeypatch.setattr(libreoffice, "find", lambda: path)


def rtf(tmp_path: Path, more: bytes = b"") -> Path:
    path = tmp_path / "a.rtf"
    path.write_bytes(RTF + more)
    return path


def test_a_document_that_it_cannot_open_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(FileDamaged, match="LibreOffice cannot open"):
        libreoffice.converted(rtf(tmp_path), ".rtf", ".docx")
    assert not list(scratch.own().glob("converted-*/document.rtf"))


def test_the_same_document_is_converted_once_and_the_first_start_may_ask_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = tmp_path / "count"
    program(tmp_path, monkeypatch, f'echo >> {count}; [ $(wc -l < {count}) -gt 1 ] || exit 81; echo "$HOME" > "$out"')
    first = libreoffice.converted(rtf(tmp_path, b"1"), ".rtf", ".docx")
    assert libreoffice.converted(rtf(tmp_path, b"1"), ".rtf", ".docx") == first
    assert len(count.read_text()) == 2
    profile = Path(first.read_text().strip())
    assert profile.parent == scratch.own()
    settings = (profile / "user" / "registrymodifications.xcu").read_text()
    assert '"DisableMacrosExecution" oor:op="fuse"><value>true<' in settings


def test_a_conversion_that_the_system_has_ended_is_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, monkeypatch, "kill -9 $$")
    with pytest.raises(TooComplex, match="more memory or time"):
        libreoffice.converted(rtf(tmp_path, b"3"), ".rtf", ".docx")


def test_one_that_takes_too_long_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child"
    program(tmp_path, monkeypatch, f"sleep 100 & echo $! > {child}; wait")
    monkeypatch.setattr(libreoffice, "MAX_SECONDS", 1.0)
    with pytest.raises(TooComplex, match="longer than 1 s"):
        libreoffice.converted(rtf(tmp_path, b"2"), ".rtf", ".docx")
    assert ended(int(child.read_text()))


def test_a_conversion_ends_with_the_worker_that_started_it(tmp_path: Path) -> None:
    child, program = tmp_path / "child", tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\necho $$ > {child}.new; mv {child}.new {child}; exec sleep 100\n")
    program.chmod(0o755)
    code = (
        "from pathlib import Path; from documents import libreoffice\n"
        f"libreoffice.find = lambda: Path({str(program)!r})\n"
        f"libreoffice.converted(Path({str(rtf(tmp_path))!r}), '.rtf', '.docx')"
    )
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}) as worker:
        end = time.monotonic() + 30
        while not child.exists() and time.monotonic() < end:
            time.sleep(0.02)
        worker.kill()
    assert ended(int(child.read_text()))


def ended(process: int) -> bool:
    """Whether the process ends within a few seconds."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if f"/{process}/" and Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0] == "Z":
            return True
    return False


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from documents import scratch; print(scratch.own(), flush=True); input()"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        scratch._sweep(tmp_path)
        assert folder.is_dir()  # it lives
        process.send_signal(signal.SIGKILL)
        process.wait()
    scratch._sweep(tmp_path)
    assert not folder.exists()


@needs_libreoffice
def test_old_documents_come_back_new_and_translated(tmp_path: Path) -> None:
    doc = opened(make_docx(tmp_path / "a.docx", p(r("Нэг "), r("хоёр", "<w:b/>"))), "doc", tmp_path)
    for old in (doc, rtf(tmp_path)):
        form = format_for(old.name, old)
        form.check(old, Limits())
        assert texts_of(form, old) == ["Нэг хоёр"]
        with zipfile.ZipFile(translate(form, old, {"Нэг хоёр": "一二"})) as written:
            assert "一" in written.read("word/document.xml").decode()
