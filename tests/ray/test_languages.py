"""Documents and texts whose language is found out, or is not what was said, through real actors."""

from __future__ import annotations

import pytest

from actors.document_pool import DocumentRefused
from tests.ray.conftest import MakeHouse
from tests.ray.work import over, ready
from translation.errors import LanguageUnknown, LanguageUnsupported, ScriptUnsupported

pytestmark = pytest.mark.ray

MONGOLIAN = "Хүн бүр төрж мэндлэхдээ эрх чөлөөтэй, адилхан нэр төртэй байдаг."
WRONG = "Энэ хєвvvн єглєє бvр сургуульдаа явдаг."
ENGLISH = "All human beings are born free and equal in dignity and rights."
RUSSIAN = "Все люди рождаются свободными и равными в своём достоинстве."
CHINESE = "人人生而自由，在尊严和权利上一律平等。"
TRADITIONAL = "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡᠨ ᠦ ᠨᠣᠮ"


async def test_each_file_and_each_sentence_is_translated_from_its_own_language(make_house: MakeHouse) -> None:
    house = make_house()
    mixed = "\n".join(
        (MONGOLIAN, WRONG, MONGOLIAN + " Бас.", ENGLISH, CHINESE, RUSSIAN, TRADITIONAL, "12345", MONGOLIAN)
    )
    task_id = await house.submit(mixed, ENGLISH, CHINESE, source="auto")
    task = await over(house, task_id)
    assert task["status"] == "completed", task
    first, second, third = task["files"]
    assert [file["source_lang"] for file in task["files"]] == ["mon_Cyrl", "eng_Latn", "cmn_Hans"]
    assert first["flags"] == {"untranslated": 2}
    assert first["notes"] == {"normalised": 1, "target_language": 1, "other_language": 1, "other_script": 1}
    assert task["segments_flagged"] == 2, "what is reported is no doubt, what was left is"
    lines = (await house.result(task_id)).split("\n")
    assert (lines[4], lines[5], lines[6], lines[7]) == (CHINESE, RUSSIAN, TRADITIONAL, "12345")
    assert all(not set(line) & set("абвгabcd") for line in (*lines[:4], lines[8]))
    assert await house.result(task_id, 3) == CHINESE
    assert third["notes"] == {"target_language": 1} and not third["flags"] and not second["notes"]
    found = await house.client.segments(task_id, 1, -1, 100, None, "normalised")
    assert [one["source"] for one in found["segments"]] == ["Энэ хөвүүн өглөө бүр сургуульдаа явдаг."]


async def test_a_file_whose_language_is_not_translated_fails_alone_with_the_reason(make_house: MakeHouse) -> None:
    house = make_house()
    task_id = await house.submit(MONGOLIAN, RUSSIAN, TRADITIONAL, source="auto")
    task = await over(house, task_id)
    assert [file["error_code"] for file in task["files"]] == [None, "language_unsupported", "script_unsupported"]
    assert task["status"] == "failed" and task["files"][0]["download"]
    task = await over(house, await house.submit(TRADITIONAL, source="mon_Cyrl"))
    assert task["error_code"] == "script_unsupported" and "Send it in Cyrillic" in task["error_message"]


async def test_texts_tell_their_language_and_are_refused_when_it_is_not_translated(make_house: MakeHouse) -> None:
    house = make_house()
    await ready(house)
    texts = [MONGOLIAN, f"{ENGLISH} {MONGOLIAN}", CHINESE, "123", WRONG]
    found = await house.client.translate_text(texts, "auto", "cmn_Hans", False)
    assert [one["language"] for one in found] == ["mon_Cyrl", "mon_Cyrl", "cmn_Hans", None, "mon_Cyrl"]
    assert [one["notes"] for one in found] == [[], [], ["target_language"], [], ["normalised"]]
    assert (found[2]["text"], found[3]["text"]) == (CHINESE, "123")
    assert not any(one["flags"] for one in found)
    for text, error in ((RUSSIAN, LanguageUnsupported), (TRADITIONAL, ScriptUnsupported), ("Москва", LanguageUnknown)):
        with pytest.raises(error):
            await house.client.translate_text([text], "auto", "cmn_Hans", False)
    with pytest.raises(ScriptUnsupported):
        await house.client.translate_text([TRADITIONAL], "mon_Cyrl", "cmn_Hans", False)
    with pytest.raises(ScriptUnsupported):
        await house.client.translate_text([MONGOLIAN], "mon_Cyrl", "mon_Mong", False)


async def test_chinese_is_converted_and_a_model_that_knows_mongolian_script_is_given_it(make_house: MakeHouse) -> None:
    house = make_house("fake:pairs=mon_Mong-cmn_Hans+cmn_Hans-eng_Latn")
    await ready(house)
    (converted,) = await house.client.translate_text(["计算机的软件"], "cmn_Hans", "cmn_Hant", False)
    assert converted["text"] == "計算機的軟件" and not converted["flags"]
    (mongolian,) = await house.client.translate_text([TRADITIONAL], "auto", "cmn_Hant", False)
    assert mongolian["language"] == "mon_Mong" and not set(mongolian["text"]) & set(TRADITIONAL)


async def test_a_preflight_tells_languages_and_what_would_be_refused(make_house: MakeHouse) -> None:
    house = make_house()
    path = house.config.blob_root / "a.txt"
    path.write_text(f"{MONGOLIAN}\n{WRONG}\n{ENGLISH}\n", encoding="utf-8")
    told = await house.client.preflight("a.txt", str(path), "auto")
    assert (told["language"], told["notes"]) == ("mon_Cyrl", {"normalised": 1})
    assert told["languages"] == {"mon_Cyrl": len(MONGOLIAN + WRONG), "eng_Latn": len(ENGLISH)}
    for text, code in ((TRADITIONAL, "script_unsupported"), (RUSSIAN, "language_unsupported")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DocumentRefused) as caught:
            await house.client.preflight("a.txt", str(path), None)
        assert caught.value.code == code
