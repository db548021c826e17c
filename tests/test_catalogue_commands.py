"""catalogue load, diff and move: as real processes, for exit codes and what operators read; and as functions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.operating import catalogue as catalogue_commands
from bot.operating.catalogue import Stopped
from bot.render import Words
from models import assessments
from models.campaigns import Campaign
from models.db import DatabaseDown, Transaction
from models.people import Bureau
from tests.test_moving import BUREAU, OFFICIAL, changed, indicator
from tests.world import World

ROOT = Path(__file__).parents[1]


@dataclass
class Installation:
    """An empty folder to install in, and commands run there as an operator runs them."""

    folder: Path

    def settings(self, **settings: str) -> dict[str, str]:
        return {"DATA_DIR": str(self.folder / "data"), "DATABASE_URL": "", "CHANNELS": "web"} | settings

    def stopped(self, *arguments: str, **settings: str) -> str:
        """Run a command that must fail; what it says, on the stream for errors alone."""
        done = CliRunner().invoke(cli, arguments, env=self.settings(**settings))
        assert (done.exit_code, done.stdout) == (1, ""), done
        return done.stderr.strip()

    def said(self, *arguments: str) -> str:
        """Run a command that must succeed; what it says."""
        done = CliRunner().invoke(cli, arguments, env=self.settings())
        assert (done.exit_code, done.stderr) == (0, ""), done
        return done.stdout.strip()

    def process(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Run a command as a process of its own; its exit code, and the first line of all that it writes."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        environment = keep | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | self.settings(**settings)
        command = [sys.executable, "-m", "bot", *arguments]
        both: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
        done = subprocess.run(command, cwd=self.folder, env=environment, check=False, **both)
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode, done.stdout.partition("\n")[0]


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.chdir(tmp_path)
    return Installation(tmp_path)


def newer(folder: Path) -> Path:
    """A file with two things changed: 1 has another wording, 11 another threshold."""

    def change(data: dict[str, Any], first: list[dict[str, Any]]) -> None:
        first[0]["text"] = "全新的第一项。"
        indicator(data, 11)["measures"][0]["threshold"] = 95

    file = folder / "指标 新.yaml"
    file.write_bytes(changed(change))
    return file


def broken(folder: Path) -> Path:
    """A file whose line 11 is wrong."""
    file = folder / "broken.yaml"
    file.write_bytes(OFFICIAL.read_bytes().replace(b"pass_percent: 90", b"pass_percent: 900"))
    return file


def test_exit_codes_of_real_processes(installation: Installation) -> None:
    file = str(newer(installation.folder))
    loaded = (0, "已载入：全国法治人社示范创建评估指标，60 项指标（第 2 版）。")
    assert installation.process("catalogue", "load", file, "--demo") == loaded
    assert installation.process("catalogue", "move", BUREAU, "--demo") == (0, "已改用新版：0 项的回答原样保留。")
    wrong = (1, "文件有1处需要改正，请改好后再试：")
    assert installation.process("catalogue", "load", str(broken(installation.folder))) == wrong
    code, said = installation.process("catalogue", "move", BUREAU, DATABASE_URL="mysql://localhost/fazhi")
    assert code == 1
    assert said.startswith("数据库无法打开或更新。请检查 DATABASE_URL")


def test_load_diff_and_move_in_the_demo(installation: Installation) -> None:
    file = str(newer(installation.folder))
    assert installation.said("catalogue", "diff", str(OFFICIAL), "--demo") == "两份指标没有不同。"
    shown = installation.said("catalogue", "diff", file, "--demo")
    assert shown.startswith("共2处不同：")
    assert "第11项“政务服务事项网上可办率”的要求值由 90 改为 95" in shown
    assert "catalogue move" in installation.said("catalogue", "load", file, "--demo")
    assert installation.said("catalogue", "move", BUREAU, "--demo").startswith("已改用新版")
    assert "没有改动" in installation.said("catalogue", "move", BUREAU, "--demo")


def test_what_stops_a_command_is_said_with_what_to_do(installation: Installation) -> None:
    fault = "第11行：“pass_percent”为 900，应在 1 至 100 之间。"
    file = str(broken(installation.folder))
    assert installation.stopped("catalogue", "load", file).endswith(fault)
    assert installation.stopped("catalogue", "diff", file).endswith(fault)
    assert "先运行 catalogue load" in installation.stopped("catalogue", "diff", str(OFFICIAL))
    assert "请检查路径和权限" in installation.stopped("catalogue", "load", "nowhere.yaml")
    assert "目前没有单位在自评" in installation.stopped("catalogue", "move", BUREAU)
    assert "演示环境不能使用" in installation.stopped("catalogue", "move", BUREAU, "--demo", DATABASE_URL="sqlite:///x")


def test_a_folder_that_cannot_be_written_stops_every_command(installation: Installation) -> None:
    (installation.folder / "data").write_text("")
    for demo in ((), ("--demo",)):
        assert "请检查权限和磁盘空间" in installation.stopped("catalogue", "diff", str(OFFICIAL), *demo)


def file_of(world: World, data: bytes) -> Path:
    file = world.folder / "file.yaml"
    file.write_bytes(data)
    return file


def read(world: World, work: Callable[[Transaction], Any]) -> Any:
    return world.database.read(work)


def test_a_self_assessment_begun_keeps_its_version_until_it_is_moved(world: World) -> None:
    def versions(db: Transaction) -> tuple[int, int]:
        bureau = db.session.exec(select(Bureau).where(Bureau.name == BUREAU)).one()
        return assessments.of_bureau(db, bureau.id).catalogue_id, db.session.get_one(Campaign, 1).catalogue_id

    catalogue_commands.load(world.database, newer(world.folder), world.clock.now())
    assert read(world, versions) == (1, 2)
    catalogue_commands.move(world.database, BUREAU, world.clock.now())
    assert read(world, versions) == (2, 2)
    world.clock.pass_(days=1)
    catalogue_commands.load(world.database, OFFICIAL, world.clock.now())
    assert read(world, versions) == (2, 1)
    assert catalogue_commands.move(world.database, BUREAU, world.clock.now())[0] == "moved"
    assert read(world, versions) == (1, 1)


def test_loading_again_changes_nothing_but_which_version_is_the_last(world: World) -> None:
    first = catalogue_commands.load(world.database, OFFICIAL, world.clock.now())
    assert catalogue_commands.load(world.database, OFFICIAL, world.clock.now()) == first
    assert world.rows("SELECT count(*) FROM catalogueversion") == [(1,)]
    assert world.rows("SELECT count(*) FROM auditentry WHERE what = 'catalogue.load'") == [(0,)]
    file = newer(world.folder)
    catalogue_commands.load(world.database, file, world.clock.now())
    world.clock.pass_(days=1)
    catalogue_commands.load(world.database, OFFICIAL, world.clock.now())
    assert len(catalogue_commands.diff(world.database, file)[1]["listed"]) == 2
    values = "SELECT before, after FROM auditentry JOIN auditvalues ON entry_id = id WHERE what = 'catalogue.load'"
    assert world.rows(values) == [("1", "2"), ("2", "1")]


def test_a_catalogue_that_no_campaign_goes_by_is_said_to_be_so(world: World) -> None:
    file = file_of(world, changed(lambda data, first: data.update(id="another")))
    name, context = catalogue_commands.load(world.database, file, world.clock.now())
    assert "没有活动采用标识“another”的目录" in Words().text("commands", name, **context)
    with pytest.raises(Stopped, match="none_loaded"):
        catalogue_commands.diff(world.database, file_of(world, changed(lambda data, first: data.update(id="third"))))


def test_a_file_larger_than_any_catalogue_is_not_read_whole(world: World) -> None:
    with pytest.raises(Stopped, match="faults") as stopped:
        catalogue_commands.load(world.database, Path("/dev/zero"), world.clock.now())
    assert stopped.value.sentence[1]["listed"][0].code == "too_large"


def test_nothing_is_half_moved_when_the_database_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue_commands.load(world.database, newer(world.folder), world.clock.now())
    before = world.rows("SELECT * FROM answer")

    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(catalogue_commands, "_tell", fail)
    with pytest.raises(RuntimeError):
        catalogue_commands.move(world.database, BUREAU, world.clock.now())
    assert world.rows("SELECT * FROM answer") == before
    world.close()
    with pytest.raises(DatabaseDown):
        catalogue_commands.move(world.database, BUREAU, world.clock.now())


def test_a_bureau_that_is_none_is_told_which_there_are(world: World) -> None:
    for called in ("示范区", "示范省人社厅"):
        with pytest.raises(Stopped, match="no_bureau") as stopped:
            catalogue_commands.move(world.database, called, world.clock.now())
        assert BUREAU in stopped.value.sentence[1]["names"]
