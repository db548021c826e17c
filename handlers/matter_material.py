"""补交材料: more files for a matter that is being reviewed, as 补正 or because something was forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot import conversation
from bot.acting import theirs
from bot.actions import action
from bot.fields import Ask
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import matter_cards, matter_files, matter_suspension
from handlers.matter_cards import KIND, TASK
from handlers.matter_view import About, View
from models.conversations import CANCELLED
from models.matters import assignments
from models.matters.files import Kind
from models.matters.matters import State
from models.rights import Right

UNDER_REVIEW = (State.WAITING, State.WORKING, State.SUSPENDED)
REVIEWING = (assignments.State.ASKED, *assignments.TO_WRITE)

flow = Flow("matter_material", right=Right.ASSIGN_MATTER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))
flow.private(lambda a: bool(a.facts.matter.confidential))
flow.file(matter_files.take_in)


@matter_cards.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """补交材料, to whoever opened it, while it is being reviewed."""
    if found.row.state in UNDER_REVIEW and person in found.openers:
        yield Button("mt.add", found.row.id)


@action("mt.add", right=Right.ASSIGN_MATTER, load=matter_cards.followed_at)
def add(turn: Turn, matter: Any, button: Button) -> None:
    """补交材料."""
    if matter.state in UNDER_REVIEW:
        conversation.begin(turn, flow, matter.id, replaces=(flow.name,))
    else:
        matter_cards.show_stale(turn, matter)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> About:
    """Refuse: no such matter for the sender, or its opinions are in already."""
    matter = theirs(turn, flow.right, matter_cards.followed_at(turn, subject))
    found = About(turn, matter)
    if matter.state not in UNDER_REVIEW:
        raise Refuse(None, "not_any_more", view=found.view)
    return found


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """The files."""
    yield matter_files.asked(a.facts.turn, a.facts.bureau, instead=())


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """They stand beside the attachments, the clock goes on if it stood still for them, and the reviewers are told."""
    matter = talk.facts.matter
    count = len(matter_files.attach(turn, matter.id, Kind.SUPPLEMENT, talk.place.answers.files))
    turn.audit("matter.supplement", KIND, matter.id, None, count)
    went_on = matter_suspension.brought(turn, matter)
    if matter.state != State.SUSPENDED:
        _tell(turn, talk.facts.view, count)
        matter_cards.redraw(turn, matter.id)
    turn.say(
        "brought",
        Button("menu"),
        view=matter_cards.view(turn, went_on),
        count=count,
        resumed=matter.state == State.SUSPENDED,
    )


def _tell(turn: Turn, view: View, count: int) -> None:
    for one in view.live:
        if one.state in REVIEWING:
            way = Button("mt.in", view.row.id, label=turn.house.words.label(matter_cards.FOLDER, "actions", "mt.in"))
            turn.remind([one.person_id], "told", way, of=(TASK, one.id), view=view, count=count)
