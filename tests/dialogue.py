"""Dialogues as plain text: read, played on the assistant, and written down as they really went.

# 题目，或说明
— 法制科法治联络员 · 网页     who acts from here on, and where (网页, 终端, Telegram, 企业微信; left out: played on all of them)
> 改11                      what the person types; > [符合] presses; > 〔文件 佐证.pdf〕 sends
< 第 11/60 项……             what the assistant says: buttons in brackets, official wording behind ┃
…… 30天后                   what happens besides (tests/dialogue_events.py)
= 第11项：草稿 ……           the rows that came of it (tests/dialogue_rows.py)

Before a text or a press may stand （未看到上一条）, （翻到“words of an older message”）, （再按一次）, （网络重发）,
（用WHOM的按钮）, （伪造）, （修改上一条） and （测试入口）, which opens tests/sample_flow.py. What may be sent besides:
tests/dialogue_files.py, and 〔语音〕, 〔贴图〕, 〔位置〕, 〔名片〕.
In a text ⏎ is a new line, ⇥ a tab, 〔300个“字”〕 three hundred of them, 〔WHO的邀请码〕 the code last shown for somebody.
`pytest tests/test_dialogues.py --record` writes the < and = lines anew.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot import commands
from bot.actions import parse, token
from bot.messages import Button, cleaned
from tests.dialogue_events import HOME, Unreadable, happen, id_of
from tests.dialogue_files import sending
from tests.dialogue_rows import Rows
from tests.dialogue_screens import Delivery, Screen, Shown, Stage, all_words
from tests.sample_flow import START

DIALOGUES = Path(__file__).parent / "dialogues"
CHANNELS = {"网页": "web", "终端": "terminal", "Telegram": "telegram", "企业微信": "wecom"}
STRANGERS = ("陌生人", "陌生人二", "陌生人三", "陌生人四")
MISSING = "！"
"""Written where a button was to be pressed that nobody sees. No dialogue may stand so."""
OTHERS = {"〔语音〕": "voice", "〔贴图〕": "sticker", "〔位置〕": "location", "〔名片〕": "other"}
"""What people send that cannot be read."""
_MARKS = ("#", "—", ">", "……", "=")
BROKEN = "下一步程序出错"
_MODIFIER = re.compile(r"（(未看到上一条|再按一次|修改上一条|网络重发|翻到“[^”]+”|用[^）]+的按钮|伪造|测试入口)）")
_CODE = re.compile("〔(.+?)的邀请码〕")
_MANY = re.compile("〔(\\d+)个“(.+?)”〕")


class NoButton(Exception):
    """A button is to be pressed that the person does not see."""


@dataclass(frozen=True)
class Line:
    """One line that makes something happen: its mark, and what stands behind it."""

    mark: str
    text: str


@dataclass(frozen=True)
class Person:
    """Who acts, and where; channel None: wherever the dialogue is played."""

    name: str
    bureau: str
    channel: str | None


@dataclass
class Met:
    """What was met on the way, for the tests that ask what no dialogue has met."""

    actions: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    def note(self, message: Shown) -> None:
        self.texts.append(message.text)
        self.labels |= {label for row in message.buttons for label, _ in row}
        self.tokens |= {token for row in message.buttons for _, token in row}

    def pressed(self, token: str) -> None:
        if (button := parse(token)) is not None:
            self.actions.add(button.code)


def paths() -> list[Path]:
    """Every dialogue there is."""
    return sorted(DIALOGUES.glob("*/*.txt"))


def read(path: Path) -> list[Line]:
    """The lines of a dialogue that make something happen; what was expected is left out. Raises Unreadable."""
    lines = []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not text or text.startswith(("<", "  ", MISSING)):
            continue
        mark = next((mark for mark in _MARKS if text.startswith(f"{mark} ")), None)
        if mark is None:
            raise Unreadable(f"{path}:{number}: {text}")
        rest = text.removeprefix(f"{mark} ")
        lines.append(Line(mark, rest.partition("：")[0] if mark == "=" else rest))
    return lines


def person(text: str) -> Person:
    """Who a — line names."""
    who, _, where = text.partition(" · ")
    bureau, _, name = who.rpartition(" ")
    return Person(name, bureau or HOME, CHANNELS[where] if where else None)


def channels(lines: list[Line]) -> set[str | None]:
    """The channels that a dialogue names; None among them: somewhere it names none."""
    return {person(line.text).channel for line in lines if line.mark == "—"}


def said(message: Shown) -> Iterator[str]:
    """A message as a dialogue writes it."""
    lines = ["〔原处更新〕"] if message.replaces is not None else []
    for kind, text in message.parts:
        lines += [("┃ " if kind == "quote" else "") + (line or "〔空行〕") for line in text.split("\n")]
    lines += ["〔图片〕"] if message.picture else []
    lines += [" ".join(f"[{label}]" for label, _ in row) for row in message.buttons]
    return (("  " if number else "< ") + line for number, line in enumerate(lines))


class Watched:
    """A person's screen, with what of it the person has seen."""

    def __init__(self, stage: Stage, who: Person, channel: str) -> None:
        self.id = None if who.name in STRANGERS else id_of(stage, who.name, who.bureau)
        self.screen: Screen = stage.screen(self.id or -STRANGERS.index(who.name), who.channel or channel)
        self.last = Delivery()
        self.seen = self.seen_before = 0
        self._count = 0

    def fresh(self) -> list[Shown]:
        """What has come since this was last asked."""
        messages = self.screen.messages()[self._count :]
        self._count += len(messages)
        if messages:
            self.seen_before, self.seen = self.seen, messages[-1].id
        return messages

    def token(self, label: str, within: str) -> str:
        """What a button carries: that of the newest message which shows it (and has `within` in its text)."""
        messages = [message for message in self.screen.messages() if within in message.text]
        found = next((found for one in reversed(messages) if (found := one.token(label)) is not None), None)
        if found is None:
            raise NoButton(f"没有按钮“{label}”")
        return found


