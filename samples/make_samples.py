"""Writes the sample documents of this folder: `python samples/make_samples.py` (needs python-docx).

The Mongolian page keeps to the language of menus, settings, files, networks and passwords, which is what the starter
model was trained on. The files are committed; run this after a change and commit what it writes. The bytes are the
same on every run.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

from docx import Document
from docx.document import Document as DocumentObject
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

HERE = Path(__file__).resolve().parent
DAY = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
FOOTNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"

# (text, formatting): "" plain, b bold, i italic, u underlined
INTRODUCTION = [
    ("Та ", ""),
    ("файлын тохиргоо", "b"),
    (" болон ", ""),
    ("сүлжээний тохиргоог", "i"),
    (" өөрчилж болно.", ""),
]
STEPS = [
    [("Шинэ ", ""), ("хавтас", "b"), (" үүсгэх.", "")],
    [("Баримт бичгийг сонгоно уу.", "")],
    [("Баримт бичгийг ", ""), ("хадгалах", "b"), (" уу?", "")],
    [("Файл уншигдах боломжгүй.", "i")],
]
TABLE = [
    ("Тохиргоо", "Тайлбар", "Утга"),
    ("Хэл", "Хэрэглэгчийн интерфейсийн хэлийг сонгоно уу.", "Монгол"),
    ("Хуудасны хэмжээ", "Хэвлэх хуудасны хэмжээг тохируулна уу.", "A4"),
    ("Автоматаар хадгалах", "Баримт бичгийг автоматаар хадгална.", "10 минут"),
    ("Сүлжээ", "Wi-Fi сүлжээг автоматаар сонгох.", "Идэвхтэй"),
]
NETWORK = [
    "Сүлжээнд холбогдож чадсангүй.",
    "Боломжтой сүлжээг харах.",
    "Сүлжээний нэрийг сонгоод нууц үгээ оруулна уу.",
    "Интернэт холболтоо шалгаад дахин оролдоно уу.",
]
TEXT_MN = """Тусламж

1. Файл
    Шинэ баримт бичиг үүсгэх.
    Файл нээх боломжгүй байна.
    Баримт бичгийг хадгалах уу?

2. Нууц үг
    Нууц үгээ оруулна уу.
    Нууц үг буруу байна.
    Нууц үг хамгийн багадаа 8 тэмдэгт байх ёстой.

3. Сүлжээ
    Сүлжээний холболтыг шалгана уу.
    Сервертэй холбогдож чадсангүй.
    Төхөөрөмжөө дахин эхлүүлнэ үү.
"""
TEXT_ZH = """帮助

1. 文件
    创建新文档。
    无法打开文件。
    是否保存文档？

2. 密码
    请输入密码。
    密码不正确。
    密码至少需要 8 个字符。

3. 网络连接
    请检查网络连接。
    无法连接到服务器。
    请重新启动设备。
"""


def add_runs(paragraph: Paragraph, runs: list[tuple[str, str]]) -> None:
    for text, formatting in runs:
        run = paragraph.add_run(text)
        run.bold = "b" in formatting or None
        run.italic = "i" in formatting or None
        run.underline = "u" in formatting or None


def add_link(paragraph: Paragraph, text: str, address: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = paragraph.add_run(text)
    run.font.underline = True
    run.font.color.rgb = RGBColor(0x05, 0x63, 0xC1)
    link.append(run._r)
    paragraph._p.append(link)


def add_page_number(paragraph: Paragraph) -> None:
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("result", "1"), ("end", "")):
        run = paragraph.add_run(text if kind == "result" else "")
        if kind == "":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = text
            run._r.append(code)
        elif kind != "result":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)


def add_footnote(document: DocumentObject, paragraph: Paragraph, text: str) -> None:
    """The first and only note of `document`; python-docx has no footnotes, so the part is made here."""
    separators = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{tag}/></w:r></w:p></w:footnote>'
        for kind, number, tag in (("separator", -1, "separator"), ("continuationSeparator", 0, "continuationSeparator"))
    )
    raised = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    xml = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:footnotes {nsdecls("w")}>{separators}'
        f'<w:footnote w:id="1"><w:p><w:r>{raised}<w:footnoteRef/></w:r>'
        f'<w:r><w:t xml:space="preserve"> {text}</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    part = Part(PackURI("/word/footnotes.xml"), FOOTNOTES, xml.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}>{raised}<w:footnoteReference w:id="1"/></w:r>'))


def help_page() -> DocumentObject:
    document = Document()
    style = document.styles["Normal"]
    style.font.name = "Times New Roman"
    style.font.size = Pt(12)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.header.paragraphs[0].text = "Хэрэглэгчийн тусламж"
    footer = section.footer.paragraphs[0]
    footer.add_run("Хуудас ")
    add_page_number(footer)

    document.add_heading("Тусламж", level=0)
    add_runs(document.add_paragraph(), INTRODUCTION)
    document.add_heading("Файл нээх", level=1)
    for step in STEPS:
        add_runs(document.add_paragraph(style="List Number"), step)
    document.add_heading("Тохиргоо", level=1)
    document.add_paragraph("Доорх тохиргоог өөрчилж болно.")
    table = document.add_table(rows=0, cols=3)
    table.style = "Table Grid"
    for number, row in enumerate(TABLE):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.paragraphs[0].add_run(text).bold = number == 0 or None
    document.add_heading("Сүлжээний холболт", level=1)
    for line in NETWORK:
        document.add_paragraph(line, style="List Bullet")
    document.add_heading("Нууц үг", level=1)
    password = document.add_paragraph()
    add_runs(password, [("Тэмдэглэл:", "b"), (" энэ үйлдлийг буцаах боломжгүй.", "")])
    password = document.add_paragraph()
    add_runs(password, [("Нууц үг", "b"), (" хамгийн багадаа 8 тэмдэгт байх ёстой", "")])
    add_footnote(document, password, "Нууц үг хэтэрхий богино байна.")
    password.add_run(".")
    link = document.add_paragraph()
    add_link(link, "Тусламжийн хуудсыг", "https://example.org/help")
    link.add_run(" нээх.")

    properties = document.core_properties
    properties.title, properties.author, properties.comments = "Тусламж", "Khelmerch", ""
    properties.created = properties.modified = DAY
    return document


def save(document: DocumentObject, path: Path) -> None:
    """Saves with one date for all parts, so that the bytes do not depend on the clock."""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, DAY.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))


def main() -> None:
    save(help_page(), HERE / "help-mn.docx")
    (HERE / "sample-mn.txt").write_bytes(TEXT_MN.encode())
    (HERE / "sample-zh.txt").write_bytes(TEXT_ZH.encode())


if __name__ == "__main__":
    main()
