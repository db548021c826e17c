"""代办: while a 法治联络员 is on leave, a colleague of the same unit does the liaison work for named days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from bot import conversation, reading
from bot.actions import action, command
from bot.fields import Ask, Day, Found, Option
from bot.flow import Answers, Draft, Flow, Refuse
from bot.messages import Button
from bot.reminding import Owed, reminder
from bot.talk import Talk
from bot.turn import Turn
from handlers import delegation_cards as shown
from handlers.delegation_cards import delegation_at
from handlers.personnel_facts import widest
from handlers.units import refuse_merged, unit_at
from models import quotas
from models.db import Changed
from models.people import HeldPost, Role, Unit
from models.personnel import delegation, history
from models.rights import Place, Right

MOST_LISTED = 8
ONE = timedelta(days=1)

flow = Flow("delegation", right=Right.REPORT_CHANGE)


@dataclass(frozen=True)
class Facts:
    """Who may be on leave, and who can stand in, in a unit or (None: the legal section) the whole bureau."""

    turn: Turn
    acting: HeldPost
    unit: int | None

    @cached_property
    def liaisons(self) -> tuple[Any, ...]:
        """Whose work the sender may give to somebody: a 法治员 only their own."""
        found = delegation.liaisons(self.turn.db, self.turn.today, bureau=self.acting.bureau_id, unit=self.unit)
        own = self.acting.role is Role.LEGAL_OFFICER
        return tuple(one for one in found if not own or one.person_id == self.turn.actor.person_id)

    def named(self, part: str) -> tuple[Option, ...]:
        """Those in whose name, or whose unit's, a text stands, as choices."""
        labels = {one.id: one.name if self.unit is not None else f"{one.unit} {one.name}" for one in self.liaisons}
        return tuple(Option(str(the_id), label) for the_id, label in labels.items() if part in reading.tidy(label))

    def absent(self, a: Answers) -> Any:
        """The post of whoever is on leave."""
        return next(one for one in self.liaisons if one.id == a.who)

    def colleagues(self, absent: Any) -> dict[int, list[Any]]:
        """The others of the unit with their own posts there, those that begin later included."""
        found: dict[int, list[Any]] = {}
        for post in history.lasting(self.turn.db, absent.unit_id, self.turn.today):
            if post.on_behalf_of is None and post.person_id != absent.person_id:
                found.setdefault(post.person_id, []).append(post)
        return found

    def standing_in(self, a: Answers, part: str) -> tuple[Option, ...]:
        """The colleagues in whose name a text stands, as choices."""
        labels = self.turn.house.words.labels("personnel_change", "posts")
        named = {
            person: f"{posts[0].name} {'、'.join(dict.fromkeys(labels[post.role] for post in posts))}"
            for person, posts in self.colleagues(self.absent(a)).items()
        }
        return tuple(Option(str(one), label) for one, label in named.items() if part in reading.tidy(label))


@command("delegation", right=Right.REPORT_CHANGE, ambiguous=False)
@action("dl", right=Right.REPORT_CHANGE)
def delegations(turn: Turn, button: Button) -> None:
    """代办: what is arranged already; where that is nothing, the first question."""
    assert turn.post is not None
    unit = _unit_of(turn)
    coming = delegation.coming(turn.db, turn.today, bureau=turn.post.bureau_id, unit=unit)
    found = [row for row in coming if turn.actor.may(flow.right, shown.place_of(row))]
    if not found:
        begin_anew(turn, button)
        return
    listed = [shown.view(turn, row) for row in found[:MOST_LISTED]]
    ends = [Button("dl.x", one.row.id, label=turn.text("end_label", number=n)) for n, one in enumerate(listed, 1)]
    ways = [Button("dl.new"), Button("menu")]
    turn.say("listed", ends, ways, listed=listed, more=len(found) - len(listed), whole=unit is None)


@action("dl.new", right=Right.REPORT_CHANGE)
def begin_anew(turn: Turn, button: Button) -> None:
    """安排代办, in the sender's unit; the legal section is asked for whom."""
    conversation.begin(turn, flow, _unit_of(turn) or 0, replaces=(flow.name,))


@action("dl.u", right=Right.REPORT_CHANGE, load=unit_at)
def begin_in_unit(turn: Turn, unit: Unit, button: Button) -> None:
    """安排代办, in a unit that is being looked at."""
    conversation.begin(turn, flow, unit.id, replaces=(flow.name,))


