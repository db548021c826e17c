"""Settings as questions: what is asked for a new value, and how an answer becomes one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot import fields
from bot.fields import Field, Number, OneOf, Option, Several, Text
from models.setting_kinds import Kind, Line, One, Some, TimeOfDay, Whole


def field_of(kind: Kind) -> Field:
    """What a question for a value of this kind takes. TypeError: it depends on more than the kind."""
    match kind:
        case Whole():
            return Number(kind.unit, least=Decimal(kind.least), most=Decimal(kind.most), whole=True)
        case One():
            return OneOf(kind.choices)
        case Some():
            return Several(tuple(map(Option, kind.choices)))
        case Line():
            return Text(most=kind.most)
        case TimeOfDay():
            return fields.TimeOfDay(kind.least, kind.most)
    raise TypeError(kind)


def value_of(kind: Kind, answer: Any) -> Any:
    """The value that an answer means."""
    match kind:
        case Whole():
            return int(answer)
        case Some():
            return tuple(answer.items)
    return answer
