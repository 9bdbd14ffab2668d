"""PDFs that are refused, with a reason, and those that are built to harm."""

from __future__ import annotations

import zlib
from pathlib import Path

import pikepdf
import pytest
from pdf_kit import encrypted, lines, make_pdf, page_bytes, picture, raw_pdf, seen, texts, translated
from pikepdf import Dictionary, Name
from reportlab.pdfgen.canvas import Canvas

from documents.errors import (
    DocumentError,
    FileDamaged,
    FileEmpty,
    FileEncrypted,
    FileNoText,
    FileTooLarge,
    UnsupportedType,
)
from documents.limits import Limits
from documents.pdf import FileScanned, FileUnreadable, Pdf
from documents.pdf_pages import opening, typefaces
from documents.pdf_pages.typefaces import FontsMissing
from documents.registry import format_for

SENTENCE = "Энэ бол ердийн өгүүлбэр."


def plain(tmp_path: Path) -> Path:
    return make_pdf(tmp_path / "a.pdf", lambda canvas: lines(canvas, 60, 700, SENTENCE))


def refused(path: Path, error: type[DocumentError]) -> str:
    with pytest.raises(error) as caught:
        format_for(path.name, path).check(path, Limits())
    return caught.value.detail


def test_a_password_is_said_at_upload(tmp_path: Path) -> None:
    assert "password" in refused(encrypted(plain(tmp_path), "secret"), FileEncrypted)


def test_a_document_that_only_restricts_printing_is_translated(tmp_path: Path) -> None:
    assert texts(encrypted(plain(tmp_path), "")) == [SENTENCE]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", FileEmpty),
        (b"hello", FileDamaged),
        (b"PK\x03\x04", UnsupportedType),
        (b"\x89PNG\r\n", UnsupportedType),
        (b"%PDF-1.7\nnothing more", FileDamaged),
    ],
)
def test_what_is_no_whole_pdf_is_refused(tmp_path: Path, data: bytes, error: type[DocumentError]) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    assert str(tmp_path) not in refused(path, error)


def test_a_truncated_document_is_repaired_or_refused(tmp_path: Path) -> None:
    data = plain(tmp_path).read_bytes()
    for share in (0.3, 0.6, 0.95):
        path = tmp_path / "cut.pdf"
        path.write_bytes(data[: int(len(data) * share)])
        try:
            assert texts(path) == [SENTENCE]
        except DocumentError as error:
            assert error.detail


def scan(canvas: Canvas, text: str = "", mode: int = 0) -> None:
    canvas.drawImage(picture("white", (60, 80)), 0, 0, 595, 842)
    made = canvas.beginText(60, 700)
    made.setTextRenderMode(mode)
    made.textLine(text)
    canvas.drawText(made)


@pytest.mark.parametrize(("text", "mode"), [("", 0), ("12", 0), ("Танигдсан нуугдмал бичвэр энд бий", 3)])
def test_a_scan_is_refused_with_or_without_a_hidden_text(tmp_path: Path, text: str, mode: int) -> None:
    path = make_pdf(tmp_path / "a.pdf", lambda canvas: scan(canvas, text, mode))
    assert "scanned" in refused(path, FileScanned)


def stamped(canvas: Canvas, *stamps: str) -> None:
    for stamp in stamps:
        canvas.drawImage(picture("white", (60, 80)), 0, 30, 595, 812)
        canvas.setFont("Noto", 9)
        canvas.drawString(430, 12, stamp)
        canvas.showPage()


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_the_stamp_of_the_program_that_scanned_is_no_text_of_the_pages(tmp_path: Path, pages: int) -> None:
    stamps = [f"Scanned by CamScanner {page}" for page in range(pages)]
    path = make_pdf(tmp_path / "a.pdf", lambda canvas: stamped(canvas, *stamps))
    assert "scanned" in refused(path, FileScanned)


def test_captions_under_pictures_are_translated(tmp_path: Path) -> None:
    captions = ["Хашааны хаалга", "Хөшөөний ард", "Говийн зам дээр"]
    assert texts(make_pdf(tmp_path / "a.pdf", lambda canvas: stamped(canvas, *captions))) == captions


