"""The sealer of a running process, the heads that it notes outside the database, and the command that compares the two."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import sealing
from bot.__main__ import cli
from bot.operating import audit as audit_commands
from bot.operating.catalogue import Stopped
from bot.render import Words
from bot.sealing import HEADS_FILE, Sealer, note, noted
from models.sealing import Fault, Findings, Head
from tests.audit_log import Log
from tests.dialogue_events import HOME, id_of
from tests.dialogue_screens import Delivery
from tests.dialogue_site import Site
from tests.test_catalogue_commands import Installation, installation  # noqa: F401  (a fixture)
from tests.world import BEGINNING, FrozenClock, demo_database


@dataclass
class Process:
    """A log, and a process that seals it."""

    log: Log
    folder: Path
    clock: FrozenClock

    @property
    def file(self) -> Path:
        return self.folder / HEADS_FILE

    def heads(self) -> list[Head | int]:
        return list(noted(self.file))

    def sealer(self, holder: str = "one") -> Sealer:
        return Sealer(self.log.database, self.file, holder, self.clock)

    def verify(self) -> str:
        """What the command says; what is wrong begins with ！."""
        try:
            name, context = audit_commands.verify(self.log.database, self.folder)
        except Stopped as stopped:
            name, context = stopped.sentence
        return ("！" if name == "audit_faults" else "") + Words().text("commands", name, **context)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    shutil.copy(demo_database(), tmp_path / "log.sqlite3")
    log = Log(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    yield Process(log, tmp_path, FrozenClock())
    log.close()


def test_a_tick_seals_and_notes_the_head_at_most_once_a_minute(process: Process) -> None:
    sealer = process.sealer()
    process.log.fill(3)
    asyncio.run(sealer.tick())
    assert process.heads() == [process.log.head()]
    assert stat.S_IMODE(process.file.stat().st_mode) == 0o600
    for seconds in (5, 54):
        process.log.fill(1)
        process.clock.pass_(seconds=seconds)
        asyncio.run(sealer.tick())
    assert process.log.verify().waiting == 0
    assert [head.sequence for head in noted(process.file) if isinstance(head, Head)] == [3]
    process.clock.pass_(seconds=1)
    asyncio.run(sealer.tick())
    process.clock.pass_(minutes=10)
    asyncio.run(sealer.tick())  # nothing is new
    assert [head.sequence for head in noted(process.file) if isinstance(head, Head)] == [3, 5]
    assert process.verify() == "审计记录完整，没有发现改动：已封存 5 条。"


def test_more_than_one_transaction_can_take_is_sealed_in_several(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(sealing, "MOST_TRANSACTIONS", 2)
    process.log.fill(10)
    asyncio.run(process.sealer().tick())
    assert (process.log.verify().sealed, process.log.verify().waiting) == (8, 2)


def test_the_end_of_a_process_leaves_nothing_unsealed_and_lets_the_next_begin_at_once(process: Process) -> None:
    first = process.sealer("first")
    asyncio.run(first.tick())
    process.log.fill(2)
    asyncio.run(first.stop())
    assert process.heads() == [Head(2, process.log.head().hash)]
    process.log.fill(1)
    asyncio.run(process.sealer("second").tick())
    assert process.log.verify().waiting == 0


def test_the_sealer_outlives_a_database_and_a_disk_that_fail(process: Process) -> None:
    process.log.fill(1)
    process.file.mkdir()
    asyncio.run(process.sealer().tick())
    assert process.log.verify().waiting == 0
    process.file.rmdir()
    process.log.fill(1)
    sealer = process.sealer()
    process.log.database.enter = lambda *_: (_ for _ in ()).throw(sealing.DatabaseDown)  # type: ignore[method-assign]
    asyncio.run(sealer.tick())
    assert not process.file.exists()


def test_a_running_process_seals_what_its_turns_did(tmp_path: Path) -> None:
    site = Site(tmp_path)
    ticks = [job.func for job in site.app._ticks._scheduler.get_jobs()]
    assert site.app.sealer.tick in ticks
    screen = site.screen(id_of(site, "法制科法治联络员", HOME), "web")
    for text in ("改1", "不涉及", "没有这类事项"):
        screen.deliver(Delivery(text=text))
    site.close()
    log = Log(f"sqlite:///{site.place}")
    heads = [head for head in noted(tmp_path / HEADS_FILE) if isinstance(head, Head)]
    assert heads[-1] == log.head()
    found = log.verify(*heads)
    assert (found.sealed, found.waiting, found.faults) == (2, 0, [])
    log.close()


def test_heads_survive_a_line_cut_short(tmp_path: Path) -> None:
    file, first, second = tmp_path / HEADS_FILE, Head(1, "a" * 64), Head(2, "b" * 64)
    note(file, first, BEGINNING)
    whole = file.read_bytes()
    assert whole == b"1 " + b"a" * 64 + b" 2026-08-19T09:00:00+08:00\n"
    for left in (b"2 bbbb", b"\0" * 200):
        file.write_bytes(whole + left)
        assert list(noted(file)) == [first]
        note(file, second, BEGINNING)
        assert list(noted(file)) == [first, second]
    file.write_bytes(b"2 bb")
    note(file, second, BEGINNING)
    assert list(noted(file)) == [second]


def test_what_is_noted_while_the_log_is_looked_through_is_left_for_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / HEADS_FILE
    note(file, Head(1, "a" * 64), BEGINNING)
    heads = noted(file)
    note(file, Head(2, "b" * 64), BEGINNING)
    assert list(heads) == [Head(1, "a" * 64)]


# The command


def test_the_command_says_what_is_wrong_and_what_to_do(process: Process) -> None:
    process.log.fill(6)
    asyncio.run(process.sealer().stop())
    process.log.fill(1)
    assert process.verify() == "审计记录完整，没有发现改动：已封存 6 条；待封存 1 条。"
    process.log.tamper("UPDATE auditentry SET object_id = 0 WHERE id = 2", "DELETE FROM auditvalues WHERE entry_id = 4")
    process.file.write_text(process.file.read_text() + "abc\n")
    said = process.verify().splitlines()
    assert said[0] == "！审计记录有 3 处问题（已封存 6 条；待封存 1 条）："
    assert said[1].startswith("第 2 号（auditentry 表 id 为 2 的行）封存后被改动")
    assert said[2].startswith("第 4 号（auditvalues 表 entry_id 为 4 的行）的前后内容被删去")
    assert said[3] == "留存的封存进度第 2 行不合格式。"
    assert str(process.file) in said[4]


def test_heads_that_are_not_there_are_a_fault(process: Process) -> None:
    assert process.verify() == "审计记录完整，没有发现改动：已封存 0 条。"
    process.log.fill(1)
    process.log.seal()
    assert "没有找到留存的封存进度" in process.verify()


def test_every_fault_has_its_wording() -> None:
    codes = ("edited", "value_edited", "value_missing", "value_added", "missing", "cut", "rewritten", "unreadable", "no_heads")  # fmt: skip
    found = Findings(sealed=9, erased=2, faults=[Fault(code, 3, 5, 4) for code in codes], count=200)
    lines = Words().text("commands", "audit_faults", found=found, file=Path("heads")).splitlines()
    assert len(lines) == len(codes) + 3
    assert lines[0] == "审计记录有 200 处问题（已封存 9 条；按规定清除前后内容 2 处）："
    assert lines[6].startswith("第 3 至 5 号缺失")
    assert lines[-2] == "以上只列出前 9 处。"


def test_exit_codes(installation: Installation) -> None:  # noqa: F811
    assert installation.said("audit", "verify", "--demo").startswith("审计记录完整")
    assert installation.said("audit", "verify").startswith("审计记录完整")
    assert "数据库无法打开" in installation.stopped("audit", "verify", DATABASE_URL="mysql://localhost/fazhi")
    log = Log(f"sqlite:///{installation.folder / 'data' / 'demo' / 'assistant.sqlite3'}")
    log.fill(1)
    log.seal()
    log.close()
    assert installation.stopped("audit", "verify", "--demo").startswith("审计记录有 1 处问题")
    assert CliRunner().invoke(cli, ["audit", "verify", "nothing"], env=installation.settings()).exit_code == 2
