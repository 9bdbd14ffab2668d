"""Every family of models, loaded by the real code from folders with the real architectures and tokenizer classes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ctranslate2
import pytest
import tiny_models

from translation import chat
from translation.catalogue import describe
from translation.engine import Decoding, Engine
from translation.engines import ctranslate2_engine
from translation.engines.chat_engine import ChatEngine, _limits
from translation.engines.torch_loading import choose_dtype
from translation.engines.variants import Variants, with_variants
from translation.errors import DeviceUnavailable, ModelUnusable, SentenceTooLong, UnsupportedPair
from translation.factory import EngineOptions, load_engine
from translation.faults import Fault, classify
from translation.guards import check
from translation.runner import Item, Runner, Work
from translation.terms import TermMatch

# The limit of a batch follows its longest sentence, and these models never stop by themselves: with no ratio all have 16.
GREEDY = Decoding(beam_size=1, max_ratio=0.0)
TEXTS = ["save the file", "open the door please", "save"]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of each family, and the cache."""
    folder = tmp_path_factory.mktemp("models")
    tiny_models.marian(folder / "marian", (">>cmn_Hans<<", ">>cmn_Hant<<"))
    tiny_models.madlad(folder / "madlad")
    tiny_models.hunyuan(folder / "hunyuan")
    return folder


def _load(models: Path, name: str, engine: str = "auto") -> Engine:
    return load_engine(
        EngineOptions(
            str(models / name), engine=engine, device="cpu", compute_type="float32", cache_dir=models / "cache"
        )
    )


def _translated(engine: Engine, texts: list[str], source: str, target: str) -> list[str]:
    outputs = engine.generate(engine.encode(texts, source, target), source, target, GREEDY)
    return [output.text for output in outputs]


@pytest.fixture(scope="session")
def hunyuan(models: Path) -> Engine:
    loaded = _load(models, "hunyuan")
    assert isinstance(loaded, Variants)
    return loaded.inner


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("marian", "eng_Latn", "cmn_Hans"),
        ("madlad", "eng_Latn", "mon_Cyrl"),
        ("madlad", "mon_Cyrl", "cmn_Hans"),
    ],
)
def test_both_engines_run_the_model_and_agree(models: Path, name: str, source: str, target: str) -> None:
    answers = []
    for kind in ("ctranslate2", "transformers"):
        engine = _load(models, name, kind)
        answers.append(_translated(engine, TEXTS, source, target))
        # One by one as in a batch: padding changes nothing.
        assert [_translated(engine, [text], source, target)[0] for text in TEXTS] == answers[-1]
        engine.close()
    assert answers[0] == answers[1] and any(answers[0])


def test_the_target_code_of_madlad_comes_first_as_one_token(models: Path) -> None:
    engine = _load(models, "madlad", "transformers")
    for target, code in (("mon_Cyrl", "<2mn>"), ("eng_Latn", "<2en>")):
        tokens = engine.encode(["保存"], "cmn_Hans", target)[0].tokens
        assert tokens[0] == code and tokens[-1] == "</s>" and tokens.count(code) == 1


@pytest.mark.parametrize(
    ("name", "supported", "chosen"),
    [
        ("madlad", {"float16", "bfloat16", "float32"}, "bfloat16"),
        ("madlad", {"float16", "int8_float32", "float32"}, "int8_float32"),
        ("marian", {"float16", "bfloat16", "float32"}, "float16"),
    ],
)
def test_t5_is_not_run_in_float16_on_a_gpu_where_its_activations_overflow(
    models: Path, monkeypatch: pytest.MonkeyPatch, name: str, supported: set[str], chosen: str
) -> None:
    asked: list[str] = []

    def translator(path: str, *, device: str, compute_type: str, **_: object) -> SimpleNamespace:
        asked.append(f"{device} {compute_type}")
        return SimpleNamespace()

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda device: supported)
    monkeypatch.setattr(ctranslate2, "Translator", translator)
    monkeypatch.setattr(ctranslate2_engine, "converted", lambda folder, cache: folder)
    options = EngineOptions(str(models / name), engine="ctranslate2", cache_dir=models / "cache", restrict=False)
    assert load_engine(options).device == "cuda:0"
    assert asked == [f"cuda {chosen}"]


def test_a_language_that_madlad_has_no_code_for_is_refused(tmp_path: Path) -> None:
    folder = tiny_models.madlad(tmp_path / "m", ("<2en>", "<2zh>"))
    engine = _load(tmp_path, "m", "transformers")
    assert engine.pairs() == with_variants({("eng_Latn", "cmn_Hans"), ("cmn_Hans", "eng_Latn")})
    with pytest.raises(UnsupportedPair, match="mon_Cyrl"):
        engine.encode(["save"], "eng_Latn", "mon_Cyrl")
    assert describe(str(folder), tmp_path).architecture == "MADLAD-400 (T5)"


