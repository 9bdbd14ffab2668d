"""What the server answers. Made from its OpenAPI document by `clients/python/generate.py`; do not edit it.

More fields may come with a newer server.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class ActionRow(TypedDict):
    """who: the name of the key, empty while there are none; via: console, cli or api; about: what was changed."""

    id: int
    at: str
    who: str
    key_id: str | None
    role: str
    via: Literal["console", "cli", "api"]
    address: str
    what: str
    about: str
    details: dict[str, Any]


class ActionPage(TypedDict):
    actions: list[ActionRow]
    next_cursor: str | None


class _AlternativeText(TypedDict):
    text: str


class AlternativeText(_AlternativeText, total=False):
    """Another translation of a text, and what is doubtful about it."""

    flags: list[str]


class Refused(TypedDict):
    task_id: str
    code: str
    detail: str


class BulkAnswer(TypedDict):
    """`done`: ids of the tasks that were changed; `refused`: the others, each with its reason."""

    done: list[str]
    refused: list[Refused]


class WorkedTask(TypedDict):
    task_id: str
    source_lang: str
    target_lang: str


class ClusterTranslator(TypedDict):
    """characters_per_second: measured, null before the first chunk; waiting_characters: that it still has to
    do.
    """

    name: str
    state: str
    error: str | None
    restarts: int
    model: str
    gpu_id: str | None
    node: str | None
    characters_per_second: float | None
    waiting_characters: int
    tasks: list[WorkedTask]


class Device(TypedDict):
    gpu_id: str
    device_name: str
    memory_total: float
    memory_used: float
    memory_free: float
    utilization: float | None
    temperature: float | None
    is_available: bool
    reason: str | None
    current_task_id: str | None
    power_watts: float | None
    power_limit_watts: float | None
    throttling: str | None
    ecc_errors: int | None
    xid: int | None
    others_memory: int | None
    node: str
    updated_at: str


class QueueStatus(TypedDict):
    """Tasks by state, the age of the oldest waiting one, and the two limits of config.ini."""

    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    timeout: int
    oldest_pending_age_seconds: float | None
    max_tasks: int
    max_task_queue_size: int
    paused: bool
    draining: bool
    idle: bool


class ResidentTranslator(TypedDict):
    """`state`: starting, ready, lost, failed, draining."""

    name: str
    state: str
    node: str | None
    gpu_id: str | None
    error: str | None


class ServingModel(TypedDict):
    """`state`: serving, loading, failed, or retiring (running tasks still need it). `share`: its part of the
    translators.
    """

    model: str
    share: int | None
    state: Literal["serving", "loading", "failed", "retiring"]
    running_tasks: int
    translators: list[ResidentTranslator]


class Serving(TypedDict):
    """`models` is what is wanted, `replacing` what it replaces at present, `problem` why the last change came
    to nothing; `scale`: translators that the operator asked for, null when config.ini counts.
    """

    models: str
    replacing: str | None
    problem: str | None
    translators_wanted: int
    scale: int | None
    serving: list[ServingModel]


class Cluster(TypedDict):
    """dashboard: of Ray, on the server's own machine; null for who may not operate, or where Ray runs
    elsewhere.
    """

    queue: QueueStatus
    characters_per_second: float
    devices: list[Device]
    translators: list[ClusterTranslator]
    fleet: Serving
    dashboard: str | None


class SegmentTerm(TypedDict):
    """start, end: its place in the source; place: that of its translation, null when it is missed. From 0."""

    term: str
    target: str
    used: bool
    start: int
    end: int
    place: list[Any] | None


class Suggestion(TypedDict):
    """A similar sentence of the translation memory; score: 0 to 0.99; origin: correction or import."""

    source: str
    target: str
    score: float
    origin: str


class _CorrectedSegment(TypedDict):
    n: int
    source: str
    target: str | None
    flags: list[str]
    corrected: int


class CorrectedSegment(_CorrectedSegment, total=False):
    """`corrected`: sentences of the file that were changed, this one and those that are the same."""

    notes: list[str]
    origin: str | None
    terms: list[SegmentTerm]
    suggestion: Suggestion | None


class Delivery(TypedDict):
    """One message. `id` is its `webhook-id` at every try; `next_at`: when it is tried next, null when it is
    over.
    """

    id: str
    type: str
    task_id: str | None
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    created_at: str
    next_at: str | None
    ended_at: str | None
    last_status: int | None
    last_error: str | None


class DeliveryList(TypedDict):
    deliveries: list[Delivery]


class Event(TypedDict):
    """One thing that happened to a task. `id` grows; `data` depends on `kind`."""

    id: int
    at: str
    attempt: int
    kind: str
    data: dict[str, Any]


class ResultFile(TypedDict):
    """One thing that was written of a file. kind: translated, bilingual or review (a table of all sentences)."""

    kind: str
    name: str
    size: int
    sha256: str
    download: str


class TermCounts(TypedDict, total=False):
    """How many terms of the glossary were used and missed."""

    used: int
    missed: int


class _FileInTask(TypedDict):
    n: int
    name: str
    size: int
    status: Literal["pending", "prepared", "completed", "failed"]
    result_name: str | None
    result_size: int | None
    segments_total: int
    segments_done: int
    segments_flagged: int
    error_code: str | None
    error_message: str | None
    download: str | None


class FileInTask(_FileInTask, total=False):
    """`download` is the path of the result, null as long as there is none; `results`: all that was written;
    `flags`: how many sentences have which doubt, and `terms` what became of the glossary's, once the file is
    done; `notes`: how many have what else is reported; `source_lang`: its language, null as long as it is not
    found out; `memory_matches`: sentences for which the translation memory had something; `outdated`: corrected
    since, and written anew when fetched.
    """

    results: list[ResultFile]
    flags: dict[str, int]
    notes: dict[str, int]
    source_lang: str | None
    terms: TermCounts
    memory_matches: int
    outdated: bool


class Refusal(TypedDict):
    code: str
    detail: str


class _FileReport(TypedDict):
    name: str
    size: int


class FileReport(_FileReport, total=False):
    """What a task of this file would find. `problem` is why it would be refused, and then the rest is null.
    segments: sentences; characters: of those that would be translated, each repeated one once; scripts: their
    letters, a Chinese one counted as three; untouched: the files in an archive that are of no format, or hold
    no text, and come back as they are; language: what most of it is in; languages: characters of sentences in
    each; notes: sentences of which something is reported (set right, left as they are); estimated_seconds: at
    the speed of now, null while no translator has been measured.
    """

    format: str | None
    outputs: list[str]
    units: int | None
    segments: int | None
    characters: int | None
    scripts: dict[str, int] | None
    language: str | None
    languages: dict[str, int] | None
    notes: dict[str, int] | None
    estimated_seconds: float | None
    untouched: list[str]
    problem: Refusal | None


class FormatInfo(TypedDict):
    """suffixes: lower case, with the dot. outputs: what a task may ask for."""

    name: str
    suffixes: list[str]
    media_type: str
    outputs: list[str]


class GlossaryRow(TypedDict):
    """A glossary serves both directions of its languages. `client_id` is null for a shared one; `revision`
    counts changes.
    """

    glossary_id: str
    name: str
    client_id: str | None
    shared: bool
    source_lang: str
    target_lang: str
    entries: int
    revision: int
    created_at: str
    updated_at: str


class GlossaryList(TypedDict):
    glossaries: list[GlossaryRow]


class GpuRow(TypedDict):
    """Memory in MiB, utilisation per cent, temperature in degrees Celsius; null where the driver does not tell."""

    gpu_id: str
    device_name: str
    memory_total: float
    memory_used: float
    memory_free: float
    utilization: float | None
    temperature: float | None
    is_available: bool
    reason: str | None
    current_task_id: str | None
    power_watts: float | None
    power_limit_watts: float | None
    throttling: str | None
    ecc_errors: int | None
    xid: int | None
    others_memory: int | None


class History(TypedDict):
    """Events, oldest first. `next_after` is the `after` of the next call; `more`: there are others already."""

    events: list[Event]
    next_after: int
    more: bool


Role = Literal["client", "viewer", "operator"]


class Key(TypedDict):
    """A key, without the key. Limits of 0 are those of the settings; `last_used_at` is some ten minutes coarse."""

    id: str
    name: str
    client_id: str
    role: Role
    requests_per_minute: int
    chars_per_day: int
    max_pending: int
    max_file_bytes: int
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class LanguageRow(TypedDict):
    code: str
    bcp47: str
    english_name: str
    native_name: str
    available: bool


class ModelNotice(TypedDict):
    """`notice` is what users of the starter model must know; null for any other model."""

    name: str
    starter: bool
    notice: str | None


class PairRow(TypedDict):
    """`via_eng` true: only by way of English."""

    source: str
    target: str
    via_eng: bool


class Languages(TypedDict):
    languages: list[LanguageRow]
    pairs: list[PairRow]
    model: ModelNotice
    formats: list[str]
    max_file_size: int


class Live(TypedDict):
    status: Literal["live"]
    version: str


class MadeUpload(TypedDict):
    """An upload that was begun; `client_id`: whose the file will be."""

    id: str
    client_id: str
    name: str


class MadeWebhook(TypedDict):
    """`secret` is shown here only; keep it where messages are checked."""

    id: str
    client_id: str
    url: str
    events: list[str]
    created_at: str
    disabled: str | None
    secret: str


class MemoryCount(TypedDict):
    """origin: translation (what models said), correction or import."""

    source_lang: str
    target_lang: str
    origin: Literal["translation", "correction", "import"]
    entries: int


class MemoryImported(TypedDict):
    """`skipped`: longer than 2,000 characters."""

    read: int
    stored: int
    skipped: int


class MemoryStatus(TypedDict):
    client_id: str
    enabled: bool
    threshold: float
    entries: list[MemoryCount]


class ModelRow(TypedDict):
    """`size_mb` is the download, `gpu_memory_mb` an estimate (translation.memory)."""

    name: str
    repo: str
    architecture: str
    licence: str
    size_mb: int
    languages: list[str]
    commercial_use: bool
    gpu_memory_mb: int
    note: str
    resident: bool


class Models(TypedDict):
    models: list[ModelRow]
    current: str
    resident: list[str]
    fleet: Serving


class NewKey(TypedDict):
    """`key` is shown this once: nothing that is kept could bring it back."""

    id: str
    name: str
    client_id: str
    role: Role
    requests_per_minute: int
    chars_per_day: int
    max_pending: int
    max_file_bytes: int
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    key: str


class Point(TypedDict):
    """One bucket. at: its begin, Unix seconds; utilization: mean of all devices, per cent; waiting, running:
    tasks, means; oldest_seconds: the longest that a task had waited; completed, failed: tasks that ended in it;
    success_rate: 0 to 1.
    """

    at: int
    utilization: float | None
    characters_per_second: float
    waiting: float
    running: float
    oldest_seconds: float
    completed: int
    failed: int
    success_rate: float | None


class Preflight(TypedDict):
    files: list[FileReport]


class Ready(TypedDict):
    ready: bool
    reasons: list[str]


class Removed(TypedDict):
    removed: int


class Samples(TypedDict):
    """Buckets of `step` seconds, oldest first; there is none for a time in which the server did not run."""

    span: Literal["hour", "day", "week"]
    seconds: int
    step: int
    until: int
    points: list[Point]


class _SegmentRow(TypedDict):
    n: int
    source: str
    target: str | None
    flags: list[str]


class SegmentRow(_SegmentRow, total=False):
    """One sentence; n: from 1. `target` is null as long as there is none. `flags`: what is doubtful about it;
    `notes`: what else is reported; `origin`: model, memory, adapted (from the memory, with other numbers) or
    correction.
    """

    notes: list[str]
    origin: str | None
    terms: list[SegmentTerm]
    suggestion: Suggestion | None


class SegmentPage(TypedDict):
    """`next_after` is the `after` of the next call, null at the end."""

    segments: list[SegmentRow]
    next_after: int | None


class ServerState(TypedDict):
    """`idle`: nothing is being read, translated or written, so that stopping now loses no work."""

    paused: bool
    draining: bool
    idle: bool


class Setting(TypedDict):
    """One that can be changed by POST /admin/settings. value: in force; configured: what config.ini says;
    changed: an operator chose the value; least, most: between which it may be; zero: what 0 stands for, empty
    where it is not allowed.
    """

    name: str
    group: Literal["limits", "retention"]
    unit: Literal["count", "bytes", "seconds"]
    value: int | float
    configured: int | float
    changed: bool
    least: int | float
    most: int | float
    zero: str


class SettingsInForce(TypedDict):
    """limits: 0 where there is none; retention: ages in seconds, 0 for ever; settings: each that can be
    changed.
    """

    limits: dict[str, float]
    retention: dict[str, float]
    memory: dict[str, Any]
    settings: list[Setting]


class Submitted(TypedDict):
    task_id: str
    status: str


class TranslatorRow(TypedDict):
    name: str
    state: str
    error: str | None
    restarts: int
    gpu_id: str | None
    device: str | None
    model: str | None


class SystemInfo(TypedDict):
    version: str
    platform: str
    python: str
    ray: str
    cpu_count: int
    memory_total_mib: float
    memory_available_mib: float
    disk_total_mib: float
    disk_free_mib: float
    nodes: int
    cluster_gpus: float
    cluster_cpus: float
    model: str
    uptime_seconds: float
    translators: list[TranslatorRow]


class _TaskDetail(TypedDict):
    task_id: str
    status: Literal["pending", "processing", "completed", "failed", "cancelled", "timeout"]
    stage: Literal["queued", "preparing", "translating", "assembling", "done"]
    priority: int
    created_at: str
    started_at: str | None
    completed_at: str | None
    progress: float
    error_message: str | None
    error_code: str | None
    client_ip: str
    source_lang: str
    target_lang: str
    via_eng: bool
    file_count: int
    total_file_size: int
    segments_total: int
    segments_done: int
    segments_flagged: int
    attempt: int
    queue_position: int | None
    eta_seconds: float | None
    files: list[FileInTask]


class TaskDetail(_TaskDetail, total=False):
    not_before: str | None
    wanted_model: str | None
    model: str | None
    output: str
    review: bool
    glossaries: list[str]
    memory: bool
    terms: TermCounts
    memory_matches: int


class Throughput(TypedDict):
    """What was finished in the last `period_seconds`."""

    period_seconds: float
    tasks: int
    segments: int
    characters: int


class TaskMetrics(TypedDict):
    """`success_rate` is 0 to 1: completed ones among all tasks that are over, cancelled ones too; null before
    the first.
    """

    total_tasks: int
    success_rate: float | None
    mean_processing_seconds: float | None
    gpu_utilization: float | None
    throughput: Throughput
    tasks_by_status: dict[str, int]


class TaskPage(TypedDict):
    tasks: list[TaskDetail]
    next_cursor: str | None


class UsedTerm(TypedDict):
    """A term of the glossary, and whether its translation is there."""

    term: str
    target: str
    used: bool


class _TextAnswer(TypedDict):
    result: str | list[str]


class TextAnswer(_TextAnswer, total=False):
    """`result` has the form of `sentences`: a text for a text, a list for a list. `flags`: doubts about each;
    `notes`: what else is told of each; `terms`: those of the glossary in each, and whether they were used;
    `detected`: the language of each where `source_lang` is auto, null for one without letters; `alternatives`:
    other translations of each where they were asked for, best first, no two of which say the same.
    """

    error: str | None
    status: Literal["completed"]
    flags: list[list[str]]
    notes: list[list[str]]
    detected: list[str | None] | None
    terms: list[list[UsedTerm]]
    alternatives: list[list[AlternativeText]]


class UploadedFile(TypedDict):
    name: str
    size: int


class UploadAnswer(TypedDict):
    client_id: str
    message: str
    files: list[UploadedFile]


class UsedDay(TypedDict):
    day: str
    characters: int


class Usage(TypedDict):
    """What a client used and may use; null: no limit. Days are of UTC, newest first, those without any are left
    out.
    """

    client_id: str
    role: Role
    key: Key | None
    characters_today: int
    characters_per_day: int | None
    pending_tasks: int
    max_pending_tasks: int | None
    requests_per_minute: int | None
    max_file_size: int
    days: list[UsedDay]


class Webhook(TypedDict):
    """`disabled` says why nothing is sent any more, null while it is."""

    id: str
    client_id: str
    url: str
    events: list[str]
    created_at: str
    disabled: str | None


class WebhookList(TypedDict):
    webhooks: list[Webhook]
