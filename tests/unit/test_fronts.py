"""The official clients of DeepL and of LibreTranslate, unmodified, against the whole application."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deepl
import httpx
import pytest
from http_server import Served
from libretranslatepy import LibreTranslateAPI
from local_scheduler import LocalApi

pytestmark = pytest.mark.timeout(60)

MONGOLIAN = "Сайн байна уу?"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> LocalApi:
    return LocalApi(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def server(api: LocalApi) -> Iterator[Served]:
    with Served(api.app, api.scheduler.work) as served:
        yield served


@pytest.fixture
def translator(server: Served) -> Iterator[deepl.DeepLClient]:
    client = deepl.DeepLClient("secret", server_url=server.url)
    yield client
    client.close()


@pytest.fixture
def http(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


# ---- DeepL


def test_deepl_translates_texts_and_finds_out_their_language(translator: deepl.DeepLClient) -> None:
    one = translator.translate_text(MONGOLIAN, target_lang="ZH")
    assert isinstance(one, deepl.TextResult)
    assert (one.text, one.detected_source_lang, one.billed_characters) == (f"[cmn_Hans] {MONGOLIAN}", "MN", 14)
    several = translator.translate_text([MONGOLIAN, "Hello there", "123", ""], target_lang="EN-US")
    assert isinstance(several, list)
    assert [answer.text for answer in several] == [f"[eng_Latn] {MONGOLIAN}", "Hello there", "123", ""]
    given = translator.translate_text("Hello there", source_lang="EN", target_lang="ZH-HANT")
    assert isinstance(given, deepl.TextResult) and given.text == "[cmn_Hant] Hello there"


def test_deepl_keeps_tags(translator: deepl.DeepLClient) -> None:
    answer = translator.translate_text("<p>Hello <b>there</b></p>", target_lang="MN", tag_handling="html")
    assert isinstance(answer, deepl.TextResult)
    assert answer.text == "<p>[mon_Cyrl] Hello <b>there</b></p>"
    inner = translator.translate_text("<Doc>Hello <Ref id='1'/> there</Doc>", target_lang="MN", tag_handling="xml")
    assert isinstance(inner, deepl.TextResult)
    assert inner.text.replace("[mon_Cyrl] ", "") == "<Doc>Hello <Ref id='1'/> there</Doc>"


def test_deepl_lists_languages_and_usage(translator: deepl.DeepLClient) -> None:
    sources = {language.code: language.name for language in translator.get_source_languages()}
    assert sources["MN"] == "Mongolian (Cyrillic)" and {"EN", "ZH"} <= set(sources)
    targets = {language.code for language in translator.get_target_languages()}
    assert {"EN-US", "EN-GB", "ZH-HANS", "ZH-HANT", "MN"} <= targets
    usage = translator.get_usage()
    assert usage.character.valid and usage.character.count == 0 and not usage.any_limit_reached
    pairs = {(pair.source_lang, pair.target_lang) for pair in translator.get_glossary_languages()}
    assert {("en", "mn"), ("mn", "zh"), ("zh", "en")} <= pairs


def test_deepl_translates_a_document(translator: deepl.DeepLClient, tmp_path: Path) -> None:
    source, target = tmp_path / "тайлан.txt", tmp_path / "out.txt"
    source.write_text("Сайн байна уу?\n", encoding="utf-8")
    status = translator.translate_document_from_filepath(source, target, target_lang="ZH")
    assert status.done
    assert target.read_text(encoding="utf-8") == "САЙН БАЙНА УУ?\n"


def test_a_document_of_another_key_is_not_there(translator: deepl.DeepLClient, server: Served) -> None:
    handle = translator.translate_document_upload(b"Hello there\n", target_lang="ZH", filename="a.txt")
    assert translator.translate_document_get_status(handle).ok
    stranger = deepl.DeepLClient("other", server_url=server.url)
    forged = deepl.DocumentHandle(handle.document_id, "0" * 64)
    for client, known in ((stranger, handle), (translator, forged)):
        with pytest.raises(deepl.DeepLException, match="not found"):
            client.translate_document_get_status(known)
    stranger.close()


def test_deepl_is_told_what_is_wrong_in_its_own_words(translator: deepl.DeepLClient, http: httpx.Client) -> None:
    with pytest.raises(deepl.DeepLException, match="Unknown language 'FR'"):
        translator.translate_text("Hello", target_lang="FR")
    with pytest.raises(deepl.DeepLException, match="formality"):
        translator.translate_text("Hello", target_lang="MN", formality="more")
    with pytest.raises(deepl.DeepLException, match="no glossary g"):
        translator.translate_text("Hello", source_lang="EN", target_lang="MN", glossary="g")
    with pytest.raises(deepl.DeepLException, match="exe"):
        translator.translate_document_upload(b"MZ", source_lang="EN", target_lang="MN", filename="a.exe")
    unknown = http.post("/v2/translate", data={"text": "Hello", "target_lang": "MN"})
    assert unknown.status_code == 403 and "Authorization" in unknown.json()["message"]
    form = {"text": ["Hello there", "again"], "target_lang": "MN"}
    answer = http.post("/v2/translate", data=form, headers={"Authorization": "DeepL-Auth-Key x"})
    assert [row["text"] for row in answer.json()["translations"]] == ["[mon_Cyrl] Hello there", "[mon_Cyrl] again"]
    for body in ("{", "[]", '{"text": 5, "target_lang": "MN"}', '{"text": "a", "target_lang": 5}'):
        wrong = http.post(
            "/v2/translate",
            content=body,
            headers={"Authorization": "DeepL-Auth-Key x", "Content-Type": "application/json"},
        )
        assert wrong.status_code == 400 and wrong.json()["message"]


# ---- LibreTranslate


@pytest.fixture(params=["/", "/libretranslate"])
def libre(request: pytest.FixtureRequest, server: Served) -> LibreTranslateAPI:
    return LibreTranslateAPI(f"{server.url}{request.param}")


def test_libretranslate_translates_detects_and_lists(libre: LibreTranslateAPI) -> None:
    assert libre.translate("Hello there", "en", "mn") == "[mon_Cyrl] Hello there"
    assert libre.translate(MONGOLIAN, "auto", "zh-Hans") == f"[cmn_Hans] {MONGOLIAN}"
    assert libre.detect(MONGOLIAN) == [{"confidence": 100.0, "language": "mn"}]
    languages = {row["code"]: row for row in libre.languages()}
    assert set(languages) == {"mn", "mn-Mong", "zh-Hans", "zh-Hant", "en"}
    assert "zh-Hans" in languages["en"]["targets"] and "en" not in languages["en"]["targets"]


def test_libretranslate_says_what_is_wrong(libre: LibreTranslateAPI) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        libre.translate("Hello", "en", "fr")
    with refused.value as answer:
        assert answer.code == 400 and "Unknown language" in json.load(answer)["error"]


def test_the_older_answer_of_languages_stays_for_whoever_says_what_he_accepts(http: httpx.Client) -> None:
    assert isinstance(http.get("/languages").json(), dict)
    assert isinstance(http.get("/v1/languages").json(), dict)
    assert isinstance(http.get("/libretranslate/languages").json(), list)


def test_libretranslate_takes_json_lists_and_html(http: httpx.Client) -> None:
    body: dict[str, Any] = {"q": ["Hello", MONGOLIAN], "source": "auto", "target": "zh-Hans", "alternatives": 2}
    answer = http.post("/translate", json=body).json()
    assert answer["translatedText"] == ["[cmn_Hans] Hello", f"[cmn_Hans] {MONGOLIAN}"]
    assert [found["language"] for found in answer["detectedLanguage"]] == ["en", "mn"]
    assert answer["alternatives"] == [[f"[cmn_Hans {n}] {text}" for n in (2, 3)] for text in body["q"]]
    one = http.post("/translate", json={**body, "q": MONGOLIAN}).json()
    assert one["alternatives"] == [f"[cmn_Hans {n}] {MONGOLIAN}" for n in (2, 3)]
    assert "alternatives" not in http.post("/translate", json={**body, "alternatives": 0}).json()
    for wrong, told in ((6, "between 0 and 5"), ("many", "is not a number")):
        refused = http.post("/translate", json={**body, "alternatives": wrong})
        assert refused.status_code == 400 and told in refused.json()["error"]
    marked = {"q": "<p>Hello <i>you</i></p>", "source": "en", "target": "mn", "format": "html"}
    assert http.post("/translate", json=marked).json() == {"translatedText": "<p>[mon_Cyrl] Hello <i>you</i></p>"}
    multipart = http.post("/translate", data=marked, files={"none": b""})
    assert multipart.json() == {"translatedText": "<p>[mon_Cyrl] Hello <i>you</i></p>"}
    for wrong in ({"q": "Hello", "target": "mn"}, {**body, "q": []}, {**body, "q": [5]}, {**body, "format": "pdf"}):
        refused = http.post("/translate", json=wrong)
        assert refused.status_code == 400 and refused.json()["error"]


def test_a_short_text_of_our_own_has_alternatives_where_they_are_asked_for(http: httpx.Client) -> None:
    body: dict[str, Any] = {"sentences": "Hello", "source_lang": "en", "target_lang": "mn"}
    assert http.post("/v1/translate/text", json=body).json()["alternatives"] == []
    several = http.post("/v1/translate/text", json={**body, "alternatives": 1}).json()
    assert several["alternatives"] == [[{"text": "[mon_Cyrl 2] Hello", "flags": []}]]
    for wrong in (6, -1, "2", True):
        refused = http.post("/v1/translate/text", json={**body, "alternatives": wrong})
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "alternatives"


@pytest.mark.parametrize("text", ["Сайн \\ud800", "\\udc00", "123 \\u0000"])
def test_what_stands_in_no_text_is_refused_by_each_way_of_translating_short_texts(
    http: httpx.Client, text: str
) -> None:
    deepl_key = {"Authorization": "DeepL-Auth-Key any"}
    for path, body, status in [
        ("/v1/translate/text", f'{{"sentences": ["{text}"], "source_lang": "mn", "target_lang": "zh"}}', 422),
        ("/v2/translate", f'{{"text": ["{text}"], "target_lang": "ZH"}}', 400),
        ("/libretranslate/translate", f'{{"q": "{text}", "source": "auto", "target": "zh"}}', 400),
    ]:
        answer = http.post(path, content=body, headers={**deepl_key, "Content-Type": "application/json"})
        assert answer.status_code == status, (path, answer.text)
        assert "stands in no text" in answer.text


def test_a_refusal_can_repeat_what_utf_8_cannot_hold(http: httpx.Client) -> None:
    head = {"Authorization": "DeepL-Auth-Key any", "Content-Type": "application/json"}
    for path, body in [
        ("/v1/translate/text", r'{"sentences": ["a"], "source_lang": "\ud83dx", "target_lang": "zh"}'),
        ("/v2/translate", r'{"text": ["a"], "target_lang": "\ud800"}'),
        ("/libretranslate/translate", r'{"q": "a", "source": "mn", "target": "\ud800"}'),
    ]:
        answer = http.post(path, content=body, headers=head)
        assert answer.status_code in (400, 422) and r"\ud8" in answer.text, (path, answer.text)


def test_no_glossary_is_named_with_what_a_database_cannot_hold(http: httpx.Client) -> None:
    pair = '"source_lang": "mn", "target_lang": "zh"'
    for path, body, field in [
        ("/v1/translate/text", rf'{{"sentences": ["a"], {pair}, "glossary": ["\ud800"]}}', "glossary"),
        ("/v1/glossaries", rf'{{"name": "a\u0000", {pair}, "shared": true, "entries": [{{"source": "ж"}}]}}', "name"),
    ]:
        answer = http.post(path, content=body.encode(), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


def test_libretranslate_translates_a_file(http: httpx.Client) -> None:
    fields = {"source": "auto", "target": "zh-Hans"}
    answer = http.post("/translate_file", data=fields, files={"file": ("тайлан.txt", "Сайн уу?\n".encode())})
    url = answer.json()["translatedFileUrl"]
    assert url.startswith(str(http.base_url))
    assert http.get(url).text == "САЙН УУ?\n"
    refused = http.post("/translate_file", data=fields, files={"file": ("a.exe", b"MZ")})
    assert refused.status_code == 400 and "exe" in refused.json()["error"]


def test_libretranslate_tells_its_settings_and_health(http: httpx.Client) -> None:
    settings = http.get("/frontend/settings").json()
    assert ".docx" in settings["supportedFilesFormat"] and settings["filesTranslation"]
    assert http.get("/health").json() == {"status": "ok"}
    assert http.get("/health/live").json()["status"] == "live"
