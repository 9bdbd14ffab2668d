"""A store that outlives the head: what is kept there, fetched from there, swept there, and what is said when it fails."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import fsspec
import pytest

from storage.blobs import Blob, BlobStore, Written
from storage.errors import StorageError
from storage.shared_blobs import SharedBlobStore, open_blobs

TEXT = "Сайн байна уу?".encode()


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path / 'shared'}" if request.param == "file" else f"memory://{uuid.uuid4().hex}"


def stored(store: BlobStore, data: bytes = TEXT, kind: str = "uploads") -> Blob:
    staged = store.stage()
    staged.write(data)
    return staged.commit(kind)


def remote_keys(url: str) -> set[str]:
    files, base = fsspec.core.url_to_fs(url)
    return {"/".join(name.split("/")[-3:]) for name in files.find(base)}


def test_another_head_with_an_empty_disk_has_every_blob(url: str, tmp_path: Path) -> None:
    first = open_blobs(tmp_path / "first", url)
    upload = stored(first)
    out = first.scratch()
    out.write_bytes(b"translated")
    (result,) = first.adopt([Written(out, out.stat().st_size, "00")], "results")
    assert isinstance(result, Blob)
    second = open_blobs(tmp_path / "second", url)
    assert second.fetch(upload.key).read_bytes() == TEXT
    assert second.fetch(result.key).read_bytes() == b"translated"
    assert second.fetch(upload.key) == second.path(upload.key), "it is kept for the next time"
    assert not list((tmp_path / "second" / "staging").iterdir())


def test_what_is_removed_is_gone_everywhere_and_removing_it_again_is_no_error(url: str, tmp_path: Path) -> None:
    store = open_blobs(tmp_path / "cache", url)
    blob = stored(store)
    assert remote_keys(url) == {blob.key}
    store.remove(blob.key)
    store.remove(blob.key)
    assert remote_keys(url) == set()
    assert not store.fetch(blob.key).exists()


def test_what_no_row_names_is_found_here_and_there(url: str, tmp_path: Path) -> None:
    lost_head = open_blobs(tmp_path / "lost", url)
    orphan, known = stored(lost_head), stored(lost_head)
    store = open_blobs(tmp_path / "cache", url)
    mine = stored(store)
    assert set(store.orphans({known.key}, time.time() + 60)) == {orphan.key, mine.key}
    assert store.orphans({known.key}, time.time() - 3_600) == [], "too young"
    assert store.orphans(set(), time.time() + 60) == [], "an empty database is no reason to remove everything"


def test_a_file_that_the_shared_store_does_not_take_is_no_blob(tmp_path: Path) -> None:
    store = open_blobs(tmp_path / "cache", f"file://{tmp_path / 'shared'}")
    (tmp_path / "shared" / "uploads").write_bytes(b"a file where a folder should be")
    with pytest.raises(StorageError, match="does not take a file"):
        stored(store)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_file_that_comes_only_in_part_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"memory://{uuid.uuid4().hex}"
    blob = stored(open_blobs(tmp_path / "first", url))
    second = open_blobs(tmp_path / "second", url)
    assert isinstance(second, SharedBlobStore)

    def half(_remote: str, local: str) -> None:
        Path(local).write_bytes(TEXT[:5])

    monkeypatch.setattr(second._remote, "get_file", half, raising=True)
    with pytest.raises(StorageError, match="only in part"):
        second.fetch(blob.key)
    assert not second.path(blob.key).exists()


@pytest.mark.parametrize("url", ["nosuch://bucket/x", "file:///proc/khelmerch"])
def test_a_store_that_cannot_be_used_is_said_so_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used"):
        open_blobs(tmp_path, url)


def test_without_a_url_the_folder_alone_is_the_store(tmp_path: Path) -> None:
    assert type(open_blobs(tmp_path)) is BlobStore
