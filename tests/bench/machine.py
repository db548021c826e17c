"""The machine that figures come from: its processors, versions and disk."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from statistics import median


def described(folder: Path) -> str:
    """One line about the machine and the disk that `folder` lies on."""
    system = _file_system(folder)
    note = " (not a disk: commits cost nothing there)" if system in ("tmpfs", "ramfs") else ""
    return (
        f"{os.cpu_count()} processors, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{system or 'unknown file system'}{note}, {_sync(folder) * 1e6:.0f} µs for 8 KB to be durable"
    )


def _sync(folder: Path) -> float:
    """The median of seconds that a write and an fsync take."""
    place, taken = folder / "sync", []
    with place.open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(bytes(8192))
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    place.unlink()
    return median(taken)


def _file_system(folder: Path) -> str:
    mounts = []
    with suppress(OSError):
        mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    holding = [(place, kind) for place, kind in mounts if folder.is_relative_to(place)]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else ""
