"""The sections of config.ini and their keys: one frozen dataclass each, with default, kind and comment of every key.

A key is a field's name in capitals. The text of `config/config.ini` is made from these (`khelmerch config --template`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from actors.rules import BOUNDS
from cluster.settings_values import (
    Kind,
    choice,
    duration,
    either,
    empty_or,
    flag,
    folder,
    models,
    number,
    origins,
    part_or_whole,
    size,
    text,
    whole,
)

_GB = 1024**3


def _key(default: str, kind: Kind, comment: str) -> Any:
    """A setting: its default as written in config.ini, its kind, and the comment that stands above it there."""
    return field(default=kind.read(default), metadata={"text": default, "kind": kind, "comment": comment})


def _rule(name: str) -> Kind:
    """What an operator may change while the server works has the same bounds here."""
    bounds = BOUNDS[name]
    if bounds.unit == "bytes":
        return size(int(bounds.least), int(bounds.most))
    if bounds.unit == "seconds":
        return duration(bounds.least, bounds.most, zero=bounds.zero)
    return whole(0 if bounds.zero else int(bounds.least), int(bounds.most))


BEAMS = MappingProxyType({"fast": 1, "balanced": 2, "quality": 4})
"""Search width of each QUALITY."""


@dataclass(frozen=True)
class TaskSettings:
    """[SETTINGS]: how much work is taken on. Sizes are bytes, times are seconds."""

    max_tasks: int = _key(
        "10",
        _rule("max_tasks"),
        "Tasks processed at the same time; the others wait in the queue. More shares the GPUs more finely between "
        "clients, at more memory.",
    )
    max_task_queue_size: int = _key(
        "50",
        _rule("max_task_queue_size"),
        "Tasks that may wait. A further one is refused (HTTP 429 with Retry-After). Raise it where clients send in "
        "bulk.",
    )
    max_pending_per_client: int = _key(
        "0",
        _rule("max_pending_per_client"),
        "Tasks of one client that may wait; a further one is refused (HTTP 429 client_queue_full). 0: only "
        "MAX_TASK_QUEUE_SIZE counts.",
    )
    max_chars_per_day: int = _key(
        "0",
        _rule("max_chars_per_day"),
        "Characters in documents that one client may have translated in a day (UTC). A task beyond that is refused "
        "(HTTP 429 client_quota), or its file fails once its length is known. 0: no limit.",
    )
    max_file_size: int = _key(
        "100MB",
        _rule("max_file_size"),
        "Largest file that may be uploaded (KB, MB, GB). Larger ones are refused (HTTP 413) while they arrive.",
    )
    max_files_per_task: int = _key("100", _rule("max_files_per_task"), "Files in one task at most.")
    max_text_chars: int = _key(
        "20000",
        _rule("max_text_chars"),
        "Characters in one call of POST /translate/text at most; longer texts belong in a file. Lower it if short "
        "texts must stay quick.",
    )
    task_timeout: float = _key(
        "86400",
        _rule("task_timeout"),
        "Time a task may take once it has been started (seconds, or with s, m, h, d). Then it ends as `timeout`; "
        "what was done is kept.",
    )
    upload_retention: float = _key(
        "7d",
        _rule("upload_retention"),
        "Age at which the uploaded files of finished tasks are removed from the disk. The task's row stays. 0 keeps "
        "them for ever.",
    )
    result_retention: float = _key(
        "30d",
        _rule("result_retention"),
        "Age at which translated files are removed from the disk. The task's row stays. 0 keeps them for ever.",
    )
    task_retention: float = _key(
        "365d",
        _rule("task_retention"),
        "Age at which the rows of finished tasks are removed from the database, with their history and whatever is "
        "left of their files. 0 keeps them for ever.",
    )
    action_retention: float = _key(
        "365d",
        _rule("action_retention"),
        "Age at which lines of the action log (who changed what, and when) are forgotten. 0 keeps them for ever.",
    )


@dataclass(frozen=True)
class GpuSettings:
    """[GPU]: translators and document workers. `None` stands for auto."""

    gpu_instances: int | None = _key(
        "auto",
        either("auto", whole(1, 4096), "one for each GPU of the cluster, or one on the CPU if there is none"),
        "Translators. auto: one for each GPU of the cluster, or one on the CPU if there is none. Set it to leave "
        "GPUs to others.",
    )
    min_instances: int | None = _key(
        "",
        either("", whole(1, 4096), "GPU_INSTANCES counts"),
        "With MAX_INSTANCES: as many translators between the two as the backlog asks for, instead of GPU_INSTANCES. A Ray "
        "cluster with an autoscaler is asked for the nodes.",
    )
    max_instances: int | None = _key("", either("", whole(1, 4096), "GPU_INSTANCES counts"), "See MIN_INSTANCES.")
    gpu_share: float = _key(
        "1",
        part_or_whole(0.05, 64),
        "GPUs that each translator takes. 0.5: two on one GPU, for models that are small beside its memory.",
    )
    cpu_instances: int = _key(
        "2",
        whole(1, 1024),
        "Processes that read and write documents. More helps when many small files arrive at once; each takes a CPU "
        "core and up to 1 GB.",
    )
    gpu_monitor_interval: float = _key(
        "10", duration(0.1, 3600), "Seconds between two readings of each GPU's memory, load and temperature."
    )
    gpu_policy: str = _key(
        "",
        empty_or(text("module:function", r"[A-Za-z_][\w.]*:[A-Za-z_]\w*"), "the built-in select_best_gpu"),
        "Another rule for choosing a GPU, as module:function with the signature of actors.dispatch.select_best_gpu. "
        "Empty: the built-in one.",
    )


@dataclass(frozen=True)
class ModelSettings:
    """[MODEL]: what translates. `threads` is None for auto."""

    model: str = _key(
        "starter",
        models("a catalogue name (see `khelmerch models`), a folder, an .argosmodel file or a hub id, or several"),
        "The model: a catalogue name (see `khelmerch models`), a Hugging Face or CTranslate2 folder, an Argos "
        "package (.argosmodel), or a hub id. Several, with their shares of the translators, the preferred one first: "
        "nllb-200-distilled-1.3B*3, /models/opus-zh-en*1. starter is built in, tiny, and for trying out only; for real work: "
        "nllb-200-distilled-1.3B (5.5 GB, CC-BY-NC 4.0).",
    )
    engine: str = _key(
        "auto",
        choice("auto", "ctranslate2", "transformers", "fake"),
        "auto takes ctranslate2 where it can run the model (fastest), else transformers. fake is for tests.",
    )
    device: str = _key(
        "auto", choice("auto", "cpu", "cuda"), "auto takes the GPU that Ray gave the translator, else the CPU."
    )
    compute_type: str = _key(
        "auto",
        choice(
            "auto",
            "default",
            "float32",
            "float16",
            "bfloat16",
            "int16",
            "int8",
            "int8_float32",
            "int8_float16",
            "int8_bfloat16",
        ),
        "Number format of the weights. auto: float16 on a GPU (bfloat16 for MADLAD-400), int8 on a CPU. float32 to"
        " compare, int8_float16 where GPU memory is short.",
    )
    quality: str = _key(
        "balanced",
        choice(*BEAMS),
        "How thoroughly to search: fast looks at 1 candidate, balanced at 2, quality at 4 (slightly better, about half"
        " as fast as balanced).",
    )
    beam_size: int | None = _key(
        "auto",
        either("auto", whole(1, 16), "what QUALITY says"),
        "auto: what QUALITY says. A number is the search width itself, in place of QUALITY.",
    )
    length_penalty: float = _key(
        "1.0",
        number(0.0, 3.0),
        "Above 1 the search prefers longer translations, below 1 shorter ones. Only matters from 2 candidates on.",
    )
    batch_tokens: int | None = _key(
        "auto",
        either("auto", whole(64, 1_000_000), "what the device's free memory allows"),
        "Tokens decoded together (sentences x longest). auto: what the device's free memory allows when the model is "
        "loaded, growing while there is room. A number is the most. Halved by itself when memory runs out.",
    )
    restrict_vocabulary: bool = _key(
        "true",
        flag(),
        "Decode only tokens of the scripts that the model translates into here, digits, punctuation and common Latin "
        "pieces: faster with models of many languages. Only for ctranslate2.",
    )
    threads: int | None = _key(
        "auto",
        either("auto", whole(1, 1024), "the cores that Ray gave the translator"),
        "CPU threads of one translator. auto: the cores that Ray gave it. Only matters on the CPU.",
    )

    @property
    def beam(self) -> int:
        """The search width in force."""
        return self.beam_size or BEAMS[self.quality]


@dataclass(frozen=True)
class StorageSettings:
    """[STORAGE]: where things are kept. `data_dir` is absolute after loading."""

    data_dir: Path = _key(
        "data",
        folder(),
        "Folder for the database, uploads, results, converted models and logs. Relative: from the project folder. "
        "Put it on a local disk.",
    )
    database_url: str = _key(
        "",
        empty_or(
            text(
                "an SQLAlchemy URL: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME (in the password "
                "@ is %40, / is %2F, : is %3A)",
                r"sqlite:///.+|"
                r"postgresql\+psycopg://([^@/]*@)?(\[[0-9A-Fa-f:.]+\]|[^:/?@\[\]]*)(:\d+)?([/?][^@]*)?",
            ),
            "khelmerch.db in DATA_DIR",
        ),
        "Empty: SQLite in DATA_DIR/khelmerch.db. Otherwise an SQLAlchemy URL.",
    )

    blob_url: str = _key(
        "",
        empty_or(
            text("a URL that fsspec knows, such as s3://bucket/folder or file:///mnt/share", r"[a-z][a-z0-9+]*://.+"),
            "DATA_DIR/blobs alone",
        ),
        "A store that keeps uploads and results beside DATA_DIR/blobs, so that another head can go on when this machine is "
        "lost. Its package (s3fs, gcsfs, adlfs) and its credentials are yours to install.",
    )

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.database_path}"

    @property
    def database_path(self) -> Path:
        return self.data_dir / "khelmerch.db"

    @property
    def blobs_dir(self) -> Path:
        """Uploads and results."""
        return self.data_dir / "blobs"

    @property
    def models_dir(self) -> Path:
        """Downloaded and converted models (the `cache_dir` of translation.factory)."""
        return self.data_dir / "models"

    @property
    def run_dir(self) -> Path:
        """What `up` notes about the processes it started, for `down` and `status`."""
        return self.data_dir / "run"


@dataclass(frozen=True)
class ServerSettings:
    """[SERVER]: the HTTP API and the console."""

    host: str = _key(
        "127.0.0.1",
        text("an IP address or host name", r"[A-Za-z0-9_.:\-]+"),
        "Address to listen on. 127.0.0.1: this machine only. 0.0.0.0: everyone who reaches this machine and has an API "
        "key (`khelmerch keys create`).",
    )
    port: int = _key("8000", whole(1, 65_535), "Port of the HTTP API and the console.")
    allow_unauthenticated: bool = _key(
        "false",
        flag(),
        "As long as there are no API keys, whoever reaches HOST:PORT can read and stop every task. true permits a HOST "
        "other than this machine all the same; do so only behind a proxy or firewall that lets in the right people. Where "
        "there are keys it changes nothing.",
    )
    keys_dir: Path | None = _key(
        "",
        either("", folder(), "keys in DATA_DIR"),
        "Folder of the secret under which API keys are stored, and of the key that the command line of this machine uses. "
        "Only the server's user may read it. Empty: keys in DATA_DIR.",
    )
    cors_origins: tuple[str, ...] = _key(
        "",
        origins(),
        "Web sites whose scripts may call the API, as https://app.example with commas between them. Empty: none.",
    )

    @property
    def local_url(self) -> str:
        """The address for a client on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True)
