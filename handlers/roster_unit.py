"""花名册 of one unit: who holds which post, the quotas, what is vacant, who stands in; on any day; and the numbers to call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot import conversation
from bot.actions import action
from bot.messages import Button
from bot.turn import Turn
from handlers import delegation_cards, personnel_cards, personnel_change
from handlers.own_data import carries_personal
from handlers.units import day_key, day_of_key, sees_all, unit_at
from models import mergers, quotas, vacancies
from models.people import Role, Unit
from models.personnel import changes, delegation, history
from models.quotas import ROSTERS, Quota
from models.rights import Place, Right

FOLDER = "roster_unit"
ONE = timedelta(days=1)
_ORDER = (*ROSTERS, *(role for role in Role if role not in ROSTERS))


@dataclass(frozen=True, slots=True)
class RoleLine:
    """Who holds a role. `quota`: None where there is none, or the day is over; `since`: from when it is vacant."""

    role: Role
    posts: tuple[Any, ...]
    quota: Quota | None
    lacking: int
    since: date | None


@action("ros.u", right=Right.SEE_ROSTER, load=unit_at)
def look(turn: Turn, unit: Unit, button: Button) -> None:
    """One unit, as of a day."""
    show(turn, unit, day_of_key(button.arg, turn.today))


@action("ros.tel", right=Right.SEE_ROSTER, load=unit_at)
def numbers(turn: Turn, unit: Unit, button: Button) -> None:
    """联系电话: whole numbers, where they may stand; that they were looked at is noted."""
    if not carries_personal(turn):
        turn.say("on_page", [Button("si.web", primary=True), Button("menu")])
        return
    turn.audit("roster.view", "unit", unit.id, None, "numbers")
    people = {post.person_id: post for post in _lasting(turn, unit)}
    turn.say("numbers", [Button("ros.u", unit.id), Button("menu")], unit=unit, people=list(people.values()))


@action("pc.u", right=Right.REPORT_CHANGE, load=unit_at)
def report(turn: Turn, unit: Unit, button: Button) -> None:
    """人员变动, in this unit."""
    flow = personnel_change.flow
    conversation.begin(turn, flow, unit.id, replaces=(flow.name,))


def show(turn: Turn, unit: Unit, day: date, sought: Any | None = None) -> None:
    """A unit's posts on a day; of today, what is to come is shown too, and of a day gone by no vacancies are known.

    `sought`: the unit that was looked for, as a row of models.mergers, where that is part of this one.
    """
    now = day == turn.today
    posts = _lasting(turn, unit) if now else [one for one in history.in_unit(turn.db, unit.id, day) if _own(one)]
    standing_in = delegation.coming(turn.db, day, bureau=unit.bureau_id, unit=unit.id) if now else []
    merger = mergers.of_unit(turn.db, unit.id)
    with turn.within(FOLDER):
        turn.say(
            "card", *_ways(turn, unit, merger, sought, now=now, anybody=bool(posts)), unit=unit, day=day, today=turn.today,
            merger=merger, sought=sought,
            lines=list(_lines(turn, unit, posts, day)), standing_in=[delegation_cards.view(turn, one) for one in standing_in],
        )  # fmt: skip


def _lines(turn: Turn, unit: Unit, posts: list[Any], day: date) -> Iterable[RoleLine]:
    over = day < turn.today
    vacant = {} if over else {one.role: one for one in vacancies.of_unit(turn.db, unit, day)}
    for role in _ORDER:
        held = tuple(post for post in posts if post.role == role)
        quota = quotas.of_unit(turn.db, unit, role) if role in ROSTERS and not over else None
        lacking = vacant.get(role)
        if held or lacking is not None:
            since = vacancies.begins_on(turn.db, lacking) if lacking is not None else None
            yield RoleLine(role, held, quota, lacking.lacking if lacking is not None else 0, since)


def _ways(
    turn: Turn, unit: Unit, merger: Any | None, sought: Any | None, *, now: bool, anybody: bool
) -> Iterable[list[Button]]:  # fmt: skip
    place = Place(unit.bureau_id, unit=unit.id, person=turn.actor.person_id)
    if now:
        reports = merger is None and turn.actor.may(Right.REPORT_CHANGE, Place(unit.bureau_id, unit=unit.id))
        own = [Button("pc.u", unit.id), Button("dl.u", unit.id)] if reports else []
        own += [Button("pc")] if not reports and merger is None and turn.actor.may(Right.REPORT_CHANGE, place) else []
        yield [*([Button("ros.tel", unit.id)] if anybody else []), *own]
    manages = turn.actor.may(Right.MANAGE, place)
    yield [Button("ros.ud", unit.id), *([Button("uq", unit.id)] if manages and now and merger is None else [])]
    yield [*_merging(turn, unit, merger, place), *([_before(turn, sought)] if sought is not None else [])]
    yield [*([Button("ros")] if sees_all(turn) else []), Button("menu")]


def _merging(turn: Turn, unit: Unit, merger: Any | None, place: Place) -> list[Button]:
    """Into another unit; where that is filed, the other unit, and until its day the way back."""
    files = turn.actor.may(Right.FILE_CHANGE, place)
    if merger is None:
        return [Button("um", unit.id)] if files else []
    there = [Button("ros.u", merger.into_id, label=turn.text("open_unit", name=merger.into))] if sees_all(turn) else []
    change = changes.by_id(turn.db, merger.change_id)
    undo = Button("pc.undo", change.id, change.version, label=turn.text("undo_merger")) if change is not None else None
    return [*there, undo] if undo is not None and files and personnel_cards.may_undo(turn, change) else there


def _before(turn: Turn, sought: Any) -> Button:
    """The unit that was looked for, as it was until it was merged."""
    label = turn.text("open_before", name=sought.unit)
    return Button("ros.u", sought.unit_id, arg=day_key(sought.from_on - ONE), label=label)


def _lasting(turn: Turn, unit: Unit) -> list[Any]:
    return [post for post in history.lasting(turn.db, unit.id, turn.today) if _own(post)]


def _own(post: Any) -> bool:
    return post.on_behalf_of is None
