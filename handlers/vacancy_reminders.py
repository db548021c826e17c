"""空缺: the unit's liaisons and heads hear of it after a working day, and the legal section of all that its bureau has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from bot.clock import ZONE
from bot.messages import Button
from bot.reminding import Owed, Rung, reminder, replan
from bot.turn import Turn
from handlers.personnel_effects import besides
from handlers.roster import VACANT
from handlers.units import day_key, speakers
from models import calendar, holders, vacancies
from models.people import Role
from models.personnel import changes, waiting
from models.personnel.effects import Moved
from models.vacancies import Vacancy

OF_UNIT, OF_BUREAU = "vacancy", "vacancies"
"""One vacancy, by its number; all of a bureau, by the bureau's id."""
AFTER = (1, 3)
"""Working days after it began (ours); from then on once a week."""
WEEKS = 3
"""So far ahead it is planned; every day it is planned anew."""
AT = time(9)
USEFUL = timedelta(days=1)
MINUTES = 2


def watch(turn: Turn, bureau: int, unit: int) -> None:
    """Bring the reminders of a unit's vacancies up to date: some have come or gone."""
    for number in vacancies.numbers_of(unit):
        replan(turn, OF_UNIT, number)
    replan(turn, OF_BUREAU, bureau)


@besides
def come_or_gone(turn: Turn, change: Any, moved: Collection[Moved]) -> None:
    """With the day of a change, vacancies come and go."""
    watch(turn, change.bureau_id, change.unit_id)


def plan_units(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Every vacancy for which nobody has been found."""
    for one in vacancies.to_fill(turn.db):
        yield one.number, _rungs(turn, [one])


def plan_bureaus(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """Every bureau that has some, whenever a unit of it hears of one."""
    by_bureau: dict[int, list[Vacancy]] = {}
    for one in vacancies.to_fill(turn.db):
        by_bureau.setdefault(one.bureau_id, []).append(one)
    for bureau, found in by_bureau.items():
        yield bureau, _rungs(turn, found)


def owing_unit(turn: Turn, number: int, person: int | None) -> list[Owed]:
    """The unit's liaisons and heads, as long as fewer are reported than are missing."""
    vacancy = vacancies.by_number(turn.db, number)
    if vacancy is None or not _wants_somebody(turn, vacancy):
        return []
    since = vacancies.begins_on(turn.db, vacancy)
    text = turn.text("owed", vacancy=vacancy, since=since, today=turn.today)
    button = Button("pc.u", vacancy.unit_id)
    told = sorted(speakers(turn, vacancy.unit_id))
    return [Owed(one, text, button, MINUTES, None) for one in told if person in (None, one)]


def owing_bureau(turn: Turn, bureau: int, person: int | None) -> list[Owed]:
    """The legal section: how many there are for which nobody is reported, and where."""
    found = [one for one in vacancies.to_fill(turn.db) if one.bureau_id == bureau and _wants_somebody(turn, one)]
    if not found:
        return []
    text = turn.text("owed_all", found=found)
    button = Button("ros.v", 0, arg=f"{VACANT}.{day_key(turn.today)}", label=turn.label("ros.v"))
    section = holders.in_bureau(turn.db, bureau, Role.LEGAL_SECTION, turn.today)
    return [Owed(one, text, button, 0, None) for one in section if person in (None, one)]


reminder(OF_UNIT, owing=owing_unit, plan=plan_units)
reminder(OF_BUREAU, owing=owing_bureau, plan=plan_bureaus)


def _rungs(turn: Turn, found: Collection[Vacancy]) -> Iterator[Rung]:
    """A rung for each day on which one of a bureau's vacancies is spoken of."""
    bureau = next(iter(found)).bureau_id
    known, monday = calendar.of_bureau(turn.db, bureau), turn.today - timedelta(days=turn.today.weekday())
    weekly = [known.on_or_after(monday + timedelta(weeks=week)) for week in range(WEEKS)]
    days = set()
    for one in found:
        begins = vacancies.begins_on(turn.db, one)
        first = [known.after(begins, count) for count in AFTER]
        days |= {*first, *(day for day in weekly if day > first[-1])}
    for day in sorted(days):
        due_at = datetime.combine(day, AT, ZONE)
        yield Rung(
            f"{day:%Y-%m-%d}", due_at, None, due_at + USEFUL, urgent=False, bureau_id=bureau,
            provisional=known.provisional(turn.today, day),
        )  # fmt: skip


def _wants_somebody(turn: Turn, vacancy: Vacancy) -> bool:
    """Whether fewer are reported, and not filed yet, than are missing."""
    lines = (
        line
        for change in waiting.open_in(turn.db, unit=vacancy.unit_id)
        for line in changes.lines_of(turn.db, change.id)
    )
    return len([line for line in lines if line.post_id is None and line.role == vacancy.role]) < vacancy.lacking
