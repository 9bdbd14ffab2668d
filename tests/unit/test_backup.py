"""A backup is whole or refused, and what it replaces is kept."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from storage_kit import NOW, new_task

from storage.backup import Manifest, backup
from storage.blobs import Blob, BlobStore
from storage.database import Database
from storage.errors import BackupError
from storage.repository import Repository
from storage.restoring import require_unused, restore
from storage.upgrade import migrate
from storage.upload_store import StoredFile


class Home:
    """A data folder with one task in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.database, self.blobs = folder, folder / "khelmerch.db", BlobStore(folder / "blobs")
        self.opened = Database(f"sqlite:///{self.database}")
        migrate(self.opened)
        self.repository = Repository(self.opened)

    def add(self, task_id: str, text: bytes) -> Blob:
        staged = self.blobs.stage()
        staged.write(text)
        staged.finish()
        blob = staged.commit("uploads")
        self.repository.tasks.accept(new_task(task_id), [StoredFile("a.txt", blob.size, blob.sha256, blob.key)], NOW)
        return blob

    def backup(self, name: str = "b.tar") -> tuple[Path, Manifest]:
        target = self.folder.parent / name
        return target, backup(self.database, self.blobs.root, target, "0.1.0")

    def restore(self, file: Path) -> Path | None:
        return restore(file, self.database, self.blobs.root).kept

    def tasks(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as connection:
            return [row[0] for row in connection.execute("SELECT task_id FROM tasks ORDER BY task_id")]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


def test_what_was_backed_up_while_in_use_comes_back_and_the_newer_state_is_kept(home: Home) -> None:
    blob = home.add("t1", b"one")
    file, manifest = home.backup()
    assert (len(manifest.entries), manifest.missing, manifest.damaged) == (2, (), ())
    home.add("t2", b"two")
    home.opened.close()
    require_unused(home.database)
    kept = home.restore(file)
    assert home.tasks() == ["t1"]
    assert home.blobs.path(blob.key).read_bytes() == b"one"
    assert kept is not None and (kept / "khelmerch.db").exists()
    assert len(list((kept / "blobs" / "uploads").glob("*/*"))) == 2
    again = Database(f"sqlite:///{home.database}")
    migrate(again)
    assert again.take_epoch() == 1


def test_a_backup_goes_into_an_empty_folder(home: Home, tmp_path: Path) -> None:
    home.add("t1", b"one")
    file, _manifest = home.backup()
    other = tmp_path / "other"
    assert restore(file, other / "khelmerch.db", other / "blobs").kept is None
    assert (other / "khelmerch.db").exists()


def test_blobs_that_are_gone_or_changed_are_named(home: Home) -> None:
    gone, changed = home.add("t1", b"one"), home.add("t2", b"two")
    home.blobs.remove(gone.key)
    home.blobs.path(changed.key).write_bytes(b"tw0")
    _file, manifest = home.backup()
    assert (manifest.missing, manifest.damaged) == ((gone.key,), (changed.key,))


def test_nothing_is_overwritten_and_nothing_half_is_left(home: Home) -> None:
    home.add("t1", b"one")
    home.backup()
    with pytest.raises(BackupError, match="exists already"):
        home.backup()
    assert sorted(path.name for path in home.folder.parent.iterdir()) == ["b.tar", "data"]


def test_without_a_database_the_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="There is no database"):
        backup(tmp_path / "khelmerch.db", tmp_path / "blobs", tmp_path / "b.tar", "0.1.0")


@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_a_changed_byte_is_found_and_nothing_is_restored(home: Home, place: float) -> None:
    home.add("t1", b"x" * 200_000)
    file, _manifest = home.backup()
    home.add("t2", b"two")
    home.opened.close()
    data = bytearray(file.read_bytes())
    data[int(len(data) * place)] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(BackupError):
        home.restore(file)
    assert home.tasks() == ["t1", "t2"]
    assert sorted(path.name for path in home.folder.iterdir() if "restore" in path.name) == []


def test_a_file_that_was_cut_off_is_refused(home: Home) -> None:
    home.add("t1", b"x" * 200_000)
    file, _manifest = home.backup()
    file.write_bytes(file.read_bytes()[:-150_000])
    with pytest.raises(BackupError):
        home.restore(file)
    assert home.tasks() == ["t1"]


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "blobs/uploads/../../evil", "blobs/x/aa/" + "0" * 32])
def test_a_tar_with_other_names_is_refused(home: Home, tmp_path: Path, name: str) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        info = tarfile.TarInfo(name)
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(BackupError, match="no backup does"):
        home.restore(file)


def test_a_link_in_a_tar_is_refused(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        info = tarfile.TarInfo("khelmerch.db")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(BackupError, match="no backup does"):
        home.restore(file)


def test_an_open_database_is_noticed(home: Home) -> None:
    home.add("t1", b"one")
    with pytest.raises(BackupError, match="khelmerch down"):
        require_unused(home.database)
    home.opened.close()
    require_unused(home.database)


def test_a_backup_of_a_newer_schema_is_refused(home: Home) -> None:
    with home.opened.connect().begin():
        home.opened.connect().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    file, _manifest = home.backup()
    with pytest.raises(BackupError, match="does not know"):
        home.restore(file)
