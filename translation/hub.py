"""Fetching a model's folder from the Hugging Face hub: once, pinned, without pickles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from translation.errors import ModelNotFound, ModelUnusable
from translation.files import locked, sync

if TYPE_CHECKING:
    from translation.resolve import Source

# Weights only as safetensors, or as CTranslate2's own model.bin (plain arrays, no code). `pytorch_model.bin` matches
# neither.
_WEIGHTS = ("*.safetensors", "model.bin")
_PATTERNS = (
    *_WEIGHTS,
    "*.json",
    "*.jinja",
    "*.spm",
    "sentencepiece*.model",
    "spm*.model",
    "spiece.model",
    "shared_vocabulary.txt",
    "README.md",
    "LICENSE*",
)


def fetch(source: Source) -> None:
    """Downloads to `source.folder`, which appears whole.

    Raises ModelNotFound with what to do without internet, ModelUnusable.
    """
    from huggingface_hub import HfApi, snapshot_download

    with locked(source.folder.parent / f".{source.folder.name}.lock"):
        if source.folder.exists():
            return
        try:
            info = HfApi().model_info(source.repo, revision=source.revision)
            commit = str(info.sha)
            _check_contents(source, commit, [file.rfilename for file in info.siblings or ()])
            # Not a temporary name: a broken download of gigabytes goes on from where it stopped.
            partial = source.folder.parent / f".{source.folder.name}.partial"
            snapshot_download(source.repo, revision=commit, local_dir=partial, allow_patterns=list(_PATTERNS))
        except ModelUnusable:
            raise
        except Exception as error:
            # Which classes a dead network raises changes with the hub library's HTTP client; all of them mean the same.
            raise _unreachable(source, error) from error
        _publish(partial, source.folder)


def _check_contents(source: Source, commit: str, names: list[str]) -> None:
    if not commit.startswith(source.commit):
        raise ModelUnusable(
            f"{source.repo} at {source.revision} is now commit {commit}, not {source.commit} as in our catalogue: "
            f"look at what changed, then set MODEL = {source.repo}@{commit} if you trust it.",
            repo=source.repo,
        )
    if not any(Path(name).match(pattern) for name in names for pattern in _WEIGHTS):
        raise ModelUnusable(
            f"{source.repo} offers no *.safetensors (pickled weights are never loaded here). Look for a "
            f"conversion among the "
            f"repository's pull requests and set MODEL = {source.repo}@refs/pr/NUMBER, or take a model "
            f"of our catalogue.",
            repo=source.repo,
        )


def _publish(partial: Path, final: Path) -> None:
    for path in partial.rglob("*"):
        sync(path)
    partial.rename(final)
    sync(final.parent)


def _unreachable(source: Source, error: Exception) -> ModelNotFound:
    revision = f" --revision {source.revision}" if source.revision else ""
    name = source.folder.name
    first_line = (str(error).splitlines() or [type(error).__name__])[0]
    return ModelNotFound(
        f"The model {source.repo} is not on this machine and could not be fetched ({first_line}). "
        f"On a machine with internet run `hf download {source.repo}{revision} --local-dir {name} "
        f"--exclude 'pytorch_model*' --exclude '*.ot'`, "
        f"copy the folder to {source.folder}, or anywhere here and set MODEL to its path.",
        repo=source.repo,
        revision=source.revision,
        folder=str(source.folder),
    )
