"""Trains the starter model: a miniature NLLB on the corpus and the phrasebook.

    python -m training.starter.train --corpus corpus.tsv --out model --minutes 90 [--init translation/starter_model]

Needs the project's own torch and transformers; a core of an AMD EPYC that is free does about 2,200 target pieces a second. It
stops when the loss on held-out strings has not fallen for `--patience` checks, or when the time is up, and leaves the weights
with the lowest in `--out`, which is a checkpoint at every moment: `--init OUT` goes on from there. The loss on held-out phrases
is told beside it: it rises when phrases are learnt by heart, a sign that they weigh too much.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from transformers import AutoTokenizer, M2M100Config, M2M100ForConditionalGeneration

from training.starter.augment import Texts
from training.starter.batches import DIRECTIONS, DROPPED_MERGES, EOS, PAD, Batch, Encoder, training_batches
from training.starter.texts import Collection, collection, phrases
from training.starter.vocabulary import extended, learnt, moved

VOCABULARY = 10_000
WARMUP_STEPS = 20
SMOOTHING = 0.1
FAST = {"attn_implementation": "eager", "dropout": 0.0}
"""Half as much again in an hour; the corpus is too large for the hours there are to be learnt by heart."""
CHECKED = 110
BUDGET = 2048
"""Padded pieces in a batch, each side."""


def new_model(pieces: int) -> M2M100ForConditionalGeneration:
    """7.5 million parameters: more of them in the encoder, because the decoder is what takes the time when it is used."""
    return M2M100ForConditionalGeneration(
        M2M100Config(
            **FAST,
            vocab_size=pieces,
            d_model=256,
            encoder_layers=3,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=1024,
            decoder_ffn_dim=1024,
            max_position_embeddings=1024,
            attention_dropout=0.0,
            activation_dropout=0.0,
            encoder_layerdrop=0.0,
            decoder_layerdrop=0.0,
            scale_embedding=True,
            pad_token_id=PAD,
            bos_token_id=0,
            eos_token_id=EOS,
            decoder_start_token_id=EOS,
            tie_word_embeddings=True,
        )
    )


def loss_of(model: M2M100ForConditionalGeneration, batch: Batch, smoothing: float) -> torch.Tensor:
    """Mean cross entropy of the target's pieces, in nats."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model.model(
            input_ids=batch.source, attention_mask=(batch.source != PAD).long(), decoder_input_ids=batch.decoder
        ).last_hidden_state
        kept = batch.labels != -100
        logits = model.lm_head(hidden[kept]).float()
    return torch.nn.functional.cross_entropy(logits, batch.labels[kept], label_smoothing=smoothing)


def held_out_loss(model: M2M100ForConditionalGeneration, batches: Sequence[Batch]) -> float:
    model.eval()
    counts = [int((batch.labels != -100).sum()) for batch in batches]
    with torch.no_grad():
        total = sum(loss_of(model, batch, 0.0).item() * count for batch, count in zip(batches, counts, strict=True))
    model.train()
    return float(total / sum(counts))


def held_out_batches(texts: Sequence[Texts], encoder: Encoder) -> list[Batch]:
    """Of `CHECKED` texts at most, spread over all: looking must not take the time that training needs."""
    texts = texts[:: -(-len(texts) // CHECKED) or 1]
    directions = [(source, target) for source, target, _ in DIRECTIONS]
    return list(encoder.packed([example for text in texts for example in encoder.examples(text, directions)], BUDGET))


def vocabulary_texts(texts: Collection) -> Iterator[str]:
    """What a vocabulary is learnt from: whatever the phrases weigh in training, they count twice, so that it stays the same."""
    book = frozenset(phrases())
    for text in texts.train:
        yield from text * (2 if text in book else 1)


def train(options: argparse.Namespace, texts: Collection) -> None:
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    if options.init:
        old = AutoTokenizer.from_pretrained(options.init)
        model = M2M100ForConditionalGeneration.from_pretrained(options.init, dtype=torch.float32, **FAST)
        if options.new_pieces:
            tokenizer = learnt(vocabulary_texts(texts), VOCABULARY)
        else:
            tokenizer = extended(old, itertools.chain(*texts.train))
        moved(model, old, tokenizer)
    else:
        tokenizer = learnt(vocabulary_texts(texts), VOCABULARY)
        model = new_model(len(tokenizer))
    encoder = Encoder(tokenizer)
    strings, phrases = held_out_batches(texts.held_strings, encoder), held_out_batches(texts.held_phrases, encoder)
    dropping = Encoder(tokenizer, DROPPED_MERGES)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01)
    best, worse, start = math.inf, 0, time.monotonic()
    checked = start
    model.train()
    for step, batch in enumerate(training_batches(texts.train, texts.weights, dropping, BUDGET, rng)):
        now = time.monotonic()
        spent = (now - start) / (60 * options.minutes)
        if step == 0 or spent >= 1 or now - checked > 60 * options.check_minutes:
            losses = [held_out_loss(model, part) for part in (strings, phrases) if part]
            print(f"step {step}, {spent:.0%}, held out {' '.join(f'{loss:.4f}' for loss in losses)}", flush=True)
            if losses[0] < best:
                best, worse = losses[0], 0
                model.save_pretrained(options.out)
                tokenizer.save_pretrained(options.out)
            else:
                worse += 1
            if spent >= 1 or worse >= options.patience:
                return
            checked = time.monotonic()
        rate = options.rate * min(1, (step + 1) / WARMUP_STEPS) * (0.5 * (1 + math.cos(math.pi * spent)) + 0.01)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(model, batch, SMOOTHING)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 50 == 0:
            print(f"step {step}, {spent:.0%}, loss {loss.item():.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="what training.starter.corpus wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="a model of this family to go on from")
    parser.add_argument(
        "--new-pieces", action="store_true", help="go on from --init with a vocabulary that is learnt from these texts"
    )
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument(
        "--phrase-weight", type=int, default=1, help="times a phrase is seen for one string of the corpus"
    )
    parser.add_argument("--rate", type=float, default=1.2e-3, help="the highest learning rate; less when going on")
    parser.add_argument("--check-minutes", type=float, default=5, help="between looks at the held-out loss")
    parser.add_argument("--patience", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train(options, collection(options.corpus, options.phrase_weight))


if __name__ == "__main__":
    main()
