"""Somebody who walks through the self-assessment in any way, and the model of what should be stored by then."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import note

from bot.actions import parse, token
from bot.clock import day_of
from bot.messages import Button, Inbound
from bot.rows import Sent
from models.catalogues import read_catalogue
from models.demo import CATALOGUE
from tests.world import World

CONTACT, BUREAU = "法制科法治联络员", "示范区人社局"
ITEMS = (1, 11, 13, 15, 58, 61, 64)
"""Positions that are jumped to: plain, with figures (hard, exact, soft, dates by year), a bonus item, a veto item."""
COMMANDS = ("返回", "暂存", "取消", "继续", "目录", "菜单", "帮助", "指标自评", "改999")
FIGURES = {"100": "100", "87": "87", "7": "7", "九成二": "92", "３０": "30", "1": "1", "2": "2", "150": "150"}
DAYS = {"8月1日": (8, 1), "2月25日": (2, 25)}
PERCENT = {
    measure.key
    for indicator in read_catalogue((CATALOGUE / "indicators-2022.yaml").read_bytes()).indicators
    for measure in indicator.measures
    if measure.unit == "%"
}
TYPED = (
    *FIGURES, "今天", "8月1日", "2月25日", "第三个", "符合", "不涉", "不符合", "跳过", "暂无", "有", "无",
    "更正数字", "本期无此类事项", "没有了，下一项", "已按要求落实。", "长" * 301, "长" * 101, "😀", "2月30日",
    "https://www.gov.cn/1.html", "甲\t乙\n丙\t丁",
)  # fmt: skip
NOTHING = object()

Values = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A question as a message asks it."""

    conversation: int
    key: str
    kind: str
    limit: int | None
    options: tuple[tuple[str, str], ...]
    """What can be pressed to answer it: (key, label)."""

    @property
    def place(self) -> tuple[int, str]:
        return self.conversation, self.key


def question_in(message: Sent) -> Question:
    """The question that a message asks."""
    conversation, key = message.body["of"]
    options = []
    for label, carried in buttons_of(message):
        button = parse(carried)
        assert button is not None
        asked, _, option = button.arg.partition(".")
        if button.code == "a" and asked == key:
            options.append((option, label))
    asks = message.body["asks"]
    return Question(conversation, key, asks["kind"], asks["limit"], tuple(options))


def buttons_of(message: Sent) -> list[tuple[str, str]]:
    """(label, token) of everything that a message lets one press."""
    return [(label, carried) for line in message.body.get("buttons", ()) for label, carried, _ in line]


