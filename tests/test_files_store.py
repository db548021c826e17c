"""Uploads survive a crash at any byte, equal files are kept once, and memory does not grow with the file."""

import errno
import hashlib
import os
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.files import FileStore, StorageFull, Stored, TooLarge, Unfit, WrongOffset
from tests import sample_files as samples

MEGABYTE = 1 << 20
MOST = 200 * MEGABYTE
PDF = samples.pdf()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "evidence")


def sent(store: FileStore, upload: str, content: bytes) -> str:
    store.begin(upload)
    store.append(upload, 0, content, MOST)
    return upload


def kept_files(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "evidence").glob("??/*")]


def test_pieces_become_one_kept_file(store: FileStore, tmp_path: Path) -> None:
    store.begin("upload-01")
    assert store.offset("upload-01") == 0
    assert store.append("upload-01", 0, PDF[:10], MOST) == 10
    assert store.append("upload-01", 10, PDF[10:], MOST) == len(PDF)
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert store.finish("upload-01", "报告.pdf") == Stored(sha256, len(PDF), "pdf", "application/pdf")
    assert store.path(sha256).read_bytes() == PDF
    assert store.path(sha256) == tmp_path / "evidence" / sha256[:2] / sha256


def test_a_piece_at_the_wrong_place_changes_nothing(store: FileStore) -> None:
    sent(store, "upload-01", b"12345")
    for offset in (0, 4, 6):
        with pytest.raises(WrongOffset) as caught:
            store.append("upload-01", offset, b"x", MOST)
        assert caught.value.actual == 5
    with pytest.raises(TooLarge) as too_large:
        store.append("upload-01", 5, b"678", most=7)
    assert too_large.value.params == {"most": 7, "size": None}
    assert store.offset("upload-01") == 5


@pytest.mark.parametrize(
    "upload", ["short", "../../etc/passwd", "a" * 65, "upload/01", "upload-01\n", "", "上传上传上传上传"]
)
def test_ids_that_could_leave_the_folder_are_refused(store: FileStore, upload: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.begin(upload),
        lambda: store.offset(upload),
        lambda: store.append(upload, 0, b"", MOST),
        lambda: store.finish(upload, "a.pdf"),
        lambda: store.discard(upload),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not an upload id"):
            call()


def test_what_is_not_there_is_a_key_error(store: FileStore, tmp_path: Path) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.offset("upload-99"),
        lambda: store.append("upload-99", 0, b"x", MOST),
        lambda: store.finish("upload-99", "a.pdf"),
        lambda: store.path("0" * 64),
        lambda: store.path("../secret"),
        lambda: store.path(str(tmp_path / "evidence" / "incoming")),
    ]
    for call in calls:
        with pytest.raises(KeyError):
            call()


def test_an_unfit_upload_stays_until_it_is_discarded(store: FileStore, tmp_path: Path) -> None:
    sent(store, "upload-01", b"MZ\0\0")
    for _ in range(2):
        with pytest.raises(Unfit):
            store.finish("upload-01", "报告.pdf")
    assert store.offset("upload-01") == 4
    assert kept_files(tmp_path) == []
    store.discard("upload-01")
    store.discard("upload-01")
    with pytest.raises(KeyError):
        store.offset("upload-01")


def test_equal_files_are_kept_once_and_outlive_their_uploads(store: FileStore, tmp_path: Path) -> None:
    first = store.finish(sent(store, "upload-01", PDF), "a.pdf")
    assert store.finish(sent(store, "upload-02", PDF), "b.pdf") == first
    assert kept_files(tmp_path) == [first.sha256]
    store.discard("upload-01")
    assert store.path(first.sha256).read_bytes() == PDF


def test_a_finished_upload_takes_no_more(store: FileStore) -> None:
    stored = store.finish(sent(store, "upload-01", PDF), "a.pdf")
    store.begin("upload-01")
    assert store.offset("upload-01") == len(PDF)
    with pytest.raises(WrongOffset):
        store.append("upload-01", 0, PDF, MOST)
    with pytest.raises(KeyError):
        store.append("upload-01", len(PDF), b"x", MOST)
    assert store.finish("upload-01", "a.pdf") == stored


class Killed(BaseException):
    """Stands for the end of the process: no handler of the code under test catches it."""


