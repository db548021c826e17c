"""写通知: a notice is written, looked at, and sent."""

from __future__ import annotations

from bot import conversation, inside
from bot.actions import action, command
from bot.flow import Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import notice_files, notice_sending
from handlers.notice_questions import flow_of
from handlers.notice_writing import Writing
from models.notices.notices import Draft
from models.rights import Right

flow = flow_of("notice_write")


@command("notice_write", right=Right.WRITE_NOTICE, ambiguous=False)
@action("nt.new", right=Right.WRITE_NOTICE)
def begin(turn: Turn, button: Button) -> None:
    """写通知, for the bureau in whose legal section the sender acts; one that was left half-written first."""
    assert turn.post is not None
    talk = conversation.entered(turn, flow, turn.post.unit_id)
    if talk is None:
        return
    if talk.draft.answers:
        lead = turn.text("going_on", a=talk.place.answers, hidden=inside.withheld(turn, talk))
        leaves = [] if talk.place.current is None else [Button("cancel")]
        conversation.ask(turn, talk, lead=lead, resumed=True, extra=leaves)
    else:
        conversation.ask(turn, talk, resumed=True)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Writing:
    """`subject`: the unit in which the sender acts. Refuse: they write no notices there."""
    posts = [post for post in turn.actor.fitting(flow.right) if post.unit_id == subject]
    if not posts:
        raise Refuse(None, "no_right")
    turn.post = posts[0]
    return Writing(turn, turn.post.bureau_id)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is on its way, and can be called back for a minute."""
    notice_sending.send(turn, drafted(turn, talk))


def drafted(turn: Turn, talk: Talk) -> Draft:
    """The notice that has been written. Refuse: nobody would get it, or an attachment is still on its way."""
    a = talk.place.answers
    writing: Writing = talk.facts
    if not writing.recipients(a):
        raise Refuse("to", "nobody")
    return writing.draft(a, notice_files.here(turn, a.files))
