from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from translation import convert
from translation.convert import converted, misplaced_codes
from translation.engine import Decoding
from translation.errors import ModelUnusable
from translation.factory import EngineOptions, load_engine
from translation.files import digest, published
from translation.resolve import STARTER_FOLDER


@pytest.fixture
def fake_child(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Conversion without torch; the list of what was converted."""
    calls: list[Path] = []

    def child(source: Path, work: Path) -> None:
        calls.append(source)
        (work / "model.bin").write_bytes(b"converted")

    monkeypatch.setattr(convert, "_run_child", child)
    return calls


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    (path / "config.json").write_text("{}")
    return path


def test_a_folder_is_converted_once(folder: Path, tmp_path: Path, fake_child: list[Path]) -> None:
    first = converted(folder, tmp_path / "cache")
    assert converted(folder, tmp_path / "cache") == first
    assert fake_child == [folder]
    assert (first / "model.bin").read_bytes() == b"converted"


def test_other_weights_make_another_conversion(folder: Path, tmp_path: Path, fake_child: list[Path]) -> None:
    first = converted(folder, tmp_path / "cache")
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert converted(folder, tmp_path / "cache") != first
    assert len(fake_child) == 2


def test_two_at_once_convert_once(folder: Path, tmp_path: Path, fake_child: list[Path]) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(converted(folder, tmp_path / "cache"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake_child) == 1 and len(set(found)) == 1 and len(found) == 4


def test_a_failed_conversion_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail() -> None:
        with published(tmp_path / "cache" / "final") as work:
            (work / "half").write_text("x")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        fail()
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_broken_model_says_why_it_cannot_be_converted(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="could not be converted"):
        converted(folder, tmp_path / "cache")
    assert not any(path.is_dir() for path in (tmp_path / "cache" / "converted").iterdir())


def test_a_digest_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    first = digest(file, tmp_path)
    assert digest(file, tmp_path) == first
    file.write_bytes(b"three")
    assert digest(file, tmp_path) != first


def test_a_language_code_in_the_wrong_place_is_noticed() -> None:
    vocabulary = ["<s>", "a", "khk_Cyrl", "eng_Latn"]
    assert misplaced_codes(vocabulary, {"khk_Cyrl": 2, "eng_Latn": 3}) == []
    assert misplaced_codes(vocabulary, {"khk_Cyrl": 3, "eng_Latn": 2, "zho_Hans": 9}) == [
        "khk_Cyrl",
        "eng_Latn",
        "zho_Hans",
    ]


def test_the_codes_of_the_converted_starter_model_sit_at_their_ids(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = converted(STARTER_FOLDER, tmp_path_factory.getbasetemp() / "models")
    vocabulary = json.loads((folder / "shared_vocabulary.json").read_text())
    assert [vocabulary.index(code) for code in ("khk_Cyrl", "zho_Hans", "eng_Latn")] == [10001, 10002, 10003]


def test_m2m100_is_converted_with_its_codes_and_both_engines_agree(tmp_path: Path) -> None:
    folder = _tiny_m2m100(tmp_path)
    texts = ["save the file", "файлыг хадгалах"]
    answers = []
    for engine in ("ctranslate2", "transformers"):
        loaded = load_engine(
            EngineOptions(
                str(folder),
                engine=engine,
                device="cpu",
                compute_type="float32",
                cache_dir=tmp_path / "cache",
                restrict=False,  # random weights write any token
            )
        )
        encoded = loaded.encode(texts, "eng_Latn", "cmn_Hans")
        assert encoded[0].tokens[0] == "__en__" and encoded[0].tokens[-1] == "</s>"
        answers.append(
            [output.text for output in loaded.generate(encoded, "eng_Latn", "cmn_Hans", Decoding(beam_size=1))]
        )
        loaded.close()
    assert answers[0] == answers[1]


def _tiny_m2m100(tmp_path: Path) -> Path:
    """The real architecture and tokenizer classes with random weights and a vocabulary of a few letters."""
    import sentencepiece
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    text = tmp_path / "text"
    text.write_text("save the file please\nфайлыг хадгалах уу\n保存文件\nopen the door\n" * 20)
    prefix = str(tmp_path / "pieces")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=prefix, vocab_size=60, model_type="bpe", character_coverage=1.0, minloglevel=2
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model")
    names = ["<s>", "<pad>", "</s>", "<unk>", *(pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size()))]
    (tmp_path / "vocab.json").write_text(json.dumps({name: at for at, name in enumerate(names)}))
    folder = tmp_path / "m2m100"
    M2M100Tokenizer(str(tmp_path / "vocab.json"), f"{prefix}.model").save_pretrained(folder)
    if not (folder / "vocab.json").exists():
        shutil.copy(tmp_path / "vocab.json", folder / "vocab.json")
    config = M2M100Config(
        vocab_size=len(names) + 108,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        decoder_start_token_id=2,
        # Wide enough that no two pieces come out all but equal, where rounding would decide between them.
        init_std=1.0,
    )
    torch.manual_seed(7)
    # In half precision, as the conversion stores them: both engines must have the same weights to agree.
    M2M100ForConditionalGeneration(config).half().save_pretrained(folder)
    return folder
