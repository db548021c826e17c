"""The questions of a notice: what it says and to whom. All else is assumed as it mostly is, and changed where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from bot import conversation
from bot.clock import ZONE
from bot.fields import Ask, Day, Found, Instead, OneOf, Option, Several, Text, TimeOfDay, YesNo
from bot.flow import Answers, Draft, Flow, Refuse
from bot.turn import Turn
from handlers import notice_files
from handlers.notice_write_fields import Listed, Title
from handlers.notice_writing import (
    ALL,
    BELOW,
    CITY,
    COUNTY,
    EVERY,
    EVERYONE,
    GO,
    NAMED,
    NONE,
    NOW,
    ONE,
    ROLES,
    THEN,
    UNDONE,
    UNITS,
    WAIT,
    Writing,
)  # fmt: skip
from models.conversations import CANCELLED
from models.notices.audience import Lacking
from models.people import Level
from models.rights import Right

TITLE_LIMIT, LONGEST, QUESTION_LIMIT = 60, 2000, 60
NARROWER = (ROLES, UNITS, NAMED, BELOW, "under", "lacking", "of")
"""The questions by which it is said of a kind of people who of them."""
LINES = (
    "title", "text", "to", *NARROWER, "files", "when", "day", "time",
    "at_once", "receipt", "by", "question", "confidential",
)  # fmt: skip
"""In which order what has been answered is listed where something is to be changed."""


def flow_of(name: str) -> Flow:
    """A conversation in which a notice is written; its facts, and what is done at the end, are its own."""
    flow = Flow(name, right=Right.WRITE_NOTICE, attaches=notice_files.KEY)
    flow.questions(questions)
    flow.file(notice_files.take_in)
    flow.private(lambda a: bool(a.get("confidential")))
    flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
    flow.lines(lambda a: [key for key in LINES if key in a])
    flow.after(forget)
    flow.beside(beside)
    for key in ("to", *NARROWER):
        flow.check(key)(judge_audience)
    for key, judge in (("day", judge_day), ("time", judge_time), ("by", judge_by)):
        flow.check(key)(judge)
    return flow


def questions(a: Answers) -> Iterator[Ask]:
    """Title, text, to whom; and what is assumed: attachments none, not 内部, now, to be confirmed within some days."""
    facts: Writing = a.facts
    yield notice_files.asked(facts.turn, facts.bureau, a)
    yield Ask("confidential", YesNo(), assumed=False)
    yield Ask("title", Title(TITLE_LIMIT, least=2))
    yield Ask("text", Text(LONGEST, least=2))
    yield Ask("to", OneOf(_whom(facts)))
    yield from _narrower(facts, a)
    yield from _lacking(facts, a)
    yield from _when(facts, a)
    yield Ask("receipt", YesNo(), assumed=True)
    if a.receipt:
        yield Ask("by", Day(), assumed=facts.usual_day(a))
        yield Ask("question", Text(QUESTION_LIMIT, least=2, instead=(NONE,)), assumed=Instead(NONE))


def beside(a: Answers) -> Iterable[tuple[str, int]]:
    """先发给自己看, 改, 收件人; and 立即, where it would wait for a decent hour."""
    yield from (("nt.me", 0), ("nt.ch", 0), ("nt.who", 0))
    if a.get("at_once") == WAIT:
        yield "nt.now", 0


def forget(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """What does not go with an answer is not kept: who of others was meant, attachments, a day that is over when it goes out."""
    facts: Writing = a.facts
    if key == "to":
        draft.forget(*NARROWER)
    elif key == notice_files.KEY and value.instead is not None:
        draft.put(key, {"items": [], "instead": value.instead})
    elif key in ("when", "day", "time") and "by" in a and a.by < facts.goes_out({**a, key: value}).date():
        draft.forget("by")


def _whom(facts: Writing) -> tuple[str, ...]:
    return (ALL, ROLES, UNITS, NAMED, UNDONE, *((BELOW,) if facts.below else ()))


def _narrower(facts: Writing, a: Answers) -> Iterable[Ask]:
    """By role, by unit, by name, or which bureaus below."""
    if a.to == ROLES:
        yield Ask("roles", Several(tuple(Option(role.value) for role in facts.roles)))
    elif a.to == UNITS:
        yield Ask("units", Listed(facts.units), about=facts.units)
    elif a.to == NAMED:
        yield Ask("named", Listed(facts.persons), about=facts.persons)
    elif a.to == BELOW:
        cities = any(row.level == Level.CITY for row in facts.below)
        yield Ask("below", OneOf((EVERY, *((CITY, COUNTY) if cities else ()), ONE)))
        if a.below == ONE:
            yield Ask("under", Found(lambda part: _bureaus(facts, part)), about=facts.below)


def _bureaus(facts: Writing, part: str) -> tuple[Option, ...]:
    return tuple(Option(str(row.id), row.name) for row in facts.below if part in row.name)


def _lacking(facts: Writing, a: Answers) -> Iterable[Ask]:
    """Whether only those of them get it who have not done something."""
    kinds = [one.value for one in Lacking if one is not Lacking.RECEIPT or facts.asked]
    if a.to == UNDONE:
        yield Ask("lacking", OneOf(tuple(kinds)))
    else:
        yield Ask("lacking", OneOf((EVERYONE, *kinds)), assumed=EVERYONE)
    if a.lacking == Lacking.RECEIPT:
        yield Ask("of", OneOf(facts.asked))


def _when(facts: Writing, a: Answers) -> Iterable[Ask]:
    """Now or at a time; 立即 where it would wait for a decent hour."""
    yield Ask("when", OneOf((NOW, THEN)), assumed=NOW)
    if a.when == THEN:
        yield Ask("day", Day(facts.turn.today, facts.last_day, ("today",)))
        yield Ask("time", TimeOfDay())
    if (at := facts.waits_until(a)) is not None:
        yield Ask("at_once", OneOf((WAIT, GO)), assumed=WAIT, about=at)


def judge_audience(turn: Turn, a: Answers, value: Any) -> None:
    """Refuse: nobody is meant by it. As long as it is not said to the end who is meant, nothing is judged."""
    answers: Mapping[str, Any] = {**a, a.asked: value}
    if _is_whole(answers) and not a.facts.recipients(answers):
        raise Refuse(a.asked, "nobody")


def _is_whole(answers: Mapping[str, Any]) -> bool:
    """Whether it is said to the end who is meant."""
    to, lacking = answers["to"], answers.get("lacking", EVERYONE)
    narrower = {ROLES, UNITS, NAMED, BELOW}
    if (to in narrower and to not in answers) or (to == UNDONE and lacking == EVERYONE):
        return False
    if to == BELOW and answers["below"] == ONE and "under" not in answers:
        return False
    return lacking != Lacking.RECEIPT or "of" in answers


def judge_day(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: it is over."""
    if day < turn.today:
        raise Refuse("day", "day_over", day=day)


def judge_time(turn: Turn, a: Answers, at: time) -> None:
    """Refuse: it is over."""
    if datetime.combine(a.day, at, ZONE) <= turn.now:
        raise Refuse("time", "time_over", day=a.day, time=at)


def judge_by(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: that is before it goes out, or too far ahead."""
    facts: Writing = a.facts
    first = facts.goes_out(a)
    if not first.date() <= day <= facts.last_day:
        raise Refuse("by", "by_wrong", day=day, first=first, last=facts.last_day)
