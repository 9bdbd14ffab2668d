"""Electronic books: pages, contents and title translated, all other entries byte-identical."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from documents.epub import Epub
from documents.errors import DocumentError, FileDamaged, FileEmpty, FileEncrypted, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.model import Output
from tests.unit.texts_kit import texts_of, through

PAGE = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Ch</title></head><body><p>{}</p></body></html>'
FONT = '<encryption><EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/></encryption>'
DRM = '<encryption><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></encryption>'


def book(tmp_path: Path, others: dict[str, str] | None = None) -> bytes:
    entries = {
        "META-INF/container.xml": "<container/>",
        "OEBPS/book.opf": "<package><dc:title>My book</dc:title><dc:language>en</dc:language>"
        "<dc:creator>Bo Li</dc:creator></package>",
        "OEBPS/toc.ncx": "<ncx><docTitle><text>My book</text></docTitle><navLabel><text>Tea &amp; milk</text></navLabel></ncx>",
        "OEBPS/1.xhtml": PAGE.format("Hello <b>you</b>"),
        "OEBPS/2.xhtml": PAGE.format("12"),
        "OEBPS/a.png": "picture",
        **(others or {}),
    }
    path = tmp_path / "made.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, data in entries.items():
            package.writestr(name, data)
    return path.read_bytes()


def entries(tmp_path: Path, data: bytes) -> dict[str, str]:
    path = tmp_path / "read.epub"
    path.write_bytes(data)
    with zipfile.ZipFile(path) as package:
        first = package.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        return {name: package.read(name).decode() for name in package.namelist()}


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("others", [{}, {"META-INF/encryption.xml": FONT}, {"OEBPS/3.html": "<p>Old <br> page"}])
def test_the_identity_translation_gives_back_every_entry(
    tmp_path: Path, output: Output, others: dict[str, str]
) -> None:
    data = book(tmp_path, others)
    result = entries(tmp_path, through(Epub(), tmp_path, data, output=output))
    assert result == entries(tmp_path, data)
    assert list(result) == list(entries(tmp_path, data))


def test_pages_contents_title_and_language_are_translated(tmp_path: Path) -> None:
    data = book(tmp_path)
    assert texts_of(Epub(), tmp_path, data) == ["My book", "My book", "Tea & milk", "Ch", "Hello you", "Ch"]
    result = entries(
        tmp_path, through(Epub(), tmp_path, data, {"My book": "书", "Tea & milk": "茶 & 奶", "Hello you": "你好"})
    )
    assert "<dc:title>书</dc:title><dc:language>zh-Hans</dc:language><dc:creator>Bo Li<" in result["OEBPS/book.opf"]
    assert "<text>茶 &amp; 奶</text>" in result["OEBPS/toc.ncx"]
    assert 'lang="zh-Hans"' in result["OEBPS/1.xhtml"]
    assert {k: v for k, v in result.items() if k[-5:] in ("2.xht", "a.png")} == {"OEBPS/a.png": "picture"}


def test_both_languages_are_interleaved(tmp_path: Path) -> None:
    result = entries(
        tmp_path, through(Epub(), tmp_path, book(tmp_path), {"My book": "书", "Hello you": "你好"}, Output.BILINGUAL)
    )
    assert "My book / 书</dc:title><dc:language>en<" in result["OEBPS/book.opf"]
    assert "Hello <b>you</b></p>\n<p " in result["OEBPS/1.xhtml"]


@pytest.mark.parametrize(
    ("others", "error"),
    [
        ({"META-INF/encryption.xml": DRM}, FileEncrypted),
        ({"../evil": "x"}, FileUnsafe),
        ({"OEBPS/big.xhtml": "a" * 4_000_000}, FileUnsafe),
    ],
)
def test_protected_and_hostile_books_are_refused(
    tmp_path: Path, others: dict[str, str], error: type[DocumentError]
) -> None:
    path = tmp_path / "a.epub"
    path.write_bytes(book(tmp_path, others))
    with pytest.raises(error):
        Epub().check(path, Limits())


@pytest.mark.parametrize("cut", [0, 100])
def test_cut_and_empty_books_are_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.epub"
    path.write_bytes(book(tmp_path)[:cut])
    with pytest.raises((FileDamaged, FileEmpty)):
        Epub().recognise(path, ".epub")
        Epub().check(path, Limits())


def test_an_ordinary_zip_is_no_book(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.txt", "text")
    with pytest.raises(UnsupportedType):
        Epub().check(path, Limits())


def test_pages_that_older_programs_name_xml_are_translated(tmp_path: Path) -> None:
    data = book(tmp_path, {"OEBPS/main0.xml": PAGE.format("Old page"), "OEBPS/page-map.xml": "<map>no text</map>"})
    result = entries(tmp_path, through(Epub(), tmp_path, data, str.upper, language="mon_Cyrl"))
    assert "<p>OLD PAGE</p>" in result["OEBPS/main0.xml"]
    assert result["OEBPS/page-map.xml"] == "<map>no text</map>"