class WebhookSettings:
    """[WEBHOOKS]: telling clients of the ends of their tasks."""

    allow_private: bool = _key(
        "false",
        flag(),
        "Webhooks may lead to addresses that are not of the public internet: this machine, the network behind it. true "
        "where all clients may reach those anyway, as in an intranet.",
    )


@dataclass(frozen=True)
class RaySettings:
    """[RAY]: the cluster below. `num_gpus` and `num_cpus` are None where Ray detects them."""

    address: str = _key(
        "",
        empty_or(text("auto or host:port of a Ray head", r"auto|[A-Za-z0-9_.\-]+:\d+"), "start a Ray head here"),
        "Empty: `khelmerch up` starts a Ray head on this machine and `down` stops it. auto or host:port: join the "
        "cluster that runs there.",
    )
    port: int = _key(
        "6379",
        whole(1, 65_535),
        "Port of the Ray head that `up` starts. Change it when something else (Redis has the same one) is there.",
    )
    node_address: str = _key(
        "",
        empty_or(text("an IP address of this machine", r"[A-Za-z0-9_.:\-]+"), "Ray chooses one"),
        "IP address of this machine that the cluster's other machines reach; with it, `khelmerch up` shows the command by "
        "which they join. Empty: Ray chooses one.",
    )
    token_file: Path | None = _key(
        "",
        either("", folder(), "~/.ray/auth_token"),
        "File that holds the secret of the cluster, the same on every machine; `khelmerch up` makes it. Empty: "
        "~/.ray/auth_token, or what the variables RAY_AUTH_TOKEN and RAY_AUTH_TOKEN_PATH of Ray say.",
    )
    dashboard_port: int = _key("8265", whole(1, 65_535), "Port of the Ray dashboard, always on 127.0.0.1.")
    num_gpus: int | None = _key(
        "",
        either("", whole(0, 1024), "detected"),
        "Empty: detected. A number overrides what this machine tells Ray; logical GPUs are for trying out the "
        "scheduling without hardware.",
    )
    num_cpus: int | None = _key(
        "",
        either("", whole(1, 4096), "detected"),
        "Empty: detected. A number keeps cores for other programs on this machine.",
    )


