"""DeepL's glossaries, with the official package: made, used, changed and removed there, and seen at our own calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deepl
import httpx
import pytest
from deepl.api_data import MultilingualGlossaryDictionaryEntries as Entries
from http_server import Served
from local_scheduler import LocalApi

from serve_app.errors import RequestError
from serve_app.fronts.deepl import entries
from storage.glossary_store import GlossaryTerm

pytestmark = pytest.mark.timeout(60)

TERMS = {"contract": "гэрээ", 'a "quoted" term': "хашилт"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    api = LocalApi(tmp_path_factory.mktemp("api"))
    with Served(api.app, api.scheduler.work) as served:
        yield served


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """Without keys of ours any text is one: each test has its own client."""
    return str(request.node.name)


@pytest.fixture
def client(server: Served, key: str) -> Iterator[deepl.DeepLClient]:
    found = deepl.DeepLClient(key, server_url=server.url)
    yield found
    found.close()


@pytest.fixture
def http(server: Served, key: str) -> Iterator[httpx.Client]:
    head = {"Authorization": f"DeepL-Auth-Key {key}"}
    with httpx.Client(base_url=server.url, headers=head, trust_env=False, timeout=30.0) as found:
        yield found


def text(
    client: deepl.DeepLClient, glossary: Any, source: str = "EN", target: str = "MN", said: str = "the contract"
) -> str:
    answer = client.translate_text(said, source_lang=source, target_lang=target, glossary=glossary)
    assert isinstance(answer, deepl.TextResult)
    return answer.text


def test_a_glossary_of_one_pair_is_made_used_listed_and_removed(
    client: deepl.DeepLClient, http: httpx.Client, tmp_path: Path
) -> None:
    made = client.create_glossary("law", "EN", "MN", TERMS)
    assert (made.name, made.source_lang, made.target_lang, made.entry_count, made.ready) == ("law", "EN", "MN", 2, True)
    assert text(client, made) == text(client, made.glossary_id) == "[mon_Cyrl] the гэрээ"
    assert text(client, None) == "[mon_Cyrl] the contract"
    # A list serves both directions.
    assert text(client, made.glossary_id, "MN", "EN-US", "гэрээ") == "[eng_Latn] contract"
    assert client.get_glossary_entries(made) == TERMS
    assert [one.glossary_id for one in client.list_glossaries()] == [made.glossary_id]
    ours = http.get(f"/v1/glossaries/{made.glossary_id}").json()
    assert (ours["name"], ours["source_lang"], ours["target_lang"], ours["entries"]) == (
        "law",
        "eng_Latn",
        "mon_Cyrl",
        2,
    )
    path = tmp_path / "a.txt"
    path.write_text("the contract\n", encoding="utf-8")
    done = client.translate_document_from_filepath(
        path, tmp_path / "b.txt", source_lang="EN", target_lang="MN", glossary=made
    )
    assert done.done
    (task,) = http.get("/v1/tasks").json()["tasks"]
    assert task["glossaries"] == [made.glossary_id]
    client.delete_glossary(made)
    assert client.list_glossaries() == [] and http.get(f"/v1/glossaries/{made.glossary_id}").status_code == 404
    with pytest.raises(deepl.GlossaryNotFoundException):
        client.get_glossary(made.glossary_id)


def test_a_glossary_of_ours_is_one_of_deepls(client: deepl.DeepLClient, http: httpx.Client) -> None:
    mine = client.create_glossary("mine", "EN", "MN", TERMS)
    owner = http.get(f"/v1/glossaries/{mine.glossary_id}").json()["client_id"]
    body = {"name": "ours", "source_lang": "mn", "target_lang": "zh", "client_id": owner}
    terms = [{"source": "гэрээ", "target": "合同|合约"}, {"source": "Улаанбаатар"}]
    made = http.post("/v1/glossaries", json={**body, "entries": terms}).json()
    assert {one.name for one in client.list_glossaries()} == {"mine", "ours"}
    found = client.get_glossary_entries(made["glossary_id"])
    assert found == {"гэрээ": "合同", "Улаанбаатар": "Улаанбаатар"}
    assert text(client, made["glossary_id"], "MN", "ZH", "гэрээ").startswith("[cmn_Hans] 合同")


def test_a_glossary_of_several_pairs_is_several_of_ours(client: deepl.DeepLClient, http: httpx.Client) -> None:
    made = client.create_multilingual_glossary(
        "law", [Entries("EN", "MN", TERMS), Entries("MN", "ZH", {"гэрээ": "合同"})]
    )
    assert {(one.source_lang, one.target_lang, one.entry_count) for one in made.dictionaries} == {
        ("EN", "MN", 2),
        ("MN", "ZH", 1),
    }
    assert text(client, made) == "[mon_Cyrl] the гэрээ" and text(client, made, "MN", "ZH", "гэрээ") == "[cmn_Hans] 合同"
    with pytest.raises(deepl.DeepLException, match="no dictionary from eng_Latn into cmn_Hans"):
        text(client, made.glossary_id, "EN", "ZH")
    changed = client.update_multilingual_glossary_dictionary(made, Entries("EN", "MN", {"law": "хууль"}))
    assert [one.entry_count for one in changed.dictionaries if one.source_lang == "EN"] == [3]
    put = client.replace_multilingual_glossary_dictionary(made, Entries("EN", "MN", {"law": "хууль"}))
    assert (put.source_lang, put.entry_count) == ("EN", 1)
    client.replace_multilingual_glossary_dictionary(made, Entries("EN", "ZH", {"contract": "合同"}))
    assert text(client, made.glossary_id, "EN", "ZH", "contract") == "[cmn_Hans] 合同"
    (read,) = client.get_multilingual_glossary_entries(made, "EN", "MN").dictionaries
    assert read.entries == "law\tхууль\n"
    assert client.update_multilingual_glossary_name(made, "rules").name == "rules"
    owner = http.get(f"/v1/glossaries/{made.glossary_id}").json()["client_id"]
    ours = http.get("/v1/glossaries", params={"client_id": owner}).json()["glossaries"]
    assert {row["name"] for row in ours} == {"rules", "rules [MN-ZH]", "rules [EN-ZH]"}
    client.delete_multilingual_glossary_dictionary(made, source_lang="EN", target_lang="MN")
    (left,) = client.list_multilingual_glossaries()
    assert left.glossary_id == made.glossary_id and len(left.dictionaries) == 2
    client.delete_multilingual_glossary(made)
    assert client.list_multilingual_glossaries() == []


def test_names_need_not_be_told_apart_and_another_keys_glossaries_are_not_there(
    client: deepl.DeepLClient, server: Served
) -> None:
    first, second = (client.create_glossary("law", "EN", "MN", TERMS) for _ in range(2))
    assert (first.name, second.name) == ("law", "law (2)") and first.glossary_id != second.glossary_id
    stranger = deepl.DeepLClient("other", server_url=server.url)
    assert stranger.list_glossaries() == []
    for call in (stranger.get_glossary, stranger.delete_glossary, stranger.get_glossary_entries):
        with pytest.raises(deepl.GlossaryNotFoundException):
            call(first.glossary_id)  # type: ignore[operator]
    with pytest.raises(deepl.DeepLException, match="no glossary"):
        text(stranger, first.glossary_id)
    stranger.close()


def test_what_is_wrong_with_a_glossary_is_told_in_deepls_words(client: deepl.DeepLClient, http: httpx.Client) -> None:
    good = {"name": "law", "source_lang": "en", "target_lang": "mn", "entries": "a\tb", "entries_format": "tsv"}
    for change, said in (
        ({"entries": "alone"}, "Line 1"),
        ({"entries": " "}, "entries"),
        ({"entries_format": "xml"}, "entries_format"),
        ({"name": ""}, "name"),
        ({"name": "a,b"}, "comma"),
        ({"source_lang": "fr"}, "Unknown language"),
        ({"target_lang": "en"}, "en"),
    ):
        refused = http.post("/v2/glossaries", json={**good, **change})
        assert refused.status_code == 400 and list(refused.json()) == ["message"], refused.text
        assert said in refused.json()["message"]
    for body in ({"name": "law"}, {"name": "law", "dictionaries": [1]}, {"name": "law", "dictionaries": [good, good]}):
        assert http.post("/v3/glossaries", json=body).status_code == 400
    assert client.list_glossaries() == []
    made = client.create_glossary_from_csv("law", "EN", "MN", '"a, b",в,EN,MN\nc,г\n')
    assert client.get_glossary_entries(made) == {"a, b": "в", "c": "г"}
    assert http.patch(f"/v3/glossaries/{made.glossary_id}", json={}).status_code == 400
    for given in ({"glossary_ids": 5}, {"glossary_ids": ["a"] * 6}, {"glossary_id": made.glossary_id}):
        wrong = {"text": "a", "target_lang": "MN", **({} if "glossary_id" in given else {"source_lang": "EN"}), **given}
        assert http.post("/v2/translate", json=wrong).status_code == 400


def test_entries_are_read_as_deepl_writes_them() -> None:
    # Names of languages in the first line are terms there, not heads.
    assert entries.read("Chinese\tМонгол\n\n", "tsv") == [GlossaryTerm("Chinese", "Монгол")]
    assert entries.read('"open\tхашилт', "tsv") == [GlossaryTerm('"open', "хашилт")]
    with pytest.raises(RequestError, match="CSV"):
        entries.read('"a"b,c', "csv")
