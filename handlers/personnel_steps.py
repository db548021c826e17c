"""部门推荐, 备案, 撤回: what is done about a change once it is reported. Of two at once one wins, and the other is told by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Text
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers import personnel_filing as filing_here
from handlers.menu import waits
from handlers.personnel_cards import KIND
from handlers.personnel_reminders import watch
from handlers.personnel_reporting import tell
from handlers.personnel_undo import filed_ahead
from models.conversations import CANCELLED
from models.db import Changed
from models.people import Unit
from models.personnel import changes, filing
from models.personnel.changes import State
from models.personnel.corrections import Taken
from models.personnel.filing import NoPlace, Obstacle
from models.rights import Right

MOST_LISTED = 8

flow = Flow("personnel_steps", right=Right.FILE_CHANGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """A change that is being filed: whether nobody recommends it, and the quota that it would break (None: none)."""

    change: Any
    view: shown.View
    alone: bool
    broken: NoPlace | None


@waits
def offered(turn: Turn) -> Button | None:
    """待办变动, first in the menu, while a change waits for the sender's 推荐, 备案 or 修改."""
    return Button("pc.list") if filing_here.wants_the_sender(turn) else None


@command("waiting", right=Right.REPORT_CHANGE, ambiguous=False)
@action("pc.list", right=Right.REPORT_CHANGE)
def waiting(turn: Turn, button: Button) -> None:
    """待办变动: the changes that ask something of the sender, the oldest first; one alone is shown at once."""
    found = list(filing_here.waiting_for(turn))
    if len(found) == 1:
        shown.show(turn, changes.by_id(turn.db, found[0].id))
        return
    me, first = turn.actor.person_id, found[:MOST_LISTED]
    listed = [(shown.view(turn, one), shown.asked_of(turn, one, me)) for one in first]
    opens = [Button("pc.see", one.id, label=turn.text("open", number=number)) for number, one in enumerate(first, 1)]
    ahead = [Button("pc.next")] if next(filed_ahead(turn), None) is not None else []
    turn.say("waiting", opens, [Button("pc"), *ahead, Button("menu")], listed=listed, more=len(found) - len(listed))


@action("pc.see", right=Right.REPORT_CHANGE, load=shown.change_at)
def see(turn: Turn, change: Any, button: Button) -> None:
    """查看: how a change stands."""
    shown.show(turn, change)


@action("pc.rec", right=Right.RECOMMEND, load=shown.change_at)
def recommend(turn: Turn, change: Any, button: Button) -> None:
    """确认推荐, by a head who does not leave by it, if the change still is what was shown."""
    if change.version != button.version or not _asks(turn, change, shown.RECOMMEND):
        shown.show_stale(turn, change)
        return
    changes.recommend(turn.db, change, turn.actor.person_id, turn.now)
    turn.audit("personnel.recommend", KIND, change.id, change.state, State.RECOMMENDED.value)
    recommended = changes.by_id(turn.db, change.id)
    shown.redraw(turn, change.id)
    tell(turn, recommended)
    watch(turn, change.id)
    shown.reply(turn, recommended, *_others(turn))


@action("pc.wd", right=Right.REPORT_CHANGE, load=shown.change_at)
def withdraw(turn: Turn, change: Any, button: Button) -> None:
    """撤回, by the reporter, as long as it is not filed, whoever has moved it meanwhile."""
    if change.state not in changes.OPEN:
        shown.show_stale(turn, change)
        return
    if not shown.is_theirs(turn, change, turn.actor.person_id):
        shown.show_not_theirs(turn, change)
        return
    changes.withdraw(turn.db, change, turn.actor.person_id, turn.now)
    turn.audit("personnel.withdraw", KIND, change.id, change.state, State.WITHDRAWN.value)
    shown.redraw(turn, change.id)
    watch(turn, change.id)
    shown.reply(turn, changes.by_id(turn.db, change.id), Button("pc"))


@action("pc.file", right=Right.FILE_CHANGE, load=shown.change_at)
def file(turn: Turn, change: Any, button: Button) -> None:
    """备案: with one press, or after the reasons that it wants; where something stands against it, that is said."""
    if change.version != button.version or not _asks(turn, change, shown.FILE):
        shown.show_stale(turn, change)
        return
    alone = _alone(turn, change)
    if alone and turn.today < shown.file_from(turn, change):
        shown.show(turn, change, turn.text("too_early", day=shown.file_from(turn, change)))
    elif alone:
        conversation.begin(turn, flow, change.id, replaces=(flow.name,))
    else:
        try:
            with turn.attempt():
                filed = filing_here.file(turn, change)
        except NoPlace:
            conversation.begin(turn, flow, change.id, replaces=(flow.name,))
        except Obstacle as found:
            shown.show(turn, change, turn.text(found.code, name=found.name))
        except Taken:
            shown.show(turn, change, turn.text("mobile_taken"))
        else:
            filing_here.say_filed(turn, filed)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such change in this bureau, or it is not to be filed (any more)."""
    target = shown.change_at(turn, subject)
    if target is None or turn.acts(flow.right, target.place) is None:
        raise Refuse(None, "not_there")
    change = target.value
    if not _asks(turn, change, shown.FILE) or (basis is not None and change.version != basis):
        raise Refuse(None, "moved_on", view=shown.view(turn, change, turn.actor.person_id))
    return Facts(change, shown.view(turn, change), _alone(turn, change), _broken(turn, change))


@flow.start
def begin(facts: Facts, at: str | None) -> tuple[dict[str, Any], int]:
    """The reasons are for the change as it was shown."""
    return {}, facts.change.version


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Why without 部门推荐; why more than the quota."""
    if a.facts.alone:
        yield Ask("note", Text(100, least=4))
    if a.facts.broken is not None:
        yield Ask("exception", Text(100, least=4))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is filed, with the reasons. Refuse: something stands against it by now. Changed: a place was taken this moment."""
    a = talk.place.answers
    try:
        filed = filing_here.file(turn, talk.facts.change, note=a.get("note"), exception=a.get("exception"))
    except NoPlace as broken:
        raise Changed("quota") from broken
    except Obstacle as found:
        raise Refuse(None, found.code, name=found.name) from None
    filing_here.say_filed(turn, filed)


def _others(turn: Turn) -> list[Button]:
    return [Button("pc.list")] if filing_here.something_waits(turn) else []


def _asks(turn: Turn, change: Any, what: str) -> bool:
    return shown.asked_of(turn, change, turn.actor.person_id) == what


def _alone(turn: Turn, change: Any) -> bool:
    """Whether it is filed though nobody has recommended it."""
    return bool(change.state == State.SUBMITTED and change.kind != changes.Kind.CORRECTING)


def _broken(turn: Turn, change: Any) -> NoPlace | None:
    lines = [changes.line_of(line) for line in changes.lines_of(turn.db, change.id)]
    try:
        filing.check(turn.db, turn.db.session.get_one(Unit, change.unit_id), lines, change.effective_on, turn.today)
    except NoPlace as broken:
        return broken
    except Obstacle:
        return None
    return None
