"""OpenDocument packages written by hand, and LibreOffice where it is installed, for the tests of `documents`."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from lxml import etree

from documents import libreoffice, scratch
from documents.formatting import place_runs
from documents.model import DEFAULT_OPTIONS, Format, Options, Output, Unit
from documents.odf.names import full

_PREFIXES = ("office", "text", "table", "draw", "style", "fo", "svg", "xlink", "chart", "presentation", "calcext", "officeooo",
             "config", "manifest", "loext", "field")  # fmt: skip
NAMESPACES = " ".join(f'xmlns:{prefix}="{full(f"{prefix}:x")[1:-2]}"' for prefix in _PREFIXES)
NAMESPACES += ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
TEXT, SHEET, SLIDES = "text", "spreadsheet", "presentation"
needs_libreoffice = pytest.mark.skipif(
    libreoffice.find() is None, reason="LibreOffice is not installed (Debian: apt-get install libreoffice-writer ...)"
)


def root(name: str, content: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<office:{name} {NAMESPACES} office:version="1.3">{content}</office:{name}>'


def manifest(kind: str, parts: Mapping[str, str]) -> str:
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{media_type}"/>'
        for name, media_type in {"/": f"application/vnd.oasis.opendocument.{kind}", **parts}.items()
    )
    namespace = full("manifest:x")[1:-2]
    return f'<manifest:manifest xmlns:manifest="{namespace}" manifest:version="1.3">{listed}</manifest:manifest>'


def make(
    path: Path,
    body: str,
    kind: str = TEXT,
    automatic: str = "",
    styles: str = "",
    parts: Mapping[str, tuple[str, str | bytes]] | None = None,
) -> Path:
    """A package of this kind. parts: name -> (media type, content)."""
    contents: dict[str, tuple[str, str | bytes]] = {
        "content.xml": (
            "text/xml",
            root(
                "document-content",
                f"<office:automatic-styles>{automatic}</office:automatic-styles>"
                f"<office:body><office:{kind}>{body}</office:{kind}></office:body>",
            ),
        ),
        "styles.xml": ("text/xml", root("document-styles", styles or "<office:styles/>")),
        **(parts or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        for name, (_, content) in contents.items():
            if not name.endswith("/"):
                package.writestr(name, content)
        listed = {name: media_type for name, (media_type, _) in contents.items()}
        package.writestr("META-INF/manifest.xml", manifest(kind, listed))
    return path


def chart(content: str) -> dict[str, tuple[str, str | bytes]]:
    body = f"<office:body><office:chart><chart:chart>{content}</chart:chart></office:chart></office:body>"
    return {
        "Object 1/": ("application/vnd.oasis.opendocument.chart", ""),
        "Object 1/content.xml": ("text/xml", root("document-content", body)),
    }


def style(name: str, properties: str, family: str = "text", more: str = "") -> str:
    return f'<style:style style:name="{name}" style:family="{family}"{more}>{properties}</style:style>'


def text_style(name: str, properties: str) -> str:
    return style(name, f"<style:text-properties {properties}/>")


BOLD = text_style("T1", 'fo:font-weight="bold"')
TYPED = text_style("T2", 'officeooo:rsid="0012"') + text_style("T3", 'officeooo:rsid="0013" fo:language="mn"')


def master(header: str) -> str:
    """The master styles of styles.xml, with this header."""
    page = f"<style:master-page><style:header>{header}</style:header></style:master-page>"
    return f"<office:master-styles>{page}</office:master-styles>"


def p(content: str, more: str = "") -> str:
    return f"<text:p{more}>{content}</text:p>"


def span(name: str, content: str) -> str:
    return f'<text:span text:style-name="{name}">{content}</text:span>'


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}>{p(text)}</table:table-cell>'


def formula(formula: str, text: str) -> str:
    quoted = formula.replace('"', "&quot;")
    return (
        f'<table:table-cell table:formula="{quoted}" office:value-type="string" office:string-value="{text}">'
        f"{p(text)}</table:table-cell>"
    )


def sheet(name: str, *rows: str) -> str:
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


def texts_of(form: Format, path: Path, options: Options = DEFAULT_OPTIONS) -> list[str]:
    return [unit.text for unit in form.read(path, options)]


def translate(
    form: Format,
    source: Path,
    words: Mapping[str, str] | Callable[[Unit], str],
    output: Output = Output.TRANSLATED,
    options: Options = DEFAULT_OPTIONS,
    language: str = "cmn_Hans",
) -> Path:
    """The written file; units that are not in `words` stay."""
    out = source.with_name(f"out{source.suffix}")

    def answer(unit: Unit) -> str:
        return words(unit) if callable(words) else words.get(unit.text, unit.text)

    units = list(form.read(source, options))
    form.write(source, out, (place_runs(one, answer(one), None) for one in units), language, output, options)
    return out


def content(path: Path, name: str = "content.xml") -> str:
    """The text of a part without the declarations of namespaces."""
    with zipfile.ZipFile(path) as package:
        return re.sub(r' xmlns:\w+="[^"]*"', "", package.read(name).decode())


def body(path: Path, name: str = "content.xml") -> str:
    """What is inside the office:body of a part."""
    found = re.search("<office:body><office:[a-z]+>(.*)</office:[a-z]+></office:body>", content(path, name), re.DOTALL)
    assert found is not None
    return found.group(1)


def tree(path: Path, name: str = "content.xml") -> etree._Element:
    with zipfile.ZipFile(path) as package:
        return etree.fromstring(package.read(name))


def changed_parts(source: Path, out: Path) -> set[str]:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out) as new:
        assert old.namelist() == new.namelist()
        return {name for name in old.namelist() if old.read(name) != new.read(name)}


def opened(path: Path, target: str, folder: Path) -> Path:
    """What LibreOffice makes of `path`; fails where it cannot open it."""
    program = libreoffice.find()
    assert program is not None
    profile = (scratch.own() / "tests").as_uri()  # one for all tests: to make it takes seconds
    command = [
        "nice",
        "-n",
        "15",
        str(program),
        "--headless",
        f"-env:UserInstallation={profile}",
        "--convert-to",
        target,
    ]
    for _ in range(2):  # the first start only makes the profile
        subprocess.run(
            [*command, "--outdir", str(folder / "opened"), str(path)], capture_output=True, timeout=100, check=False
        )
        result = folder / "opened" / f"{path.stem}.{target.split(':')[0]}"
        if result.exists():
            return result
    raise AssertionError(f"LibreOffice cannot open {path}")