class Player:
    """Plays a dialogue on a stage. `channel`: where people are who are not said to be anywhere.

    Everything is stored and opened anew before each act, or before the first of so many.
    """

    def __init__(self, stage: Stage, channel: str, acts_between: int = 1) -> None:
        self.met = Met()
        self._stage = stage
        self._acts_between = acts_between
        self._channel = channel
        self._screens: dict[str, Watched] = {}
        self._here: Watched
        self._rows = Rows(stage.place, lambda: stage.database)
        self._breaks = False

    def play(self, lines: list[Line]) -> str:
        """The dialogue as it went, in the form in which dialogues are written."""
        for line in lines:
            if line.mark == "—" and line.text not in self._screens:
                self._screens[line.text] = Watched(self._stage, person(line.text), self._channel)
        written: list[str] = []
        acts = itertools.count()
        for line in lines:
            if line.mark in (">", "……") and next(acts) % self._acts_between == 0:
                self._stage.restart()
            written += ["", *self._one(line)] if line.mark in ("—", "……") else self._one(line)
        for called, screen in self._screens.items():
            unseen = [text for message in screen.fresh() for text in said(message)]
            written += ["", f"— {called}", *unseen] if unseen else []
        return "\n".join(written).strip() + "\n"

    def _one(self, line: Line) -> list[str]:
        if line.mark == "=":
            found = self._rows.answer(line.text, self._here.id or 0)
            return (
                [f"= {line.text}：{found[0]}"] if len(found) == 1 else [f"= {line.text}：", *(f"  {x}" for x in found)]
            )
        if line.mark == "—":
            self._here = self._screens[line.text]
        elif line.mark == ">":
            try:
                self._act(line.text)
            except NoButton as missing:
                return [f"> {line.text}", f"{MISSING} {missing}"]
        elif line.mark == "……":
            self._happen(line.text)
        told = self._here.fresh() if line.mark in ("—", ">") else []
        for message in told:
            self.met.note(message)
        return [f"{line.mark} {line.text}", *(text for message in told for text in said(message))]

    def _act(self, text: str) -> None:
        if self._breaks:
            self._stage.break_next()
            self._breaks = False
        modifiers: list[str] = []
        while found := _MODIFIER.match(text):
            modifiers.append(found[1])
            text = text[found.end() :]
        if files := sending(text):
            self._here.screen.send(files)
            return
        if "网络重发" not in modifiers:
            self._here.last = self._delivery(text, modifiers)
        self._here.screen.deliver(self._here.last)

    def _delivery(self, text: str, modifiers: list[str]) -> Delivery:
        here = self._here
        seen = here.seen_before if "未看到上一条" in modifiers else here.seen
        if "再按一次" in modifiers:
            return Delivery(press=here.last.press, seen=seen)
        if text in OTHERS:
            return Delivery(other=OTHERS[text], seen=seen)
        if not (text.startswith("[") and text.endswith("]")):
            typed = self._typed(text, seen)
            return replace(typed, other="edited") if "修改上一条" in modifiers else typed
        label = text[1:-1]
        if "伪造" in modifiers:
            return Delivery(press=(label, None), seen=seen)
        if "测试入口" in modifiers:
            return Delivery(press=(token(Button(START)), label), seen=seen)
        whose = next((one[1:-3] for one in modifiers if one.startswith("用")), None)
        within = next((one[3:-1] for one in modifiers if one.startswith("翻到")), "")
        screen = here if whose is None else next(one for called, one in self._screens.items() if whose in called)
        pressed = screen.token(label, within)
        self.met.pressed(pressed)
        return Delivery(press=(pressed, label), seen=seen)

    def _typed(self, text: str, seen: int) -> Delivery:
        text = _CODE.sub(lambda found: self._code(found[1]), text.replace("〔看不见的字符〕", "\u2060"))
        text = _MANY.sub(lambda found: found[2] * int(found[1]), text).replace("⏎", "\n").replace("⇥", "\t")
        if (command := commands.find(all_words(), cleaned(text))) is not None:
            self.met.commands.add(command[0].name)
        return Delivery(text=text, seen=seen)

    def _code(self, whose: str) -> str:
        """The code that was shown last for somebody, on whosever screen. NoButton: none was."""
        shown = [one for screen in self._screens.values() for one in screen.screen.messages()]
        for message in sorted(shown, key=lambda one: one.id, reverse=True):
            found = re.search(f"{re.escape(whose)}：([0-9A-Z-]+)", message.text.replace(" ", ""))
            if found is not None:
                return found[1]
        raise NoButton(f"没有{whose}的邀请码")

    def _happen(self, text: str) -> None:
        if text == BROKEN:
            self._breaks = True
        else:
            happen(self._stage, text)