def test_a_scan_that_does_not_fill_its_page_is_called_a_scan_too(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", lambda canvas: canvas.drawImage(picture(), 100, 200, 300, 400))
    assert "scanned" in refused(path, FileScanned)


def test_a_form_that_only_says_to_wait_is_refused(tmp_path: Path) -> None:
    path = raw_pdf(tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td (Please wait...) Tj ET")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.NeedsRendering = True
        pdf.save(path)
    assert "XFA" in refused(path, UnsupportedType)


def test_protection_by_a_certificate_is_said_at_upload(tmp_path: Path) -> None:
    path = plain(tmp_path)
    manager = b"/Encrypt << /Filter /Adobe.PubSec /V 4 /SubFilter /adbe.pkcs7.s5 >> /ID"
    path.write_bytes(path.read_bytes().replace(b"/ID", manager, 1))
    assert "certificate" in refused(path, FileEncrypted)


@pytest.mark.parametrize("number", [b"9" * 400, b"9" * 300])
def test_numbers_beyond_measure_break_nothing(tmp_path: Path, number: bytes) -> None:
    far = b" Tf 60 %s Td (Far) Tj %s Ts (Far) Tj /F1 %s Tf (Far) Tj" % (number, number, number)
    assert "Hello" in texts(raw_pdf(tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td (Hello) Tj /F1 12" + far + b" ET"))


def test_text_over_a_picture_of_the_whole_page_is_translated(tmp_path: Path) -> None:
    assert texts(make_pdf(tmp_path / "a.pdf", lambda canvas: scan(canvas, SENTENCE))) == [SENTENCE]


def test_a_document_without_any_letter_is_refused(tmp_path: Path) -> None:
    refused(make_pdf(tmp_path / "a.pdf", lambda canvas: lines(canvas, 60, 700, "12 345")), FileNoText)


def unnamed(path: Path, to_unicode: bytes | None = None) -> Path:
    """A font whose glyphs are named g1, g2 and so on."""
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/ABCDEF+Own"), FirstChar=65, Widths=[600] * 26,
        Encoding=Dictionary(Differences=[65, *(Name(f"/g{code}") for code in range(26))]),
    )  # fmt: skip
    raw_pdf(
        path,
        b"BT /F1 12 Tf 60 700 Td (Hello) Tj /F2 12 Tf 0 -100 Td (ABCDEFGHIJ) Tj ET",
        Dictionary(Font=Dictionary(F2=font)),
    )
    if to_unicode is not None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            pdf.pages[0].Resources.Font.F2.ToUnicode = pdf.make_stream(to_unicode)
            pdf.save(path)
    return path


def test_text_whose_fonts_do_not_name_their_letters_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(unnamed(tmp_path / "a.pdf"), FileUnreadable)


def test_a_map_of_letters_makes_such_text_readable(tmp_path: Path) -> None:
    codes = b"1 beginbfrange <41> <4A> <0430> endbfrange"
    assert texts(unnamed(tmp_path / "a.pdf", codes)) == ["Hello", "абвгдежзий"]


def test_a_little_unreadable_text_is_left_as_it_is(tmp_path: Path) -> None:
    path = unnamed(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        more = b"BT /F1 12 Tf 60 500 Td (%s) Tj ET" % (b"Readable words " * 10)
        pdf.pages[0].Contents = pdf.make_stream(page_bytes(path)[0] + b"\n" + more)
        pdf.save(path)
    (new,) = page_bytes(translated(path, lambda text: "标题"))
    assert b"<4142434445464748494A>" in new or b"(ABCDEFGHIJ)" in new


def test_cyrillic_under_western_fonts_of_old_documents_is_read_as_cyrillic(tmp_path: Path) -> None:
    text = "Монгол улсын засгийн газрын тогтоол гарсан байна"
    content = b"BT /F1 12 Tf 60 700 Td (%s) Tj ET" % text.encode("cp1251")
    path = raw_pdf(tmp_path / "a.pdf", content)
    assert texts(path) == [text]
    assert seen(translated(path, lambda _: "标题")) == "标题"


def test_french_is_not_taken_for_cyrillic(tmp_path: Path) -> None:
    text = "Élève très âgé où ça été forêt île naïve Noël, éàèùâêîôûëïüÿç"
    path = raw_pdf(tmp_path / "a.pdf", b"BT /F1 12 Tf 60 700 Td (%s) Tj ET" % text.encode("cp1252"))
    assert texts(path) == [text]


def test_a_page_that_unpacks_beyond_measure_is_refused_without_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MAX_STREAM_BYTES", 1 << 20)
    path = raw_pdf(tmp_path / "a.pdf", b"")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        bomb = pikepdf.Stream(pdf, zlib.compress(b" " * (8 << 20)))
        bomb.Filter = Name.FlateDecode
        pdf.pages[0].Contents = bomb
        pdf.save(path)
    assert path.stat().st_size < 20_000
    assert "unpacks" in refused(path, FileTooLarge)


def test_too_many_pages_are_refused_before_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_PAGES", 3)
    assert "3 pages" in refused(
        make_pdf(tmp_path / "a.pdf", lambda canvas: [canvas.showPage() for _ in range(4)]), FileTooLarge
    )


def test_pages_that_are_listed_in_a_circle_are_refused(tmp_path: Path) -> None:
    path = raw_pdf(tmp_path / "a.pdf", b"")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.Pages.Kids.append(pdf.Root.Pages)
        pdf.save(path)
    refused(path, FileDamaged)


def test_forms_that_draw_themselves_end(tmp_path: Path) -> None:
    path = raw_pdf(tmp_path / "a.pdf", b"/X Do BT /F1 12 Tf 60 700 Td (Hello) Tj ET")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        form = pdf.make_stream(b"/X Do")
        form.Subtype, form.BBox = Name.Form, pikepdf.Array([0, 0, 100, 100])
        form.Resources = Dictionary(XObject=Dictionary(X=form))
        pdf.pages[0].Resources.XObject = Dictionary(X=form)
        pdf.save(path)
    assert texts(path) == ["Hello"]


def test_deeply_nested_objects_and_bookmarks_in_a_circle_end(tmp_path: Path) -> None:
    path = plain(tmp_path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        item = pdf.make_indirect(Dictionary(Title=pikepdf.String("Бүлэг")))
        item.Next = item
        pdf.Root.Outlines = Dictionary(First=item)
        pdf.pages[0].Resources.Nested = pikepdf.Object.parse(b"[" * 400 + b"]" * 400)
        pdf.save(path)
    assert texts(path) == [SENTENCE, "Бүлэг"]


def test_a_server_without_fonts_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = plain(tmp_path)
    typefaces._path.cache_clear()
    monkeypatch.setattr(typefaces, "find_spec", lambda name: None)
    with pytest.raises(FontsMissing, match="pip install manimgx-fonts"):
        Pdf().check(path, Limits())
    typefaces._path.cache_clear()
