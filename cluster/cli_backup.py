"""`khelmerch backup` and `restore`: all accepted work and its files in one tar, and back."""

from __future__ import annotations

import importlib.metadata
import time
from pathlib import Path
from typing import Annotated

import httpx
import typer

from cluster.cli_common import ConfigOption, JsonOption, console, example, print_json, say, size
from cluster.errors import BackupRefused
from cluster.settings import Settings, load


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example("khelmerch backup", "khelmerch backup /mnt/safe", "khelmerch backup /mnt/safe/monday.tar --json")
    )(backup)
    app.command(epilog=example("khelmerch down && khelmerch restore data/backups/khelmerch-20261123-182158.tar"))(
        restore
    )


def backup(
    dest: Annotated[
        Path | None,
        typer.Argument(help="A folder, or the tar to write.", show_default="the folder backups in DATA_DIR"),
    ] = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Copy the database, uploads and results into one tar, checked. The server may run meanwhile."""
    from storage import backup as storage_backup  # SQLAlchemy and Alembic; most commands do without
    from storage.errors import StorageError

    settings = load(config)
    target = _target(settings, dest)
    shown = console(err=True)
    try:
        with shown.status("Copying the database") as status:
            manifest = storage_backup.backup(
                _database(settings),
                settings.storage.blobs_dir,
                target,
                importlib.metadata.version("khelmerch"),
                lambda done, total: status.update(f"Backing up: {size(done)} of {size(total)}"),
            )
    except StorageError as error:
        raise BackupRefused(error.detail) from error
    if json_output:
        print_json(
            {
                "file": str(target),
                "size": target.stat().st_size,
                "files": len(manifest.entries),
                "schema": manifest.schema,
                "missing": manifest.missing,
                "damaged": manifest.damaged,
            }
        )
    else:
        typer.echo(
            f"{target}: {size(target.stat().st_size)}, {len(manifest.entries) - 1} files and the database, checked."
        )
    for kind, keys in (("is not there", manifest.missing), ("does not match its checksum", manifest.damaged)):
        for key in keys:
            typer.echo(f"Warning: {settings.storage.blobs_dir / key} {kind}.", err=True)


def restore(
    file: Annotated[Path, typer.Argument(help="A tar that `khelmerch backup` made.", exists=True, dir_okay=False)],
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Put a backup in the place of this DATA_DIR's database, uploads and results; what is there now is kept aside.

    Refuses while a server runs on this DATA_DIR.
    """
    from storage import restoring
    from storage.errors import StorageError

    settings = load(config)
    database = _database(settings)
    _require_stopped(settings)
    say("Reading and checking the backup", json_output=True)
    try:
        restoring.require_unused(database)
        done = restoring.restore(file, database, settings.storage.blobs_dir)
    except StorageError as error:
        raise BackupRefused(error.detail) from error
    if json_output:
        kept = str(done.kept) if done.kept else None
        print_json({"restored": str(file), "created_at": done.manifest.created_at, "kept": kept})
        return
    typer.echo(f"Restored the state of {done.manifest.created_at}. Start the server with `khelmerch up`.")
    if done.kept:
        typer.echo(f"What was there before lies in {done.kept}; remove it when you are sure.")


def _database(settings: Settings) -> Path:
    """Raises BackupRefused for a database server, and where the files are in a shared store."""
    if settings.storage.blob_url:
        raise BackupRefused(
            "Uploads and results are in [STORAGE] BLOB_URL; back that store up with its own tools, and the database "
            f"({settings.storage.url.partition('://')[0]}) after it."
        )
    url = settings.storage.url
    if not url.startswith("sqlite:///"):
        raise BackupRefused(
            "[STORAGE] DATABASE_URL names a database server; back it up with its own tool (pg_dump), and the folder "
            f"{settings.storage.blobs_dir} with yours."
        )
    return Path(url.removeprefix("sqlite:///")).absolute()


def _target(settings: Settings, dest: Path | None) -> Path:
    name = f"khelmerch-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.tar"
    if dest is None:
        return settings.storage.data_dir / "backups" / name
    return (dest / name if dest.is_dir() else dest).absolute()


def _require_stopped(settings: Settings) -> None:
    from cluster import ray_head

    if ray_head.left(settings) or _answers(settings):
        raise BackupRefused(
            f"A server runs on {settings.storage.data_dir}; stop it with `khelmerch down`, then restore."
        )


def _answers(settings: Settings) -> bool:
    """A server of a joined cluster leaves no note here, but answers at our address."""
    if not settings.ray.address:
        return False
    try:
        httpx.get(f"{settings.server.local_url}/health/live", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return True
