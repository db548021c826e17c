"""Where evidence lies on disk: uploads that may break off at any byte, and whole files by the hash of their content.

<root>/incoming/<upload>/part       what has come so far
<root>/incoming/<upload>/stored     what became of it, written before the file is moved
<root>/<first two of the hash>/<SHA-256>
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from bot import failpoints
from bot.files.inspection import inspect
from bot.files.unfit import TooLarge

T = TypeVar("T")

_UPLOAD = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class StorageFull(Exception):
    """The disk, or this user's share of it, is full. What was here before is still here."""


class WrongOffset(Exception):
    """A piece that does not follow on what is here; `actual` is the offset in bytes to go on from."""

    def __init__(self, actual: int) -> None:
        super().__init__(actual)
        self.actual = actual


@dataclass(frozen=True)
class Stored:
    """A file that is kept: hash of its content in hex, size in bytes, kind (usual extension) and media type."""

    sha256: str
    size: int
    kind: str
    mime: str


class FileStore:
    """The evidence files under one folder, safe to use from several threads and processes at once.

    An upload is named by an id of 8 to 64 letters, digits, - or _; any other raises ValueError.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, upload: str) -> None:
        """Make room for an upload. One that has begun, or is finished, stays as it is. Raises StorageFull."""
        with _noticing_full_disk():
            self._folder(upload).mkdir(mode=0o700, exist_ok=True)
            with self._held(upload) as folder:
                if _stored(folder) is None:
                    (folder / "part").touch(mode=0o600)

    def offset(self, upload: str) -> int:
        """Bytes that are here; all of them when finished. Raises KeyError if there is no such upload."""
        folder = self._folder(upload)
        try:
            return (folder / "part").stat().st_size
        except FileNotFoundError:
            stored = _stored(folder)
            if stored is None:
                raise KeyError(upload) from None
            return stored.size

    def append(self, upload: str, offset: int, chunk: bytes, most: int) -> int:
        """Write the bytes from `offset` on and return how many are here now, at most `most`.

        Raises KeyError (unknown, or finished), WrongOffset, TooLarge, StorageFull; then nothing was written.
        """
        with self._held(upload) as folder:
            actual = self.offset(upload)
            if offset != actual:
                raise WrongOffset(actual)
            if offset + len(chunk) > most:
                raise TooLarge(most)
            if _stored(folder) is not None:
                raise KeyError(upload)
            with _noticing_full_disk():
                _write(folder / "part", offset, chunk)
            failpoints.reach(failpoints.PIECE)
            return offset + len(chunk)

    def finish(self, upload: str, name: str) -> Stored:
        """Inspect the whole upload and keep it for good, flushed to the disk. Repeated, it returns the same.

        Whether all has come is for the caller to compare, where a size was announced. A file equal to one already kept
        is kept once. Raises KeyError, StorageFull, and Unfit, after which the upload is still there, to be discarded.
        """
        with self._held(upload) as folder, _noticing_full_disk():
            size = self.offset(upload)
            stored = _stored(folder)
            if stored is None:
                kind = inspect(folder / "part", name)
                sha256 = _hash_on_disk(folder / "part")
                stored = Stored(sha256, size, kind.extension, kind.mime)
                _note(folder, stored)
            self._move(folder / "part", stored.sha256)
            return stored

    def look_into(self, upload: str, name: str, act: Callable[[Path], T]) -> T:
        """What `act` makes of a whole upload, which is inspected as any other but not kept. Raises KeyError, Unfit."""
        with self._held(upload) as folder:
            inspect(folder / "part", name)
            return act(folder / "part")

    def keep(self, data: bytes) -> str:
        """Keep what was made here, flushed to the disk; its hash. Kept once, however often. Raises StorageFull."""
        sha256 = hashlib.sha256(data).hexdigest()
        with _noticing_full_disk(), NamedTemporaryFile(dir=self._root, delete=False) as made:
            made.write(data)
            made.flush()
            os.fsync(made.fileno())
            self._move(Path(made.name), sha256)
        return sha256

    def discard(self, upload: str) -> None:
        """Forget an upload, if there is one; what it became stays kept."""
        with suppress(KeyError), self._held(upload) as folder:
            shutil.rmtree(folder)

    def path(self, sha256: str) -> Path:
        """Where the file with this content is. Raises KeyError if it is not kept."""
        path = self._target(sha256)
        if not _SHA256.fullmatch(sha256) or not path.is_file():
            raise KeyError(sha256)
        return path

    def stale(self, before: float) -> list[str]:
        """Uploads, finished ones too, that nothing was done with since `before` (seconds since 1970)."""
        uploads = []
        for folder in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                touched = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
                if touched < before:
                    uploads.append(folder.name)
        return sorted(uploads)

    def _folder(self, upload: str) -> Path:
        if not _UPLOAD.fullmatch(upload):
            raise ValueError(f"not an upload id: {upload!r}")
        return self._incoming / upload

    def _target(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    @contextmanager
    def _held(self, upload: str) -> Iterator[Path]:
        """The upload's folder, while no other thread or process changes it. Raises KeyError if there is none."""
        folder = self._folder(upload)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            raise KeyError(upload) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # While we waited it may have been discarded, and even begun anew.
            if not folder.exists() or not os.path.samestat(os.fstat(descriptor), folder.stat()):
                raise KeyError(upload)
            yield folder
        finally:
            os.close(descriptor)

    def _move(self, part: Path, sha256: str) -> None:
        target = self._target(sha256)
        if part.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            if target.exists():
                part.unlink()
            else:
                part.replace(target)
        # Even when the file is there already: the run that moved it may have been killed just before this.
        _fsync_folder(target.parent)
        _fsync_folder(self._root)


def _write(path: Path, offset: int, chunk: bytes) -> None:
    with path.open("r+b", buffering=0) as file:
        rest = memoryview(chunk)
        try:
            while rest:
                rest = rest[os.pwrite(file.fileno(), rest, offset + len(chunk) - len(rest)) :]
        except OSError:
            file.truncate(offset)
            raise


def _hash_on_disk(path: Path) -> str:
    """Flush the file to the disk and return the SHA-256 of its content."""
    with path.open("r+b") as file:
        try:
            os.fsync(file.fileno())
        except OSError:
            # What could not be written may be dropped without a further word: it has to be sent again.
            file.truncate(0)
            raise
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(folder: Path) -> Stored | None:
    try:
        return Stored(**json.loads((folder / "stored").read_bytes()))
    except FileNotFoundError:
        return None


def _note(folder: Path, stored: Stored) -> None:
    new = folder / "stored.new"
    with new.open("w", encoding="ascii") as file:
        json.dump(asdict(stored), file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / "stored")
    _fsync_folder(folder)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _noticing_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise StorageFull from error
        raise
