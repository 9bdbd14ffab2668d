"""Documents of Office 97-2003 and RTF: new ones that LibreOffice has saved in the old way."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from documents import libreoffice
from tests.corpus import office
from tests.corpus.open_document import ODT

Maker = Callable[[Path], object]

_SOURCES: dict[str, list[tuple[str, Maker]]] = {
    ".doc": [(".docx", office.docx_letter), (".docx", office.docx_table), (".odt", ODT[0])],
    ".ppt": [(".pptx", office.pptx_bullets), (".pptx", office.pptx_table), (".pptx", office.pptx_plain)],
    ".rtf": [(".docx", office.docx_letter), (".docx", office.docx_sections), (".odt", ODT[1])],
    ".xls": [(".xlsx", office.xlsx_table), (".xlsx", office.xlsx_rich), (".xlsx", office.xlsx_columns)],
}
"""By suffix: from what each document is converted."""


@cache
def _saved(suffix: str) -> list[bytes]:
    """The documents of an old type, by one start of LibreOffice."""
    program = libreoffice.find()
    assert program is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = [folder / f"{number}{new}" for number, (new, _) in enumerate(_SOURCES[suffix])]
        for path, (_, make) in zip(given, _SOURCES[suffix], strict=True):
            make(path)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [str(program), "--headless", "--norestore", profile, "--convert-to", suffix[1:], "--outdir", name]
        for _ in range(2):  # the first start may only make the profile
            subprocess.run([*command, *map(str, given)], capture_output=True, timeout=300, check=False)
            results = [path.with_suffix(suffix) for path in given]
            if all(path.exists() for path in results):
                return [path.read_bytes() for path in results]
    raise AssertionError(f"LibreOffice made no {suffix}")


def makers(suffix: str) -> list[Maker]:
    """The makers of documents of an old type."""
    return [
        lambda path, number=number: path.write_bytes(_saved(suffix)[number]) for number in range(len(_SOURCES[suffix]))
    ]
