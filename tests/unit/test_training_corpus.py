"""How the starter model's corpus is read, cleaned, chosen and varied."""

from __future__ import annotations

import json
import random
import re
import struct
from pathlib import Path

import pytest

from training.starter import readers
from training.starter.augment import in_a_list, joined, renumbered, varied, with_code
from training.starter.clean import core, plain, usable
from training.starter.corpus import HELD_OUT, chosen, digest
from training.starter.readers import Triple
from training.starter.recipe import SOURCES
from training.starter.udhr import articles

SAVE = Triple("Save the file?", "保存文件？", "Файлыг хадгалах уу?")


def catalogue(messages: dict[str, str]) -> bytes:
    """A .mo file, as msgfmt writes it."""
    keys = sorted(messages)
    blobs = [[key.encode() for key in keys], [messages[key].encode() for key in keys]]
    tables, data, start = b"", b"", 28 + 16 * len(keys)
    for column in blobs:
        for blob in column:
            tables += struct.pack("<2I", len(blob), start + len(data))
            data += blob + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0) + tables + data


def test_catalogues_are_joined_by_context_and_english_text(tmp_path: Path) -> None:
    for language, text in (("mn", "Нээх"), ("zh_CN", "打开")):
        folder = tmp_path / "app" / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "a.mo").write_bytes(catalogue({"": "header", "menu\x04Open": text, f"only {language}": "x"}))
    found = list(readers.catalogues(tmp_path, "mn", "zh_CN"))
    assert Triple("Open", "打开", "Нээх") in found
    assert all("only" not in triple.english for triple in found)


def test_of_a_plural_the_last_form_is_taken(tmp_path: Path) -> None:
    for language, text in (("mn", "%d файл\0%d файл"), ("zh_Hans", "%d 个文件")):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "a.mo").write_bytes(catalogue({"%d file\0%d files": text}))
    assert list(readers.catalogues(tmp_path, "mn", "zh_Hans")) == [Triple("%d files", "%d 个文件", "%d файл")]


def test_android_strings_are_joined_by_name_without_their_escapes(tmp_path: Path) -> None:
    texts = {"values": "Can\\'t save", "values-zh-rCN": "无法保存", "values-mn": "Хадгалж чадсангүй"}
    for folder, text in texts.items():
        (tmp_path / "res" / folder).mkdir(parents=True)
        document = f'<resources><string name="no">{text}</string><string name="{folder}">x</string></resources>'
        (tmp_path / "res" / folder / "strings.xml").write_text(document, encoding="utf-8")
    assert list(readers.android(tmp_path)) == [Triple("Can't save", "无法保存", "Хадгалж чадсангүй")]


def test_json_is_joined_by_path_and_paths_can_be_left_out(tmp_path: Path) -> None:
    for language, text in (("en", "Belize"), ("zh", "伯利兹"), ("mn", "Белиз")):
        (tmp_path / language).mkdir()
        tree = {"main": {language: {"names": {"BZ": text, "BZ-alt-narrow": text}}}}
        (tmp_path / language / "territories.json").write_text(json.dumps(tree), encoding="utf-8")
    found = list(readers.json_trees(tmp_path, "zh", skip="-alt-narrow", wanted="/names/"))
    assert found == [Triple("Belize", "伯利兹", "Белиз")]


def test_articles_with_another_number_of_paragraphs_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "declaration"
    folder.mkdir()
    for code, paragraphs in (("eng", 2), ("cmn_hans", 2), ("khk", 1)):
        text = f"<h1>{code}</h1><p>a</p><h2>x</h2>" + "<p>b</p>" * paragraphs
        (folder / f"{code}.html").write_text(f"<html><body>{text}</body></html>", encoding="utf-8")
    assert list(articles(tmp_path)) == [Triple("eng", "cmn_hans", "khk"), Triple("a", "a", "a")]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("_Save", "Save"),
        ("Sa~ve  as", "Save as"),
        ("保存(_S)", "保存"),
        ("保存（~S）", "保存"),
        ("&Open", "Open"),
        ("%(user_name)s left", "%(user_name)s left"),
        ("_MENU_", "_MENU_"),
        ("AT&T", "AT&T"),
        ("a&nbsp;b", "a&nbsp;b"),
        ("two\nlines", "two lines"),
    ],
)
def test_menu_accelerators_go_and_names_stay(text: str, clean: str) -> None:
    assert plain(text) == clean


