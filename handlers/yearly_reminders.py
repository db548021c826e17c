"""年度报告: each year 报告 by 1 March and 公开 by 1 April, of which the legal section is reminded until it is noted as done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot import conversation
from bot.actions import Target, action, command
from bot.clock import ZONE, local
from bot.fields import Ask, Day
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.reminding import Owed, Rung, reminder, replan
from bot.talk import Talk
from bot.turn import Turn
from models import calendar, campaign_files, holders, ladder, yearly
from models.conversations import CANCELLED
from models.people import Role
from models.rights import Place, Right
from models.yearly import Duty, Which

KIND = "yearly"
AT = time(9)
RUNGS = tuple(campaign_files.Rung(days, AT) for days in (-14, -3, -1, 0))

flow = Flow("yearly_reminders", right=Right.MANAGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The duty, and the day on which it was done as far as is known."""

    duty: Duty
    done_on: date | None
    today: date


def plan(turn: Turn) -> Iterator[tuple[int, Iterable[Rung]]]:
    """What every bureau has still to do this year and the next."""
    year = turn.today.year
    for duty in yearly.open_in(turn.db, (year, year + 1)):
        yield duty.number, _rungs(turn, duty)


def _rungs(turn: Turn, duty: Duty) -> Iterator[Rung]:
    known, last, until = calendar.of_bureau(turn.db, duty.bureau), duty.last_day, over(duty)
    for step in [*ladder.before(RUNGS, last, until, known), *ladder.after(AT, last, known)]:
        name = f"{local(step.due_at):%Y-%m-%d}"
        yield Rung(name, step.due_at, until, step.until, step.urgent, duty.bureau, step.provisional)


def owing(turn: Turn, number: int, person: int | None) -> list[Owed]:
    """The legal section of the bureau, as long as it is not done."""
    duty = yearly.duty(number)
    if duty is None or yearly.done_on(turn.db, duty) is not None:
        return []
    late = turn.now >= over(duty)
    text, button = turn.text("owed", duty=duty, late=late), _button(turn, duty)
    section = holders.in_bureau(turn.db, duty.bureau, Role.LEGAL_SECTION, turn.today)
    return [Owed(one, text, button, 0, over(duty), late) for one in section if person in (None, one)]


reminder(KIND, owing=owing, plan=plan)


@command("yearly", right=Right.MANAGE, ambiguous=False)
@action("yr", right=Right.MANAGE)
def show(turn: Turn, button: Button) -> None:
    """年度报告: what the wording asks for, and what has been done of it this year."""
    assert turn.post is not None
    duties = [Duty(turn.post.bureau_id, turn.today.year, which) for which in Which]
    standing = [(duty, yearly.done_on(turn.db, duty)) for duty in duties]
    buttons = [_button(turn, duty, again=done_on is not None) for duty, done_on in standing]
    turn.say(
        "standing", buttons, Button("menu"), standing=standing, year=turn.today.year, wording=yearly.wording(turn.db)
    )


def duty_at(turn: Turn, number: int) -> Target | None:
    """A duty, as a button names it."""
    duty = yearly.duty(number)
    return None if duty is None else Target(duty, Place(duty.bureau))


@action("yr.do", right=Right.MANAGE, load=duty_at)
def begin(turn: Turn, duty: Duty, button: Button) -> None:
    """已报告, 已公开: on which day?"""
    conversation.begin(turn, flow, duty.number, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: it is none of the sender's bureaus', or its year has not begun."""
    duty = yearly.duty(subject)
    if duty is None or turn.acts(Right.MANAGE, Place(duty.bureau)) is None or duty.year > turn.today.year:
        raise Refuse(None, "not_there")
    return Facts(duty, yearly.done_on(turn.db, duty), turn.today)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """On which day."""
    yield Ask("done_on", Day(date(a.facts.duty.year, 1, 1), a.facts.today, offer=("today",)))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """Nobody is reminded of it any more."""
    duty, day = talk.facts.duty, talk.place.answers.done_on
    yearly.mark(turn.db, duty, day, turn.actor.person_id, turn.now)
    name = f"{duty.year}.{duty.which.name.lower()}"
    turn.audit("yearly", "bureau", duty.bureau, {name: talk.facts.done_on}, {name: day})
    replan(turn, KIND, duty.number)
    turn.say("noted", [Button("yr", primary=True), Button("menu")], duty=duty, day=day)


def over(duty: Duty) -> datetime:
    """When the last day has ended."""
    return datetime.combine(duty.last_day + timedelta(days=1), time.min, ZONE)


def _button(turn: Turn, duty: Duty, *, again: bool = False) -> Button:
    name = f"yr.{'again' if again else 'done'}.{duty.which.name.lower()}"
    return Button("yr.do", duty.number, label=turn.label(name), primary=not again)
