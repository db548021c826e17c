"""Two units and a legal section in which matters are opened, assigned, declined, written, sent back and accepted at will."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from bot.actions import DRAW, token
from bot.clock import day_of
from bot.messages import Button
from models import calendar
from models.audit import AuditEntry, AuditValues
from models.calendar import Calendar
from models.db import table
from models.matters import assignments, matters, opinions, parties, suspensions
from tests.world import Phone, Sent, World

UNITS = ("就业促进科", "劳动关系科")
SECTION = ("法制科经办", "法制科科长")
OTHERS = ("职业能力建设科", "工伤保险科")
OFFICERS = tuple(f"{unit}法治员" for unit in (*UNITS, *OTHERS))
CAST = (*(f"{unit}{called}" for unit in UNITS for called in ("法治联络员", "负责人")), *OFFICERS, *SECTION)
DAYS = ("今天", "明天", "8月29日", "9月1日", "10月1日", "去年9月1日", "2027年12月1日")
TYPED = {"unit": UNITS, "who": OFFICERS, "due": DAYS, "until": DAYS}
"""What is typed, by the name of the question; anything else is answered with a few words."""
FEW_WORDS = ("请补充说明材料", "依据充分，可以办理", "写明依据", "好")
LEFT_ALONE = {
    "返回", "取消", "菜单", "网页登录", "交意见书文件", "改交意见书文件", "上传较大文件", "预览", "送审进度", "审核事项", "跳过",
}  # fmt: skip
LOOKING = {"查看", "查看内容", "下载", "出庭记录", "补交材料", "稍后提醒"}
"""Buttons of a card that move nothing."""
RARELY = {"撤销", "改派"}
_entry, _values = table(AuditEntry), table(AuditValues)


class MattersOffice:
    """The people, what each sees, and everything that was ever delivered."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.workers.pop(DRAW)  # pictures are looked at elsewhere
        self.phones = {called: world.phone(called) for called in CAST}
        self.delivered: list[tuple[Phone, str, dict[str, Any]]] = []
        self._ids: dict[int, str] = {}

    def deliver(self, called: str, **what: Any) -> None:
        """Somebody types or presses something."""
        phone, key = self.phones[called], str(uuid.uuid4())
        self.delivered.append((phone, key, what))
        phone.deliver(key, **what)

    def in_hand(self, called: str) -> Sent | None:
        """The newest message that answers somebody: cards that others' doing brings or changes left out."""
        seen = self.phones[called].seen
        return next(
            (one for one in reversed(seen) if "of" in one.body or not (one.body.get("edits") or one.body.get("news"))),
            None,
        )  # fmt: skip

    def press(self, called: str, label: str) -> bool:
        """Somebody presses a button of that message; whether it has one."""
        message = self.in_hand(called)
        if message is None or label not in labels(message):
            return False
        self.deliver(called, press=self.phones[called].token(label, of=message), label=label)
        return True

    def go_on(self, called: str, chance: Random, steps: int, wishes: Mapping[str, str] = MappingProxyType({})) -> None:
        """Somebody answers what is asked, one way or another, and submits what can be submitted.

        `wishes`: the answers to some questions, by their names.
        """
        for _ in range(steps):
            message = self.in_hand(called)
            asks = message.body.get("asks") if message is not None else None
            if message is None or asks is None:
                return
            offered = [label for label in labels(message) if label not in LEFT_ALONE]
            if "提交" in offered and chance.random() < 0.9:
                offered = ["提交"]
            name = str(message.body["of"][1])
            if wishes.get(name) in offered:
                self.press(called, wishes[name])
                continue
            typed = () if asks["kind"] in ("choice", "several", "files") else TYPED.get(name, FEW_WORDS)
            if typed and (not offered or chance.random() < 0.6):
                self.deliver(called, text=chance.choice(typed), seen=message.id)
            elif offered:
                self.press(called, offered[0] if chance.random() < 0.4 else chance.choice(offered))
            else:
                return

    def act(self, called: str, chance: Random) -> bool:
        """Somebody looks at the first matter that waits for them, and does something about it; whether there is one."""
        self.deliver(called, text="取消")
        self.deliver(called, text="审核事项")
        if not self.press(called, "第1件"):
            return False
        return self._do_something(called, chance, first=0.6)

    def act_on(self, called: str, the_id: int, chance: Random, label: str = "", steps: int = 14) -> bool:
        """Somebody looks at a matter, and presses a button if it has that one; without a label, mostly what is likely.

        `steps`: so many questions that follow are answered.
        """
        self.deliver(called, text="取消")
        self.deliver(called, press=token(Button("mt.see", the_id)))
        if not label:
            return self._do_something(called, chance, first=0.9)
        pressed = self.press(called, label)
        if pressed:
            self.go_on(called, chance, steps)
        return pressed

    def _do_something(self, called: str, chance: Random, first: float) -> bool:
        """`first`: how often that is the likely thing."""
        message = self.in_hand(called)
        assert message is not None
        offered = [label for label in labels(message) if label not in LEFT_ALONE | LOOKING]
        likely = [label for label in offered if label not in RARELY]
        if not offered:
            return False
        leads = likely and chance.random() < first
        self.press(
            called, likely[0] if leads else chance.choice(likely if likely and chance.random() < 0.8 else offered)
        )
        self.go_on(called, chance, 14)
        return True

    def called(self, person: int) -> str | None:
        """Who of the cast somebody is."""
        if not self._ids:
            self._ids = {self.world.person(name): name for name in CAST}
        return self._ids.get(person)

    def resumed(self) -> list[tuple[list[Any], date, date, date]]:
        """Whenever a clock went on after 补正: the suspensions that ended that moment, the day, and the due date before and after."""
        return self.world.database.read(self._resumed)

    def _resumed(self, db: Any) -> list[tuple[list[Any], date, date, date]]:
        noted = db.session.execute(
            sa.select(_entry.c.object_id, _entry.c.at, _values.c.before, _values.c.after)
            .join(_values, _values.c.entry_id == _entry.c.id)
            .where(_entry.c.what == "matter.resume")
        ).all()
        found = []
        for one in noted:
            rests = [rest for rest in suspensions.of_matter_all(db, one.object_id) if rest.ended_at == one.at]
            was, now = (date.fromisoformat(json.loads(value)["due_on"]) for value in (one.before, one.after))
            found.append((rests, day_of(one.at), was, now))
        return found

    def tokens(self) -> list[str]:
        """What every button carries that anybody has ever seen about a matter."""
        shown = (row for phone in self.phones.values() for row in phone.seen)
        carried = (token for row in shown for line in row.body.get("buttons", ()) for _, token, _ in line)
        return sorted({token for token in carried if token.startswith("mt.")})

    @property
    def today(self) -> date:
        return day_of(self.world.clock.now())

    def rows(self, sql: str) -> list[Any]:
        return self.world.rows(sql)

    def matters(self) -> list[tuple[Any, list[Any], list[int], list[Any]]]:
        """Every matter, its assignments, who is to do something about it as far as those are not, and its documents."""
        return self.world.database.read(lambda db: [
            (row, assignments.of_matter(db, row.id), self._owners(db, row), opinions.documents_of(db, row.id))
            for the_id, in [(one[0],) for one in self.rows("SELECT id FROM matter ORDER BY id")]
            if (row := matters.by_id(db, the_id)) is not None
        ])  # fmt: skip

    def _owners(self, db: Any, row: Any) -> list[int]:
        if row.state == matters.State.WAITING:
            return parties.assigners(db, row, self.today)
        if row.state == matters.State.SUBMITTED:
            return parties.accepters(db, row, self.today)
        return parties.section(db, row, self.today) if row.state == matters.State.DECIDING else []

    def calendar(self, bureau: int) -> Calendar:
        return self.world.database.read(lambda db: calendar.of_bureau(db, bureau))


def labels(message: Sent) -> list[str]:
    """The labels on a message."""
    return [label for row in message.body.get("buttons", ()) for label, _, _ in row]


def working_days(known: Calendar, first: date, last: date) -> int:
    """How many there are from one day to another, both included."""
    return sum(known.works(first + timedelta(days=one)) for one in range((last - first).days + 1))


def nth_working_day(known: Calendar, first: date, count: int) -> date:
    """The working day that is so many from a day on, that day among them if it is one."""
    day = first - timedelta(days=1)
    while count:
        day += timedelta(days=1)
        count -= known.works(day)
    return day
