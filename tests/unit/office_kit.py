"""Workbooks and presentations written by hand, for the tests of `documents`."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from documents.formatting import place_runs
from documents.model import DEFAULT_OPTIONS, Format, Output, Unit

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_OFFICE = "application/vnd.openxmlformats-officedocument."
CHART = f"{_OFFICE}drawingml.chart+xml"
DIAGRAM = f"{_OFFICE}drawingml.diagramData+xml"
PICTURE = "application/vnd.ms-office.drawingml.diagramDrawing+xml"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def package(path: Path, parts: Mapping[str, tuple[str, str | bytes]]) -> Path:
    """A zip of name -> (content type, content)."""
    listed = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, (kind, _) in parts.items() if kind
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", f'<Types xmlns="{_TYPES}">{listed}</Types>')
        for name, (_, content) in parts.items():
            out.writestr(name, content)
    return path


def links(**targets: str) -> tuple[str, str]:
    """The part that says what rId1=... leads to; a target is `kind:path`."""
    listed = "".join(
        f'<Relationship Id="{identity}" Type="{R}/{target.split(":")[0]}" Target="{target.split(":")[1]}"/>'
        for identity, target in targets.items()
    )
    return "", f'<Relationships xmlns="{_LINKS}">{listed}</Relationships>'


def chart(content: str) -> tuple[str, str]:
    return CHART, f'<c:chartSpace xmlns:c="{C}" xmlns:a="{A}"><c:chart>{content}</c:chart></c:chartSpace>'


def diagram(kind: str, *texts: str) -> tuple[str, str]:
    content = "".join(para(run(text)) for text in texts)
    return kind, f'<dgm:t xmlns:dgm="urn:d" xmlns:a="{A}">{content}</dgm:t>'


def series(formula: str, *values: str) -> str:
    points = "".join(f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values))
    return f"<c:ser><c:tx><c:strRef><c:f>{formula}</c:f><c:strCache>{points}</c:strCache></c:strRef></c:tx></c:ser>"


def run(text: str, properties: str = "") -> str:
    return f"<a:r>{properties}<a:t>{text}</a:t></a:r>"


def para(*content: str) -> str:
    return f"<a:p>{''.join(content)}</a:p>"


def shape(*paragraphs: str, placeholder: bool = False) -> str:
    inner = "<p:nvPr><p:ph/></p:nvPr>" if placeholder else "<p:nvPr/>"
    return f"<p:sp><p:nvSpPr>{inner}</p:nvSpPr><p:txBody><a:bodyPr/>{''.join(paragraphs)}</p:txBody></p:sp>"


def slide(content: str, kind: str = "slide") -> tuple[str, str]:
    body = f'<p:sld xmlns:p="{P}" xmlns:a="{A}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    return f"{_OFFICE}presentationml.{kind}+xml", f"{body}{content}</p:sld>"


def make_pptx(path: Path, content: str, parts: Mapping[str, tuple[str, str | bytes]] | None = None) -> Path:
    slides = '<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>'
    main = f'<p:presentation xmlns:p="{P}" xmlns:r="{R}">{slides}</p:presentation>'
    return package(
        path,
        {
            "ppt/presentation.xml": (f"{_OFFICE}presentationml.presentation.main+xml", main),
            "ppt/_rels/presentation.xml.rels": links(rId1="slide:slides/slide1.xml"),
            "ppt/slides/slide1.xml": slide(content),
            **(parts or {}),
        },
    )


def make_xlsx(
    path: Path,
    rows: str,
    strings: str = "",
    parts: Mapping[str, tuple[str, str | bytes]] | None = None,
    rest: str = "",
    names: str = "",
) -> Path:
    """One sheet `Хуудас` with the given rows, shared strings and elements behind the rows."""
    sheets = '<sheets><sheet name="Хуудас" sheetId="1" r:id="rId1"/></sheets>'
    book = f'<workbook xmlns="{S}" xmlns:r="{R}">{sheets}{names}</workbook>'
    return package(
        path,
        {
            "xl/workbook.xml": (f"{_OFFICE}spreadsheetml.sheet.main+xml", book),
            "xl/_rels/workbook.xml.rels": links(rId1="worksheet:worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": (
                f"{_OFFICE}spreadsheetml.worksheet+xml",
                f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData>{rest}</worksheet>',
            ),
            "xl/sharedStrings.xml": (f"{_OFFICE}spreadsheetml.sharedStrings+xml", f'<sst xmlns="{S}">{strings}</sst>'),
            **(parts or {}),
        },
    )


def strings(*texts: str) -> str:
    return "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in texts)


def cells(*indices: int) -> str:
    return "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{index}</v></c></row>' for n, index in enumerate(indices)
    )


def texts_of(form: Format, path: Path) -> list[str]:
    return [unit.text for unit in form.read(path)]


def translate(
    form: Format, source: Path, words: Mapping[str, str], output: Output = Output.TRANSLATED
) -> zipfile.ZipFile:
    """The written package; units that are not in `words` stay."""
    out = source.with_name(f"out{source.suffix}")

    def answer(unit: Unit) -> str:
        return words.get(unit.text, unit.text)

    units = list(form.read(source))
    form.write(source, out, (place_runs(one, answer(one), None) for one in units), "cmn_Hans", output, DEFAULT_OPTIONS)
    return zipfile.ZipFile(out)


def text_of(written: zipfile.ZipFile, name: str) -> str:
    return written.read(name).decode()
