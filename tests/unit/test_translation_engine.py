from __future__ import annotations

import json
from pathlib import Path

import pytest

from translation.engine import Decoding, Engine
from translation.engines.ctranslate2_engine import choose_compute_type, choose_device
from translation.errors import DeviceUnavailable, ModelUnusable, UnsupportedPair
from translation.factory import EngineOptions, load_engine
from translation.folders import read_facts, read_layout
from translation.layouts import Family, Layout
from translation.pieces import joined
from translation.resolve import STARTER_FOLDER, Kind, ResolvedModel, resolve

STRINGS = [
    "Файлыг хадгалах уу?",
    "Та нууц үгээ оруулна уу.",
    "Сүлжээний холболт амжилтгүй боллоо.",
    "Хэрэглэгчийн нэр",
    "Бүгдийг сонгох",
    "Тохиргоог хадгалж чадсангүй.",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "models"


@pytest.fixture(scope="module")
def starter(cache: Path) -> Engine:
    return load_engine(EngineOptions("starter", device="cpu", compute_type="float32", threads=1, cache_dir=cache))


@pytest.fixture(scope="module")
def layout() -> Layout:
    return read_layout(STARTER_FOLDER, read_facts(resolve("starter", Path("unused"))))


def test_the_input_of_nllb_is_source_code_pieces_and_end(layout: Layout) -> None:
    encoded = layout.encode(["Файлыг хадгалах уу?"], "mon_Cyrl", "cmn_Hans")[0]
    assert encoded.tokens == ("khk_Cyrl", "▁Файлыг", "▁хадгалах", "▁уу", "?", "</s>")
    assert layout.target_prefix("cmn_Hans") == ("zho_Hans",)
    assert encoded.starts == (-1, 0, 7, 16, 18, -1)


def test_the_token_ids_of_the_starter_model_are_golden(layout: Layout) -> None:
    tokenizer = json.loads((STARTER_FOLDER / "tokenizer.json").read_text())
    ids = tokenizer["model"]["vocab"] | {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    golden = {
        ("Файлыг хадгалах уу?", "mon_Cyrl", "cmn_Hans"): [10001, 7881, 4162, 2642, 35, 2],
        ("保存 文件？", "cmn_Hans", "mon_Cyrl"): [10002, 5797, 4345, 2503, 2],
        ("Hello", "eng_Latn", "mon_Cyrl"): [10003, 2789, 3424, 83, 2],
    }
    for (text, source, target), expected in golden.items():
        assert [ids[token] for token in layout.encode([text], source, target)[0].tokens] == expected


def test_language_codes_and_end_marks_written_in_a_text_stay_text(layout: Layout) -> None:
    encoded = layout.encode(["a </s> eng_Latn <mask>"], "eng_Latn", "cmn_Hans")[0]
    assert encoded.tokens.count("</s>") == 1 and encoded.tokens.count("eng_Latn") == 1
    assert "<mask>" not in encoded.tokens


def test_letters_that_the_model_does_not_know_are_counted(layout: Layout) -> None:
    assert layout.encode(["保存𠮷", "Save ✓ ①", "Save"], "cmn_Hans", "mon_Cyrl")[0].unknown == 1
    assert [e.unknown for e in layout.encode(["Save ✓", "Save"], "eng_Latn", "mon_Cyrl")] == [0, 0]


def test_traditional_mongolian_never_reaches_a_model_without_it(layout: Layout) -> None:
    with pytest.raises(UnsupportedPair):
        layout.encode(["ᠮᠣᠩᠭᠣᠯ"], "mon_Mong", "cmn_Hans")


def test_pieces_come_together_with_the_places_of_their_letters() -> None:
    assert joined(["▁Save", "▁the", "▁file", "s", "."]) == ("Save the files.", (0, 5, 9, 13, 14))
    assert joined(["▁", "保存", "文件"]) == ("保存文件", (0, 0, 2))
    assert joined([]) == ("", ())
    assert joined(["▁a", "<0xE4>", "<0xBF>", "<0x9D>"])[0] == "a保"


def test_the_starter_model_translates_its_own_examples(starter: Engine) -> None:
    outputs = starter.generate(
        starter.encode(STRINGS[:3], "mon_Cyrl", "cmn_Hans"), "mon_Cyrl", "cmn_Hans", Decoding(beam_size=4)
    )
    assert [output.text for output in outputs] == ["保存文件？", "请您输入密码。", "网络连接失败。"]


def test_alignment_points_to_the_words_that_were_translated(starter: Engine) -> None:
    encoded = starter.encode(["Шинэ баримт нээх"], "mon_Cyrl", "cmn_Hans")
    output = starter.generate(encoded, "mon_Cyrl", "cmn_Hans", Decoding(), align=True)[0]
    assert output.text == "打开新文档"
    assert output.alignment == ((12, 0), (0, 2), (5, 3))
    assert starter.generate(encoded, "mon_Cyrl", "cmn_Hans", Decoding())[0].alignment is None


def test_alignment_stays_inside_odd_texts(starter: Engine) -> None:
    for text in ["  ①  ﬁle 𠮷😀", "е\u0308лка", "…", "a\u00a0b\u3000c"]:
        for output in starter.generate(
            starter.encode([text], "eng_Latn", "cmn_Hans"), "eng_Latn", "cmn_Hans", Decoding(), align=True
        ):
            assert output.alignment is not None
            assert all(0 <= s < len(text) and 0 <= t <= len(output.text) for s, t in output.alignment)
            assert [t for _, t in output.alignment] == sorted(t for _, t in output.alignment)


def test_transformers_and_ctranslate2_agree(starter: Engine, cache: Path) -> None:
    other = load_engine(
        EngineOptions("starter", engine="transformers", device="cpu", compute_type="float32", cache_dir=cache)
    )
    greedy = Decoding(beam_size=1)
    answers = [
        [o.text for o in e.generate(e.encode(STRINGS, "mon_Cyrl", "cmn_Hans"), "mon_Cyrl", "cmn_Hans", greedy)]
        for e in (starter, other)
    ]
    same = sum(a == b for a, b in zip(*answers, strict=True))
    assert same >= len(STRINGS) - 1, answers
    other.close()


class _Recorder:
    """Stands for ctranslate2.Translator."""

    def __init__(self) -> None:
        self.calls: list[dict[str, object]] = []

    def translate_batch(self, source: list[list[str]], **options: object) -> list[object]:
        self.calls.append({"source": source, **options})

        class Result:
            hypotheses = (["zho_Hans", "▁好"],)
            scores = (-0.1,)

        return [Result()] * len(source)


def test_nothing_is_left_to_the_defaults_of_ctranslate2(layout: Layout) -> None:
    from translation.engines.ctranslate2_engine import CTranslate2Engine

    recorder = _Recorder()
    engine = CTranslate2Engine("starter", "cpu", layout, recorder)
    output = engine.generate(
        engine.encode(["уу?"], "mon_Cyrl", "cmn_Hans"), "mon_Cyrl", "cmn_Hans", Decoding(beam_size=3)
    )
    call = recorder.calls[0]
    assert output[0].text == "好"
    assert call["target_prefix"] == [["zho_Hans"]]
    assert (
        call["max_input_length"] == 0
        and call["use_vmap"] is False
        and call["beam_size"] == 3
        and call["disable_unk"] is True
    )
    assert call["max_decoding_length"] == Decoding().max_target_tokens(4) + 1


def test_decoding_length_follows_the_source_and_has_an_end() -> None:
    decoding = Decoding()
    assert decoding.max_target_tokens(1) < decoding.max_target_tokens(50) < 200
    assert decoding.max_target_tokens(10_000) == 512


def test_marian_with_several_targets_gets_its_target_token() -> None:
    class Letters:
        def split(self, texts: list[str]) -> list[object]:
            from translation.pieces import Pieces

            return [Pieces(tuple(text), tuple(range(len(text))), 0) for text in texts]

    layout = Layout(Family.MARIAN, {"cmn_Hans": ">>cmn_Hans<<"}, frozenset({("eng_Latn", "cmn_Hans")}), Letters())  # type: ignore[arg-type]
    assert layout.encode(["ab"], "eng_Latn", "cmn_Hans")[0].tokens == (">>cmn_Hans<<", "a", "b", "</s>")
    assert layout.target_prefix("cmn_Hans") == ()


def test_a_converted_folder_without_a_tokenizer_says_so(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"")
    (tmp_path / "shared_vocabulary.json").write_text('["khk_Cyrl", "eng_Latn"]')
    model = ResolvedModel("x", Kind.CTRANSLATE2, tmp_path, None)
    with pytest.raises(ModelUnusable, match="no tokenizer"):
        read_layout(tmp_path, read_facts(model))


def test_the_device_and_the_precision_are_chosen_or_refused() -> None:
    assert (choose_device("auto", 0), choose_device("auto", 1), choose_device("cpu", 1)) == ("cpu", "cuda", "cpu")
    with pytest.raises(DeviceUnavailable, match="doctor"):
        choose_device("cuda", 0)
    assert choose_compute_type("auto", "cuda", {"float16", "int8", "float32"}) == "float16"
    assert choose_compute_type("auto", "cpu", {"int8", "float32"}) == "int8"
    with pytest.raises(DeviceUnavailable, match="int8"):
        choose_compute_type("float16", "cpu", {"int8"})
