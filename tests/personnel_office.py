"""Two units and a legal section in which people report, recommend, file, return and withdraw whatever they like."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from bot.clock import day_of
from models import people, quotas
from models.people import Person, Post, Unit
from models.quotas import ROSTERS
from tests.world import Phone, World, text_of

UNITS = ("就业促进科", "劳动关系科")
SECTION = ("法制科经办", "法制科科长")
CAST = (*(f"{unit}{called}" for unit in UNITS for called in ("法治联络员", "法治员", "负责人")), *SECTION)
MOBILES = {called: f"1380000{number:04}" for number, called in enumerate(CAST)}
NEWCOMERS = ("13900000001", "13900000002")
NUMBERS = (*MOBILES.values(), *NEWCOMERS * 3, "1380000")
TYPED = {
    "since": ("今天", "昨天", "明天", "9月1日", "9月1日", "10月9日", "1998年1月1日"), "mobile": NUMBERS, "to": (*NUMBERS, "某某"),
    "name": ("某某 科员", "某某某某", "=1+1"), "title": ("科员",), "unit": UNITS,
}  # fmt: skip
"""What is typed, by the name of the question; anything else is answered with a few words."""
FEW_WORDS = ("请补充说明材料", "好")
LEFT_ALONE = {"返回", "取消", "菜单", "我的信息", "帮助", "网页登录"}
ENDS = 8
"""Days ahead that posts are looked at."""


class PersonnelOffice:
    """The people, what each sees, and everything that was ever delivered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.phones = {called: world.phone(called) for called in CAST}
        self.delivered: list[tuple[Phone, str, dict[str, Any]]] = []
        world.database.write(self._give_mobiles).result()
        self.before = {row[0] for row in world.rows("SELECT id FROM post")}
        self.most = world.database.read(self._quotas)

    def _give_mobiles(self, db: Any) -> None:
        for called, phone in self.phones.items():
            change = sa.update(Person).where(col(Person.id) == int(phone.address)).values(mobile=MOBILES[called])
            db.session.execute(change)

    def _quotas(self, db: Any) -> dict[tuple[int, str], int]:
        units = list(db.session.execute(sa.select(Unit)).scalars())
        return {(unit.id, role): quotas.of_unit(db, unit, role).most for unit in units for role in ROSTERS}

    def deliver(self, called: str, **what: Any) -> None:
        """Somebody types or presses something."""
        phone, key = self.phones[called], str(uuid.uuid4())
        self.delivered.append((phone, key, what))
        phone.deliver(key, **what)

    def go_on(self, called: str, chance: Random, steps: int) -> None:
        """Somebody answers what is asked, one way or another, and submits what can be submitted."""
        phone = self.phones[called]
        for _ in range(steps):
            asks = phone.seen[-1].body.get("asks") if phone.seen else None
            if asks is None:
                return
            labels = [label for label in phone.labels() if label not in LEFT_ALONE]
            if "提交" in labels and chance.random() < 0.8:
                labels = ["提交"]
            name = str(phone.seen[-1].body["of"][1]).partition("_")[0] if "of" in phone.seen[-1].body else ""
            typed = () if asks["kind"] in ("choice", "several") and name != "unit" else TYPED.get(name, FEW_WORDS)
            if typed and (name == "unit" or not labels or chance.random() < 0.7):
                self.deliver(called, text=chance.choice(typed), seen=phone.seen[-1].id)
            else:
                self.press(called, chance.choice(labels))

    def press(self, called: str, label: str) -> bool:
        """Somebody presses a button of the newest message; whether there is one."""
        phone = self.phones[called]
        if not phone.seen or label not in phone.labels():
            return False
        self.deliver(called, press=phone.token(label, of=phone.seen[-1]), label=label)
        return True

    def say(self, called: str, *texts: str) -> None:
        """Somebody types one thing after the other, each to what is on show then."""
        for text in texts:
            phone = self.phones[called]
            self.deliver(called, text=text, **({"seen": phone.seen[-1].id} if phone.seen else {}))

    def leaves(self, section: str, unit: str, called: str, day: str) -> None:
        """The legal section enters that somebody leaves everything in a unit, and that nobody follows."""
        self.say(section, "取消", "取消", "人员变动", unit, "有人离任")
        named = [label for label in self.phones[section].labels() if label.startswith(called)]
        if named and self.press(section, named[0]):
            self.say(section, "岗位变动", day, "暂无人选", "提交", "取消")

    def joins(self, section: str, unit: str, role: str, day: str, mobile: str) -> None:
        """The legal section enters that somebody is added to a unit, as far as there is a place."""
        self.say(section, "取消", "取消", "人员变动", unit, "补充人选", role, day, mobile)
        if "不是此人" not in self.phones[section].labels():
            self.say(section, "某某 科员")
        first = next((label for label in ("都没有", "是此人") if label in self.phones[section].labels()), "都没有")
        self.say(section, first, "提交", "取消")

    def takes_back(self, section: str, leaver: str) -> None:
        """The legal section takes back what is filed of somebody who leaves on a later day, if it can."""
        self.say(section, "取消", "取消", "待生效变动")
        phone = self.phones[section]
        listed = text_of(phone.seen[-1]).splitlines() if phone.seen else []
        number = next((line.split()[0] for line in listed if f"{leaver} 离任" in line), "")
        if self.press(section, f"第{number}项") and self.press(section, "撤回备案"):
            self.say(section, FEW_WORDS[0], "取消")

    def take_up(self, called: str) -> None:
        """Somebody looks at the first change that waits for them."""
        self.deliver(called, text="取消")
        self.deliver(called, text="待备案")
        self.press(called, "第1项")

    def tokens(self) -> list[str]:
        """What every button carries that anybody has ever seen about a change."""
        shown = (row for phone in self.phones.values() for row in phone.seen)
        carried = (token for row in shown for line in row.body.get("buttons", ()) for _, token, _ in line)
        return sorted({token for token in carried if token.startswith("pc")})

    @property
    def today(self) -> date:
        return day_of(self.world.clock.now())

    def rows(self, sql: str) -> list[Any]:
        return self.world.rows(sql)

    def posts(self) -> list[tuple[int, int, int, str, date, date | None]]:
        """id, person, unit, role, from, until, of everybody in the bureau."""
        return self.world.database.read(
            lambda db: [tuple(row) for row in db.session.execute(
                sa.select(*(getattr(Post, name) for name in ("id", "person_id", "unit_id", "role", "starts_on", "ends_on")))
            )]
        )  # fmt: skip

    def may_write(self, called: str) -> bool:
        """Whether the table of posts lets somebody use the assistant today."""
        held = self.world.database.read(
            lambda db: people.recognise(db, "web", self.phones[called].address, self.today, alone=False)
        )
        return held is not None and bool(held[1])


def changes_of(office: PersonnelOffice) -> list[dict[str, Any]]:
    """Every change as its row has it."""
    names = (
        "id",
        "unit_id",
        "kind",
        "state",
        "version",
        "effective_on",
        "exception",
        "without_recommendation",
        "answers",
    )
    found = office.rows(f"SELECT {', '.join(names)} FROM personnelchange ORDER BY id")
    told = [dict(zip(names, row, strict=True)) for row in found]
    for one in told:
        one["answers"] = json.loads(one["answers"]) if isinstance(one["answers"], str) else one["answers"]
        one["effective_on"] = date.fromisoformat(str(one["effective_on"]))
    return told


def days(office: PersonnelOffice, posts: list[Any]) -> list[date]:
    """The days on which the roster may be another than the day before."""
    first = office.today - timedelta(days=400)
    known = {day for post in posts for day in post[4:] if day is not None and day >= first}
    return sorted(known | {office.today})