@dataclass(frozen=True)
class LoggingSettings:
    """[LOGGING]: the server's own log, beside what Ray keeps."""

    level: str = _key("INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"), "Least severity that is written.")
    log_dir: Path | None = _key(
        "", either("", folder(), "logs in DATA_DIR"), "Folder of server.log. Empty: logs in DATA_DIR."
    )
    max_log_size: int = _key("10MB", size(64 * 1024, _GB), "Size at which server.log is rotated.")
    backup_count: int = _key("5", whole(1, 1000), "Rotated logs that are kept.")


@dataclass(frozen=True)
class TelemetrySettings:
    """[TELEMETRY]: traces for OpenTelemetry."""

    otlp_endpoint: str = _key(
        "",
        empty_or(text("an address such as http://127.0.0.1:4318", r"https?://\S+"), "no traces"),
        "Where traces go (OTLP over HTTP), from an upload to its file. Needs the extra: pip install 'khelmerch[otel]'.",
    )


@dataclass(frozen=True)
class MemorySettings:
    """[MEMORY]: what was translated before. Times are seconds."""

    enabled: bool = _key(
        "true",
        flag(),
        "Keep a translation memory for each client: sentences that are known are not translated again. A task can do without "
        "(memory=false).",
    )
    threshold: float = _key(
        "0.85",
        number(0.5, 1),
        "How alike a sentence that somebody corrected or imported must be to be suggested (share of equal characters). 1: no "
        "suggestions.",
    )
    retention: float = _key(
        "365d",
        _rule("memory_retention"),
        "Age at which what models said is forgotten. Corrections and imports stay. 0 keeps it for ever.",
    )
    max_rows: int = _key(
        "1000000",
        whole(0, 10**9),
        "Sentences kept for one client; beyond that the oldest that models said are forgotten. 0: no limit.",
    )


@dataclass(frozen=True)
class GlossarySettings:
    """[GLOSSARY]: terms and how they are translated."""

    default: str = _key(
        "",
        empty_or(text("a name of up to 100 characters", r".{1,100}"), "none"),
        "Name of the shared glossary for tasks that name none. It may be made later.",
    )


SECTIONS: Mapping[str, tuple[str, type[Any]]] = {
    "SETTINGS": ("tasks", TaskSettings),
    "GPU": ("gpu", GpuSettings),
    "MODEL": ("model", ModelSettings),
    "MEMORY": ("memory", MemorySettings),
    "GLOSSARY": ("glossary", GlossarySettings),
    "STORAGE": ("storage", StorageSettings),
    "SERVER": ("server", ServerSettings),
    "WEBHOOKS": ("webhooks", WebhookSettings),
    "RAY": ("ray", RaySettings),
    "LOGGING": ("logging", LoggingSettings),
    "TELEMETRY": ("telemetry", TelemetrySettings),
}
"""Section of config.ini -> (attribute of Settings, its class). A key is a field's name in capitals."""
