"""Archives: each file by its own rule, the rest byte for byte, and what is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.document_preflight import preflight
from actors.document_worker import answer
from documents import libreoffice, scratch
from documents.errors import (
    ConverterMissing,
    DocumentError,
    FileDamaged,
    FileEncrypted,
    FileNoText,
    FileUnsafe,
    UnsupportedType,
)
from documents.limits import Limits
from documents.model import Output
from documents.registry import by_name
from tests.unit.documents_kit import make_docx, p, r
from tests.unit.odf_kit import texts_of, translate

found = by_name("a.zip")
assert found is not None
ZIP = found


def docx(folder: Path, text: str) -> bytes:
    return make_docx(folder / "member.docx", p(r(text))).read_bytes()


def archive(path: Path, files: dict[str, bytes | str], change: Callable[[zipfile.ZipInfo], None] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(entry)
            out.writestr(entry, data)
    return path


def test_every_file_is_translated_by_its_own_rule_under_its_name_and_folder(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "Тайлан/": "", "Тайлан/нэг.docx": docx(tmp_path, "нэг"), "хоёр.txt": "хоёр\n", "data/photo.png": b"\x89PNG\0",
        "j/a.json": '{"a": "гурав"}',
    }  # fmt: skip
    source = archive(tmp_path / "a.zip", files)
    ZIP.check(source, Limits())
    assert [(unit.place, unit.text) for unit in ZIP.read(source)] == [
        ("Тайлан/нэг.docx: document:1", "нэг"), ("хоёр.txt: line:1", "хоёр"), ("j/a.json: key:a", "гурав"),
    ]  # fmt: skip
    out = translate(ZIP, source, {"нэг": "一", "хоёр": "二", "гурав": "三"})
    with zipfile.ZipFile(out) as written, zipfile.ZipFile(source) as before:
        assert written.namelist() == list(files)
        assert [one.date_time for one in written.infolist()] == [one.date_time for one in before.infolist()]
        assert written.read("хоёр.txt").decode() == "二\n" and written.read("j/a.json").decode() == '{"a": "三"}'
        assert written.read("data/photo.png") == b"\x89PNG\0"
        (tmp_path / "b.docx").write_bytes(written.read("Тайлан/нэг.docx"))
    docx_format = by_name("b.docx")
    assert docx_format is not None and texts_of(docx_format, tmp_path / "b.docx") == ["一"]


def test_each_file_is_written_in_both_languages_where_it_can_be(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.zip", {"a.txt": "нэг\n", "b.txt": "хоёр\n"})
    with zipfile.ZipFile(translate(ZIP, source, {"нэг": "一", "хоёр": "二"}, Output.BILINGUAL)) as written:
        assert [written.read(name).decode() for name in ("a.txt", "b.txt")] == ["нэг\n一\n", "хоёр\n二\n"]


def test_what_is_no_document_comes_back_as_it_was_and_is_reported(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.txt": "нэг", "__MACOSX/._a.docx": b"\0\5", "~$a.docx": b"\0", "empty.docx": b"", "blank.txt": " \n", "x.bin": b"\0",
    }  # fmt: skip
    source = archive(tmp_path / "a.zip", files)
    ZIP.check(source, Limits())
    report = preflight({"path": str(source), "name": "a.zip", "sources": ["mon_Cyrl", "cmn_Hans", "eng_Latn"]})
    assert report["untouched"] == list(files)[1:] and report["units"] == 1
    with zipfile.ZipFile(translate(ZIP, source, {"нэг": "一"})) as written:
        assert {name: written.read(name) for name in list(files)[1:]} == {
            name: data.encode() if isinstance(data, str) else data for name, data in list(files.items())[1:]
        }


def test_fewer_or_more_translations_than_units_are_an_error(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.zip", {"a.txt": "нэг\n", "b.txt": "хоёр\n"})
    for count in (1, 3):
        with pytest.raises(ValueError, match="translation"):
            ZIP.write(source, tmp_path / "out", iter([[]] * count), "cmn_Hans")


@pytest.mark.parametrize(
    ("codec", "name"), [("gb18030", "报告/年度总结.txt"), ("cp866", "Отчёт/Тайлан 1.txt"), ("utf-8", "Өвөл.txt")]
)
def test_names_are_read_in_the_encoding_of_their_machine(tmp_path: Path, codec: str, name: str) -> None:
    raw = name.encode(codec)
    placeholder = "x" * len(raw)
    source = archive(tmp_path / "a.zip", {placeholder: "нэг", "text.txt": "хоёр"})
    source.write_bytes(source.read_bytes().replace(placeholder.encode(), raw))
    ZIP.check(source, Limits())
    assert [unit.place for unit in ZIP.read(source)] == [f"{name}: line:1", "text.txt: line:1"]
    with zipfile.ZipFile(translate(ZIP, source, {})) as written:
        assert written.namelist() == [name, "text.txt"]


def _link(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = 0o120777 << 16


@pytest.mark.parametrize(
    ("files", "error", "words"),
    [
        ({"a.zip": b"PK", "b.txt": "нэг"}, FileUnsafe, "inside the archive"),
        ({"x/a.tar.gz": b"x", "b.txt": "нэг"}, FileUnsafe, "Unpack it"),
        ({"../a.txt": "нэг"}, FileUnsafe, "leads out"),
        ({"/etc/a.txt": "нэг"}, FileUnsafe, "leads out"),
        ({"C:/a.txt": "нэг"}, FileUnsafe, "leads out"),
        ({"a/con.txt": "нэг"}, FileUnsafe, "device"),
        ({"LPT1/a.txt": "нэг"}, FileUnsafe, "device"),
        ({"a/ . /b.txt": "нэг"}, FileUnsafe, "every system"),
        ({"a\nb.txt": "нэг"}, FileUnsafe, "every system"),
        ({"bomb.bin": b"0" * (5 << 20), "a.txt": "нэг"}, FileUnsafe, "bomb"),
        ({"a.docx": b"PK\3\4 broken", "b.txt": "нэг"}, FileDamaged, "a.docx: "),
        ({"a.txt": b"%PDF-1.4", "b.txt": "нэг"}, UnsupportedType, "a.txt: .*PDF"),
        ({"a.png": b"\x89PNG", "e.txt": b""}, FileNoText, "no file"),
        ({}, FileNoText, "no file"),
        ({"[Content_Types].xml": "<a/>"}, UnsupportedType, "Office document"),
        ({"mimetype": "a"}, UnsupportedType, "OpenDocument"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_its_reason(
    tmp_path: Path, files: dict[str, bytes | str], error: type[DocumentError], words: str
) -> None:
    with pytest.raises(error, match=words):
        ZIP.check(archive(tmp_path / "a.zip", files), Limits())


def test_links_names_that_are_there_twice_and_passwords_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnsafe, match="link"):
        ZIP.check(archive(tmp_path / "a.zip", {"a.txt": "/etc/passwd"}, _link), Limits())
    twice = archive(tmp_path / "b.zip", {"a.txt": "нэг", "b.txt": "хоёр"})
    twice.write_bytes(twice.read_bytes().replace(b"b.txt", b"a.txt"))
    with pytest.raises(FileUnsafe, match="twice"):
        ZIP.check(twice, Limits())
    locked = archive(tmp_path / "c.zip", {"a.txt": "нэг"})
    data = bytearray(locked.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    locked.write_bytes(data)
    with pytest.raises(FileEncrypted, match="password"):
        ZIP.check(locked, Limits())


def test_an_old_document_inside_is_converted_and_named_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = make_docx(tmp_path / "new.docx", p(r("нэг")))
    monkeypatch.setattr(libreoffice, "converted", lambda *_: new)
    rtf = rb"{\rtf1 text}"
    source = archive(tmp_path / "a.zip", {"a.rtf": rtf, "b.rtf": rtf, "b.docx": docx(tmp_path, "хоёр")})
    ZIP.check(source, Limits())
    with zipfile.ZipFile(translate(ZIP, source, {"нэг": "一", "хоёр": "二"})) as written:
        assert written.namelist() == ["a.docx", "b.rtf.docx", "b.docx"]


def test_an_old_document_inside_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "find", lambda: None)
    with pytest.raises(ConverterMissing, match=r"a\.rtf: .*apt-get install libreoffice"):
        ZIP.check(archive(tmp_path / "a.zip", {"a.rtf": rb"{\rtf1 text}"}), Limits())


def test_nothing_that_was_unpacked_is_left(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.zip", {"a.txt": "нэг", "b.txt": "хоёр"})
    ZIP.check(source, Limits())
    translate(ZIP, source, {"нэг": "一"})
    assert not [one for one in scratch.own().iterdir() if one.name.startswith("tmp")]


def test_a_worker_translates_an_archive_and_tells_of_each_file(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.zip", {"a.txt": "Нэг.\n", "b/c.docx": docx(tmp_path, "Хоёр.")})
    request = {
        "path": str(source),
        "name": "a.zip",
        "source": "mon_Cyrl",
        "sources": ["mon_Cyrl"],
        "target": "cmn_Hans",
        "out": str(tmp_path / "out"),
    }
    assert answer({**request, "op": "check"}) == {"ok": True, "format": "zip"}
    rows = answer({**request, "op": "prepare"})["rows"]
    assert [row[2] for row in rows] == ["Нэг.", "Хоёр."]
    given = [
        [row[0], row[1], row[2], target, None, [], [], None, None, None]
        for row, target in zip(rows, ("一。", "二。"), strict=True)
    ]
    also = {"review": str(tmp_path / "review")}
    assert answer({**request, "op": "assemble", "rows": given, "also": also})["ok"]
    with zipfile.ZipFile(tmp_path / "out") as written:
        assert written.read("a.txt").decode() == "一。\n"
    with zipfile.ZipFile(tmp_path / "review") as review:
        assert "b/c.docx: document:1" in review.read("xl/worksheets/sheet1.xml").decode()


def test_folders_may_be_parted_as_on_windows(tmp_path: Path) -> None:
    source = archive(tmp_path / "a.zip", {"docs\\a.txt": "нэг", "docs\\sub\\": "", "..b.txt": "хоёр"})
    ZIP.check(source, Limits())
    with zipfile.ZipFile(translate(ZIP, source, {"нэг": "一"})) as written:
        assert written.namelist() == ["docs/a.txt", "docs/sub/", "..b.txt"]
        assert written.read("docs/a.txt").decode() == "一"
    with pytest.raises(FileUnsafe, match="leads out"):
        ZIP.check(archive(tmp_path / "b.zip", {"..\\a.txt": "нэг"}), Limits())