def test_what_is_no_translation_is_not_used() -> None:
    assert usable(SAVE)
    assert not usable(SAVE._replace(mongolian="Save the file?"))
    assert not usable(Triple("Page 12", "第 13 页", "Хуудас 12"))
    assert not usable(Triple("Hello %s", "你好", "Сайн уу"))
    assert not usable(SAVE._replace(chinese="保存文件？" * 200))


def test_nothing_is_chosen_twice_and_one_english_text_only_twice() -> None:
    others = [SAVE._replace(mongolian=f"Файлыг {word} уу?") for word in ("хадгалах", "үлдээх", "нөөцлөх")]
    assert [triple for _, triple in chosen([("a", SAVE), ("b", SAVE), *(("c", other) for other in others)])] == [
        SAVE,
        others[1],
    ]


def test_case_spaces_and_marks_at_the_ends_do_not_make_another_sentence() -> None:
    assert core(" Save  as… ") == core("save as:") != core("save")
    assert digest("Save as…") == digest("SAVE AS")


def test_what_is_held_out_is_a_list_of_digests() -> None:
    lines = HELD_OUT.read_text(encoding="ascii").split()
    assert len(lines) >= 300 and all(re.fullmatch("[0-9a-f]{12}", line) for line in lines)


def test_every_source_has_a_licence_that_the_project_allows() -> None:
    allowed = ("MPL-", "Apache-2.0", "MIT", "BSD-", "Unicode-", "CC-BY")
    assert [source.name for source in SOURCES if not source.licence.startswith(allowed)] == []
    listed = (Path(HELD_OUT).parent / "SOURCES.md").read_text(encoding="utf-8")
    assert [
        name
        for source in SOURCES
        for _, name in source.packages
        if f"`{re.split('==|(?<!^)@', name)[0]}`" not in listed
    ] == []


def test_numbers_change_in_all_three_languages_or_in_none() -> None:
    rng = random.Random(1)
    english, chinese, mongolian = renumbered(("Page 12 of 305", "第 12 页，共 305 页", "305-аас 12 дахь"), rng)
    numbers = re.findall("[0-9]+", english)
    assert [len(number) for number in numbers] == [2, 3] and numbers != ["12", "305"]
    assert re.findall("[0-9]+", chinese) == numbers == re.findall("[0-9]+", mongolian)[::-1]
    same = ("In 2 days", "两天后", "2 хоногийн дараа")
    assert renumbered(same, rng) == same
    placeholder = ("%1 files", "%1 个文件", "%1 файл")
    assert renumbered(placeholder, rng) == placeholder


def test_a_code_or_a_list_mark_is_the_same_in_all_three() -> None:
    for seed in range(50):
        rng = random.Random(seed)
        english, chinese, mongolian = with_code(SAVE, rng)
        code = english.removeprefix("Save the file").strip(": ()")
        assert code and code in chinese and code in mongolian
        marks = {text.split(" ")[0] for text in in_a_list(SAVE, rng)}
        assert len(marks) == 1


def test_only_sentences_are_put_after_each_other() -> None:
    label = ("Name", "姓名", "Нэр")
    assert joined(SAVE, SAVE) == tuple(a + b + a for a, b in zip(SAVE, (" ", "", " "), strict=True))
    assert joined(SAVE, label) == SAVE and joined(label, SAVE) == label


def test_the_same_seed_varies_alike() -> None:
    assert [varied(SAVE, [SAVE], random.Random(5)) for _ in range(2)] == [varied(SAVE, [SAVE], random.Random(5))] * 2
