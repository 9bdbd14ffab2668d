"""All of storage behind one object, so that whoever holds it needs no SQL."""

from __future__ import annotations

from storage.action_store import ActionStore
from storage.correction_store import CorrectionStore
from storage.database import Database
from storage.delivery_store import DeliveryStore
from storage.event_store import EventStore
from storage.figure_store import FigureStore
from storage.glossary_store import GlossaryStore
from storage.gpu_store import GpuStore
from storage.idempotency_store import IdempotencyStore
from storage.key_store import KeyStore
from storage.memory_store import MemoryStore
from storage.retention_store import RetentionStore
from storage.sample_store import SampleStore
from storage.segment_store import SegmentStore
from storage.state_store import StateStore
from storage.task_changes import TaskChanges
from storage.task_store import TaskStore
from storage.total_store import TotalStore
from storage.upload_store import UploadStore
from storage.usage_store import UsageStore
from storage.webhook_store import WebhookStore


class Repository:
    """The stores over one database. Several calls become one transaction under `repository.database.transaction()`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.events = EventStore(database)
        self.tasks = TaskStore(database, self.events)
        self.changes = TaskChanges(database, self.events)
        self.segments = SegmentStore(database)
        self.uploads = UploadStore(database)
        self.gpus = GpuStore(database)
        self.figures = FigureStore(database)
        self.totals = TotalStore(database)
        self.retention = RetentionStore(database)
        self.idempotency = IdempotencyStore(database)
        self.usage = UsageStore(database)
        self.state = StateStore(database)
        self.glossaries = GlossaryStore(database)
        self.memory = MemoryStore(database)
        self.corrections = CorrectionStore(database, self.events)
        self.keys = KeyStore(database)
        self.webhooks = WebhookStore(database)
        self.deliveries = DeliveryStore(database)
        self.samples = SampleStore(database)
        self.actions = ActionStore(database)
