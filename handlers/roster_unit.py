"""花名册 of one unit: who holds which post, the quotas, what is vacant, who stands in; on any day; and the numbers to call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import conversation
from bot.actions import action
from bot.messages import Button
from bot.turn import Turn
from handlers import delegation_cards, personnel_change
from handlers.own_data import carries_personal
from handlers.units import day_of_key, sees_all, unit_at
from models import quotas, vacancies
from models.people import Role, Unit
from models.personnel import delegation, history
from models.quotas import ROSTERS, Quota
from models.rights import Place, Right

FOLDER = "roster_unit"
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


def show(turn: Turn, unit: Unit, day: date) -> None:
    """A unit's posts on a day; of today, what is to come is shown too, and of a day gone by no vacancies are known."""
    now = day == turn.today
    posts = _lasting(turn, unit) if now else [one for one in history.in_unit(turn.db, unit.id, day) if _own(one)]
    standing_in = delegation.coming(turn.db, day, bureau=unit.bureau_id, unit=unit.id) if now else []
    with turn.within(FOLDER):
        turn.say(
            "card", *_ways(turn, unit, now=now, anybody=bool(posts)), unit=unit, day=day, today=turn.today,
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


def _ways(turn: Turn, unit: Unit, *, now: bool, anybody: bool) -> Iterable[list[Button]]:
    place = Place(unit.bureau_id, unit=unit.id, person=turn.actor.person_id)
    if now:
        reports = turn.actor.may(Right.REPORT_CHANGE, Place(unit.bureau_id, unit=unit.id))
        own = [Button("pc.u", unit.id), Button("dl.u", unit.id)] if reports else []
        own += [Button("pc")] if not reports and turn.actor.may(Right.REPORT_CHANGE, place) else []
        yield [*([Button("ros.tel", unit.id)] if anybody else []), *own]
    manages = turn.actor.may(Right.MANAGE, place)
    yield [Button("ros.ud", unit.id), *([Button("uq", unit.id)] if manages and now else [])]
    yield [*([Button("ros")] if sees_all(turn) else []), Button("menu")]


def _lasting(turn: Turn, unit: Unit) -> list[Any]:
    return [post for post in history.lasting(turn.db, unit.id, turn.today) if _own(post)]


def _own(post: Any) -> bool:
    return post.on_behalf_of is None
