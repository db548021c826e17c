"""The assistant as it is served for real work, in processes that end where a test wants: python -m tests.crash_server DATABASE

What every process needs is read and compiled once (with the turns of a few answers on a copy of DATABASE); then one is
forked for each Order that comes in as a line of JSON. What goes out, a line each: the port that they all listen on, and of
each process its id and, in the end, its exit code. While there is none, whoever connects waits for the next.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from bot import failpoints, logs, router, serving
from bot.assistant import Assistant
from bot.channels import Channel
from bot.channels.telegram import NAME, TelegramChannel, TelegramSettings
from bot.channels.web import WebChannel
from bot.channels.wecom import NAME as WECOM
from bot.channels.wecom import WeComChannel
from bot.clock import Clock
from bot.due_work import DUE_SECONDS
from bot.house import House
from bot.messages import Inbound
from bot.settings import Settings
from models.database import open_database
from tests.emulators.telegram import TOKEN
from tests.wecom_service import settings
from tests.world import CHANNELS, VAULT, FrozenClock, the_words

SECRET = "secret-of-the-webhook"
FAST = 100_000
"""Messages a second: what is tested is not the pace."""
TICK_SECONDS = 0.3
PATIENCE = 20
HOST = "127.0.0.1"
WARMING_UP = ("指标自评", "不涉及", "无此职责", "上传文件")


@dataclass(frozen=True)
class Order:
    """One process: its database, its folder, its platform's address, what time it is when it begins, and how it is to end."""

    url: str
    folder: str
    api: str
    begins: str
    place: str = ""
    """A name of bot/failpoints.py; empty: it lives until it is told to end."""
    times: int = 1
    """The process ends when it comes by that place for the so-manieth time."""
    platform: str = NAME
    """The channel that it runs besides the page."""
    pace: int = FAST
    """Messages a second that it sends by Telegram."""
    due_seconds: float = DUE_SECONDS
    """How often it looks for what falls due by itself."""


class RunningClock(Clock):
    """A clock that shows a given time when it is made, and goes on from there."""

    def __init__(self, begins: datetime) -> None:
        self._ahead = begins - timedelta(seconds=time.monotonic())

    def now(self) -> datetime:
        return self._ahead + timedelta(seconds=time.monotonic())


def ending_at(place: str, times: int) -> Callable[[str], None]:
    """What ends this process, in the middle of whatever else it is doing, when it comes by a place."""
    reached = count(1)

    def reach(name: str) -> None:
        if name == place and next(reached) == times:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


def _telegram(api: str, site: str, pace: int) -> Channel:
    told: dict[str, Any] = {"token": TOKEN, "api": api, "mode": "webhook", "webhook_secret": SECRET}
    told |= {"public_url": site, "pace": pace, "chat_pace": FAST}
    return TelegramChannel(TelegramSettings(_env_file=None, **told))


def _wecom(api: str, site: str, _: int) -> Channel:
    return WeComChannel(settings(api, public_url=site))


PLATFORMS: dict[str, Callable[[str, str, int], Channel]] = {NAME: _telegram, WECOM: _wecom}


def live(order: Order, listener: socket.socket) -> None:
    """Serve until the end."""
    failpoints.reach = ending_at(order.place, order.times)
    site = f"http://{HOST}:{listener.getsockname()[1]}"
    channels: dict[str, Channel] = {
        "web": WebChannel(),
        order.platform: PLATFORMS[order.platform](order.api, site, order.pace),
    }
    clock = RunningClock(datetime.fromisoformat(order.begins))
    with ExitStack() as stack:
        for what, instead in (
            ("Words", the_words), ("Clock", lambda: clock), ("TICK_SECONDS", TICK_SECONDS), ("DUE_SECONDS", order.due_seconds),
        ):  # fmt: skip
            stack.enter_context(patch(f"bot.app.{what}", instead))
        settings = Settings(_env_file=None, public_url=site)  # type: ignore[call-arg]
        serving.run_real(order.url, Path(order.folder), settings, VAULT, listener, channels)


def warm_up(place: Path) -> None:
    """Read and compile what turns need."""
    with TemporaryDirectory() as folder:
        copy = shutil.copy(place, folder)
        database = open_database(f"sqlite:///{copy}")
        house = House(the_words(), CHANNELS, "", frozenset(), VAULT, "http://site")
        assistant = Assistant(database, house, FrozenClock(), router.dispatch)
        address = database.read(lambda db: db.session.connection().exec_driver_sql(CONTACT).scalar_one())
        for text in WARMING_UP:
            assistant.receive(Inbound("web", address, text, text=text)).result(PATIENCE)
        database.close()


CONTACT = "SELECT address FROM address JOIN selfassessment ON contact_id = person_id WHERE channel = 'web' LIMIT 1"


def main(place: Path) -> None:
    """Let processes begin and end, one after the other, until the input ends."""
    logs.configure()
    warm_up(place)
    with socket.create_server((HOST, 0), backlog=512) as listener:
        print(listener.getsockname()[1], flush=True)
        for line in sys.stdin:
            process = os.fork()
            if process == 0:
                os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
                try:
                    live(Order(**json.loads(line)), listener)
                finally:
                    os._exit(0)
            print(process, flush=True)
            _, status = os.waitpid(process, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
