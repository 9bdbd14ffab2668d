"""Old documents made new by LibreOffice: without a window, macros or network, in bounded time, and alone.

Every process has a profile of its own, so that conversions do not disturb each other. A child dies with the worker that
started it, and stays under the worker's limit of memory.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import subprocess
from collections import OrderedDict
from pathlib import Path

from common.processes import end_with
from documents import scratch
from documents.errors import ConverterMissing, FileDamaged, TooComplex
from documents.limits import MIB

# The first start makes a profile; then 1 to 3 s a document, and a minute for the largest seen.
MAX_SECONDS = 180.0
MAX_RESULT_BYTES = 512 * MIB
# Memory where this process has no limit itself. Writer and Calc start in 1 GiB of addresses.
MAX_MEMORY_BYTES = 2048 * MIB
# LibreOffice ends with it when it has made a profile and wants to be started again.
_RESTART = 81
# Results kept for what a worker does next with the same document.
_KEPT = 4

_FILTERS = {
    ".docx": "docx:MS Word 2007 XML",
    ".xlsx": "xlsx:Calc MS Excel 2007 XML",
    ".pptx": "pptx:Impress MS PowerPoint 2007 XML",
}
_SCRIPTING = "/org.openoffice.Office.Common/Security/Scripting"
_PROXY = "/org.openoffice.Inet/Settings"
# Nothing in a document is run, and nothing that it links to is fetched: the proxy is a port where nobody listens.
_SETTINGS = (
    (_SCRIPTING, "MacroSecurityLevel", "3"),
    (_SCRIPTING, "DisableMacrosExecution", "true"),
    (_SCRIPTING, "DisableActiveContent", "true"),
    (_SCRIPTING, "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "2"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    (_PROXY, "ooInetProxyType", "2"),
    (_PROXY, "ooInetHTTPProxyName", "127.0.0.1"),
    (_PROXY, "ooInetHTTPProxyPort", "9"),
    (_PROXY, "ooInetHTTPSProxyName", "127.0.0.1"),
    (_PROXY, "ooInetHTTPSProxyPort", "9"),
)
_PROFILE = '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">{}</oor:items>\n'
_ITEM = '<item oor:path="{}"><prop oor:name="{}" oor:op="fuse"><value>{}</value></prop></item>'


def find() -> Path | None:
    """The program, or None where LibreOffice is not installed."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found is not None:
            # The script around it stays behind as its parent, and is not always told when to end.
            inner = Path(found).resolve().with_name("soffice.bin")
            return inner if inner.exists() else Path(found)
    return None


def converted(source: Path, suffix: str, target: str) -> Path:
    """`source`, a document of the type `suffix` (".doc"), as the type `target` (".docx"). The file is this process's; it
    stays until a few others were converted.

    Raises `ConverterMissing`, `FileDamaged`, `TooComplex`.
    """
    with source.open("rb") as file:
        key = hashlib.file_digest(file, "sha256").hexdigest(), suffix, target
    if key not in _results or not _results[key].exists():
        _results[key] = _convert(source, suffix, target)
    _results.move_to_end(key)
    while len(_results) > _KEPT:
        _, old = _results.popitem(last=False)
        shutil.rmtree(old.parent, ignore_errors=True)
    return _results[key]


# What this process has converted, by content.
_results: OrderedDict[tuple[str, str, str], Path] = OrderedDict()


def _convert(source: Path, suffix: str, target: str) -> Path:
    program = find()
    if program is None:
        raise ConverterMissing(
            f"Documents of the type {suffix} are converted by LibreOffice, which is not installed on the server. Install it "
            f"there (Debian: apt-get install libreoffice-writer libreoffice-calc libreoffice-impress), or save the document "
            f"as {target}.",
            suffix=suffix,
        )
    folder = scratch.own() / f"converted-{os.urandom(8).hex()}"
    folder.mkdir()
    given = folder / f"document{suffix}"
    result = folder / f"document{target}"
    try:
        shutil.copyfile(source, given)
        profile = _profile()
        command = [
            str(program), "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
            f"-env:UserInstallation={profile.as_uri()}", "--convert-to", _FILTERS[target], "--outdir", str(folder), str(given),
        ]  # fmt: skip
        code = _run(command, profile)
        if code == _RESTART:
            code = _run(command, profile)
        given.unlink()
        if not result.is_file() or not result.stat().st_size:
            if code < 0:  # a signal: the system has ended it
                raise TooComplex(
                    "LibreOffice was ended while it converted the document, which takes more memory or time than one "
                    "document may take. Split it and send the parts."
                )
            raise FileDamaged(
                f"LibreOffice cannot open the document: it is damaged, or protected by a password. Save it as {target}."
            )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return result


def _profile() -> Path:
    profile = scratch.own() / "profile"
    settings = profile / "user" / "registrymodifications.xcu"
    if not settings.exists():
        settings.parent.mkdir(parents=True)
        items = "".join(_ITEM.format(path, name, value) for path, name, value in _SETTINGS)
        settings.write_text(_PROFILE.format(items), encoding="utf-8")
    return profile


def _run(command: list[str], profile: Path) -> int:
    parent = os.getpid()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=profile,
        env={
            "HOME": str(profile),
            "TMPDIR": str(profile),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "SAL_USE_VCLPLUGIN": "svp",  # no screen is looked for
        },
        start_new_session=True,
        preexec_fn=lambda: _limited(parent),
    )
    try:
        return process.wait(MAX_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooComplex(
            f"LibreOffice took longer than {MAX_SECONDS:.0f} s to convert the document. Split it and send the parts."
        ) from error
    finally:
        # The whole session: what it has started ends too.
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _limited(parent: int) -> None:
    end_with(parent)
    seconds = int(MAX_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_RESULT_BYTES, MAX_RESULT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
