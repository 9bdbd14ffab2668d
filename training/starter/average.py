"""The mean of the weights of models that were trained from the same one with other seeds, and how far to go there.

    python -m training.starter.average --half --out model one two [--from translation/starter_model --share 0.5]

Two trainings of one thread each wait for nobody, on cores that have much else to do; their mean is better than either. A training
on new texts forgets some of the old ones: part of the way from the model it began from to the one it came to, less is forgotten.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import AutoTokenizer, M2M100ForConditionalGeneration

from training.starter.vocabulary import moved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--half", action="store_true", help="write 16-bit floats, as the model that ships has them")
    parser.add_argument("--from", dest="start", type=Path, help="the model that the training began from")
    parser.add_argument("--share", type=float, default=0.5, help="1 for the mean alone, 0 for the model of --from")
    options = parser.parse_args()
    torch.manual_seed(0)
    tokenizers = [AutoTokenizer.from_pretrained(folder) for folder in options.models]
    if any(other.get_vocab() != tokenizers[0].get_vocab() for other in tokenizers):
        raise SystemExit("The models have different vocabularies: train them with the same corpus and phrasebook.")
    models = [M2M100ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32) for folder in options.models]
    states = [model.state_dict() for model in models]
    mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    if options.start:
        start = M2M100ForConditionalGeneration.from_pretrained(options.start, dtype=torch.float32)
        moved(start, AutoTokenizer.from_pretrained(options.start), tokenizers[0])
        mean = {name: torch.lerp(weights, mean[name], options.share) for name, weights in start.state_dict().items()}
    models[0].load_state_dict(mean)
    if options.half:
        models[0].half()
    models[0].save_pretrained(options.out)
    tokenizers[0].save_pretrained(options.out)


if __name__ == "__main__":
    main()
