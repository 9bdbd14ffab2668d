"""All settings, read once: config.ini, then KHELMERCH_SECTION_KEY environment variables; checked, frozen, picklable.

The only module of the project that reads the environment. Where the file is looked for: the path given (`--config`),
else the variable KHELMERCH_CONFIG, else ./config/config.ini, else none: every key has a default, and `khelmerch config
--template` prints them as a file. Relative paths in any setting, in the file or a variable, start at the project
folder: the folder that holds config.ini, or the one above it where that folder is named `config`; without a file, the
current folder. So they do not depend on where a command is called from.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from cluster import config_file
from cluster.errors import SettingsError
from cluster.settings_schema import (
    SECTIONS,
    GlossarySettings,
    GpuSettings,
    LoggingSettings,
    MemorySettings,
    ModelSettings,
    RaySettings,
    ServerSettings,
    StorageSettings,
    TaskSettings,
    TelemetrySettings,
    WebhookSettings,
)
from cluster.settings_values import Kind
from translation import model_list

PREFIX = "KHELMERCH_"
CONFIG_VARIABLE = "KHELMERCH_CONFIG"
KEY_VARIABLE = "KHELMERCH_KEY"
KEY_FILE = Path("~/.config/khelmerch/key")
DEFAULT_CONFIG = Path("config") / "config.ini"
WORKER_PORTS = range(10002, 20000)
"""What `ray start` gives to workers when it is told no other range; it refuses to start with a fixed port among them."""


@dataclass(frozen=True)
class Settings:
    """Every setting of one server. `source`: the file they came from; `project_dir`: where relative paths start."""

    tasks: TaskSettings = TaskSettings()
    gpu: GpuSettings = GpuSettings()
    model: ModelSettings = ModelSettings()
    memory: MemorySettings = MemorySettings()
    glossary: GlossarySettings = GlossarySettings()
    storage: StorageSettings = StorageSettings()
    server: ServerSettings = ServerSettings()
    webhooks: WebhookSettings = WebhookSettings()
    ray: RaySettings = RaySettings()
    logging: LoggingSettings = LoggingSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    source: str = "built-in defaults"
    project_dir: Path = Path()

    @property
    def keys_dir(self) -> Path:
        """Where the secret of the API keys is, and this machine's own key."""
        return self.server.keys_dir or self.storage.data_dir / "keys"

    @property
    def needs_key(self) -> bool:
        """Does the server listen to other machines, so that it must not do without API keys?"""
        return not is_loopback(self.server.host) and not self.server.allow_unauthenticated

    @property
    def log_file(self) -> Path:
        """Where the server's own log goes (rotated)."""
        return (self.logging.log_dir or self.storage.data_dir / "logs") / "server.log"


