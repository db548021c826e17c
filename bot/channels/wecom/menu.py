"""The app's menu: what its buttons are called stands in templates/wecom/chat.j2 (path/90231)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.channels.wecom.reading import NAME
from bot.channels.wecom.settings import ENTER_PATH
from bot.render import Words

PAGE = "page"
"""Stands for the page in place of a word."""


def menu(words: Words, site: str) -> dict[str, Any]:
    """The menu, as WeCom wants it: a button says a word of ours, or opens the page."""
    found: Mapping[str, Any] = words.commands(NAME)
    first = [_button(name, told, site) for name, told in found["first"]]
    return {"button": [*first, {"name": found["more"], "sub_button": list(_under(found["under"], site))}]}


def _under(listed: Iterable[Any], site: str) -> Iterable[dict[str, str]]:
    return (_button(name, told, site) for name, told in listed)


def _button(name: str, told: str, site: str) -> dict[str, str]:
    if told == PAGE:
        return {"type": "view", "name": name, "url": f"{site}{ENTER_PATH}"}
    return {"type": "click", "name": name, "key": told}