class Walk:
    """One contact on two channels, and a model: by item and key, the value accepted last."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.phones = [self.world.phone(CONTACT), self.world.phone(CONTACT, "terminal")]
        self.look = sqlite3.connect(self.world.place)
        [(self.first,)] = self.rows(
            "SELECT min(answer.id) FROM answer JOIN selfassessment ON selfassessment.id = assessment_id "
            "JOIN bureau ON bureau.id = bureau_id WHERE bureau.name = ?",
            BUREAU,
        )
        self.model: dict[int, Values] = {}
        self.said: list[Inbound] = []
        self.shown: list[Question | None] = [None, None]
        self.news: list[Sent] = []
        for phone, text in enumerate(("指标自评", "继续")):
            self.deliver(phone, text=text)

    def close(self) -> None:
        self.look.close()
        self.world.close()

    # What a person does: `phone` is one of the two, `pick` decides between what can be done there.
    def answer(self, phone: int, pick: int) -> None:
        """Give a fitting answer to the question on show, so that walks get far."""
        question = self.shows_the_open_question(phone)
        if question is None:
            self.deliver(phone, text="继续")
        elif question.kind in ("choice", "files", "several"):
            forward = [label for option, label in question.options if option not in ("_back", "_keep", "later")]
            if forward:
                self.say(phone, forward[pick % len(forward)])
            else:  # the summary of something else that the menu led to
                self.deliver(phone, text="取消")
        else:
            texts = {"text": ["情况说明"], "day": ["2月25日", "8月1日"], "number": ["100", "7", "九成二"]}[
                question.kind
            ]
            self.say(phone, texts[pick % len(texts)])

    def type(self, phone: int, pick: int) -> None:
        """Type anything, whatever is asked."""
        self.say(phone, TYPED[pick % len(TYPED)])

    def press(self, phone: int, pick: int) -> None:
        """Press something on one of the last messages, new or old."""
        seen = [message for message in self.phones[phone].seen if buttons_of(message)]
        message = seen[-1 - pick % min(len(seen), 8)]
        label, carried = buttons_of(message)[pick // 8 % len(buttons_of(message))]
        button = parse(carried)
        assert button is not None
        if button.code == "h" and message not in self.news:
            return
        question, expected = self.pressed(phone, button)
        self.deliver(phone, press=carried, label=label)
        self.accept(question, expected)

    def command(self, phone: int, pick: int) -> None:
        """Say a word that means the same anywhere."""
        self.deliver(phone, text=COMMANDS[pick % len(COMMANDS)])

    def jump(self, phone: int, pick: int) -> None:
        """Go to an item."""
        item = ITEMS[pick % len(ITEMS)]
        if item <= 60:
            self.deliver(phone, text=f"改{item}")
        else:
            self.deliver(phone, press=token(Button("it", self.first + item - 1)), label="看这一项")

    def repeat(self, phone: int, pick: int) -> None:
        """A channel delivers something again."""
        before = self.rows("SELECT count(*) FROM outgoing")
        assert self.world.receive(self.said[-1 - pick % len(self.said)]) == []
        assert self.rows("SELECT count(*) FROM outgoing") == before

    def restart(self, phone: int, pick: int) -> None:
        """The process ends, and another takes over."""
        self.world.restart()

    def wait(self, phone: int, pick: int) -> None:
        """Minutes, a day or a month go by."""
        self.world.clock.pass_(days=(0, 1, 30)[pick % 3], minutes=11)

    def say(self, phone: int, text: str) -> None:
        """Type a text, which answers the question on show if that is the open one."""
        question = self.shows_the_open_question(phone)
        expected = NOTHING if question is None else self.meant(question, text)
        self.deliver(phone, text=text)
        self.accept(question, expected)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return self.look.execute(sql, values).fetchall()

    def deliver(self, phone: int, **what: Any) -> None:
        """Bring something in, and note what it made the phones show."""
        at = self.phones[phone]
        before = [len(one.seen) for one in self.phones]
        if "text" in what:
            what["seen"] = at.seen[-1].id if at.seen else None
        inbound = Inbound(at.channel, at.address, str(len(self.said)), **what)
        note(f"{at.channel} {what}")
        self.said.append(inbound)
        self.world.receive(inbound)
        self.news = [message for one, count in zip(self.phones, before, strict=True) for message in one.seen[count:]]
        for place, one in enumerate(self.phones):
            for message in one.seen[before[place] :]:
                if "of" in message.body:
                    self.shown[place] = question_in(message)

    def open_question(self) -> Question | None:
        """The question asked last of the conversation that is open, on whichever channel."""
        open_now = self.rows("SELECT id FROM conversation WHERE state = 'open'")
        return self.asked(*open_now)

    def asked(self, place: tuple[Any, ...] = ()) -> Question | None:
        """The question asked last of a conversation (id) or of a question (id, key), on whichever channel."""
        messages = [message for phone in self.phones for message in phone.seen if "of" in message.body]
        here = [one for one in messages if place and tuple(one.body["of"])[: len(place)] == place]
        return question_in(max(here, key=lambda one: one.id)) if here else None

    def shows_the_open_question(self, phone: int) -> Question | None:
        """The open question, if it is the one last shown on this phone."""
        shown, now = self.shown[phone], self.open_question()
        return now if shown and now and shown.place == now.place else None

    def item_of(self, conversation: int) -> int | None:
        [(flow, subject)] = self.rows("SELECT flow, subject FROM conversation WHERE id = ?", conversation)
        return int(subject) if flow in ("indicator", "bonus", "veto") else None

    def pressed(self, phone: int, button: Button) -> tuple[Question | None, Any]:
        """The question that a press answers, and the value it gives; NOTHING if none."""
        now = self.open_question()
        if button.code == "a" and now is not None:
            key, _, option = button.arg.partition(".")
            if now.place == (button.id, key):
                return now, self.chosen(now, option)
        if button.code == "h" and button.arg in ("use", "content", "now"):
            [(held,)] = self.rows("SELECT held FROM address WHERE channel = ? AND address = ?",
                                  self.phones[phone].channel, self.phones[phone].address)  # fmt: skip
            kept = json.loads(held)
            meant_for = now if button.arg == "now" else self.asked((kept["conversation"], kept["key"]))
            return meant_for, NOTHING if meant_for is None else self.meant(meant_for, kept["text"])
        return None, NOTHING

    def chosen(self, question: Question, option: str) -> Any:
        """What a choice of a question stores."""
        pieces = self.pieces(question)
        if option in ("_back", "_keep") or question.key == "change":
            return NOTHING
        if option == "_skip":
            return None
        if option == "_close":
            return {"items": pieces, "instead": None} if pieces else NOTHING
        if question.kind == "files":
            return {"items": pieces, "instead": option} if option == "on_site" or not pieces else NOTHING
        if option == "today":
            return self.today.isoformat()
        if question.kind in ("number", "day"):
            return {"instead": option}
        return option

    def meant(self, question: Question, text: str) -> Any:
        """What a typed answer to a question stores."""
        labels = {label: option for option, label in question.options if option not in ("_back", "_keep")}
        if "none" in labels.values():
            labels["无"] = "none"
        if text in labels:
            return self.chosen(question, labels[text])
        if question.kind == "number":
            fits = text in FIGURES and not (text == "150" and question.key in PERCENT)
            return FIGURES[text] if fits else NOTHING
        if question.kind == "day":
            return self.day(question.key, text)
        if question.kind == "choice":
            own = [option for option, _ in question.options if not option.startswith("_")]
            place = {"1": 1, "2": 2, "第三个": 3}.get(text, 99)
            beginning = [option for label, option in labels.items() if label.startswith(text) and len(text) > 1]
            found = own[place - 1] if place <= len(own) else beginning[0] if len(beginning) == 1 else None
            return NOTHING if found is None else self.chosen(question, found)
        if question.kind == "text":
            return text.strip() if says_something(text, question.limit) else NOTHING
        return NOTHING

    def day(self, key: str, text: str) -> Any:
        year = int(key[-4:]) if key[-4:].isdigit() else None
        if text == "今天" and year in (None, self.today.year):
            return self.today.isoformat()
        if text not in DAYS:
            return NOTHING
        day = date(year or self.today.year, *DAYS[text])
        return day.isoformat() if day <= self.today else NOTHING

    @property
    def today(self) -> date:
        return day_of(self.world.clock.now())

    def pieces(self, question: Question) -> list[str]:
        """The evidence that an item has now."""
        found = self.rows(
            "SELECT id FROM evidence JOIN evidenceuse ON evidence_id = id WHERE answer_id = ? "
            "AND stage IN ('receiving', 'stored') ORDER BY id",
            self.item_of(question.conversation),
        )
        return [f"e{piece}" for (piece,) in found]

    def accept(self, question: Question | None, value: Any) -> None:
        """The model's side of an answer: what it unsettles is forgotten, a missed figure corrected or decisive."""
        item = None if question is None else self.item_of(question.conversation)
        if question is None or item is None or value is NOTHING:
            return
        values = self.model.setdefault(item, {})
        if question.key.endswith("_missed"):
            if value == "unmet":
                values["verdict"] = "unmet"
            return
        values[question.key] = value
        for unsettled in ("missed", "why", "note"):
            values.pop(f"{question.key}_{unsettled}", None)


def says_something(text: str, limit: int | None) -> bool:
    """Whether a text is taken where free text is asked for: not too long, more than a figure, a sign or an address."""
    too_long = limit is not None and len(text.strip()) > limit
    return not too_long and not text.isdecimal() and not text.startswith("https") and sum(map(str.isalnum, text)) > 1
