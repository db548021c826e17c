"""内部: whatever people do about such a matter on the page, nothing of what they wrote is told in a chat elsewhere.

Everybody has both. They press and write at random on the page, where everything that they write carries a mark; in the chat
they press whatever is offered. Then the mark is looked for in all that went there, files included.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import sqlalchemy as sa

from bot import downloads
from bot.actions import Made
from models.matters.matters import Matter
from tests.dialogue_files import whole
from tests.sample_matters import matter
from tests.world import Phone, World, text_of

MARK = "金丝雀"
SECTION, OPENER = "法制科经办", "就业促进科法治联络员"
CAST = (
    SECTION, "法制科科长", OPENER, "就业促进科法治员", "就业促进科负责人", "劳动关系科法治员", "职业能力建设科法治员",
)  # fmt: skip
LISTS = ("审核事项", "送审进度")
COMMANDS = (*LISTS, "继续", "我的操作记录")
LEADS_AWAY = {"网页登录", "我的信息", "我的登录", "全部退出", "取消", "菜单", "返回", "改", "_back", "撤销"}
ENDS = ("提交", "没有了", "选好了", "名单以外的人承办", "跳过")
"""What brings a conversation nearer to its end."""
ROUNDS, LONGEST = 40, 25
MOST_WORLDS = 10
ENOUGH = {"matter.assign", "matter.supplement", "matter.suspend", "matter.submit", "matter.view"}


class Office:
    """Everybody on the page and in a chat, and what they do."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, Random(seed)
        self.page = {one: world.phone(one) for one in CAST}
        self.chat = {one: world.phone(one, "telegram") for one in CAST}
        self.written = 0

    def work(self) -> None:
        self.begin()
        for _ in range(ROUNDS):
            self.do_something(self.page[self.random.choice(CAST)])
            self.look_around(self.chat[self.random.choice(CAST)])
            if self.random.random() < 0.2:
                self.world.clock.pass_(hours=self.random.choice((1, 5, 24)))
                self.world.tick()

    def begin(self) -> None:
        """Two that are under review already, and one that is opened now."""
        database, now = self.world.database, self.world.clock.now()
        matter(database, now, kind="litigation", route="", opener=SECTION, confidential=True)
        matter(database, now, confidential=True)
        database.write(
            lambda db: db.session.execute(sa.update(Matter).values(title=f"{MARK}题", facts=f"{MARK}情"))
        ).result()
        self.page[OPENER].say("提请审核")
        self.go_through(self.page[OPENER])

    def do_something(self, phone: Phone) -> None:
        """Whatever the first matter asks of somebody on the page."""
        phone.say(self.random.choice(LISTS))
        if "第1件" not in phone.labels() and "在办" in phone.labels():
            phone.press("在办")
        if "第1件" in phone.labels() and (offered := self._opened(phone)):
            phone.press(self.random.choice(offered[:6]))
            self.go_through(phone)

    def go_through(self, phone: Phone) -> None:
        """Answer what is asked, as far as it goes."""
        for _ in range(LONGEST):
            kind = (phone.seen[-1].body.get("asks") or {}).get("kind")
            labels = self._offered(phone)
            if "非内部" in labels:
                phone.press("内部")
            elif "提交" in labels:
                phone.press("提交")
            elif kind in ("text", "files") and ("没有了" not in labels or self.random.random() < 0.3):
                self.write(phone, kind)
            elif kind == "day":
                phone.say(self.random.choice(("明天", "8月28日", "下周五")))
            elif kind in (None, "none") or not labels:
                return
            else:
                ends = [one for one in labels if one in ENDS]
                phone.press(self.random.choice(ends if ends and self.random.random() < 0.7 else labels))

    def look_around(self, phone: Phone) -> None:
        """Press whatever is offered in a chat; nothing is written there."""
        phone.say(self.random.choice(COMMANDS))
        for _ in range(5):
            if labels := [one for one in self._offered(phone) if one != "非内部"]:
                phone.press(self.random.choice(labels))

    def write(self, phone: Phone, kind: str) -> None:
        self.written += 1
        if kind == "files":
            phone.send_file(f"{MARK}{self.written}.pdf", whole("pdf", str(self.written)))
        else:
            phone.say(f"{MARK}{self.written}号内容，请补充说明")

    def _opened(self, phone: Phone) -> list[str]:
        phone.press("第1件")
        return self._offered(phone)

    def _offered(self, phone: Phone) -> list[str]:
        return [label for label in phone.labels() if label not in LEADS_AWAY]


def told_elsewhere(world: World) -> Iterator[tuple[str, str]]:
    """Everything that went into a chat: (address, body as text)."""
    yield from world.rows("SELECT address, body FROM outgoing WHERE channel = 'telegram'")
    yield from (("", row[0]) for row in world.rows("SELECT body FROM reminder WHERE body IS NOT NULL"))


def files_shown(world: World, phone: Phone) -> Iterator[str]:
    """What stands in the files that a chat was shown, as far as they are to be had there."""
    for row in phone.seen:
        url = row.body.get("picture") or (row.body.get("file") or {}).get("url")
        named = downloads.named(url) if url else None
        found = named and downloads.find(world.assistant, world.store, "telegram", phone.address, *named)
        if isinstance(found, Made):
            with zipfile.ZipFile(io.BytesIO(found.content)) as parts:
                yield from (parts.read(name).decode("utf-8", "ignore") for name in parts.namelist())
        elif found:
            yield found.name


def test_nothing_of_it_is_told_in_a_chat(tmp_path: Path) -> None:
    """In one world after the other, until enough has been done for that to mean something."""
    done: set[str] = set()
    for seed in range(MOST_WORLDS):
        (tmp_path / str(seed)).mkdir()
        world = World(tmp_path / str(seed))
        try:
            done |= _tried(world, seed)
        finally:
            world.close()
        if done >= ENOUGH:
            return
    raise AssertionError(sorted(done))


def _tried(world: World, seed: int) -> set[str]:
    """What was done in a world in which nothing was told that must not be, according to the audit."""
    office = Office(world, seed)
    office.work()
    world.clock.pass_(days=1)
    world.tick()
    assert world.rows("SELECT count(*) FROM matter WHERE NOT confidential") == [(0,)]
    assert office.written > 10
    assert [body for _, body in told_elsewhere(world) if MARK in body] == []
    for phone in office.chat.values():
        assert [part for part in files_shown(world, phone) if MARK in part] == []
    for phone in (*office.chat.values(), *office.page.values()):
        assert not any("这一步没有办成" in text_of(one) for one in phone.seen)
    return {row[0] for row in world.rows("SELECT DISTINCT what FROM auditentry")}
