"""What can be wrong with the settings of WeCom is said before it starts, and by `check`, which asks WeCom itself."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from bot.channels import Unset, channel, problems
from bot.channels.wecom import checking, outcomes
from bot.channels.wecom.settings import wrong
from bot.render import TEMPLATES
from tests.emulators.wecom import AES_KEY, AGENT, CORP, SECRET, TOKEN, WeComEmulator
from tests.wecom_service import settings
from tests.world import SITE, the_words

GOOD = {
    "WECOM_CORP_ID": CORP, "WECOM_AGENT_ID": str(AGENT), "WECOM_SECRET": SECRET, "WECOM_TOKEN": TOKEN,
    "WECOM_AES_KEY": AES_KEY, "PUBLIC_URL": SITE,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_with_all_settings_there_is_a_channel() -> None:
    made = channel("wecom")
    assert made.name == "wecom"
    assert made.traits.pace is not None
    assert made.traits.pace.windows == ((30, 60.0), (1000, 3600.0))


@pytest.mark.parametrize("name", GOOD)
def test_each_setting_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")
    with pytest.raises(Unset) as unset:
        channel("wecom")
    assert unset.value.names == [name]
    assert [params["name"] for _, params in problems("wecom")] == [name]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("WECOM_TOKEN", "with-hyphen", "wecom_odd_token"),
        ("WECOM_AES_KEY", AES_KEY[:-1], "wecom_odd_key"),
        ("WECOM_AGENT_ID", "app", "setting"),
        ("WECOM_SPREAD", "16", "setting"),
        ("WECOM_API", "ftp://x", "setting"),
        ("PUBLIC_URL", "fz.example.gov.cn", "wecom_no_site"),
    ],
)
def test_what_is_odd_is_said(name: str, value: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert problems("wecom") == [(code, {"name": name})]


def _asked(act: Any) -> list[Any]:
    """What `check` finds when it asks an emulated WeCom, of which something was changed."""

    async def ask() -> list[Any]:
        async with WeComEmulator() as wecom:
            changed = act(wecom) or {}
            return await checking._asked(settings(**{"api": wecom.url} | changed))

    return asyncio.run(ask())


def _not_trusted(wecom: WeComEmulator) -> None:
    wecom.trusted = False


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda wecom: {"secret": "wrong"}, "wecom_secret"),
        (lambda wecom: {"corp_id": "ww0"}, "wecom_secret"),
        (lambda wecom: {"agent_id": 7}, "wecom_agent"),
        (_not_trusted, "wecom_not_trusted"),
        (lambda wecom: {"api": "http://127.0.0.1:1"}, "wecom_unreachable"),
    ],
)
def test_check_says_what_wecom_has_against_it(act: Any, code: str) -> None:
    found = _asked(act)
    assert [one for one, _ in found] == [code]
    assert the_words().text("commands", "checked", problems=found)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (46003, []), (-1, ["wecom_failing"]), (48002, ["wecom_agent"]), (50003, ["wecom_agent"]), (43012, ["wecom_no_callback"]),
        (45009, ["wecom_too_often"]), (99999, ["wecom_refused"]),
    ],
)  # fmt: skip
def test_check_passes_over_nothing_but_a_menu_yet_to_be_made(code: int, found: list[str]) -> None:
    def fails(wecom: WeComEmulator) -> None:
        wecom.faults.fail(code, "menu/get")

    assert [one for one, _ in _asked(fails)] == found


def test_check_is_content_where_all_is_well() -> None:
    assert _asked(lambda wecom: None) == []


def test_every_trouble_has_its_words() -> None:
    words = (TEMPLATES / "commands" / "wecom.j2").read_text("utf-8")
    worded = set(re.findall(r'code == "(\w+)"', words))
    source = "".join(path.read_text("utf-8") for path in Path(outcomes.__file__).parent.glob("*.py"))
    told = set(re.findall(r'"(wecom_[a-z_]+)"', source)) - {"wecom_state"}
    assert told | {"wecom_well"} == worded  # which every channel says
    for code in worded:
        assert the_words().text("commands", "wecom", code=code, p={"name": "X", "code": 1, "event": "e"})


def test_nothing_secret_is_shown() -> None:
    shown = repr(settings("http://x"))
    assert not any(secret in shown for secret in (SECRET, TOKEN, AES_KEY))
    assert list(wrong(settings("http://x"))) == []
