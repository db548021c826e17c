"""What keeps the Telegram channel from starting is named, by `serve` in one line and by `check` with what to do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.channels import Unset, channel, problems
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.settings import TELEGRAM_ITSELF, TelegramSettings, wrong
from bot.channels.web import WebChannel
from bot.render import Words
from tests.emulators.telegram import TOKEN, TelegramEmulator

REAL = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
SECRET = "0123456789abcdef"
SITE = "https://fz.example.gov.cn"


@pytest.fixture(autouse=True)
def only_these_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in TelegramSettings.model_fields:
        monkeypatch.delenv(f"TELEGRAM_{name.upper()}", raising=False)
    for name in ("PUBLIC_URL", "CHANNELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def telegram() -> Iterator[TelegramEmulator]:
    """Telegram, on a thread of its own: `check` has its own loop, and answers nobody meanwhile."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    emulator = run(_made())
    run(emulator.__aenter__())
    yield emulator
    run(emulator.__aexit__())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _made() -> TelegramEmulator:
    return TelegramEmulator()


def found(**values: Any) -> list[str]:
    settings = TelegramSettings(_env_file=None, **values)  # type: ignore[call-arg]
    return [f"{code} {name}" for code, name in wrong(settings)]


HOOK: dict[str, Any] = {"token": REAL, "mode": "webhook", "webhook_secret": SECRET, "public_url": SITE}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"token": REAL}, []),
        ({}, ["telegram_no_token TELEGRAM_TOKEN"]),
        ({"token": "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"}, ["telegram_odd_token TELEGRAM_TOKEN"]),
        ({"token": f"{REAL} # ours"}, ["telegram_odd_token TELEGRAM_TOKEN"]),
        ({"token": REAL, "api": "api.telegram.org"}, ["setting TELEGRAM_API"]),
        (HOOK, []),
        (HOOK | {"webhook_secret": ""}, ["telegram_no_secret TELEGRAM_WEBHOOK_SECRET"]),
        (HOOK | {"webhook_secret": "short"}, ["telegram_odd_secret TELEGRAM_WEBHOOK_SECRET"]),
        (HOOK | {"webhook_secret": "有汉字的密钥不行有汉字的密钥不行"}, ["telegram_odd_secret TELEGRAM_WEBHOOK_SECRET"]),
        (HOOK | {"public_url": ""}, ["telegram_not_reachable PUBLIC_URL"]),
        (HOOK | {"public_url": "http://fz.example.gov.cn"}, ["telegram_not_reachable PUBLIC_URL"]),
        (HOOK | {"public_url": "https://fz.example.gov.cn:8080"}, ["telegram_not_reachable PUBLIC_URL"]),
        (HOOK | {"public_url": "https://fz.example.gov.cn:8443/"}, []),
        (HOOK | {"public_url": "http://10.1.1.1:9000", "api": "http://10.1.1.2:8081"}, []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_known_without_asking_anybody(values: dict[str, Any], told: list[str]) -> None:
    assert found(**values) == told


def test_settings_come_from_the_environment_and_empty_ones_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TOKEN": REAL, "API": "", "PACE": "7", "MODE": "", "WEBHOOK_SECRET": ""}.items():
        monkeypatch.setenv(f"TELEGRAM_{name}", value)
    settings = TelegramSettings()
    assert (settings.token, settings.api, settings.pace, settings.chat_pace, settings.mode) == (
        REAL, TELEGRAM_ITSELF, 7, 1, "polling",
    )  # fmt: skip
    assert REAL not in repr(settings)
    made = channel("telegram")
    assert isinstance(made, TelegramChannel)
    assert made.traits.pace is not None
    assert made.traits.pace.overall == 7


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({}, ["TELEGRAM_TOKEN"]),
        ({"TELEGRAM_TOKEN": REAL, "TELEGRAM_MODE": "pull"}, ["TELEGRAM_MODE"]),
        ({"TELEGRAM_TOKEN": REAL, "TELEGRAM_PACE": "0", "TELEGRAM_CHAT_PACE": "x"}, ["TELEGRAM_CHAT_PACE", "TELEGRAM_PACE"]),
        ({"TELEGRAM_MODE": "webhook"}, ["TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL"]),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(values: dict[str, str], names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unset) as unset:
        channel("telegram")
    assert unset.value.names == names
    assert {params["name"] for _, params in problems("telegram")} == set(names)


def test_names_that_are_no_channels() -> None:
    for name in ("pigeon", "terminal", "web.calls", "__init__", ""):
        with pytest.raises(KeyError):
            channel(name)
    assert isinstance(channel("web"), WebChannel)
    assert problems("web") == []


def told(code: str, **params: Any) -> str:
    return Words().text("commands", "checked", problems=[(code, params)])


@pytest.mark.parametrize(
    ("happens", "code", "words"),
    [
        (lambda one: None, None, ""),
        (lambda one: one.revoke(), "telegram_rejected", "不接受 TELEGRAM_TOKEN"),
        (lambda one: one.faults.fail("error", "getMe"), "telegram_failing", "没有正常应答"),
    ],
)
def test_the_token_is_tried(
    happens: Callable[[TelegramEmulator], Any], code: str | None, words: str, telegram: TelegramEmulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_API", telegram.url)
    happens(telegram)
    assert problems("telegram") == ([] if code is None else [(code, {})])
    assert code is None or words in told(code)


def test_without_a_network_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_API", "http://127.0.0.1:9")
    assert problems("telegram") == [("telegram_unreachable", {})]
    assert "连不上 Telegram" in told("telegram_unreachable")


def test_every_trouble_has_its_words() -> None:
    source = (Path(__file__).parent.parent / "bot" / "channels" / "telegram").glob("*.py")
    codes = {word for path in source for word in path.read_text("utf-8").split('"') if word.startswith("telegram_")}
    assert len(codes) > 10
    for code in codes:
        assert Words().text("commands", "telegram", code=code, p={"reason": "x", "name": "y"}), code


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CHANNELS": "web,telegram"}, "TELEGRAM_TOKEN"),
        ({"CHANNELS": "telegram", "TELEGRAM_TOKEN": REAL, "TELEGRAM_MODE": "webhook"}, "TELEGRAM_WEBHOOK_SECRET、PUBLIC_URL"),
        ({"CHANNELS": "web,pigeon"}, "CHANNELS"),
    ],
)  # fmt: skip
def test_serve_says_in_one_line_what_is_missing(settings: dict[str, str], words: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["serve"], env={"DATA_DIR": str(tmp_path / "data"), "PORT": "0"} | settings)
    assert done.exit_code == 1
    assert words in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_check_says_it_too(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["check"], env={"DATA_DIR": str(tmp_path / "data"), "CHANNELS": "web,telegram"})
    assert done.exit_code == 1
    assert "@BotFather" in done.output
