"""What WeCom takes (path/90236, 94888, 90231): sizes in bytes, counts, the signs of names; and how often (path/90312)."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from tests.emulators.wecom.faults import WeComError

MOST_TEXT = 2048
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
ANCHOR = re.compile(r"<a\s[^>]*>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
A_MINUTE, AN_HOUR = (30, 60.0), (1000, 3600.0)
KINDS = ("text", "markdown", "textcard", "image", "voice", "video", "file", "template_card")


def shown(text: str) -> str:
    """What a member sees of a text: 2048 bytes, and of those whole characters; of a link, what stands inside it."""
    return ANCHOR.sub(r"\1", text.encode()[:MOST_TEXT].decode("utf-8", "ignore"))


def bytes_of(text: str) -> int:
    return len(text.encode())


def _need(what: bool, code: int, why: str) -> None:
    if not what:
        raise WeComError(code, why)


def check_message(body: dict[str, Any], agent: int) -> None:
    """The envelope of a message, and its content."""
    _need(body.get("agentid") == agent, 40056 if isinstance(body.get("agentid"), int) else 40058, "invalid agentid")
    _need(bool(body.get("touser") or body.get("toparty") or body.get("totag")), 82001, "no receiver")
    _need(len(body.get("touser", "").split("|")) <= 1000, 40032, "too many users")
    for name in ("toparty", "totag"):
        _need(len(body.get(name, "").split("|")) <= 100, 40031, "too many")
    kind = str(body.get("msgtype"))
    _need(kind in KINDS and isinstance(body.get(kind), dict), 40008, "invalid msgtype")
    _need(0 < int(body.get("duplicate_check_interval", 1800)) <= 4 * 3600, 40058, "invalid interval")
    content = body[kind]
    if kind in ("text", "markdown"):
        _need(bool(content.get("content", "").strip()), 44004, "empty content")
    if kind == "template_card":
        check_card(content)


def check_card(card: dict[str, Any], *, updates: bool = False) -> None:
    """A card, new or in place of another."""
    kind = card.get("card_type")
    title = card.get("main_title", {}).get("title", "")
    _need(len(title) <= 36, 42033, "title too long")
    _need(len(card.get("main_title", {}).get("desc", "")) <= 44, 42033, "desc too long")
    _need(len(card.get("sub_title_text", "")) <= 160, 42034, "sub_title_text too long")
    if kind == "text_notice":
        _need(bool(title or card.get("sub_title_text")), 42032, "nothing to show")
        action = card.get("card_action", {})
        _need(action.get("type") in (1, 2) and str(action.get("url", "")).startswith("http"), 42041, "card_action")
        return
    _need(bool(title), 42032, "missing main_title.title")
    _need(TASK_ID.fullmatch(card.get("task_id", "")) is not None, 42014, "invalid task_id")
    if kind == "button_interaction":
        buttons = card.get("button_list", [])
        _need(1 <= len(buttons) <= 6, 42040, "button_list")
        for one in buttons:
            _need(0 < len(one.get("text", "")) <= 10, 42038, "button text")
            _need(one.get("type", 0) == 1 or 0 < bytes_of(one.get("key", "")) <= 1024, 42039, "button key")
        keys = [one["key"] for one in buttons if one.get("type", 0) == 0]
        _need(len(set(keys)) == len(keys), 42017, "button key repeated")
    elif kind == "vote_interaction":
        _need(len(title) <= 16, 42033, "title too long")
        _need("sub_title_text" not in card, 42034, "no sub_title_text here")
        _check_options(card.get("checkbox", {}), 20, 17)
        _check_submit(card)
    elif kind == "multiple_interaction":
        lists = card.get("select_list", [])
        _need(1 <= len(lists) <= 3, 42047, "select_list")
        for one in lists:
            _check_options(one, 10, 16)
        _check_submit(card)
    else:
        raise WeComError(42013, "card_type")


def _check_options(question: dict[str, Any], most: int, signs: int) -> None:
    _need(0 < bytes_of(question.get("question_key", "")) <= 1024, 42043, "question_key")
    options = question.get("option_list", [])
    _need(1 <= len(options) <= most, 42037, "option_list length")
    for one in options:
        _need(0 < bytes_of(one.get("id", "")) <= 128, 42044, "option id")
        _need(0 < len(one.get("text", "")) <= signs, 42045, "option text")
    _need(len({one["id"] for one in options}) == len(options), 42044, "option id repeated")


def _check_submit(card: dict[str, Any]) -> None:
    submit = card.get("submit_button", {})
    _need(0 < len(submit.get("text", "")) <= 10, 42046, "submit text")
    _need(0 < bytes_of(submit.get("key", "")) <= 1024, 42049, "submit key")


def check_menu(menu: dict[str, Any]) -> None:
    """The app's menu."""
    top = menu.get("button", [])
    _need(1 <= len(top) <= 3, 40016, "invalid button size")
    for one in top:
        _need(0 < bytes_of(one.get("name", "")) <= 16, 40018, "button name size")
        under = one.get("sub_button", [])
        _need(len(under) <= 5, 40023, "sub button size")
        for each in under or [one]:
            _need(0 < bytes_of(each.get("name", "")) <= (40 if under else 16), 40025, "sub button name size")
            if each["type"] == "click":
                _need(0 < bytes_of(each.get("key", "")) <= 128, 40019, "button key size")
            else:
                _need(each["url"].startswith(("http://", "https://")), 40054, "url without scheme")
                _need(bytes_of(each["url"]) <= 1024, 40020, "button url size")


class Flood:
    """How many messages each member gets: what is more is dropped, and nobody is told."""

    def __init__(
        self, ticks: Callable[[], float], windows: tuple[tuple[int, float], ...] = (A_MINUTE, AN_HOUR)
    ) -> None:
        self._ticks = ticks
        self._windows = windows
        self._got: defaultdict[str, deque[float]] = defaultdict(deque)

    def lets_through(self, member: str) -> bool:
        now, got = self._ticks(), self._got[member]
        longest = max((seconds for _, seconds in self._windows), default=0.0)
        while got and got[0] <= now - longest:
            got.popleft()
        for most, seconds in self._windows:
            if sum(at > now - seconds for at in got) >= most:
                return False
        got.append(now)
        return True