@action("dl.x", right=Right.REPORT_CHANGE, load=delegation_at)
def end(turn: Turn, row: Any, button: Button) -> None:
    """结束代办: from today on; pressed again, it says what has become of it."""
    if delegation.end(turn.db, row.id, turn.today):
        turn.audit("delegate.end", "post", row.id, row.ends_on, turn.today)
        shown.tell_ended(turn, row.id)
    turn.say("ended", [Button("dl"), Button("menu")], view=shown.view(turn, delegation.by_id(turn.db, row.id)))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """`subject`: a unit; 0, the legal section's bureau. Refuse: not the sender's, or there is nobody to be asked about."""
    unit = turn.db.session.get(Unit, subject) if subject else None
    if unit is not None:
        refuse_merged(turn, unit.id)
        place = Place(unit.bureau_id, unit=unit.id, person=turn.actor.person_id)
        fits = turn.actor.fitting(flow.right, place)
    else:
        fits = [post for post in turn.actor.fitting(flow.right) if post.role is Role.LEGAL_SECTION and not subject]
    if not fits:
        raise Refuse(None, "no_right")
    turn.post = widest(fits)
    found = Facts(turn, turn.post, unit.id if unit is not None else None)
    if not found.liaisons:
        raise Refuse(None, "only_liaisons" if turn.post.role is Role.LEGAL_OFFICER else "no_liaison")
    if unit is not None and not found.colleagues(found.liaisons[0]) and len(found.liaisons) == 1:
        raise Refuse(None, "nobody_else", absent=found.liaisons[0])
    return found


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Who is on leave, from when to when, and who stands in."""
    facts: Facts = a.facts
    only = facts.liaisons[0].id if len(facts.liaisons) == 1 else None
    yield Ask("who", Found(facts.named), about=facts, assumed=only)
    absent, today = facts.absent(a), facts.turn.today
    first, end = max(today, absent.starts_on), absent.ends_on or date.max
    yield Ask("first", Day(first, min(first + delegation.LONGEST, end - ONE), ("today",)), about=absent)
    yield Ask("last", Day(a.first, min(a.first + delegation.LONGEST, end) - ONE), about=absent)
    yield Ask("colleague", Found(lambda part: facts.standing_in(a, part)), about=absent)


@flow.check("who")
def judge_absent(turn: Turn, a: Answers, who: int) -> None:
    """Refuse: there is nobody else in the unit."""
    absent = next(one for one in a.facts.liaisons if one.id == who)
    if not a.facts.colleagues(absent):
        raise Refuse("who", "nobody_else", absent=absent)


@flow.after
def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """Somebody else's colleagues are others; the last day is none before the first."""
    if key == "who" and a.get("who") != value:
        draft.forget("last", "colleague")
    elif key == "first" and a.get("last", value) < value:
        draft.forget("last")


@flow.check("first")
def judge_first(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: it is over by now; somebody stands in already on that day; or whoever is on leave then stands in for another."""
    if day < turn.today:
        raise Refuse("first", "day_over", day=day)
    _refuse_overlap(turn, a, "first", day, day)


@flow.check("last")
def judge_last(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: the post of whoever is on leave ends before; or as on the first day, on one of the days."""
    absent = a.facts.absent(a)
    if absent.ends_on is not None and absent.ends_on <= day:
        raise Refuse("last", "absent_leaves", name=absent.name, day=absent.ends_on)
    _refuse_overlap(turn, a, "last", a.first, day)


@flow.check("colleague")
def judge_colleague(turn: Turn, a: Answers, person: int) -> None:
    """Refuse: the colleague is not there, or is away, on one of the days."""
    absent = a.facts.absent(a)
    posts = a.facts.colleagues(absent)[person]
    begins = min(post.starts_on for post in posts)
    ends = max((post.ends_on for post in posts), key=lambda day: (day is None, day or turn.today))
    if begins > a.first or (ends is not None and ends <= a.last):
        raise Refuse("colleague", "not_there_then", name=posts[0].name, begins=begins, ends=ends, first=a.first)
    away = delegation.overlapping(turn.db, person, absent.unit_id, a.first, a.last)
    if away is not None:
        raise Refuse("colleague", "away_too", view=shown.view(turn, away))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is arranged; the colleague, whoever is on leave, the heads and the legal section are told."""
    a, facts = talk.place.answers, talk.facts
    absent = facts.absent(a)
    read = facts.liaisons, facts.colleagues(absent)
    quotas.lock(turn.db, absent.unit_id)  # of two who arrange it at once, the second finds the first's
    now = replace(facts)
    if (now.liaisons, now.colleagues(absent)) != read:  # a change was filed meanwhile: everything is judged again
        raise Changed(f"unit {absent.unit_id}")
    judge_first(turn, a, a.first)
    judge_last(turn, a, a.last)
    judge_colleague(turn, a, a.colleague)
    made = delegation.delegate(turn.db, absent.person_id, absent.unit_id, a.colleague, a.first, a.last)
    after = {"absent": absent.person_id, "delegate": a.colleague, "first": a.first, "last": a.last}
    turn.audit("delegate", "post", made, None, after)
    shown.tell_arranged(turn, made)


def owing(turn: Turn, post: int, person: int | None) -> list[Owed]:
    """Whoever was told that it is arranged, while it is so."""
    return shown.owing(turn, post, person)


reminder(shown.KIND, owing=owing, plan=lambda turn: ())


def _refuse_overlap(turn: Turn, a: Answers, key: str, first: date, last: date) -> None:
    absent = a.facts.absent(a)
    found = delegation.overlapping(turn.db, absent.person_id, absent.unit_id, first, last)
    if found is not None:
        raise Refuse(key, "overlaps", view=shown.view(turn, found))
    for other in delegation.coming(turn.db, first, bureau=a.facts.acting.bureau_id, unit=absent.unit_id):
        if other.person_id == absent.person_id and other.starts_on <= last:
            raise Refuse(key, "stands_in", view=shown.view(turn, other))


def _unit_of(turn: Turn) -> int | None:
    """The unit in which the sender acts; None: the legal section, which acts for all."""
    assert turn.post is not None
    posts = [post for post in turn.actor.fitting(flow.right) if post.unit_id == turn.post.unit_id]
    return None if widest(posts).role is Role.LEGAL_SECTION else turn.post.unit_id