def load(config: Path | None = None, *, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> Settings:
    """Read, check and freeze the settings. Raises SettingsError: a line for each wrong file, section, key or value."""
    environ = os.environ if environ is None else environ
    cwd = (cwd or Path.cwd()).absolute()
    path, problems = _find(config, environ, cwd)
    known = {section: _keys(kind) for section, (_, kind) in SECTIONS.items()}
    given: list[config_file.Given] = []
    if path is not None:
        in_file, wrong = config_file.read(path, known)
        given += in_file
        problems += wrong
    in_environment, wrong = config_file.from_environment(
        environ, known, PREFIX, reserved={CONFIG_VARIABLE, KEY_VARIABLE}
    )
    given += in_environment
    problems += wrong
    values, wrong = _values(given)
    problems += wrong
    if problems:
        raise SettingsError.of(problems)

    project_dir = cwd
    if path is not None:
        project_dir = path.parent.parent if path.parent.name.lower() == "config" else path.parent
    sections = {attribute: kind(**values.get(name, {})) for name, (attribute, kind) in SECTIONS.items()}
    settings = Settings(**sections, source=str(path) if path else "built-in defaults", project_dir=project_dir)
    settings = _absolute(settings)
    where = settings.source + (f" and {PREFIX}* variables of the environment" if in_environment else "")
    problems = _contradictions(settings, where)
    if problems:
        raise SettingsError.of(problems)
    return settings


def _keys(kind: type[Any]) -> list[str]:
    return [f.name.upper() for f in fields(kind)]


def _find(config: Path | None, environ: Mapping[str, str], cwd: Path) -> tuple[Path | None, list[str]]:
    """The config file to read: a named one must exist, the usual one may be missing."""
    given, origin = (config, "--config") if config else (Path(environ.get(CONFIG_VARIABLE, "")), CONFIG_VARIABLE)
    if given != Path():
        path = (cwd / given.expanduser()).resolve()
        if path.is_file():
            return path, []
        return None, [f"{origin}: there is no file {path}; give the path of a config.ini"]
    usual = (cwd / DEFAULT_CONFIG).resolve()
    return (usual if usual.is_file() else None), []


def _values(given: list[config_file.Given]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Read each value by its kind; a later one (the environment) replaces an earlier one, even a wrong one."""
    last = {(item.section, item.key): item for item in given}
    values: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for item in last.values():
        setting = next(f for f in fields(SECTIONS[item.section][1]) if f.name == item.key.lower())
        kind: Kind = setting.metadata["kind"]
        try:
            values.setdefault(item.section, {})[setting.name] = kind.read(item.value)
        except (ValueError, OverflowError):
            what = f"[{item.section}] {item.key} = {config_file.without_password(item.value)!r}"
            problems.append(f"{item.origin}: {what} is not possible; allowed: {kind.allowed}")
    return values, problems


def _absolute(settings: Settings) -> Settings:
    """Make paths absolute, because Ray's workers run in other folders than the command line."""
    base = settings.project_dir
    log_dir, token, keys = settings.logging.log_dir, settings.ray.token_file, settings.server.keys_dir
    return replace(
        settings,
        storage=replace(settings.storage, data_dir=(base / settings.storage.data_dir.expanduser()).resolve()),
        logging=replace(settings.logging, log_dir=(base / log_dir.expanduser()).resolve() if log_dir else None),
        ray=replace(settings.ray, token_file=(base / token.expanduser()).resolve() if token else None),
        server=replace(settings.server, keys_dir=(base / keys.expanduser()).resolve() if keys else None),
        model=replace(settings.model, model=_absolute_models(settings.model.model, base)),
    )


def _absolute_models(text: str, base: Path) -> str:
    named = model_list.parse(text)
    return model_list.written(tuple(replace(one, model=_absolute_model(one.model, base)) for one in named))


def _absolute_model(model: str, base: Path) -> str:
    """A path becomes absolute; a hub id such as facebook/nllb-200-3.3B stays unless a folder of that name is there."""
    path = base / Path(model).expanduser()
    looks_like_path = model.startswith(("/", "./", "../", "~")) or model.endswith(".argosmodel")
    return str(path.resolve()) if looks_like_path or ("/" in model and ":" not in model and path.exists()) else model


def _contradictions(settings: Settings, where: str) -> list[str]:
    """What is wrong only together. where: from what the settings were read."""
    problems: list[str] = []
    least, most = settings.gpu.min_instances, settings.gpu.max_instances
    if (least is None) != (most is None) or (least is not None and most is not None and least > most):
        problems.append(
            f"{where}: [GPU] MIN_INSTANCES and MAX_INSTANCES go together, the first at most as large as the second"
        )
    if least is not None and settings.gpu.gpu_instances is not None:
        problems.append(
            f"{where}: [GPU] GPU_INSTANCES is a fixed number, MIN_INSTANCES and MAX_INSTANCES let it change; "
            "leave one of them out"
        )
    if settings.storage.blob_url.startswith("memory:"):
        problems.append(
            f"{where}: [STORAGE] BLOB_URL = {settings.storage.blob_url!r} is another store in each process, and gone "
            "with it; use file:///a/shared/folder or an object store"
        )
    ports: dict[int, str] = {settings.server.port: "[SERVER] PORT"}
    own_head = {"[RAY] PORT": settings.ray.port, "[RAY] DASHBOARD_PORT": settings.ray.dashboard_port}
    for name, port in ({} if settings.ray.address else own_head).items():
        if port in WORKER_PORTS:
            problems.append(
                f"{where}: {name} = {port} is among the ports {WORKER_PORTS[0]} to {WORKER_PORTS[-1]}, which Ray keeps "
                "for its workers; give it one that is smaller or larger"
            )
        if port in ports:
            problems.append(f"{where}: {ports[port]} and {name} are both {port}; give each a port of its own")
        ports.setdefault(port, name)
    return problems


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def given_key() -> str | None:
    """-> the API key of whoever types the command: that of the variable KHELMERCH_KEY, else of the file KEY_FILE."""
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return key
    path = KEY_FILE.expanduser()
    return path.read_text(encoding="utf-8").strip() or None if path.is_file() else None


def token_path() -> Path | None:
    """-> the file in which Ray looks for the cluster's token; None where the variable RAY_AUTH_TOKEN holds the token."""
    if os.environ.get("RAY_AUTH_TOKEN"):
        return None
    return Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token").expanduser()


def prepare_ray_environment(token_file: Path | None = None) -> None:
    """Ray reads these from the environment of every process: call before Ray is imported, or a child is started.

    Token authentication, because whoever reaches Ray's ports can run code. What somebody set stays. token_file: where
    the token is, None for Ray's own places.
    """
    if token_file is not None:
        # A token in the variable would win over the file that was named.
        os.environ.pop("RAY_AUTH_TOKEN", None)
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(token_file)
    for name, value in (
        ("RAY_AUTH_MODE", "token"),
        ("RAY_USAGE_STATS_ENABLED", "0"),
        # Otherwise a translator on a node without GPUs would find CUDA_VISIBLE_DEVICES emptied for ctranslate2 as well.
        ("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"),
        # CUDA would number the fastest GPU 0; Ray and NVML number them by their place on the bus.
        ("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),
        # Ray would run its workers at nice 15: whatever else the machine does would come before the translators.
        ("RAY_worker_niceness", "0"),
        # Serve's proxy is replaced after three failed checks: 3 s without an API when it dies, instead of 30.
        ("RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S", "1"),
        ("RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH", "serve_app.proxy_answers:middlewares"),
    ):
        os.environ.setdefault(name, value)
