"""People at the other end: each looks at the message that came and answers it, the same way in every run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

SENTENCE = "已制定年度清单并在门户网站公布，由法制科牵头逐项核对，办理时限较法定时限压缩过半，全年未发生逾期。"
FIGURES = ("100", "12", "５")
SKIP, UNMET = "跳过", "改为不符合"
OTHERWISE = ("实地核查时提供", "今天", "尚未到期")
ASKS = {"是多少？": "number", "哪一天？": "day", "的日期？": "day", "请用一句话": "text", "请提供佐证": "files"}
"""The words by which a reader knows what is asked for, where only the message says so."""
VERDICTS, WEIGHTS = ("符合", "不符合", "不涉及", SKIP), (80, 6, 7, 7)


@dataclass
class Officer:
    """Someone who answers what the message asks, by its buttons or by typing; `number` decides how."""

    number: int
    luck: Random = field(init=False)

    def __post_init__(self) -> None:
        self.luck = Random(self.number)

    def opening(self, items: int) -> dict[str, str]:
        """The first thing said: which item to begin with, so that all kinds of items are under way at once."""
        return {"text": f"改{self.number * 7 % items + 1}"}

    def answer(self, body: dict[str, Any]) -> dict[str, str] | None:
        """The answer to a message, as the assistant takes it in; None where it asks nothing."""
        kind = (body.get("asks") or {}).get("kind")
        buttons = {label: token for row in body.get("buttons", ()) for label, token, _ in row}
        if kind is None:
            return None
        label = self._choice(kind, buttons)
        if label is not None:
            return {"press": buttons[label], "label": label}
        if kind == "number":
            return {"text": self.luck.choice(FIGURES)}
        if kind == "day":
            year = re.search(r"(\d{4})年", " ".join(text for _, text in body["parts"]))
            return {"text": f"{year[1]}年2月25日" if year else "2月25日"}
        return {"text": SENTENCE}

    def _choice(self, kind: str, buttons: dict[str, str]) -> str | None:
        if VERDICTS[0] in buttons:
            return self.luck.choices(VERDICTS, WEIGHTS)[0]
        if kind == "text" and SKIP in buttons and self.luck.random() < 0.5:
            return SKIP
        if kind == "choice":
            return UNMET if UNMET in buttons else next(iter(buttons))
        return next((label for label in OTHERWISE if label in buttons), None)


def looked_at(message: dict[str, Any]) -> dict[str, Any]:
    """A message of Telegram's in the form that rows have: what is asked for is in its last line, or a choice of buttons."""
    last = message["text"].rpartition("\n")[2]
    found = max(ASKS, key=last.rfind)
    kind = ASKS[found] if found in last else "choice"
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    buttons = [[(one["text"], one["callback_data"], False) for one in row] for row in rows]
    return {"asks": {"kind": kind}, "buttons": buttons, "parts": [("text", message["text"])]}
