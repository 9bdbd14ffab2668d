"""OpenDocument texts, spreadsheets and presentations, as LibreOffice lays theirs out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.corpus.office import picture
from tests.corpus.words import PARAGRAPHS, WORDS
from tests.unit.odf_kit import (
    BOLD,
    SHEET,
    SLIDES,
    TEXT,
    TYPED,
    cell,
    chart,
    formula,
    make,
    master,
    p,
    row,
    sheet,
    span,
)

Maker = Callable[[Path], object]
Parts = Mapping[str, tuple[str, str | bytes]]
P, W = PARAGRAPHS, WORDS

_PICTURE: Parts = {"Pictures/a.png": ("image/png", picture().getvalue())}
_IMAGE = (
    '<draw:frame svg:width="2cm" svg:height="2cm" draw:name="a">'
    '<draw:image xlink:href="Pictures/a.png" xlink:type="simple"/></draw:frame>'
)
_CHART = (
    '<draw:frame svg:width="8cm" svg:height="6cm" draw:name="b">'
    '<draw:object xlink:href="./Object 1" xlink:type="simple"/></draw:frame>'
)
_NUMBER = '<table:table-cell office:value-type="float" office:value="12.5"><text:p>12.5</text:p></table:table-cell>'


def package(
    body: str, kind: str = TEXT, automatic: str = BOLD + TYPED, styles: str = "", parts: Parts | None = None
) -> Maker:
    """The maker of a package with this body."""
    return lambda path: make(path, body, kind, automatic, styles, {**_PICTURE, **(parts or {})})


def _note(kind: str, text: str) -> str:
    return (
        f'<text:note text:id="n{kind}" text:note-class="{kind}"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{p(text)}</text:note-body></text:note>"
    )


def _heading(text: str) -> str:
    return f'<text:h text:outline-level="1">{text}</text:h>'


def _items(*texts: str) -> str:
    inner = "".join(f"<text:list-item>{p(text)}</text:list-item>" for text in texts)
    return f"<text:list>{inner}</text:list>"


def _remark(text: str) -> str:
    return f'<office:annotation office:name="a1">{p(text)}</office:annotation>'


ODT = [
    package(
        _heading(W[3])
        + p(f"{P[0]} {span('T1', W[0])} {span('T2', W[1])}{span('T3', W[2])}")
        + _items(P[1], P[2], "12.5")
        + p(f"{P[3]}{_note('footnote', P[4])}{_note('endnote', P[5])}"),
        styles=master(p(f'{W[4]} <text:page-number text:select-page="current">1</text:page-number>')),
    ),
    package(
        sheet("T", row(cell(W[0]), cell(W[1])), row(cell(P[0]), _NUMBER))
        + p(_IMAGE)
        + p(
            f'<text:a xlink:type="simple" xlink:href="https://example.mn/">{W[2]}</text:a><text:tab/>{W[3]}<text:line-break/>{W[5]}'
        )
        + p(f"{P[4]}{_remark(P[2])}")
    ),
    package(
        p(f"{P[0]}{_CHART}")
        + p(f'<draw:frame svg:width="6cm" svg:height="2cm"><draw:text-box>{p(P[3])}</draw:text-box></draw:frame>')
        + f'<text:section text:name="s">{p(P[5])}</text:section>',
        parts=chart(f"<chart:title>{p(W[6])}</chart:title>"),
    ),
    package("".join(p(span("T1" if number % 2 else "T2", text)) for number, text in enumerate(P * 20))),
]

ODS = [
    package(
        sheet("A", row(*map(cell, W[:4])), *(row(cell(text), _NUMBER, cell("A-1")) for text in P))
        + sheet("B", row(cell(W[5]), _NUMBER)),
        SHEET,
    ),
    package(
        sheet("A", row(cell(W[4]), formula("of:=[.A1]", W[4]), _NUMBER), row(cell(f"{W[0]} {span('T1', W[1])}"))),
        SHEET,
        styles=master(p(f"{W[3]} <text:page-number>1</text:page-number>")),
    ),
    package(
        f'<table:table table:name="A"><table:shapes>{_CHART}</table:shapes>'
        + row(f'<table:table-cell office:value-type="string">{_remark(P[2])}{p(W[0])}{p(P[1])}</table:table-cell>')
        + row('<table:table-cell table:number-columns-repeated="3"/>', cell(W[7], ' table:number-columns-spanned="2"'))
        + "</table:table>",
        SHEET,
        parts=chart(f"<chart:title>{p(P[0])}</chart:title>"),
    ),
]


def _slide(*shapes: str, notes: str = "") -> str:
    spoken = f"<presentation:notes>{_box(p(notes))}</presentation:notes>" if notes else ""
    return f'<draw:page draw:name="page" draw:master-page-name="m">{"".join(shapes)}{spoken}</draw:page>'


def _box(content: str) -> str:
    return (
        '<draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="4cm">'
        f"<draw:text-box>{content}</draw:text-box></draw:frame>"
    )


ODP = [
    package("".join(_slide(_box(p(W[0])), _box(_items(text, W[2])), notes=P[0]) for text in P), SLIDES),
    package(
        _slide(
            '<draw:frame svg:width="20cm" svg:height="4cm">'
            f"{sheet('T', row(cell(W[0]), cell(W[1])), row(cell(P[1]), cell('12')))}</draw:frame>",
            _IMAGE,
        ),
        SLIDES,
    ),
    package(
        _slide(
            _box(p(f"{P[2]} {span('T1', W[4])}")),
            f'<draw:g><draw:rect svg:width="4cm" svg:height="2cm">{p(P[3])}</draw:rect>'
            f'<draw:custom-shape svg:width="4cm" svg:height="2cm">{p(W[6])}</draw:custom-shape></draw:g>',
            _CHART,
        )
        + _slide(),
        SLIDES,
        parts=chart(f"<chart:title>{p(W[3])}</chart:title>"),
    ),
]
