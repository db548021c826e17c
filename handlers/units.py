"""Units and days, as the buttons of the 花名册 name them."""

from __future__ import annotations

from datetime import date

from bot.actions import Target, base36, from36
from bot.flow import Refuse
from bot.turn import Turn
from models import holders, mergers
from models.people import Role, Unit
from models.rights import Place, Right


def unit_at(turn: Turn, the_id: int) -> Target | None:
    """A unit, where it stands as far as rights go."""
    unit = turn.db.session.get(Unit, the_id)
    return None if unit is None else Target(unit, Place(unit.bureau_id, unit=unit.id))


def sees_all(turn: Turn) -> bool:
    """Whether the sender, in the post in which they act, sees the roster of the whole bureau and not of one unit alone."""
    return turn.post is not None and turn.actor.may(Right.SEE_ROSTER, Place(turn.post.bureau_id))


def refuse_merged(turn: Turn, unit: int, *, key: str | None = None, before: bool = False) -> None:
    """Refuse (the answer to the question `key`, or everything): a unit is, or (`before`) will be, part of another; where to go."""
    merger = mergers.of_unit(turn.db, unit)
    if merger is None or all(post.bureau_id != merger.bureau_id for post in turn.actor.posts):
        return
    if before or merger.from_on <= turn.today:
        raise Refuse(key, "merged_away", merger=merger, today=turn.today)


def speakers(turn: Turn, unit: int) -> set[int]:
    """Who reports for a unit: its liaisons, or who stands in for them, and its heads."""
    liaisons = holders.at_work(turn.db, unit, turn.today)
    return {*liaisons, *holders.in_unit(turn.db, unit, Role.HEAD, turn.today)}


def day_key(day: date) -> str:
    """A day as a button carries it."""
    return base36(day.toordinal())


def day_of_key(key: str, today: date) -> date:
    """The day that a button carries; today, if it carries none."""
    number = from36(key)
    return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else today
