"""Models of the real architectures with the real tokenizer classes, random weights and a vocabulary of a few pieces."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

LINES = "save the file please\nфайлыг хадгалах уу\n保存文件\nopen the door\nA 1234 <2es>\n"
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|user|>{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SMALL = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    # Wide enough that no two pieces come out all but equal, where rounding would decide between them.
    "init_std": 1.0,
}


def marian(folder: Path, codes: tuple[str, ...] = (), source: str = "eng", target: str = "zho") -> Path:
    """`codes`: of a model with several targets, `>>cmn_Hans<<` and so on."""
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    pieces = _sentencepiece(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    names = ["</s>", "<unk>", *(piece for piece in pieces if not piece.startswith("<")), "<", *codes, "<pad>"]
    vocabulary = {name: at for at, name in enumerate(dict.fromkeys(names))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        tokenizer = MarianTokenizer(
            str(folder / "source.spm"),
            str(folder / "target.spm"),
            str(folder / "vocab.json"),
            source_lang=source,
            target_lang=target,
        )
    tokenizer.save_pretrained(folder)
    pad = vocabulary["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocabulary),
        pad_token_id=pad,
        decoder_start_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        max_position_embeddings=64,
        scale_embedding=True,
        **_SMALL,
    )
    network = _seeded(MarianMTModel, config)
    network.generation_config.bad_words_ids = [[pad]]
    network.save_pretrained(folder)
    return folder


def madlad(folder: Path, codes: tuple[str, ...] = ("<2en>", "<2zh>", "<2mn>", "<2es>"), padding: int = 0) -> Path:
    """T5 with its sentencepiece vocabulary; `codes` are pieces of it, as in MADLAD-400.

    `padding`: rows of the weights that belong to no token.
    """
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    folder.mkdir(parents=True)
    pieces = [
        piece for piece in _sentencepiece(folder / "spiece.model", codes) if piece not in ("<s>", "</s>", "<unk>")
    ]
    (folder / "spiece.model").unlink()
    scores = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + [(p, -1.0 - at / 10) for at, p in enumerate(pieces)]
    T5Tokenizer(vocab=scores, extra_ids=0).save_pretrained(folder)
    config = T5Config(
        vocab_size=len(scores) + padding,
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
        initializer_factor=3.0,
    )
    _seeded(T5ForConditionalGeneration, config).save_pretrained(folder)
    return folder


def hunyuan(folder: Path, languages: tuple[str, ...] = ("mn", "zh", "en"), template: str = CHAT_TEMPLATE) -> Path:
    """A dense Hunyuan model with a byte-level tokenizer, as Hy-MT2 has."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import HunYuanDenseV1Config, HunYuanDenseV1ForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        LINES.splitlines() * 3, trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_special_tokens(["<|start|>", "<|end|>", "<|pad|>"])
    # Marks of the template that are not "special": a tokenizer would take them in a document's text as well.
    tokenizer.add_tokens([AddedToken("<|user|>", special=False), AddedToken("<|assistant|>", special=False)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|start|>", eos_token="<|end|>", pad_token="<|pad|>"
    )
    fast.chat_template = template or None
    fast.save_pretrained(folder)
    config = HunYuanDenseV1Config(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=1024,
        initializer_range=1.0,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
    )
    network = _seeded(HunYuanDenseV1ForCausalLM, config)
    # As the makers' generation_config.json has them: sampling, which must not be used.
    network.generation_config.update(do_sample=True, temperature=0.7, top_k=20, repetition_penalty=1.05)
    network.save_pretrained(folder)
    if languages:
        (folder / "metadata.json").write_text(json.dumps({"languages": languages}))
    return folder


def _sentencepiece(path: Path, symbols: tuple[str, ...] = ()) -> list[str]:
    import sentencepiece

    text = path.with_suffix(".text")
    text.write_text(LINES * 20)
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(path.with_suffix("")),
        vocab_size=70 + len(symbols),
        model_type="bpe",
        character_coverage=1.0,
        user_defined_symbols=list(symbols),
        minloglevel=2,
    )
    made = path.with_suffix(".model")
    if made != path:
        made.replace(path)
    for left in (text, path.with_suffix(".vocab")):
        left.unlink()
    loaded = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [loaded.id_to_piece(at) for at in range(loaded.get_piece_size())]


def _seeded(kind: Any, config: Any) -> Any:
    import torch

    torch.manual_seed(7)
    # In half precision, as the conversion stores them: both engines must have the same weights to agree.
    return kind(config).half()
