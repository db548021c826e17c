"""出庭应诉, 庭审观摩: that somebody went to court about a case is noted on it, be it done with or not (闵人社发〔2023〕31号 四(三))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot import conversation
from bot.acting import theirs
from bot.actions import Target, action
from bot.fields import Ask, Day, Gathered, OneOf, Option, Several, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_cards import KIND
from handlers.matter_private import may_show
from handlers.matter_view import About, View
from models.conversations import CANCELLED
from models.db import Changed
from models.matters import assignments, matters, records
from models.matters.matters import State
from models.matters.records import Visit
from models.rights import Right

ANOTHER, GONE = "more", "gone"
"""另记一次; 删去这条."""

flow = Flow("matter_court", right=Right.SEE_MATTER)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))


@dataclass
class Facts(About):
    """The case. `noted`: the note that is corrected; None: it is a new one."""

    noted: Visit | None

    @cached_property
    def people(self) -> tuple[Option, ...]:
        """Who may have gone: its reviewers, whoever notes it, and whoever was noted."""
        me = self.turn.actor
        known = {one.person_id: one.name for one in records.who_may_have_gone(self.turn.db, self.matter)}
        if self.noted is not None:
            known |= dict(zip(self.noted.row.attended, self.noted.attended, strict=True))
        return tuple(Option(str(person), name) for person, name in ({me.person_id: me.name} | known).items())

    @property
    def kinds(self) -> OneOf:
        """Which of the two; or none, where it is a correction."""
        which = tuple(Option(str(place), name) for place, name in enumerate(self.view.affair.may_add))
        return OneOf(which if self.noted is None else (*which, Option(GONE)))

    def kind(self, a: Answers) -> str:
        """Which of the two, as the notice words it."""
        return self.view.affair.may_add[int(a.kind)]

    def names(self, a: Mapping[str, Any]) -> list[str]:
        """Who went."""
        return [str(one.label) for one in self.people if one.key in a["who"].items]


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterator[Button]:
    """出庭记录 to the reviewers of a case, and to the legal section."""
    if found.row.state != State.WITHDRAWN and _may(turn, found, person):
        yield Button("mt.crt", found.row.id)


@action("mt.crt", right=Right.SEE_MATTER, load=shown.matter_at)
def begin(turn: Turn, matter: Any, button: Button) -> None:
    """出庭记录: which of the two, when, where, who? What is noted already comes first."""
    known = records.visits(turn.db, matter.id)
    if not known or button.arg == ANOTHER:
        conversation.begin(turn, flow, matter.id)
        return
    view, section = shown.view(turn, matter), shown.view(turn, matter).section
    mine = [one for one in known if _corrects(turn, section, one)]
    rows = [
        Button("mt.crt.c", one.row.id, label=turn.text("correct_label", place=known.index(one) + 1)) for one in mine
    ]
    more = Button("mt.crt", matter.id, arg=ANOTHER, label=turn.label("mt.crt.more"))
    ways = [more] if _may(turn, view, turn.actor.person_id) and matter.state != State.WITHDRAWN else []
    turn.say("noted_so_far", rows, [*ways, Button("menu")], view=view, visits=known, shows=may_show(turn, matter))


def note_at(turn: Turn, the_id: int) -> Target | None:
    """A note on a case, for whoever sees the case."""
    found = records.note_by_id(turn.db, the_id)
    matter = matters.by_id(turn.db, found.matter_id) if found is not None else None
    return None if matter is None else Target(found, shown.place_of(turn, matter))


@action("mt.crt.c", right=Right.SEE_MATTER, load=note_at)
def correct(turn: Turn, noted: Any, button: Button) -> None:
    """更正: its answers as they stand, each of which can be changed."""
    conversation.begin(turn, flow, -noted.id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """`subject`: a case; below 0, a note on one. Refuse: none for the sender, or nothing of the kind can be noted or corrected."""
    noted = records.note_by_id(turn.db, -subject) if subject < 0 else None
    matter = theirs(turn, flow.right, shown.matter_at(turn, noted.matter_id if noted is not None else subject))
    view = shown.view(turn, matter)
    if matter.state == State.WITHDRAWN or not _may(turn, view, turn.actor.person_id):
        raise Refuse(None, "not_for_this")
    stands = records.visit(turn.db, noted.id) if noted is not None else None
    if noted is not None and (stands is None or not _corrects(turn, view.section, stands)):
        raise Refuse(None, "corrected_before" if stands is None else "not_for_this")
    return Facts(turn, matter, stands)


@flow.start
def start(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """A correction begins with what was noted."""
    if facts.noted is None:
        return {}, facts.matter.version
    row = facts.noted.row
    return {
        "kind": str(facts.view.affair.may_add.index(row.kind)), "held_on": row.held_on.isoformat(), "court": row.court,
        "who": {"items": [str(one) for one in row.attended], "instead": None}, "note": row.note or None,
    }, facts.matter.version  # fmt: skip


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Which of the two; when; which court; who went; what else is to be kept."""
    facts: Facts = a.facts
    yield Ask("kind", facts.kinds)
    if a.kind == GONE:
        return
    yield Ask("held_on", Day(last=facts.turn.today, offer=("today",)))
    yield Ask("court", Text(60, least=2))
    alone = Gathered((facts.people[0].key,)) if len(facts.people) == 1 else None
    yield Ask("who", Several(facts.people), assumed=alone)
    yield Ask("note", Text(500, least=2), skippable=True)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is kept, in place of what it corrects; the legal section hears of it. Raises Changed: it was corrected this moment."""
    facts: Facts = talk.facts
    a, me, noted = talk.place.answers, turn.actor.person_id, facts.noted
    matters.locked(turn.db, facts.matter.id)
    if noted is not None and records.visit(turn.db, noted.row.id) is None:
        raise Changed(f"court note {noted.row.id}")
    if noted is not None and a.kind == GONE:
        note = records.take_back(turn.db, noted.row, me, turn.now)
    else:
        note = records.note(
            turn.db, facts.matter.id, kind=facts.kind(a), held_on=a.held_on, court=a.court,
            attended=sorted(int(one) for one in a.who.items), text=a.note or "", by=me, now=turn.now,
            replaces=noted.row.id if noted is not None else None,
        )  # fmt: skip
    turn.audit("matter.note", KIND, facts.matter.id, noted.row.id if noted is not None else None, note)
    kept = records.note_by_id(turn.db, note if a.kind != GONE or noted is None else noted.row.id)
    about = {"view": facts.view, "noted": kept, "again": noted is not None, "gone": a.kind == GONE}
    see = Button("mt.see", facts.matter.id)
    turn.news(set(facts.view.section) - {me}, "noted_by", see, by=turn.actor.name, **about)
    shown.show(turn, matters.by_id(turn.db, facts.matter.id), turn.text("noted", **about))


def _may(turn: Turn, found: View, person: int) -> bool:
    reviews = person in found.section or assignments.reviews(turn.db, found.row.id, person)
    return bool(found.affair.may_add) and reviews


def _corrects(turn: Turn, section: Iterable[int], noted: Visit) -> bool:
    """Whoever wrote a note corrects it, and the legal section."""
    me = turn.actor.person_id
    return me in section or noted.row.by_id == me