@pytest.mark.parametrize("step", range(17))
def test_finish_can_be_killed_at_any_step_and_repeated(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    sent(store, "upload-01", PDF)
    steps = iter(range(100))

    def killing(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def step_or_die(*arguments: object, **options: object) -> object:
            if next(steps) == step:
                raise Killed
            result = real(*arguments, **options)
            if next(steps) == step:
                raise Killed
            return result

        monkeypatch.setattr(owner, name, step_or_die)

    killing(os, "fsync")
    killing(Path, "replace")
    killing(Path, "mkdir")
    try:
        store.finish("upload-01", "a.pdf")
        killed = False
    except Killed:
        killed = True
    monkeypatch.undo()
    assert killed == (step < 16)
    again = FileStore(tmp_path / "evidence")
    assert again.offset("upload-01") == len(PDF)
    stored = again.finish("upload-01", "a.pdf")
    assert again.path(stored.sha256).read_bytes() == PDF
    assert kept_files(tmp_path) == [stored.sha256]


def test_after_a_crash_within_a_piece_the_rest_is_asked_for(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.begin("upload-01")
    real = os.pwrite

    def half(descriptor: int, data: memoryview, offset: int) -> int:
        real(descriptor, data[: len(data) // 2], offset)
        raise Killed

    monkeypatch.setattr(os, "pwrite", half)
    with pytest.raises(Killed):
        store.append("upload-01", 0, PDF, MOST)
    monkeypatch.undo()
    here = store.offset("upload-01")
    assert here == len(PDF) // 2
    store.append("upload-01", here, PDF[here:], MOST)
    assert store.finish("upload-01", "a.pdf").sha256 == hashlib.sha256(PDF).hexdigest()


def test_begin_can_be_killed_and_repeated(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def dying(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(Path, "touch", dying)
    with pytest.raises(Killed):
        store.begin("upload-01")
    monkeypatch.undo()
    with pytest.raises(KeyError):
        store.finish("upload-01", "a.pdf")
    assert store.finish(sent(store, "upload-01", PDF), "a.pdf").size == len(PDF)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_nothing_half_written_counts(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sent(store, "upload-01", PDF[:10])
    real = os.pwrite
    room = iter([5])

    def filling(descriptor: int, data: memoryview, offset: int) -> int:
        for count in room:
            return real(descriptor, data[:count], offset)
        raise OSError(number, "full")

    monkeypatch.setattr(os, "pwrite", filling)
    with pytest.raises(StorageFull):
        store.append("upload-01", 10, PDF[10:], MOST)
    monkeypatch.undo()
    assert store.offset("upload-01") == 10
    store.append("upload-01", 10, PDF[10:], MOST)
    assert store.finish("upload-01", "a.pdf").size == len(PDF)


def test_what_could_not_be_flushed_has_to_be_sent_again(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(store, "upload-01", PDF)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        store.finish("upload-01", "a.pdf")
    assert store.offset("upload-01") == 0


def test_two_senders_of_one_upload_never_mix(store: FileStore) -> None:
    store.begin("upload-01")
    refused: list[int] = []

    def send(letter: bytes) -> None:
        for number in range(200):
            try:
                store.append("upload-01", number * 1000, letter * 1000, MOST)
            except WrongOffset as wrong:
                refused.append(wrong.actual)

    senders = [threading.Thread(target=send, args=(letter,)) for letter in (b"a", b"b")]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert store.offset("upload-01") % 1000 == 0
    assert store.offset("upload-01") // 1000 + len(refused) == 400


def test_stale_uploads_are_found_by_their_last_change(store: FileStore, tmp_path: Path) -> None:
    for upload in ("upload-02", "upload-01", "upload-03"):
        sent(store, upload, PDF)
    store.finish("upload-02", "a.pdf")
    for upload in ("upload-01", "upload-02"):
        folder = tmp_path / "evidence" / "incoming" / upload
        for path in (*folder.iterdir(), folder):
            os.utime(path, (1_000, 1_000))
    assert store.stale(before=1_000) == []
    assert store.stale(before=1_001) == ["upload-01", "upload-02"]


def test_memory_stays_flat(store: FileStore) -> None:
    """64 MB, as plain text and inside a .docx, through the whole path within 4 MB of memory."""
    piece = "全面推进依法行政，加快建设法治政府。\n".encode() * 20_000
    main = samples.content_types("wordprocessingml.document.main+xml")
    video = {"[Content_Types].xml": main, "word/media/video.mp4": bytes(64 * MEGABYTE)}
    sent(store, "upload-docx", samples.zipped(video, zipfile.ZIP_STORED))
    store.begin("upload-text")
    tracemalloc.start()
    while (offset := store.offset("upload-text")) < 64 * MEGABYTE:
        store.append("upload-text", offset, piece, MOST)
    assert store.finish("upload-text", "汇编.txt").size > 64 * MEGABYTE
    assert store.finish("upload-docx", "汇编.docx").size > 64 * MEGABYTE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MEGABYTE