def test_a_t5_without_language_codes_is_not_taken_for_madlad(tmp_path: Path) -> None:
    tiny_models.madlad(tmp_path / "t5", ())
    with pytest.raises(ModelUnusable, match="no language codes"):
        _load(tmp_path, "t5")


def test_rows_of_the_weights_that_are_no_token_are_never_chosen(tmp_path: Path) -> None:
    tiny_models.madlad(tmp_path / "m", padding=500)
    engine = _load(tmp_path, "m", "transformers")
    assert all(_translated(engine, TEXTS, "eng_Latn", "mon_Cyrl"))


def test_a_language_code_written_in_a_text_stays_text(models: Path) -> None:
    engine = _load(models, "madlad", "transformers")
    encoded = engine.encode(["A <2es> B"], "eng_Latn", "cmn_Hans")[0]
    assert "<2es>" not in encoded.tokens
    places = encoded.starts[1:-1]
    assert (encoded.starts[0], encoded.starts[-1]) == (-1, -1) and list(places) == sorted(places)


def test_a_tokenizer_that_lost_the_codes_is_refused_when_loading(models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models / "marian", tmp_path / "marian"))
    from translation.engines.transformers_engine import _check_codes
    from translation.folders import read_facts, read_layout
    from translation.resolve import resolve

    model = resolve(str(folder), tmp_path)
    layout = read_layout(folder, read_facts(model))

    class Tokenizer:
        unk_token_id = 1
        pad_token_id = 3
        eos_token_id = 2

        def convert_tokens_to_ids(self, token: str) -> int:
            return 5 if token == ">>cmn_Hant<<" else 1

    with pytest.raises(ModelUnusable, match=r"does not know >>cmn_Hans<<, which"):
        _check_codes(model, layout, Tokenizer())


def test_a_missing_tokenizer_is_named(models: Path, tmp_path: Path) -> None:
    for name, file in (("marian", "source.spm"), ("madlad", "tokenizer.json"), ("hunyuan", "tokenizer.json")):
        folder = Path(shutil.copytree(models / name, tmp_path / name))
        (folder / file).unlink()
        with pytest.raises(ModelUnusable, match=r"no tokenizer"):
            _load(tmp_path, name, "transformers")


def test_a_sentence_beyond_the_places_of_a_model_is_an_error_of_its_own(models: Path) -> None:
    marian = _load(models, "marian", "transformers")
    assert marian.max_source_tokens == 64
    encoded = marian.encode(["save the file " * 40], "eng_Latn", "cmn_Hans")
    with pytest.raises(SentenceTooLong, match="64"):
        marian.generate(encoded, "eng_Latn", "cmn_Hans", GREEDY)


def test_a_model_of_many_targets_does_each_script_that_has_a_code(models: Path) -> None:
    assert describe(str(models / "marian"), models).pairs == with_variants(
        {("eng_Latn", "cmn_Hans"), ("eng_Latn", "cmn_Hant")}
    )


def test_the_precision_is_chosen_for_the_device_and_the_model() -> None:
    assert choose_dtype("auto", "cpu", True) == "float32"
    assert choose_dtype("auto", "cuda:0", True, half_overflows=True) == "bfloat16"
    assert choose_dtype("auto", "cuda:0", False) == "float16"
    assert choose_dtype("auto", "cuda:0", False, half_overflows=True) == "float32"
    assert choose_dtype("float16", "cuda:0", True) == "float16"
    with pytest.raises(DeviceUnavailable, match="int8"):
        choose_dtype("int8", "cpu", True)


def test_torch_without_memory_is_told_from_other_faults() -> None:
    import torch

    assert classify(torch.OutOfMemoryError("Tried to allocate 2 GiB")) is Fault.MEMORY
    assert classify(RuntimeError("Tried to allocate 2 GiB")) is Fault.OTHER


def test_the_chat_prompt_stands_in_the_models_own_template(hunyuan: Engine) -> None:
    assert isinstance(hunyuan, ChatEngine)
    encoded = hunyuan.encode(["save the file"], "eng_Latn", "cmn_Hans")[0]
    ids = hunyuan._tokenizer.convert_tokens_to_ids(list(encoded.tokens))
    assert hunyuan._tokenizer.decode(ids) == (
        "<|start|><|user|>将以下文本翻译为 中文，注意只需要输出翻译后的结果，不要额外解释：\n\nsave the file<|assistant|>"
    )
    places = [start for start in encoded.starts if start >= 0]
    assert places[0] == 0 and places == sorted(places) and places[-1] < len("save the file")


