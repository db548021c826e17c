"""Personal data and channels: where it may not stand, numbers are masked in all that is said, and wiped once typed.

Which channels may carry it is a setting of each bureau (models/bureau_settings.py).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from bot.masking import has_mobile, masked
from models import bureau_settings, members
from models.db import Transaction

if TYPE_CHECKING:
    from bot.turn import Turn


def carries(db: Transaction, person: int | None, channel: str, today: date) -> bool:
    """Whether every bureau of a person lets personal data stand on a channel; nobody does for strangers."""
    bureaus = [] if person is None else members.bureaus_of(db, person, today)
    settings = (bureau_settings.value_of(db, bureau, "personal_channels") for bureau in bureaus)
    return bool(bureaus) and all(channel in allowed for allowed in settings)


EXAMPLE = "13800000000"
"""How a number is written, in our own sentences."""


def fit(db: Transaction, body: dict[str, Any], person: int | None, channel: str, today: date) -> dict[str, Any]:
    """A message as it may stand on a channel: its mobile numbers masked, if it has any and they may not stand there."""
    told = any(has_mobile(text) and has_mobile(text.replace(EXAMPLE, "")) for _, text in body["parts"])
    if not told or carries(db, person, channel, today):
        return body
    return body | {"parts": [(kind, masked(text)) for kind, text in body["parts"]]}


def wipe(turn: Turn, text: str) -> None:
    """Have what the sender typed taken out of the chat, if a number is in it that may not stand there."""
    if turn.inbound.message is None or not has_mobile(text):
        return
    if not carries(turn.db, turn.actor.person_id, turn.inbound.channel, turn.today):
        turn.wipe()
