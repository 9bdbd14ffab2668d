"""What clients know of their languages, behind one object: glossaries, the translation memory, corrections."""

from __future__ import annotations

from dataclasses import dataclass

from actors.config import SchedulerConfig
from actors.corrections import Corrections
from actors.document_pool import DocumentPool
from actors.glossaries import Glossaries
from actors.memory_exchange import MemoryExchange
from actors.workflow import Workflow
from storage.blobs import BlobStore
from storage.repository import Repository


@dataclass(frozen=True)
class Words:
    glossaries: Glossaries
    memory: MemoryExchange
    corrections: Corrections


def words_of(
    config: SchedulerConfig, repository: Repository, workflow: Workflow, checks: DocumentPool, blobs: BlobStore
) -> Words:
    """checks: reads files of terms and translations."""
    return Words(
        workflow.glossaries,
        MemoryExchange(config, repository, workflow.commits, checks, blobs, workflow.recall),
        Corrections(repository, workflow.commits, workflow.steps, workflow.recall),
    )
