"""What is written of a file beside its translation, from the wish to the forgetting."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from service_kit import Service

from actors import result_views, views
from actors.document_worker import MAX_READ_AT_SUBMIT_BYTES, answer
from actors.errors import OutputNotSupported
from actors.result_kinds import kinds_of, name_of
from documents.model import ReviewRow
from documents.naming import MAX_NAME_BYTES
from documents.review import write_review
from serve_app.errors import RequestError
from serve_app.intake import Wishes, new_task
from storage.errors import FileNotInTask
from storage.extra_results import ExtraResult
from storage.retention_store import START
from storage.states import TaskMove
from storage.task_store import Completed
from storage.upload_store import StoredFile

PREPARE = {
    "op": "prepare",
    "path": "a",
    "name": "a",
    "source": "mon_Cyrl",
    "target": "eng_Latn",
    "sources": ["mon_Cyrl"],
}
RESULT = StoredFile("a.cmn_Hans.txt", 6, "11", "results/aa/1")
EXTRA = (
    ExtraResult("bilingual", "a.mon_Cyrl-cmn_Hans.txt", 12, "22", "results/bb/2"),
    ExtraResult("review", "a.txt.cmn_Hans.review.xlsx", 99, "33", "results/cc/3"),
)


def cells(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as book:
        root = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [["".join(cell.itertext()) for cell in row] for row in root.iterfind(".//{*}row")]


@pytest.mark.parametrize(
    ("output", "review", "kinds"),
    [
        ("translated", False, ["translated"]),
        ("bilingual", False, ["bilingual"]),
        ("both", True, ["translated", "bilingual", "review"]),
    ],
)
def test_the_first_kind_is_the_result(output: str, review: bool, kinds: list[str]) -> None:
    assert kinds_of(output, review) == kinds


def test_names_tell_the_kinds_apart() -> None:
    names = [name_of(kind, "тайлан.docx", "mon_Cyrl", "cmn_Hans") for kind in kinds_of("both", True)]
    assert names == ["тайлан.cmn_Hans.docx", "тайлан.mon_Cyrl-cmn_Hans.docx", "тайлан.docx.cmn_Hans.review.xlsx"]
    assert all(
        len(name_of(kind, "ө" * 200 + ".docx", "mon_Cyrl", "cmn_Hans").encode()) <= MAX_NAME_BYTES
        for kind in kinds_of("both", True)
    )


def test_a_worker_writes_every_kind_from_the_same_sentences(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("Нэг. Хоёр!\n12345\nГурав", encoding="utf-8")
    known = '{"source": "Хоёр", "target": "两", "score": 0.9}'
    rows = [
        [0, "", "Нэг.", "一。", None, [], [], [[0, 3, "нэг", "一"]], "memory", None],
        [0, " ", "Хоёр!", "二！", None, ["length", "numbers"], ["normalised"], [[0, 4, "хоёр", "两"]], None, known],
        [1, "", "Гурав", "=SUM(A1)", None, [], [], None, None, None],
    ]
    out, bilingual, review = (tmp_path / name for name in ("out", "bilingual", "review"))
    request: dict[str, Any] = {"op": "assemble", "path": str(source), "name": "a.txt", "source": "mon_Cyrl"}
    request |= {"target": "cmn_Hans", "rows": rows, "out": str(out), "output": "translated"}
    request["also"] = {"bilingual": str(bilingual), "review": str(review)}
    told = answer(request)
    assert told["ok"], told
    assert told["terms"] == {"used": 1, "missed": 1}
    assert out.read_text(encoding="utf-8") == "一。二！\n12345\n=SUM(A1)"
    assert bilingual.read_text(encoding="utf-8") == "Нэг. Хоёр!\n一。二！\n12345\nГурав\n=SUM(A1)"
    assert told["also"]["review"]["size"] == review.stat().st_size
    assert cells(review)[1:] == [
        ["1", "line:1", "Нэг.", "一。", "", "", "нэг → 一: used", "memory"],
        ["2", "line:1", "Хоёр!", "二！", "length numbers", "normalised", "хоёр → 两: MISSED", "90%: Хоёр → 两"],
        ["3", "line:3", "Гурав", "=SUM(A1)", "", "", "", ""],
    ]


def test_a_review_table_goes_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.review.MAX_ROWS", 3)
    write_review(tmp_path / "t.xlsx", (ReviewRow(n, "", f"үг{n}", "x" * 40_000) for n in range(1, 6)))
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3


def test_sentences_of_other_contexts_are_not_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from documents import registry
    from documents.model import Unit

    class Entries:
        def read(self, _path: Path, _options: Any) -> list[Unit]:
            return [Unit("Нээх", context="menu"), Unit("Нээх", context="door"), Unit("Нээх", context="menu")]

    monkeypatch.setattr(registry, "format_for", lambda *_: Entries())
    told = answer({**PREPARE, "out": str(tmp_path / "rows")})
    assert [(row[4], row[9]) for row in told["rows"]] == [(None, "menu"), (None, "door"), (0, "menu")]


def test_a_sentence_has_one_translation_and_formatting_is_never_lost_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from documents import registry
    from documents.model import Span, Unit

    runs = (Span(0, 2), Span(2, 4))

    class Entries:
        def read(self, _path: Path, _options: Any) -> list[Unit]:
            return [Unit("Нээх"), Unit("Нээх", runs), Unit("Нээх"), Unit("Нээх", runs)]

    monkeypatch.setattr(registry, "format_for", lambda *_: Entries())
    told = answer({**PREPARE, "out": str(tmp_path / "rows")})
    assert [row[4] for row in told["rows"]] == [None, None, 1, 1]


def test_the_terms_of_a_glossary_are_found_as_the_document_is_read(tmp_path: Path) -> None:
    source, glossary = tmp_path / "a.txt", tmp_path / "terms"
    source.write_text("Гэрээний дагуу.\nЗам.\n", encoding="utf-8")
    glossary.write_text('["гэрээ", "合同", false]\n', encoding="utf-8")
    request = {
        "op": "prepare",
        "path": str(source),
        "name": "a.txt",
        "source": "mon_Cyrl",
        "target": "cmn_Hans",
        "sources": ["mon_Cyrl"],
        "out": str(tmp_path / "rows"),
    }
    told = answer({**request, "glossary": str(glossary)})
    assert [row[10] for row in told["rows"]] == [[(0, 8, "гэрээ", "合同")], None]


@pytest.mark.parametrize(
    "bad", [{"output": "pdf"}, {"json_keys": ("",)}, {"json_keys": ("a" * 201,)}, {"json_keys": ("a",) * 101}]
)
def test_a_wish_that_cannot_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        Wishes(**bad)


def test_wishes_become_columns() -> None:
    task = new_task("anna", "mn", "zh", False, 5, wishes=Wishes("both", True, json_keys=("title",)))
    assert (task.output, task.review) == ("both", True)
    assert task.options == '{"json_keys": ["title"]}'
    assert new_task("anna", "mn", "zh", False, 5, wishes=Wishes(retranslate=True)).options == '{"retranslate": true}'
    assert new_task("anna", "mn", "zh", False, 5).options is None
    named = new_task("anna", "mn", "zh", False, 5, wishes=Wishes(sheet_names=True))
    assert named.options == '{"sheet_names": true}'


def test_a_file_is_read_by_the_wishes_and_the_target_of_its_task(tmp_path: Path) -> None:
    path = tmp_path / "a.po"
    path.write_text('msgid ""\nmsgstr "Language: mn\\n"\n\nmsgid "Open"\nmsgstr "Нээх"\n', "utf-8")
    own = {"source": "eng_Latn", "sources": ["eng_Latn"]}
    asked = {**PREPARE, **own, "path": str(path), "name": "a.po", "out": str(tmp_path / "rows")}
    assert answer({**asked, "target": "mon_Cyrl"})["segments"] == 0
    assert answer({**asked, "target": "cmn_Hans"})["segments"] == 1
    assert answer({**asked, "target": "mon_Cyrl", "options": {"retranslate": True}})["segments"] == 1


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service.of(tmp_path)


async def submit(service: Service, name: str = "a.txt", **wishes: Any) -> str:
    task = new_task("anna", "mon_Cyrl", "cmn_Hans", False, 5, wishes=Wishes(**wishes))
    await service.submission.submit(task, [StoredFile(name, 10, "00", "uploads/aa/0")], None)
    return task.task_id


async def test_an_output_that_the_format_has_not_is_refused_and_nothing_is_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from documents.model import Output
    from documents.txt import Txt

    monkeypatch.setattr(Txt, "outputs", frozenset({Output.TRANSLATED}))
    with pytest.raises(OutputNotSupported, match=r"a\.txt cannot"):
        await submit(service, output="both")
    assert service.repository.tasks.unfinished() == []
    await submit(service, output="translated", review=True)


async def test_all_that_was_written_is_told_found_known_and_forgotten(service: Service) -> None:
    task_id = await submit(service, output="both", review=True)
    service.repository.tasks.move(task_id, TaskMove.START, time.time())
    (file,) = service.repository.tasks.files(task_id)
    service.repository.tasks.complete_files([Completed(file["id"], 1, RESULT, EXTRA, {"numbers": 3})])
    service.repository.tasks.move(task_id, TaskMove.COMPLETE, time.time())
    row, files = service.repository.tasks.get(task_id), service.repository.tasks.files(task_id)
    (shown,) = views.task_detail(row, files, service.dispatcher)["files"]
    assert shown["flags"] == {"numbers": 3}
    assert [one["kind"] for one in shown["results"]] == ["translated", "bilingual", "review"]
    assert shown["results"][1]["download"] == f"/tasks/{task_id}/files/1?kind=bilingual"
    assert [one["result_blob"] for one in result_views.results(service.repository, task_id)["files"]] == [
        "results/aa/1",
        "results/bb/2",
        "results/cc/3",
    ]
    assert result_views.result(service.repository, task_id, 1)["result_name"] == RESULT.name
    assert result_views.result(service.repository, task_id, 1, "review")["result_sha256"] == "33"
    known = set().union(*service.repository.uploads.known_blobs())
    assert {"results/aa/1", "results/bb/2", "results/cc/3"} <= known
    blobs, _mark = service.repository.retention.expire_results(time.time() + 9, START)
    assert sorted(blobs) == ["results/aa/1", "results/bb/2", "results/cc/3"]
    assert service.repository.tasks.files(task_id)[0]["extra_results"] is None


async def test_a_kind_that_was_not_asked_for_is_told_so(service: Service) -> None:
    task_id = await submit(service)
    service.repository.tasks.move(task_id, TaskMove.START, time.time())
    (file,) = service.repository.tasks.files(task_id)
    service.repository.tasks.complete_files([Completed(file["id"], 1, RESULT)])
    with pytest.raises(FileNotInTask, match="not asked for as bilingual: there is translated"):
        result_views.result(service.repository, task_id, 1, "bilingual")


async def test_a_beginning_from_the_start_gives_all_blobs_up(service: Service) -> None:
    task_id = await submit(service, output="both")
    service.repository.tasks.move(task_id, TaskMove.START, time.time())
    (file,) = service.repository.tasks.files(task_id)
    service.repository.tasks.complete_files([Completed(file["id"], 1, RESULT, EXTRA[:1])])
    assert service.repository.changes.begin_anew(task_id) == ["results/aa/1", "results/bb/2"]


@pytest.mark.parametrize(
    ("text", "source", "code"),
    [
        ("ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ", "mon_Cyrl", "script_unsupported"),
        ("\ue2f2\ue293\ue2a8\ue30b", "mon_Cyrl", "script_unsupported"),
        ("Все люди рождаются свободными и равными.", "auto", "language_unsupported"),
        ("Хүн бүр эрх чөлөөтэй байдаг.", "mon_Cyrl", None),
        ("Хүн бүр эрх чөлөөтэй байдаг.", "auto", None),
    ],
)
def test_a_small_file_in_a_language_that_is_not_translated_is_refused_when_it_comes(
    tmp_path: Path, text: str, source: str, code: str | None
) -> None:
    (path := tmp_path / "a.txt").write_text(text, encoding="utf-8")
    request = {"op": "check", "path": str(path), "name": "a.txt", "source": source, "target": "cmn_Hans"}
    assert answer({**request, "sources": ["mon_Cyrl"]}).get("code") == code
    path.write_text(text + "\n" + "1" * MAX_READ_AT_SUBMIT_BYTES, encoding="utf-8")
    assert answer({**request, "sources": ["mon_Cyrl"]})["ok"], "a large one is seen when its turn comes"


def test_sentences_that_are_left_or_set_right_are_told_of(tmp_path: Path) -> None:
    (path := tmp_path / "a.txt").write_text("Хvн бvр эрх чєлєєтэй байдаг.\nGood morning\nᠮᠣᠩᠭᠣᠯ\n12", encoding="utf-8")
    request = {"op": "prepare", "path": str(path), "name": "a.txt", "source": "mon_Cyrl", "out": str(tmp_path / "rows")}
    told = answer({**request, "target": "eng_Latn", "sources": ["mon_Cyrl"]})
    assert [(row[2], row[5], row[6], list(row[7]), list(row[8])) for row in told["rows"]] == [
        ("Хүн бүр эрх чөлөөтэй байдаг.", None, "", [], ["normalised"]),
        ("Good morning", "Good morning", "", [], ["target_language"]),
        ("ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ", "", ["untranslated"], ["other_script"]),
    ]
    assert (told["missing"], told["flagged"], told["language"]) == (1, 1, None)


def test_a_preflight_counts_what_would_be_translated(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("Нэг үг. Хоёр үг.\nНэг үг.\n12345\n", encoding="utf-8")
    told = answer({"op": "preflight", "path": str(source), "name": "a.txt", "source": None, "sources": ["mon_Cyrl"]})
    assert (told["format"], told["units"], told["segments"], told["language"]) == ("txt", 2, 3, "mon_Cyrl")
    assert told["characters"] == len("Нэг үг.") + len("Хоёр үг.")
    assert told["scripts"] == {"Cyrillic": 16}
