"""提请审核: a matter is opened for a unit, its attachments brought, and whoever reviews it is asked at once, where that is known.

闵人社发〔2023〕31号 四 says who opens which kind; a bureau's settings may change that for some (models/matters/settings.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Found, OneOf, Option, Text, YesNo
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_assign, matter_cards, matter_files
from handlers.matter_cards import KIND
from handlers.matter_fields import ELSEWHERE, SEVERAL, Handlers, officer, officers
from handlers.matter_opening import ROUTE, Opening
from handlers.units import refuse_merged
from models.matters import assignments, matters, parties
from models.matters.files import Kind
from models.rights import Right

TITLE_LIMIT, FACTS_LIMIT = 60, 300

flow = Flow("matter_open", right=Right.ASSIGN_MATTER)
flow.file(matter_files.take_in)
flow.private(lambda a: bool(a.get("confidential")))


@command("matter_open", right=Right.ASSIGN_MATTER, ambiguous=False)
@action("mt.new", right=Right.ASSIGN_MATTER)
def begin(turn: Turn, button: Button) -> None:
    """提请审核, in the post in which the sender acts."""
    assert turn.post is not None
    conversation.begin(turn, flow, turn.post.unit_id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Opening:
    """`subject`: the unit in which the sender acts. Refuse: it is part of another by now; or there is nothing that they open there."""
    refuse_merged(turn, subject)
    posts = tuple(post for post in turn.actor.fitting(flow.right) if post.unit_id == subject)
    found = Opening(turn, posts) if posts else None
    if found is None or not found.kinds:
        raise Refuse(None, "no_right")
    turn.post = found.posts_for(found.kinds[0])[0]
    return found


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """What, for whom, with what, who handles it, who reviews it, by when. What can only have one answer is not asked."""
    facts: Opening = a.facts
    only = facts.kinds[0].key if len(facts.kinds) == 1 else None
    kinds = OneOf(tuple(Option(kind.key, kind.title) for kind in facts.kinds))
    yield Ask("kind", kinds, assumed=only, beside=((matter_cards.list_button(facts.turn).code, 0),))
    kind = facts.kind(a)
    yield Ask("confidential", YesNo(), about=kind)
    if len(kind.routes) > 1:
        yield Ask("route", OneOf(tuple(Option(f"{ROUTE}{n}", name) for n, name in enumerate(kind.routes))), about=kind)
    yield Ask("unit", Found(lambda part: facts.units(a, part)), assumed=facts.own_unit(a), about=kind)
    yield Ask("title", Text(TITLE_LIMIT, least=2), about=kind)
    yield Ask("details", Text(FACTS_LIMIT, least=2), about=kind, skippable=True)
    yield matter_files.asked(facts.turn, facts.bureau)
    yield from _handlers(facts, a)
    yield from _reviewers(facts, a)
    yield Ask("due", facts.due_day(a), assumed=facts.usual_due(a), about=facts)


def _handlers(facts: Opening, a: Answers) -> Iterator[Ask]:
    kind = facts.kind(a)
    staff = tuple(Option(str(one), name) for one, name in facts.staff(a).items()) if kind.record is None else ()
    if staff:
        more = (Option(SEVERAL),) if len(staff) > 1 else ()
        yield Ask("handler", OneOf((*staff, *more, Option(ELSEWHERE))), about=kind)
        if a.handler == SEVERAL:
            yield Ask("handlers", Handlers(staff), about=kind)


def _reviewers(facts: Opening, a: Answers) -> Iterator[Ask]:
    found = facts.candidates(a)
    if not found:
        return
    only = found[0].person_id if len(found) == 1 else None
    yield Ask("who", officer(found), about=found, assumed=only)
    if only is None and not isinstance(a.who, int):
        yield Ask(SEVERAL, officers(found), about=found)


@flow.check("unit")
def judge_unit(turn: Turn, a: Answers, unit: int) -> None:
    """Refuse: it is part of another."""
    refuse_merged(turn, unit, key="unit")


@flow.check("due")
def judge_due(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: it is over by now."""
    if day < a.facts.first_due:
        raise Refuse("due", "day_over", day=day)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is opened and numbered; whoever reviews or assigns it is asked, whoever is informed hears of it."""
    a: Answers = talk.place.answers
    facts: Opening = talk.facts
    chosen = [one.person_id for one in facts.chosen(a)]
    post = facts.posts_for(facts.kind(a))[0]
    turn.post = post
    the_id = matters.open_matter(turn.db, _opening(facts, a), turn.actor.person_id, post.id, turn.today, turn.now)
    matter_files.attach(turn, the_id, Kind.MATERIAL, a.files)
    row: Any = matters.by_id(turn.db, the_id)
    about = {"number": [row.year, row.number], "kind": row.affair, "unit": row.unit_id, "due": row.due_on}
    turn.audit("matter.open", KIND, the_id, None, about)
    opened = matter_assign.begin_step(turn, row, chosen)
    asked = {one.person_id for one in assignments.live(turn.db, opened)} or parties.assigners(turn.db, row, turn.today)
    told = set(parties.informed(turn.db, row, turn.today)) - set(asked)
    matter_cards.tell(turn, told, opened, lead="opened")
    matter_cards.show(turn, opened)


def _opening(facts: Opening, a: Answers) -> matters.Opening:
    return matters.Opening(
        facts.bureau, a.unit, a.kind, a.title, a.get("details") or "", facts.due(a.due).day, facts.route(a), a.confidential,
        frozenset(facts.handlers(a)),
    )  # fmt: skip
