"""Which format a file is, what is refused and how, and how results are named."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest

from documents import errors
from documents.docx import Docx
from documents.errors import (
    DocumentError,
    FileDamaged,
    FileEmpty,
    FileEncrypted,
    FileTooLarge,
    FileUnsafe,
    UnsupportedType,
)
from documents.limits import Limits
from documents.naming import MAX_NAME_BYTES, result_name
from documents.registry import format_for, formats
from tests.unit.documents_kit import MAIN, content_types, make_docx, p, part, r

OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def file(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(data)
    return path


def package(tmp_path: Path, entries: dict[str, str | bytes]) -> Path:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def body(content: str = p(r("үг"))) -> str:
    return part("document", f"<w:body>{content}</w:body>")


def test_a_format_is_found_by_suffix_in_any_case(tmp_path: Path) -> None:
    assert format_for("Тайлан.DOCX", make_docx(tmp_path / "a", p(r("үг")))).name == "docx"
    assert format_for("a.Txt", file(tmp_path, "үг".encode())).name == "txt"


def test_every_format_says_its_name_suffixes_and_media_type() -> None:
    suffixes = [suffix for form in formats() for suffix in form.suffixes]
    assert {"docx", "txt"} <= {form.name for form in formats()}
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)
    assert all("/" in form.media_type for form in formats())


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.exe", b"MZ", UnsupportedType),
        ("README", b"text", UnsupportedType),
        (".docx", b"text", UnsupportedType),
        ("a.txt", b"PK\x03\x04", UnsupportedType),
        ("a.txt", b"", FileEmpty),
        ("a.docx", b"", FileEmpty),
        ("a.docx", b"%PDF-1.4", UnsupportedType),
        ("a.docx", b"plain text", FileDamaged),
        ("a.docx", OLE + b"\0" * 900 + "WordDocument".encode("utf-16-le"), UnsupportedType),
        ("a.docx", OLE + b"\0" * 900 + "EncryptedPackage".encode("utf-16-le"), FileEncrypted),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(
    tmp_path: Path, name: str, data: bytes, error: type[DocumentError]
) -> None:
    with pytest.raises(error):
        format_for(name, file(tmp_path, data))


def test_an_unknown_type_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType) as caught:
        format_for("a.xyz", file(tmp_path, b"x"))
    assert {".docx", ".txt"} <= set(caught.value.data["supported"])


def test_a_good_document_passes(tmp_path: Path) -> None:
    Docx().check(make_docx(tmp_path / "a.docx", p(r("үг")), others={"word/media/a.png": b"x" * 99}), Limits())


def test_a_cut_document_is_damaged(tmp_path: Path) -> None:
    whole = make_docx(tmp_path / "a.docx", p(r("үг"))).read_bytes()
    with pytest.raises(FileDamaged):
        Docx().check(file(tmp_path, whole[: len(whole) // 2]), Limits())


def test_a_part_with_a_wrong_checksum_is_damaged(tmp_path: Path) -> None:
    source = make_docx(tmp_path / "a.docx", p(r("үг")))
    with zipfile.ZipFile(source, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/media/a.bin", b"the bytes of a picture")
    broken = source.read_bytes().replace(b"the bytes of a picture", b"the bytes of a pictura")
    with pytest.raises(FileDamaged):
        Docx().check(file(tmp_path, broken), Limits())


@pytest.mark.parametrize("content", ["<w:p>", "not xml", ""])
def test_a_part_that_is_not_xml_is_damaged(tmp_path: Path, content: str) -> None:
    path = package(tmp_path, {"[Content_Types].xml": content_types(), "word/document.xml": content})
    with pytest.raises(FileDamaged):
        Docx().check(path, Limits())


def test_what_macos_adds_to_a_package_is_no_part_of_it(tmp_path: Path) -> None:
    others = {"__MACOSX/_rels/._.rels": b"\0\5\26\7 no XML", "__MACOSX/word/._document.xml": b"\0\5"}
    Docx().check(make_docx(tmp_path / "a.docx", p(r("үг")), others=others), Limits())


def test_a_missing_main_part_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged):
        Docx().check(package(tmp_path, {"[Content_Types].xml": content_types()}), Limits())


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE w:document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE w:document SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("where", ["[Content_Types].xml", "word/document.xml"])
def test_a_document_type_is_unsafe_in_every_part_that_is_read(tmp_path: Path, doctype: str, where: str) -> None:
    entries: dict[str, str | bytes] = {"[Content_Types].xml": content_types(), "word/document.xml": body()}
    text = str(entries[where])
    head, rest = text.split("?>", 1)
    entries[where] = f"{head}?>{doctype}{rest}"
    path = package(tmp_path, entries)
    with pytest.raises(FileUnsafe):
        Docx().check(path, Limits())
    with pytest.raises(FileUnsafe):
        list(Docx().read(path))


@pytest.mark.parametrize("name", ["../evil.xml", "word/../../evil", "/etc/passwd", "C:/evil", "word\\..\\evil"])
def test_a_part_name_that_leads_out_of_the_package_is_unsafe(tmp_path: Path, name: str) -> None:
    path = package(tmp_path, {"[Content_Types].xml": content_types(), "word/document.xml": body(), name: b"x"})
    with pytest.raises(FileUnsafe):
        Docx().check(path, Limits())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_unsafe(tmp_path: Path) -> None:
    path = make_docx(tmp_path / "a.docx", p(r("үг")))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/document.xml", body(p(r("өөр"))))
    with pytest.raises(FileUnsafe):
        Docx().check(path, Limits())


def test_a_zip_bomb_is_unsafe(tmp_path: Path) -> None:
    path = make_docx(tmp_path / "a.docx", p(r("үг")), others={"word/media/a.bin": b"\0" * 4_000_000})
    with pytest.raises(FileUnsafe, match="bomb"):
        Docx().check(path, Limits())


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_zip_entries=2),
        Limits(max_uncompressed_bytes=1000),
        Limits(max_xml_part_bytes=300),
        Limits(max_xml_depth=4),
    ],
)
def test_each_limit_of_a_package_is_unsafe_to_exceed(tmp_path: Path, limits: Limits) -> None:
    path = make_docx(tmp_path / "a.docx", p(r("үг")))
    Docx().check(path, Limits())
    with pytest.raises(FileUnsafe):
        Docx().check(path, limits)


def test_deeply_nested_elements_are_refused_before_a_tree_is_built(tmp_path: Path) -> None:
    nested = "<w:sdt>" * 5000 + "</w:sdt>" * 5000
    with pytest.raises((FileUnsafe, FileDamaged)):
        Docx().check(make_docx(tmp_path / "a.docx", nested), Limits())


def test_a_document_over_the_file_limit_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        Docx().check(make_docx(tmp_path / "a.docx", p(r("үг"))), Limits(max_file_bytes=100))


@pytest.mark.parametrize(
    "main",
    [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
        "application/octet-stream",
    ],
)
def test_another_kind_of_office_document_is_unsupported(tmp_path: Path, main: str) -> None:
    path = package(tmp_path, {"[Content_Types].xml": content_types(main), "word/document.xml": body()})
    with pytest.raises(UnsupportedType):
        Docx().check(path, Limits())


def test_macros_under_another_content_type_are_unsupported(tmp_path: Path) -> None:
    path = make_docx(tmp_path / "a.docx", p(r("үг")), others={"word/vbaProject.bin": b"x"})
    with pytest.raises(UnsupportedType, match="macros"):
        Docx().check(path, Limits())


def test_an_ordinary_zip_named_docx_is_unsupported(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType):
        Docx().check(package(tmp_path, {"a.txt": "text"}), Limits())


def test_a_password_protected_zip_is_encrypted(tmp_path: Path) -> None:
    data = bytearray(make_docx(tmp_path / "a.docx", p(r("үг"))).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileEncrypted):
        Docx().check(file(tmp_path, bytes(data)), Limits())


def test_content_types_are_compared_without_regard_to_case(tmp_path: Path) -> None:
    types = content_types().replace("/word/document.xml", "/Word/Document.xml")
    path = package(tmp_path, {"[Content_Types].xml": types, "word/document.xml": body()})
    assert [unit.text for unit in Docx().read(path)] == ["үг"]
    assert MAIN in types


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.docx", "report.cmn_Hans.docx"),
        ("тайлан 2026.v2.TXT", "тайлан 2026.v2.cmn_Hans.TXT"),
        ("README", "README.cmn_Hans"),
        (".docx", ".docx.cmn_Hans"),
        ("../../etc/passwd.txt", "passwd.cmn_Hans.txt"),
        ("C:\\folder\\a.txt", "a.cmn_Hans.txt"),
        ("a\r\nSet-Cookie.txt", "aSet-Cookie.cmn_Hans.txt"),
        ("", "document.cmn_Hans"),
        ("..", "document.cmn_Hans"),
    ],
)
def test_a_result_is_named_after_its_source_and_language(name: str, expected: str) -> None:
    assert result_name(name, "cmn_Hans") == expected


def test_a_long_name_is_cut_at_a_character_and_keeps_its_suffix() -> None:
    name = result_name("ө" * 200 + ".docx", "cmn_Hans")
    assert name.endswith("өө.cmn_Hans.docx")
    assert MAX_NAME_BYTES - 1 <= len(name.encode()) <= MAX_NAME_BYTES


def test_each_error_has_its_own_code_and_survives_pickling() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DocumentError)]
    assert len({kind.code for kind in kinds}) == len(kinds) == 12
    for kind in kinds:
        copy = pickle.loads(pickle.dumps(kind("what and what to do", part="a", size=3)))
        assert (type(copy), copy.detail, str(copy)) == (kind, "what and what to do", "what and what to do")
        assert copy.data == {"part": "a", "size": 3}
        assert copy.status in (400, 413, 415, 422)
