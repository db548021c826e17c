"""Units and days, as the buttons of the 花名册 name them."""

from __future__ import annotations

from datetime import date

from bot.actions import Target, base36, from36
from bot.turn import Turn
from models.people import Unit
from models.rights import Place, Right


def unit_at(turn: Turn, the_id: int) -> Target | None:
    """A unit, where it stands as far as rights go."""
    unit = turn.db.session.get(Unit, the_id)
    return None if unit is None else Target(unit, Place(unit.bureau_id, unit=unit.id))


def sees_all(turn: Turn) -> bool:
    """Whether the sender, in the post in which they act, sees the roster of the whole bureau and not of one unit alone."""
    return turn.post is not None and turn.actor.may(Right.SEE_ROSTER, Place(turn.post.bureau_id))


def day_key(day: date) -> str:
    """A day as a button carries it."""
    return base36(day.toordinal())


def day_of_key(key: str, today: date) -> date:
    """The day that a button carries; today, if it carries none."""
    number = from36(key)
    return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else today
