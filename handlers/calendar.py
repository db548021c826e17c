"""放假安排: the festivals ahead, the days that the bureau has arranged otherwise, and changing one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from bot import conversation, reminding
from bot.actions import Target, action, command
from bot.fields import Ask, Day, OneOf, Reading, Text, Wrong
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from models import calendar, holidays
from models.calendar import Calendar
from models.conversations import CANCELLED
from models.rights import Place, Right

AHEAD, YEAR, TWO_YEARS = timedelta(days=92), timedelta(days=365), timedelta(days=731)
"""How far ahead is shown; how far a day without a year can lie; how far ahead anything is changed."""
MOST_SHOWN = 3
NOTE_LIMIT = 20
OFF, WORKS, OFFICIAL = "off", "works", "official"

_DAYS = date.max.toordinal() + 1

flow = Flow("calendar", right=Right.MANAGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Spell:
    """Days on end that a bureau has arranged alike."""

    first: date
    last: date
    works: bool
    note: str


@dataclass(frozen=True)
class Facts:
    """The bureau, today, its calendar, and its own days with why they are so."""

    bureau: int
    today: date
    calendar: Calendar
    notes: Mapping[date, str]

    def festival(self, day: date) -> str | None:
        """The festival for which a day is announced to be off."""
        return holidays.festival(day)

    def made_up(self, day: date) -> bool:
        """Whether a day is announced to work though it is a Saturday or Sunday."""
        return bool(holidays.made_up(day, day))


@dataclass(frozen=True)
class ComingDay(Day):
    """A day. Without a year it is the next one so called: 1月2日, said in August, is next year's."""

    def read(self, text: str, context: Reading) -> date:
        try:
            return Day(context.today, context.today + YEAR).read(text, context)
        except Wrong:
            return super().read(text, context)


@command("calendar", right=Right.MANAGE, ambiguous=False)
@action("cal", right=Right.MANAGE)
def show(turn: Turn, button: Button) -> None:
    """放假安排: what lies ahead."""
    assert turn.post is not None
    today, known = turn.today, Calendar()
    spells = _spells(row for row in calendar.own_days(turn.db, turn.post.bureau_id) if row.day >= today)
    turn.say(
        "ahead", [Button("cal.go", primary=True), Button("menu")],
        today=today, festivals=holidays.festivals(today, today + AHEAD), made_up=holidays.made_up(today, today + AHEAD),
        spells=spells[:MOST_SHOWN], more=len(spells) - MOST_SHOWN,
        unknown=[year for year in (today.year, today.year + 1) if not known.announced(date(year, 1, 1))],
    )  # fmt: skip


@action("cal.go", right=Right.MANAGE)
def begin(turn: Turn, button: Button) -> None:
    """改某一天."""
    assert turn.post is not None
    conversation.begin(turn, flow, turn.post.bureau_id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Read afresh. Refuse: the bureau is none whose calendar is the sender's."""
    if turn.acts(Right.MANAGE, Place(subject)) is None:
        raise Refuse(None, "no_right")
    notes = {row.day: row.note for row in calendar.own_days(turn.db, subject)}
    return Facts(subject, turn.today, calendar.of_bureau(turn.db, subject), notes)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Which day, what it is to be, and why, where it is to be otherwise."""
    yield Ask("day", ComingDay(offer=("today", "tomorrow")))
    facts: Facts = a.facts
    likely = [OFF, WORKS] if facts.calendar.works(a.day) else [WORKS, OFF]
    yield Ask("to", OneOf((*([OFFICIAL] if a.day in facts.notes else []), *likely)))
    if not _as_announced(a.day, a.to):
        yield Ask("note", Text(NOTE_LIMIT, least=2), skippable=True)


@flow.check("day")
def within_reach(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: it is over, or nobody plans so far ahead."""
    if day < turn.today:
        raise Refuse("day", "past", day=day, today=turn.today)
    if day > turn.today + TWO_YEARS:
        raise Refuse("day", "too_far", last=turn.today + TWO_YEARS)


@flow.check("to")
def otherwise(turn: Turn, a: Answers, to: str) -> None:
    """Refuse: it is so already."""
    facts: Facts = a.facts
    if to != OFFICIAL and facts.calendar.announced(a.day) and facts.calendar.works(a.day) == (to == WORKS):
        raise Refuse("to", "already", works=to == WORKS)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It holds from now on, for whatever is planned by it."""
    a, facts = talk.place.answers, talk.facts
    if _as_announced(a.day, a.to):
        _take_back(turn, facts.bureau, a.day)
        return
    works, note = a.to == WORKS, a.note or ""
    before = _own(turn, facts.bureau, a.day)
    calendar.change(turn.db, facts.bureau, a.day, works, note, turn.actor.person_id, turn.now)
    reminding.replan(turn)
    after = {a.day.isoformat(): {"works": works, "note": note}}
    turn.audit("calendar.change", "bureau", facts.bureau, {a.day.isoformat(): before}, after)
    back = Button("cal.x", day_number(facts.bureau, a.day))
    turn.say(
        "changed", [back, Button("cal.go")], [Button("cal"), Button("menu")], day=a.day, today=turn.today, works=works
    )


def day_number(bureau: int, day: date) -> int:
    """A day of a bureau, both in one number: a button names it even where nothing is kept of it any more."""
    return bureau * _DAYS + day.toordinal()


def day_at(turn: Turn, number: int) -> Target | None:
    """The bureau and the day that such a number means."""
    bureau, ordinal = divmod(number, _DAYS)
    return Target((bureau, date.fromordinal(ordinal)), Place(bureau)) if ordinal else None


@action("cal.x", right=Right.MANAGE, load=day_at)
def restore(turn: Turn, which: tuple[int, date], button: Button) -> None:
    """恢复为国家安排."""
    bureau, day = which
    if day < turn.today:
        turn.say("past", [Button("cal.go"), Button("menu")], day=day, today=turn.today)
    else:
        _take_back(turn, bureau, day)


def _as_announced(day: date, to: str) -> bool:
    """Whether that leaves nothing of the bureau's own."""
    return to == OFFICIAL or holidays.works(day) == (to == WORKS)


def _take_back(turn: Turn, bureau: int, day: date) -> None:
    """Let the day be what the state has arranged, and say so, also where it is that already."""
    before = _own(turn, bureau, day)
    if calendar.take_back(turn.db, bureau, day):
        reminding.replan(turn)
        after: dict[str, Any] = {day.isoformat(): None}
        turn.audit("calendar.restore", "bureau", bureau, {day.isoformat(): before}, after)
    now = Calendar()
    turn.say(
        "restored", [Button("cal.go"), Button("cal"), Button("menu")],
        day=day, today=turn.today, works=now.works(day), announced=now.announced(day), was_own=before is not None,
    )  # fmt: skip


def _own(turn: Turn, bureau: int, day: date) -> dict[str, Any] | None:
    """The bureau's own word on a day, as the audit keeps it."""
    rows = [row for row in calendar.own_days(turn.db, bureau) if row.day == day]
    return {"works": rows[0].works, "note": rows[0].note} if rows else None


def _spells(rows: Iterable[Any]) -> list[Spell]:
    """A bureau's own days, those on end that are alike taken together."""
    alike = groupby(enumerate(rows), lambda one: (one[1].day.toordinal() - one[0], one[1].works, one[1].note))
    found = []
    for (_, works, note), group in alike:
        days = [row.day for _, row in group]
        found.append(Spell(days[0], days[-1], works, note))
    return found
