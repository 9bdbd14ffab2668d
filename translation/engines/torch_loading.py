"""What both torch engines need to load: a device, a precision, weights as safetensors from a local folder."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from translation.errors import DeviceUnavailable, ModelUnusable
from translation.resolve import Kind, ResolvedModel


def only_huggingface(model: ResolvedModel) -> None:
    """Raises ModelUnusable for a model that is not a Hugging Face folder."""
    if model.kind is not Kind.HUGGINGFACE:
        raise ModelUnusable(
            f"The transformers engine runs Hugging Face folders only, and {model.name} is a {model.kind.value} model: "
            "set ENGINE = ctranslate2.",
            model=model.name,
        )


def load_tokenizer(folder: Path) -> Any:
    """Raises ModelUnusable."""
    from transformers import AutoTokenizer

    try:
        with warnings.catch_warnings():
            # Marian's tokenizer wants it for cutting text, which is the layout's work here.
            warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
            return AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, ImportError) as error:
        raise ModelUnusable(
            f"transformers cannot read the tokenizer in {folder}: {error}. Fetch the model again.", path=str(folder)
        ) from error


def load_network(kind: Any, folder: Path, device: str, dtype: Any, threads: int) -> Any:
    """`kind`: one of transformers' Auto classes. Attention is SDPA wherever the architecture has it: the library's own
    choice. Raises ModelUnusable; what the device raises when memory runs out is passed on.
    """
    import torch

    if device == "cpu" and threads > 0:
        torch.set_num_threads(threads)
    try:
        network = kind.from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=dtype
        )
    except (OSError, ValueError, ImportError) as error:
        raise ModelUnusable(f"transformers cannot load {folder}: {error}.", path=str(folder)) from error
    return network.to(device).eval()


def choose_device(asked: str, cuda: bool) -> str:
    """`cuda:0` or `cpu`. Raises DeviceUnavailable when a GPU is asked for and torch sees none."""
    if asked == "auto":
        return "cuda:0" if cuda else "cpu"
    if asked == "cuda" and not cuda:
        raise DeviceUnavailable("DEVICE is cuda, but torch sees no GPU: run `khelmerch doctor`, or set DEVICE = cpu.")
    return "cuda:0" if asked == "cuda" else asked


def choose_dtype(asked: str, device: str, bfloat16: bool, *, half_overflows: bool = False) -> str:
    """bfloat16 on GPUs that have it, else float16; float32 on a CPU, unless the operator says otherwise.

    `half_overflows`: the model's activations do not fit into float16 (T5). Raises DeviceUnavailable.
    """
    kinds = ("float32", "float16", "bfloat16")
    if asked == "auto":
        if device == "cpu":
            return "float32"
        return "bfloat16" if bfloat16 else "float32" if half_overflows else "float16"
    if asked not in kinds:
        raise DeviceUnavailable(
            f"COMPUTE_TYPE {asked} is CTranslate2's: with transformers choose auto, {', '.join(kinds)}."
        )
    return asked


def free(device: str) -> None:
    """Gives the memory of what is no longer used back to the device."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.empty_cache()