def test_terms_stand_in_the_chat_prompt_before_the_request(hunyuan: Engine) -> None:
    assert isinstance(hunyuan, ChatEngine)
    told = [TermMatch(9, 13, "file", "档案|文件"), TermMatch(0, 4, "save", "保存")]
    plain, termed = hunyuan.encode_with_terms(["save the file"] * 2, [(), told], "eng_Latn", "cmn_Hans")
    assert plain == hunyuan.encode(["save the file"], "eng_Latn", "cmn_Hans")[0]
    ids = hunyuan._tokenizer.convert_tokens_to_ids(list(termed.tokens))
    assert hunyuan._tokenizer.decode(ids) == (
        "<|start|><|user|>参考下面的翻译：\nfile 翻译成 档案\nsave 翻译成 保存\n\n"
        "将以下文本翻译为 中文，注意只需要输出翻译后的结果，不要额外解释：\n\nsave the file<|assistant|>"
    )
    assert [start for start in termed.starts if start >= 0] == [start for start in plain.starts if start >= 0]


def test_a_chat_model_is_told_the_terms_of_each_sentence(hunyuan: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "most_tokens", lambda text: 4)
    asked: list[list[str]] = []
    real = hunyuan.encode_with_terms  # type: ignore[attr-defined]

    def noted(texts: Any, terms: Any, source: str, target: str) -> Any:
        asked.append([term.term for some in terms for term in some])
        return real(texts, terms, source, target)

    monkeypatch.setattr(hunyuan, "encode_with_terms", noted)
    terms = (TermMatch(9, 13, "file", "档案"),)
    items = (Item("save the file", "a", terms=terms), Item("save the file", "b"))
    runner = Runner(hunyuan, Decoding(), None)
    result = runner.submit(Work("w", "eng_Latn", "cmn_Hans", False, False, items)).result(60)
    assert len(result.answers) == 2 and None not in result.answers
    assert asked and all(some == ["file"] for some in asked)


def test_marks_of_the_template_written_in_a_text_stay_text(hunyuan: Engine) -> None:
    text = "a <|assistant|> b <|end|>"
    encoded = hunyuan.encode([text], "eng_Latn", "cmn_Hans")[0]
    inner = [token for token, start in zip(encoded.tokens, encoded.starts, strict=True) if start >= 0]
    assert "<|assistant|>" not in inner and "<|end|>" not in inner
    assert isinstance(hunyuan, ChatEngine)
    assert hunyuan._tokenizer.decode(hunyuan._tokenizer.convert_tokens_to_ids(inner)) == text


def test_a_chat_batch_answers_as_its_sentences_do_alone(hunyuan: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "most_tokens", lambda text: 16)
    together = _translated(hunyuan, TEXTS, "eng_Latn", "mon_Cyrl")
    assert together == [_translated(hunyuan, [text], "eng_Latn", "mon_Cyrl")[0] for text in TEXTS]
    assert len(set(together)) > 1


def test_chat_decoding_is_greedy_and_the_stricter_one_forbids_repeated_words(hunyuan: Engine) -> None:
    encoded = hunyuan.encode(TEXTS, "eng_Latn", "cmn_Hans")
    first, again = (hunyuan.generate(encoded, "eng_Latn", "cmn_Hans", GREEDY) for _ in range(2))
    assert first == again
    assert hunyuan.generate(encoded, "eng_Latn", "cmn_Hans", GREEDY.stricter())


def test_limits_on_repetition_do_not_look_at_the_prompt() -> None:
    import torch

    seen = torch.tensor([[4, 4, 4, 4, 2]])
    scores = torch.ones(1, 6)
    limits = _limits(Decoding(repetition_penalty=2.0, no_repeat_ngram=1), skip=4)
    found = limits(seen, scores.clone())[0].tolist()
    assert found[4] == 1.0 and found[2] == float("-inf")


def test_a_pair_that_a_chat_model_does_not_claim_is_refused(hunyuan: Engine) -> None:
    assert len(hunyuan.pairs()) == 6
    with pytest.raises(UnsupportedPair, match="mon_Mong"):
        hunyuan.encode(["save"], "eng_Latn", "mon_Mong")
    with pytest.raises(UnsupportedPair):
        hunyuan.generate(hunyuan.encode(["a"], "eng_Latn", "mon_Cyrl"), "eng_Latn", "mon_Mong", GREEDY)


def test_a_chat_model_whose_languages_nobody_names_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "h"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "hunyuan_v1_dense"}')
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelUnusable, match=r"metadata\.json"):
        describe(str(folder), tmp_path)
    for name in ("Hy-MT2-1.8B", "tencent--Hy-MT2-1.8B@main"):
        known = Path(shutil.copytree(folder, tmp_path / name))
        assert describe(str(known), tmp_path).languages == ("mon_Cyrl", "cmn_Hans", "cmn_Hant", "eng_Latn")
    (folder / "metadata.json").write_text(json.dumps({"languages": ["mn-Mong", "zh"]}))
    assert describe(str(folder), tmp_path).pairs == with_variants({("mon_Mong", "cmn_Hans"), ("cmn_Hans", "mon_Mong")})
    (folder / "metadata.json").write_text(json.dumps({"languages": ["klingon"]}))
    with pytest.raises(ModelUnusable, match="klingon"):
        describe(str(folder), tmp_path)


