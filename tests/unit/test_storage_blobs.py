"""Files in the blob store: whole or absent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from child_process import in_child

from storage.blobs import WORK, Blob, BlobStore, Written
from storage.errors import StorageError
from storage.sweeping import orphans

DATA = "Сайн байна уу".encode() * 1_000


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def everything(store: BlobStore) -> list[str]:
    return sorted(path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file())


def put(store: BlobStore, kind: str = "uploads", data: bytes = DATA) -> str:
    staged = store.stage()
    staged.write(data)
    staged.finish()
    return staged.commit(kind).key


def test_a_file_is_kept_whole_with_its_size_and_hash(store: BlobStore) -> None:
    staged = store.stage()
    staged.write(DATA[:7])
    assert everything(store) == [f"staging/{staged.path.name}"]
    staged.write(DATA[7:])
    staged.finish()
    blob = staged.commit("uploads")
    assert store.path(blob.key).read_bytes() == DATA
    assert (blob.size, blob.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
    assert everything(store) == [blob.key]
    store.remove(blob.key)
    store.remove(blob.key)
    assert everything(store) == []


def test_a_file_that_was_not_finished_is_finished_by_the_commit(store: BlobStore) -> None:
    staged = store.stage()
    staged.write(b"short")
    assert store.path(staged.commit("results").key).read_bytes() == b"short"


def test_a_discarded_file_leaves_no_trace(store: BlobStore) -> None:
    for end in (lambda s: None, lambda s: s.finish()):
        staged = store.stage()
        staged.write(DATA)
        end(staged)
        staged.discard()
        staged.discard()
    assert everything(store) == []


def test_a_finished_file_of_a_worker_is_adopted(store: BlobStore) -> None:
    path = store.scratch()
    path.write_bytes(DATA)
    other = store.scratch()
    other.write_bytes(b"other")
    gone = store.scratch()
    written = [Written(path, len(DATA), "aa"), Written(gone, 1, "bb"), Written(other, 5, "cc")]
    first, lost, second = store.adopt(written, "results")
    assert isinstance(lost, StorageError), "one that is not there spoils no other"
    assert first == Blob(first.key, len(DATA), "aa") and second == Blob(second.key, 5, "cc")
    assert store.path(first.key).read_bytes() == DATA
    assert everything(store) == sorted([first.key, second.key])


def adopt(store: BlobStore) -> None:
    path = store.scratch()
    path.write_bytes(DATA)
    try:
        (blob,) = store.adopt([Written(path, len(DATA), "aa")], "results")
        if isinstance(blob, StorageError):
            raise blob
    finally:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("work", [put, adopt])
@pytest.mark.parametrize("step", ["fsync", "rename", "open"])
def test_a_step_that_fails_leaves_nothing_behind(
    store: BlobStore, monkeypatch: pytest.MonkeyPatch, work: Callable[[BlobStore], None], step: str
) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        if step == "rename":
            broken.setattr(Path, "rename", refuse)
        else:
            broken.setattr(os, step, refuse)
        with pytest.raises(StorageError, match="disk that holds"):
            work(store)
    assert everything(store) == []


def test_the_folders_that_name_a_blob_are_synced_after_it(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut may otherwise lose a new folder with all that is in it, although the row is there."""
    synced: list[Path] = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(Path(f"/proc/self/fd/{handle}").resolve()), real(handle))
    )
    key = put(store)
    path = store.path(key)
    assert [entry for entry in synced if entry.is_dir()] == [path.parent, path.parent.parent]
    assert not synced[0].is_dir(), "the file itself comes first"


def test_a_process_that_dies_while_writing_leaves_no_blob(store: BlobStore) -> None:
    def work() -> str:
        staged = store.stage()
        staged.write(DATA)
        return staged.path.name

    name = in_child(work)
    assert [key for key in everything(store) if not key.startswith("staging/")] == []
    (store.root / "staging" / name).touch()


def test_a_full_disk_is_said_and_leaves_nothing_behind(store: BlobStore) -> None:
    def work() -> list[str]:
        staged = store.stage()
        with pytest.raises(StorageError, match="could not be stored"):
            for _block in range(1_000):
                staged.write(DATA)
        assert staged.path.exists() is False
        return everything(store)

    assert in_child(work, file_bytes=100_000) == []


def test_the_last_bytes_that_do_not_fit_are_noticed_when_the_file_is_finished(store: BlobStore) -> None:
    def work() -> list[str]:
        staged = store.stage()
        staged.write(b"x" * 1_500)  # stays in Python's buffer until then
        with pytest.raises(StorageError):
            staged.finish()
        return everything(store)

    assert in_child(work, file_bytes=1_000) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "uploads",
        "uploads/ab",
        "../secret",
        "uploads/../../secret",
        "/etc/passwd",
        "staging/ab/x",
        "uploads/a/b/c",
    ],
)
def test_a_key_that_leads_elsewhere_is_refused(store: BlobStore, key: str) -> None:
    with pytest.raises(StorageError, match="no key"):
        store.path(key)
    with pytest.raises(StorageError, match="no key"):
        store.remove(key)


def test_only_what_is_old_is_swept_from_staging(store: BlobStore) -> None:
    old, new = store.stage(), store.stage()
    for staged in (old, new):
        staged.write(b"x")
        staged.finish()
    os.utime(old.path, (1.0, 1.0))
    assert store.sweep_staging(3_600) == 1
    assert everything(store) == [f"staging/{new.path.name}"]


def test_blobs_that_no_row_names_are_found_when_they_are_old(store: BlobStore) -> None:
    known, lost, result = put(store), put(store), put(store, "results")
    later = store.path(result).stat().st_ctime + 1
    assert sorted(orphans(store.root, {known}, later)) == sorted([lost, result])
    assert orphans(store.root, {known}, later - 3_600) == []


def test_a_blob_that_was_written_long_before_it_was_put_in_place_is_no_orphan_yet(store: BlobStore) -> None:
    """The first file of a slow upload of many: its row comes with those of the others."""
    known = put(store)
    staged = store.stage()
    staged.write(DATA)
    staged.finish()
    os.utime(staged.path, (1.0, 1.0))
    key = staged.commit("uploads").key
    assert orphans(store.root, {known}, store.path(key).stat().st_ctime - 60) == []


def test_a_database_that_knows_no_blob_at_all_has_none_swept(store: BlobStore) -> None:
    """Somebody started the server with another database: the files must be there when he notices."""
    key = put(store)
    assert orphans(store.root, set(), store.path(key).stat().st_ctime + 9_999) == []


def test_a_store_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file")
    with pytest.raises(StorageError, match="could not be stored"):
        BlobStore(tmp_path / "blobs")
    with pytest.raises(StorageError):
        BlobStore(tmp_path / "blobs" / "below")


def test_what_an_earlier_scheduler_worked_with_is_swept_at_once_and_uploads_are_not(store: BlobStore) -> None:
    store.scratch(WORK).write_bytes(DATA)
    upload = store.scratch()
    upload.write_bytes(DATA)
    assert store.sweep_work() == 1
    assert list((store.root / "staging").iterdir()) == [upload]
