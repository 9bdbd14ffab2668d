"""The vocabulary: byte-pair pieces laid out as NLLB's, so that `NllbTokenizer` and the converters read it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from transformers import M2M100ForConditionalGeneration, NllbTokenizer

CODES = ("eng_Latn", "zho_Hans", "khk_Cyrl")
"""Of the columns of the corpus, in its order."""
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
LONGEST_HAN = 4
"""Han letters in a piece: Chinese has no spaces, and "输入您的密码" as one piece would be of use in that one sentence only."""
_ALPHABET = (
    "абвгдеёжзийклмноөпрстуүфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ"
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,。?!:;“”‘’()《》、.-/@#%&*+=<>[]{}_|~$€¥₮°，？！：；（）"
)
_HAN = re.compile("[\u3400-\u9fff]")


def learnt(texts: Iterable[str], size: int) -> NllbTokenizer:
    """A tokenizer of `size` pieces. Digits and marks are pieces of their own: that is how numbers are learnt to be copied.

    `texts` may repeat: a text counts as often as it comes. Letters that stand in one text only stay unknown, as in `extended`.
    """
    texts = list(texts)
    bpe = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Split(Regex(r"[^\w▁\s]"), behavior="isolated"),
        ]
    )
    # Some of what is learnt is thrown away below; 5,000 more pieces make up for it.
    trainer = trainers.BpeTrainer(
        vocab_size=size + 5000,
        special_tokens=list(SPECIAL),
        initial_alphabet=list(_ALPHABET),
        max_token_length=14,
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    model = json.loads(bpe.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    made = {left + right for left, right in merges}
    pieces = [piece for piece, _ in sorted(model["vocab"].items(), key=lambda item: item[1]) if piece not in made]
    letters = {*_ALPHABET, *_repeated_letters(texts), *SPECIAL, "▁"}
    pieces = [piece for piece in pieces if piece in letters]
    known, kept = set(pieces), []
    for left, right in merges:
        piece = left + right
        if len(pieces) == size:
            break
        if left in known and right in known and len(_HAN.findall(piece)) <= LONGEST_HAN and piece not in known:
            known.add(piece)
            pieces.append(piece)
            kept.append((left, right))
    return tokenizer_of(pieces, kept)


def tokenizer_of(pieces: Sequence[str], merges: Sequence[tuple[str, str]]) -> NllbTokenizer:
    """With no normalizer: `NllbTokenizer` forgets it when it is loaded again, and full-width marks would be unknown then."""
    return NllbTokenizer(
        vocab={piece: number for number, piece in enumerate(pieces)},
        merges=list(merges),
        src_lang="khk_Cyrl",
        tgt_lang="zho_Hans",
        extra_special_tokens=["khk_Cyrl", "zho_Hans", "eng_Latn"],
    )


def extended(old: NllbTokenizer, texts: Iterable[str]) -> NllbTokenizer:
    """The pieces of `old` under their old numbers, but those with digits beside anything else; then the letters that it lacks."""
    model = json.loads(old.backend_tokenizer.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"] if not re.search("[0-9]", "".join(merge))]
    made = {"".join(merge) for merge in model["merges"]} - {"".join(merge) for merge in merges}
    pieces = [piece for piece, _ in sorted(model["vocab"].items(), key=lambda item: item[1]) if piece not in made]
    pieces += sorted(_repeated_letters(texts) - set(pieces))
    return tokenizer_of(pieces, merges)


def _repeated_letters(texts: Iterable[str]) -> set[str]:
    """Letters of at least two texts. A model that has seen a letter once does not know it, and the guards flag what a model
    says it does not know."""
    counts = Counter(letter for text in set(texts) for letter in set(text) if not letter.isspace())
    return {letter for letter, count in counts.items() if count > 1}


def moved(model: M2M100ForConditionalGeneration, old: NllbTokenizer, new: NllbTokenizer) -> None:
    """Gives `model` the vocabulary of `new`: rows of the same pieces are kept, others begin as the mean of their old pieces."""
    table = model.get_input_embeddings().weight.data
    old_ids, new_ids = old.get_vocab(), new.get_vocab()
    rows = torch.randn(len(new), table.shape[1]) * table.std()
    for piece, number in new_ids.items():
        if piece in old_ids:
            rows[number] = table[old_ids[piece]]
            continue
        # A full-width mark begins as the plain one.
        plain = unicodedata.normalize("NFKC", piece.replace("▁", " "))
        if plain in old_ids:
            rows[number] = table[old_ids[plain]]
            continue
        parts: list[Any] = old(plain, add_special_tokens=False).input_ids
        known = [part for part in parts if part != old.unk_token_id]
        if known:
            rows[number] = table[known].mean(0)
    model.resize_token_embeddings(len(new), mean_resizing=False)
    model.get_input_embeddings().weight.data.copy_(rows)
    model.tie_weights()
