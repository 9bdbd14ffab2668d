"""The mean of the weights of models that were trained from the same one, with other seeds: better than each of them.

    python -m training.starter.average --out model one two

It is how two cores were used that had much else to do: two trainings of one thread each, which wait for nobody.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import AutoTokenizer, M2M100ForConditionalGeneration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--half", action="store_true", help="write 16-bit floats, as the model that ships has them")
    options = parser.parse_args()
    tokenizers = [AutoTokenizer.from_pretrained(folder) for folder in options.models]
    if any(other.get_vocab() != tokenizers[0].get_vocab() for other in tokenizers):
        raise SystemExit("The models have different vocabularies: train them with the same corpus and phrasebook.")
    models = [M2M100ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32) for folder in options.models]
    states = [model.state_dict() for model in models]
    mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    models[0].load_state_dict(mean)
    if options.half:
        models[0].half()
    models[0].save_pretrained(options.out)
    tokenizers[0].save_pretrained(options.out)


if __name__ == "__main__":
    main()
