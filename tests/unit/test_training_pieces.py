"""Vocabularies that are learnt, and the examples and batches that a starter model is trained on."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoTokenizer

from training.starter.batches import EOS, PAD, Encoder
from training.starter.vocabulary import CODES, SPECIAL, learnt

TEXTS = [
    *("Файлыг нээж чадсангүй.", "The file could not be opened.", "无法打开文件。"),
    *("12 дугаар хуудас", "Page 12", "第 12 页"),
    *("无法打开文件", "第 3 页"),  # Han letters of one text only would stay unknown
]
TRIPLES = ((TEXTS[1], TEXTS[2], TEXTS[0]), (TEXTS[4], TEXTS[5], TEXTS[3]))


def tokenizer_of(*more: str):  # type: ignore[no-untyped-def]
    return learnt([*TEXTS * 20, *more], 400)


def test_special_pieces_and_codes_stand_where_nllb_has_them() -> None:
    tokenizer = tokenizer_of()
    assert tokenizer.convert_tokens_to_ids(list(SPECIAL)) == [0, 1, 2, 3]
    last = len(tokenizer)
    assert sorted(tokenizer.convert_tokens_to_ids(list(CODES))) == [last - 3, last - 2, last - 1]


def test_digits_and_marks_are_pieces_of_their_own() -> None:
    assert tokenizer_of().tokenize("12 нээж чадсангүй.") == ["▁", "1", "2", "▁нээж", "▁чадсангүй", "."]


def test_a_letter_of_one_text_only_stays_unknown_however_often_the_text_counts() -> None:
    assert "<unk>" in tokenizer_of(*["瘸腿"] * 9).tokenize("瘸")
    assert "<unk>" not in tokenizer_of("瘸腿", "瘸子").tokenize("瘸")


def test_a_tokenizer_that_is_loaded_again_cuts_as_the_one_that_was_trained_with(tmp_path: Path) -> None:
    tokenizer = tokenizer_of("您好，请（稍）等！", "您好，再（见）！等稍")
    tokenizer.save_pretrained(tmp_path)
    text = "您好，等（稍）！ 12"
    assert AutoTokenizer.from_pretrained(tmp_path).tokenize(text) == tokenizer.tokenize(text)
    assert "，" in tokenizer.tokenize(text) and "<unk>" not in tokenizer.tokenize(text)


def test_merges_are_dropped_in_sources_only() -> None:
    tokenizer = tokenizer_of()
    whole = Encoder(tokenizer).examples(TRIPLES[0], [(2, 0)])
    (letters,) = Encoder(tokenizer, 1.0).examples(TRIPLES[0], [(2, 0)])
    assert len(letters.source) > len(whole[0].source)
    assert letters.target == whole[0].target
    assert tokenizer.decode(letters.source) == tokenizer.decode(whole[0].source) == TEXTS[0]


def test_a_batch_keeps_to_its_budget_and_masks_code_and_padding() -> None:
    tokenizer = tokenizer_of()
    encoder = Encoder(tokenizer)
    examples = [example for texts in TRIPLES for example in encoder.examples(texts, [(2, 1), (1, 2), (0, 2)])]
    batches = list(encoder.packed(examples * 10, 64))
    assert sum(len(batch.source) for batch in batches) == 60
    assert all(max(batch.source.numel(), batch.decoder.numel()) <= 64 for batch in batches)
    for batch in batches:
        is_told = batch.labels != -100
        assert torch.equal(is_told, (batch.decoder != PAD) & (torch.arange(batch.decoder.shape[1]) > 0))
        given, told = batch.decoder[:, 2:], batch.labels
        assert torch.equal(given[given != PAD], told[is_told & (told != EOS)])
