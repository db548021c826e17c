"""python3 run.py check names what is wrong, and never fails itself; what .env.example says can be taken as it stands."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from bot.channels.telegram.settings import PREFIX, TelegramSettings
from bot.channels.wecom.settings import PREFIX as WECOM
from bot.channels.wecom.settings import WeComSettings
from bot.operating import checking
from bot.render import Words
from bot.settings import Settings
from models import deliveries
from models.db import Transaction
from tests.world import BEGINNING, World

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def found(folder: Path, now: datetime = BEGINNING, **values: Any) -> list[str]:
    """The codes found, each with its setting's name; every one has a wording."""
    settings = Settings(_env_file=None, **({"data_dir": folder} | values))  # type: ignore[call-arg]
    problems = checking.problems(settings, now)
    lines = Words().text("commands", "checked", problems=problems).splitlines()
    assert len(lines) == max(1, len(problems))
    return [f"{code} {params['name']}" if "name" in params else code for code, params in problems]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def database(world: World) -> Path:
    """A data folder with a sound database in it."""
    world.close()
    folder = world.folder / "data"
    folder.mkdir()
    shutil.copy(world.place, folder / "assistant.sqlite3")
    return folder


def change(folder: Path, sql: str) -> None:
    with sqlite3.connect(folder / "assistant.sqlite3") as connection:
        connection.execute(sql)
    connection.close()


def test_a_fresh_installation_is_sound_and_nothing_is_made_but_its_folder(tmp_path: Path) -> None:
    assert found(tmp_path / "new" / "data") == []
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_a_sound_database_is_sound(database: Path) -> None:
    assert found(database) == []


@pytest.mark.parametrize(("version", "code"), [("0000", "behind"), ("9999", "newer")])
def test_a_database_of_another_version(database: Path, version: str, code: str) -> None:
    change(database, f"UPDATE alembic_version SET version_num = '{version}'")
    assert found(database) == [code]


def test_a_file_that_is_no_database(database: Path) -> None:
    (database / "assistant.sqlite3").write_bytes(b"no database" * 1000)
    assert found(database) == ["database"]


def test_deliveries_that_broke_their_turn_are_named(world: World) -> None:
    def broken(db: Transaction) -> None:
        deliveries.first_time(db, "web", "1", "a", BEGINNING, poison="ValueError")

    world.database.write(broken).result()
    assert found(world.folder, database_url=f"sqlite:///{world.place}") == ["poison"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert found(tmp_path / "file") == ["folder"]


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**12, 10**12 - 10**8, 10**8))
    assert found(tmp_path) == ["space"]


def test_a_clock_that_stands_before_the_release(tmp_path: Path) -> None:
    assert found(tmp_path, now=datetime(2026, 7, 31, 15, 59, tzinfo=UTC)) == ["clock"]
    assert found(tmp_path, now=datetime(2026, 7, 31, 16, 0, tzinfo=UTC)) == []


def test_a_secret_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("")
    assert found(tmp_path) == ["secret"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://localhost/fazhi"),
        ("public_url", "fazhi.example.gov.cn"),
        ("secret_key", "too short"),
        ("channels", "web,pigeon"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path: Path, name: str, value: str) -> None:
    assert found(tmp_path, **{name: value}) == [f"setting {name.upper()}"]


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    assert found(tmp_path, database_url=f"postgresql+psycopg://nobody@/none?host={tmp_path}") == ["database"]


def test_the_example_sets_every_setting_as_it_is_and_explains_each_in_a_line(tmp_path: Path) -> None:
    values = dotenv_values(EXAMPLE)
    channels = {
        prefix + name.upper()
        for prefix, settings in ((PREFIX, TelegramSettings), (WECOM, WeComSettings))
        for name in settings.model_fields
    } - {f"{PREFIX}PUBLIC_URL", f"{WECOM}PUBLIC_URL"}
    assert set(values) == {name.upper() for name in Settings.model_fields} | channels
    for settings in (Settings, TelegramSettings, WeComSettings):
        defaults = {name: field.default for name, field in settings.model_fields.items()}
        assert settings(_env_file=EXAMPLE).model_dump() == defaults  # type: ignore[call-arg]
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for name in values:
        above = lines[next(place for place, line in enumerate(lines) if line.startswith(f"{name}=")) - 1]
        assert re.search("^# .*[\u4e00-\u9fff]", above), name
    assert (
        found(tmp_path, **{name.lower(): value for name, value in values.items() if value and name != "DATA_DIR"}) == []
    )
