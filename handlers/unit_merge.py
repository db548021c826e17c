"""并入其他部门: the legal section merges a unit into another of its bureau from a day on; a filed change ends its posts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlmodel import col, select

from bot import conversation
from bot.actions import action
from bot.fields import Ask, Day, Found, Option
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers import personnel_filing
from handlers.personnel_cards import KIND
from handlers.personnel_facts import AHEAD, Leaver
from handlers.units import speakers, unit_at
from models import mergers
from models.people import Role, Unit
from models.personnel import changes, history, merging, waiting
from models.personnel.changes import Kind, Line
from models.quotas import ROSTERS
from models.rights import Right

ONE = timedelta(days=1)

flow = Flow("unit_merge", right=Right.FILE_CHANGE)


@dataclass(frozen=True)
class Facts:
    """A unit that may be merged: whoever holds posts in it, and what it has open."""

    turn: Turn
    unit: Unit

    @cached_property
    def posts(self) -> tuple[Any, ...]:
        """Its posts, of today and to come, without those of who stands in for another."""
        lasting = history.lasting(self.turn.db, self.unit.id, self.turn.today)
        return tuple(post for post in lasting if post.on_behalf_of is None)

    @property
    def people(self) -> list[Leaver]:
        """Who leaves them by it: whoever is to leave before, by what is filed already, is none of these."""
        found: dict[int, list[Any]] = {}
        for post in self.posts:
            if post.ends_on is None:
                found.setdefault(post.person_id, []).append(post)
        return [Leaver(person, own[0].name, tuple(own)) for person, own in found.items()]

    @property
    def imported(self) -> bool:
        """Whether some of the posts that end are none that 人员变动 adds: those of 局办公室, 局党群科, 局领导."""
        reported = (*ROSTERS, Role.HEAD)
        return any(post.role not in reported for one in self.people for post in one.posts)

    @property
    def first(self) -> date:
        """The earliest day: whoever is in office has been so for a day at least."""
        begun = [post.starts_on for post in self.posts if post.starts_on <= self.turn.today]
        return max(self.turn.today, *(day + ONE for day in begun)) if begun else self.turn.today

    @property
    def open(self) -> merging.Open:
        """What passes to the other unit."""
        return merging.open_of(self.turn.db, self.unit.id)

    @property
    def given_up(self) -> list[Any]:
        """The changes of its posts that are not filed."""
        found = waiting.open_in(self.turn.db, unit=self.unit.id)
        return [change for change in found if change.kind != Kind.CORRECTING]

    def named(self, part: str) -> tuple[Option, ...]:
        """The units in whose name a text stands, as choices; those that it cannot be merged into only where they are named."""
        of = Unit.bureau_id == self.unit.bureau_id, col(Unit.name).contains(part, autoescape=True)
        found = self.turn.db.session.exec(select(Unit).where(*of).order_by(col(Unit.id))).all()
        out = {self.unit.id, *(row.unit_id for row in mergers.of_bureau(self.turn.db, self.unit.bureau_id))}
        return tuple(Option(str(unit.id), unit.name) for unit in found if part or unit.id not in out)

    def name_of(self, unit: int) -> str:
        """What a unit is called."""
        return self.turn.db.session.get_one(Unit, unit).name


@action("um", right=Right.FILE_CHANGE, load=unit_at)
def begin(turn: Turn, unit: Unit, button: Button) -> None:
    """并入其他部门."""
    conversation.begin(turn, flow, unit.id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: the unit is none of the sender's, is merged by now, is the legal section's, or another is to be merged into it."""
    target = unit_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "no_right")
    found = Facts(turn, target.value)
    if (merger := mergers.of_unit(turn.db, found.unit.id)) is not None:
        filed = changes.by_id(turn.db, merger.change_id)
        view = shown.view(turn, filed, turn.actor.person_id)
        raise Refuse(None, "already", view=view, ahead=shown.may_undo(turn, filed))
    if any(post.role == Role.LEGAL_SECTION for post in found.posts):
        raise Refuse(None, "legal_section", unit=found.unit)
    if (coming := mergers.coming_into(turn.db, found.unit.id, turn.today)) is not None:
        raise Refuse(None, "others_come", merger=coming)
    return found


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Into which unit, and from when."""
    facts: Facts = a.facts
    yield Ask("into", Found(facts.named), about=facts.unit)
    offer = ("today",) if facts.first == facts.turn.today else ()
    yield Ask("since", Day(facts.first, facts.turn.today + AHEAD, offer), about=facts)


@flow.check("into")
def judge_unit(turn: Turn, a: Answers, into: int) -> None:
    """Refuse: it is the same unit, or one that is merged itself."""
    if into == a.facts.unit.id:
        raise Refuse("into", "itself", unit=a.facts.unit)
    if (merger := mergers.of_unit(turn.db, into)) is not None:
        raise Refuse("into", "is_merged", merger=merger)


@flow.check("since")
def judge_day(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: what is filed already begins or ends a post after that day."""
    for post in a.facts.posts:
        if post.starts_on >= day or (post.ends_on is not None and post.ends_on > day):
            raise Refuse("since", "filed_for_later", unit=a.facts.unit, post=post)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is filed, and everybody concerned is told. Refuse: something stands against it by now."""
    a, unit = talk.place.answers, talk.facts.unit
    mergers.hold(turn.db, unit.id, a.into)
    a.facts = now = facts(turn, unit.id, None)  # whatever was read before the units were held is read again
    judge_unit(turn, a, a.into)
    judge_day(turn, a, a.since)
    for change in now.given_up:
        _give_up(turn, change, now.name_of(a.into))
    the_id = _report(turn, now, a)
    mergers.file(turn.db, unit.id, a.into, a.since, the_id)
    turn.audit("unit.merge", "unit", unit.id, None, {"into": a.into, "on": a.since, "change": the_id})
    filed = personnel_filing.file(turn, changes.by_id(turn.db, the_id))
    _tell(turn, now, a)
    again = Button("pc.u", a.into, label=turn.text("report_there", into=now.name_of(a.into)))
    back = shown.buttons(filed, shown.UNDO) if shown.may_undo(turn, filed) else []
    ways = [again, *back], [Button("ros.u", unit.id), Button("menu")]
    turn.say("merged", *ways, facts=now, into=now.name_of(a.into), day=a.since)


def _give_up(turn: Turn, change: Any, into: str) -> None:
    """What was reported of its posts comes to nothing; the reporter is told where to report it again."""
    changes.withdraw(turn.db, change, turn.actor.person_id, turn.now)
    turn.audit("personnel.withdraw", KIND, change.id, change.state, changes.State.WITHDRAWN.value)
    shown.redraw(turn, change.id)
    told = {*shown.doing_the_reporters_work(turn, change)} - {turn.actor.person_id}
    turn.remind(told, "given_up", Button("pc"), view=shown.view(turn, change), into=into)


def _report(turn: Turn, now: Facts, a: Answers) -> int:
    """The change by which everybody leaves whose post lasts beyond the day; its id."""
    assert turn.post is not None
    lines = [Line(post.role, post.id) for one in now.people for post in one.posts]
    the_id = changes.report(
        turn.db, bureau=now.unit.bureau_id, unit=now.unit.id, kind=Kind.MERGING, effective_on=a.since, lines=lines, answers={},
        reporter=turn.actor.person_id, post=turn.post.id, now=turn.now, reason_text=now.name_of(a.into),
    )  # fmt: skip
    after = {"state": changes.State.SUBMITTED.value, "kind": Kind.MERGING.value, "on": a.since, "into": a.into}
    turn.audit("personnel.report", KIND, the_id, None, after | {"ends": [line.post for line in lines]})
    return the_id


def _tell(turn: Turn, now: Facts, a: Answers) -> None:
    """Whoever reports for the other unit: what comes to it, and that its people are to be reported there."""
    told = speakers(turn, a.into) - {turn.actor.person_id}
    about: dict[str, Any] = {"facts": now, "into": now.name_of(a.into), "day": a.since, "today": turn.today}
    turn.remind(told, "comes", Button("pc.u", a.into), **about)
