"""What clients know of their languages, behind one object: glossaries, the translation memory, corrections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from actors.config import SchedulerConfig
from actors.corrections import Corrections
from actors.document_pool import DocumentPool
from actors.glossaries import Glossaries
from actors.memory_exchange import MemoryExchange
from actors.recall import MemoryRules
from actors.rules import Rules
from actors.text_service import TextService
from actors.workflow import Workflow
from storage.blobs import BlobStore
from storage.repository import Repository


@dataclass(frozen=True)
class Words:
    glossaries: Glossaries
    memory: MemoryExchange
    corrections: Corrections


def words_of(
    config: SchedulerConfig,
    rules: Rules,
    repository: Repository,
    workflow: Workflow,
    checks: DocumentPool,
    blobs: BlobStore,
) -> Words:
    """checks: reads files of terms and translations."""
    return Words(
        workflow.glossaries,
        MemoryExchange(config, rules, repository, workflow.commits, checks, blobs, workflow.recall),
        Corrections(repository, workflow.commits, workflow.steps, workflow.recall),
    )


def rules_of(config: SchedulerConfig) -> MemoryRules:
    return MemoryRules(config.memory, config.memory_threshold, f"beam {config.translator.beam_size}")


def texts_of(workflow: Workflow, stop: Callable[[str, set[str]], None], rules: Rules) -> TextService:
    """Short texts with the glossaries and the memory of documents."""
    return TextService(workflow.dispatcher, workflow.wake, stop, rules, workflow.glossaries, workflow.recall)
