"""Walking the sample conversation: one answer to each question, and what is looked at afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.actions import parse, token
from bot.messages import Button
from bot.rows import Sent
from models import deliveries
from tests import sample_flow
from tests.sample_flow import REPORTED, START, flow
from tests.world import Phone, World, text_of

UNIT = "就业促进科"
PLAIN = [
    f"{UNIT}法治员", "选好了", "退休", "9月1日", "有", "继任者甲", "13800000000", "法学学历", "没有附件",
    "https://www.gov.cn/1.html", f"{UNIT}负责人",
]  # fmt: skip
"""One answer to each question, typed."""
STORED = {
    "reason": "retirement", "leaves_on": "2026-09-01", "has_successor": "yes", "successor_name": "继任者甲",
    "successor_mobile": "13800000000", "qualification": "degree", "attachments": {"items": [], "instead": "none"},
    "link": "https://www.gov.cn/1.html",
}  # fmt: skip


@contextmanager
def sample_world(folder: Path) -> Iterator[World]:
    """A world in which the sample conversation is known, and in which no turn may break."""
    with sample_flow.installed():
        world = World(folder, sample_flow.words())
        yield world
        assert world.database.read(deliveries.poisoned) == []
        world.close()


def begin(phone: Phone) -> Sent | None:
    return phone.deliver(press=token(Button(START)))


def say_all(phone: Phone, *texts: str) -> str:
    """Type one text after another; the last reply."""
    reply = ""
    for text in texts:
        reply = text_of(phone.say(text))
    return reply


def fill(phone: Phone, until: int = len(PLAIN)) -> str:
    """Begin, and give the first so many plain answers; the last reply."""
    begin(phone)
    return say_all(phone, *PLAIN[:until])


def conversations(world: World) -> list[tuple[str, dict[str, Any]]]:
    """State and answers of each run of the sample, in order."""
    rows = world.rows("SELECT state, answers FROM conversation WHERE flow = ? ORDER BY id", flow.name)
    return [(state, json.loads(answers)) for state, answers in rows]


def stored(world: World) -> dict[str, Any]:
    """The answers kept of the newest run."""
    return conversations(world)[-1][1]


def effects(world: World) -> list[dict[str, Any]]:
    """What was reported in the end."""
    rows = world.rows(
        "SELECT after FROM auditentry JOIN auditvalues ON entry_id = id WHERE what = ? ORDER BY id", REPORTED
    )
    return [json.loads(after) for (after,) in rows]


def asked(phone: Phone) -> str:
    """The key of the question asked last."""
    return next(str(message.body["of"][1]) for message in reversed(phone.seen) if "of" in message.body)


def settle(phone: Phone, what: str) -> str:
    """Say what a text that was asked back is: `content`, `use` (for the question before), `now`, `drop`; the reply."""
    tokens = [carried for line in phone.seen[-1].body["buttons"] for _, carried, _ in line]
    [pressed] = [
        carried for carried in tokens if (button := parse(carried)) and (button.code, button.arg) == ("h", what)
    ]
    return text_of(phone.deliver(press=pressed))


def know(world: World, mobile: str) -> None:
    """Somebody on the staff has this number now."""
    run(world, f"UPDATE person SET mobile = '{mobile}' WHERE id = 1")


def run(world: World, sql: str) -> None:
    world.database.write(lambda db: db.execute(sql)).result()
