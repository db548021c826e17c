"""What every conversation offers, whatever it is about: answering, changing, going back, leaving and coming back."""

from __future__ import annotations

from bot import asking, commands, conversation
from bot.actions import COMMANDS, action, command
from bot.messages import Button
from bot.talk import FLOWS, current
from bot.turn import Turn
from models import conversations as kept
from models.rights import Right


@action("a", right=Right.USE)
def answer(turn: Turn, button: Button) -> None:
    """A choice of a question: taken if the question is still the one, else what has become of it is said."""
    key, _, option = button.arg.partition(".")
    talk = current(turn)
    if turn.was_ended:  # why has been said
        return
    if talk is not None and (talk.id, talk.key) == (button.id, key):
        conversation.press(turn, talk, option)
        return
    if talk is not None and talk.id == button.id and key not in talk.draft.answers:
        conversation.ask(turn, talk, resumed=True)
        return
    asked = asking.asked_before(turn, button.id, key)
    if asked is None:
        turn.say("not_there")
    else:
        turn.say_text(asked.became, [Button("resume", primary=True), Button("e", button.id, 0, key, turn.label("e"))])


@action("e", right=Right.USE)
def edit(turn: Turn, button: Button) -> None:
    """Ask a question again that was answered before, in a conversation open or done."""
    row = kept.by_id(turn.db, button.id)
    if row is None or row.person_id != turn.actor.person_id:
        turn.say("not_there")
        return
    talk = conversation.entered(turn, FLOWS[row.flow], row.subject, at=button.arg)
    if talk is not None:
        conversation.ask(turn, talk, resumed=row.state != kept.OPEN)


@action("sum", right=Right.USE)
def confirm(turn: Turn, button: Button) -> None:
    """The summary is confirmed, if it still is what was shown."""
    talk = current(turn)
    if turn.was_ended:  # why has been said
        return
    if talk is None or talk.id != button.id:
        turn.say("summary_settled", Button("resume"))
    elif talk.place.current is not None or talk.stamp != button.version:
        conversation.ask(turn, talk, lead=turn.text("summary_changed"), resumed=True)
    else:
        conversation.confirm(turn, talk)


@action("un", right=Right.USE)
def undo(turn: Turn, button: Button) -> None:
    """Take back a 取消, or come back to what was put aside."""
    if not conversation.reopen(turn, button.id):
        turn.say("nothing_open", Button("menu"))


@command("back", right=Right.USE)
@action("back", right=Right.USE)
def back(turn: Turn, button: Button) -> None:
    """返回: the question before."""
    talk = current(turn)
    if talk is None:
        if not turn.was_ended:
            turn.say("nothing_open", Button("menu"))
    else:
        conversation.go_back(turn, talk)


@command("cancel", right=Right.USE)
@action("cancel", right=Right.USE)
def cancel(turn: Turn, button: Button) -> None:
    """取消: the conversation ends without effect, and can be taken up again."""
    _leave(turn, kept.CANCELLED)


@command("pause", right=Right.USE, ambiguous=False)
def pause(turn: Turn, button: Button) -> None:
    """暂存: the conversation is put aside."""
    _leave(turn, kept.PAUSED)


@command("resume", right=Right.USE)
@action("resume", right=Right.USE)
def resume(turn: Turn, button: Button) -> None:
    """继续: where the person was, on whatever channel; or the day's first thing."""
    if conversation.resume(turn):
        return
    first = COMMANDS["start"]
    if not turn.actor.may(first.right):
        turn.say("nothing_open", Button("menu"))
    else:
        commands.run(turn, first, None)


@command("edit", right=Right.USE, ambiguous=False)
def edit_number(turn: Turn, button: Button) -> None:
    """改 n: the n-th line of a summary; where the conversation has none, the n-th item of the work in hand."""
    talk = current(turn)
    if talk is not None and talk.flow.summary:
        conversation.edit(turn, talk, button.id)
    else:
        commands.run(turn, COMMANDS["item"], button.id)


def _leave(turn: Turn, state: str) -> None:
    talk = current(turn)
    if talk is None:
        if not turn.was_ended:
            turn.say("nothing_open", Button("menu"))
    else:
        conversation.leave(turn, talk, state)