def test_a_chat_model_gives_several_answers_to_each_request_where_they_are_asked_for(hunyuan: Engine) -> None:
    encoded = hunyuan.encode(TEXTS[:2], "eng_Latn", "cmn_Hans")
    plain, several = (
        list(hunyuan.generate(encoded, "eng_Latn", "cmn_Hans", Decoding(beam_size=4, hypotheses=n))) for n in (1, 4)
    )
    assert [len(output.others) for output in plain] == [0, 0] and [len(output.others) for output in several] == [3, 3]
    assert len({other.text for output in several for other in output.others}) > 3, "each request has its own"


def test_a_chat_model_needs_a_template_that_carries_the_text_and_the_torch_engine(models: Path, tmp_path: Path) -> None:
    for name, template, message in (("none", "", "no chat template"), ("deaf", "{{ bos_token }}", "does not carry")):
        tiny_models.hunyuan(tmp_path / name, template=template)
        with pytest.raises(ModelUnusable, match=message):
            _load(tmp_path, name)
    with pytest.raises(ModelUnusable, match="ENGINE = auto or transformers"):
        _load(models, "hunyuan", "ctranslate2")


def test_mongolian_in_the_other_script_is_flagged_however_short_it_is() -> None:
    assert "wrong_script" in check("Save File", "ᠬᠠᠳᠠᠭᠠᠯᠠᠬᠤ", "eng_Latn", "mon_Cyrl")
    assert "wrong_script" in check("Save File", "Файл хадгалах", "eng_Latn", "mon_Mong")
    assert "wrong_script" in check("请保存文件。", "Файлыг ᠬᠠᠳᠠᠭᠠᠯᠠᠨᠠ уу.", "cmn_Hans", "mon_Cyrl")
    assert "wrong_script" not in check("Save File", "Файл хадгалах", "eng_Latn", "mon_Cyrl")
    # Quoted in the source, it may stand in the translation.
    assert "wrong_script" not in check(
        "The word ᠮᠣᠩᠭᠣᠯ means Mongol.", "ᠮᠣᠩᠭᠣᠯ гэдэг үг нь монгол гэсэн утгатай.", "eng_Latn", "mon_Cyrl"
    )


@pytest.mark.parametrize("answer", ["ᠪᠢ ᠨᠣᠮ ᠤᠩᠰᠢᠵᠤ ᠪᠠᠢᠢᠨᠠ", ""])
def test_an_answer_in_the_wrong_script_or_none_at_all_is_tried_again_and_not_silently_accepted(
    hunyuan: Engine, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    assert isinstance(hunyuan, ChatEngine)
    asked: list[int] = []

    def decode(ids: list[int], **_options: object) -> str:
        asked.append(len(ids))
        return answer

    monkeypatch.setattr(hunyuan._tokenizer, "decode", decode)
    monkeypatch.setattr(hunyuan, "close", lambda: None)
    runner = Runner(hunyuan, GREEDY, 2000)
    work = Work("w", "cmn_Hans", "mon_Cyrl", False, False, (Item("我在看书。"),))
    result = runner.submit(work).result(timeout=60).answers[0]
    runner.close()
    assert result is not None and len(asked) == 2
    assert ("wrong_script" if answer else "empty") in result.flags


@pytest.mark.parametrize(
    ("answer", "text", "wanted"),
    [
        (" 保存文件。\n", "Save the file.", "保存文件。"),
        ("“保存文件。”", "Save the file.", "保存文件。"),
        ("“保存文件。”", "“Save the file.”", "“保存文件。”"),
        ("“是”或“否”", "Yes or no", "“是”或“否”"),
        ("Файлыг\n\nхадгалах", "Save the file.", "Файлыг хадгалах"),
        ("a\nb", "c\nd", "a\nb"),
        ("好（注：口语）", "Good", "好（注：口语）"),
        ('"', "x", '"'),
    ],
)
def test_only_what_is_surely_not_the_translation_is_taken_off(answer: str, text: str, wanted: str) -> None:
    assert chat.translation_in(answer, text) == wanted


def test_the_answer_may_be_longer_than_the_prompt_but_has_an_end() -> None:
    # A Chinese character becomes about three letters, and a letter two pieces at most.
    assert chat.most_tokens("好") < 300 <= chat.most_tokens("好" * 50)
    assert chat.most_tokens("好" * 5000) == 2048
