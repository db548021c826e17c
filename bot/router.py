"""Where a delivery goes: to a button's action, a command, the open conversation, or a polite line."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from bot import acting, asking, commands, conversation, delivery, guard, held, inside, moves, personal
from bot.actions import ACTIONS, RESULTS, action, command, folder_of, parse, result
from bot.messages import MOST_TYPED, Button, Piece, cleaned
from bot.reading import tidy
from bot.reading.code import LEAST_SIGNS, read_code
from bot.talk import Talk, current
from bot.turn import Turn
from models import joining, message_list, outgoing, people
from models.rights import Right

LEFT_LYING = timedelta(minutes=10)
"""After so long a command word is a command even where free text was asked for."""

USED_TO_WITHIN = timedelta(minutes=1)
"""How exactly it is known when somebody last wrote from an address."""

WHOLE_LINK = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]{3,2000}", re.IGNORECASE)
"""A message that is an address and nothing else: a piece like a file, whatever is being asked."""
LONGEST_LABEL = 20

UNASKED = "unasked"
"""The result kind under which a handler takes in files and links that no question asked for."""

BROUGHT = "brought"
"""The result kind under which a handler takes in a file that says itself what it is for (`Piece.into`)."""

STRAY = "stray"
"""The result kind under which a handler takes a text that answers nothing, or says that it was not understood."""

STRANGER = "stranger"
"""The result kind under which a handler answers people who are unknown, and whatever is said in a group."""
CODE = "code"
"""The result kind under which a handler answers people who are known and send an invitation code all the same."""
LEFT = "left"
"""The result kind under which it enters that an address has left its channel."""
FIRST = "first"
"""The result kind under which a handler tells people, once, what is kept of them and why."""


def dispatch(turn: Turn) -> None:
    """Deal with a delivery."""
    inbound = turn.inbound
    if not turn.known:
        _on_result(turn, STRANGER, {})
    elif inbound.work is not None:
        _on_result(turn, *inbound.work)
    elif not turn.actor.posts:
        turn.say("no_post")
    elif not guard.stops(turn):
        _listen(turn)


def _listen(turn: Turn) -> None:
    """Somebody known presses, brings or says something that may be kept."""
    inbound = turn.inbound
    if inbound.piece is not None and inbound.piece.into is not None:
        _on_result(turn, BROUGHT, {"piece": inbound.piece})  # by a page: nothing was written at this address
        return
    _note_use(turn)
    if inbound.press is not None:
        turn.echo(cleaned(inbound.label or "")[:40])
        _inform(turn)
        _on_press(turn, inbound.press)
    elif inbound.piece is not None:
        _on_piece(turn, inbound.piece)
    elif inbound.text is not None:
        text = cleaned(inbound.text)
        if (invitation := _invitation_in(turn, text)) is not None:
            _on_result(turn, CODE, {"invitation": invitation})
        else:
            turn.echo(text[:MOST_TYPED])
            personal.wipe(turn, text)
            _inform(turn)
            _on_text(turn, text)
    elif inbound.other is not None:
        _inform(turn)
        not_taken(turn, turn.text(f"not_read_{inbound.other}"))


def not_taken(turn: Turn, reason: str) -> None:
    """Say why a message could not be read, and ask the open question again."""
    talk = current(turn)
    if talk is None:
        turn.say_text(reason)
    else:
        conversation.ask(turn, talk, lead=reason, resumed=not held.is_shown(turn, talk))


def _note_use(turn: Turn) -> None:
    actor = turn.actor
    if actor.used_at is None or turn.now - actor.used_at >= USED_TO_WITHIN or actor.gone_at is not None:
        people.used(turn.db, actor.address_id, turn.now)
    if actor.gone_at is not None:
        turn.say("welcome_back")


def _inform(turn: Turn) -> None:
    if not turn.actor.informed:
        _on_result(turn, FIRST, {})


def _on_result(turn: Turn, kind: str, outcome: dict[str, object]) -> None:
    for function in RESULTS[kind]:
        with turn.within(folder_of(function)):
            function(turn, outcome)


def _on_press(turn: Turn, token: str) -> None:
    button = parse(token)
    found = ACTIONS.get(button.code) if button else None
    if button is None or found is None:
        turn.say("unknown_button", Button("menu"))
        return
    with turn.within(found.folder):
        if found.load is None:
            if acting.acts(turn, found.right):
                found.run(turn, button)
        elif not turn.actor.may(found.right):
            turn.say("no_right")
        elif (target := found.load(turn, button.id)) is None or turn.acts(found.right, target.place) is None:
            turn.say("not_there")
        else:
            found.run(turn, target.value, button)


def _invitation_in(turn: Turn, text: str) -> Any | None:
    """The invitation whose code a text is: such a text is neither shown in a list nor kept as an answer."""
    code = read_code(text) if len(text) >= LEAST_SIGNS else None
    return None if code is None else joining.by_code(turn.db, turn.house.vault, code)


def _on_piece(turn: Turn, piece: Piece | str) -> None:
    talk = current(turn)
    if talk is not None and inside.withheld(turn, talk):
        conversation.turn_away(turn, talk)
    elif talk is not None and talk.for_files is not None:
        conversation.gather(turn, talk, piece)
    else:
        _on_result(turn, UNASKED, {"piece": piece})


def _on_text(turn: Turn, text: str) -> None:
    if len(text) > MOST_TYPED:
        not_taken(turn, turn.text("message_too_long", most=MOST_TYPED))
        return
    if not text:
        not_taken(turn, turn.text("nothing_readable"))
        return
    talk = current(turn)
    if WHOLE_LINK.fullmatch(text) and (talk is None or not talk.asks_link):
        _on_piece(turn, text)
        return
    found = None if talk is not None and _is_choice(turn, talk, text) else commands.find(turn.house.words, text)
    if found is not None:
        asked_back = talk is not None and found[0].ambiguous and _takes_any_text(turn, talk)
        if talk is not None and asked_back and not held.is_said_again(turn, text):
            held.ask_word(turn, talk, text)
        else:
            commands.run(turn, *found)
    elif not turn.was_ended and (token := _button_typed(turn, talk, text)) is not None:
        _on_press(turn, token)
    elif talk is None:
        if not turn.was_ended:
            _on_result(turn, STRAY, {"text": text})
    elif (meant_for := held.meant_for_another(turn, talk)) is not None:
        held.ask_late(turn, talk, text, *meant_for)
    else:
        conversation.answer_text(turn, talk, text)


def _is_choice(turn: Turn, talk: Talk, text: str) -> bool:
    """Whether a text is, to the letter, a choice that the current question shows (and so no command)."""
    return asking.choice_typed(turn, talk, text) is not None


def _button_typed(turn: Turn, talk: Talk | None, text: str) -> str | None:
    """The token of the button whose label was typed, on the newest message in view; None where writing is asked.

    Where a channel numbers its buttons, the number will do, but for the choices of a question: those it counts itself.
    """
    question = talk.place.current if talk is not None else None
    if len(text) > LONGEST_LABEL or (question is not None and question.field.kind in asking.WRITTEN):
        return None
    typed = tidy(text)
    number = int(typed) if typed.isascii() and typed.isdecimal() else None
    in_view = turn.inbound.seen or turn.actor.shown_message
    if number is not None and talk is None and turn.house.traits[turn.inbound.channel].room is not None:
        in_view = message_list.newest_with_buttons(turn.db, turn.actor.person_id, turn.inbound.channel)
    row = None if in_view is None else outgoing.row(turn.db, in_view)
    if row is None or row.person_id != turn.actor.person_id:
        return None
    buttons = [button for line in row.body.get("buttons", ()) for button in line]
    labelled = next((str(token) for label, token, _ in buttons if tidy(label) == typed), None)
    if labelled is not None or number is None or not _are_numbered(turn, buttons):
        return labelled
    counted = len(question.field.options()) if question is not None else 0
    tokens = [str(token) for _, token in dict.fromkeys((label, token) for label, token, _ in buttons)]
    return tokens[number - 1] if counted < number <= len(tokens) else None


def _are_numbered(turn: Turn, buttons: list[Any]) -> bool:
    """Whether the sender's channel has no room for such buttons, and shows them as numbered lines."""
    room = turn.house.traits[turn.inbound.channel].room
    return room is not None and (len(buttons) > room[0] or any(len(label) > room[1] for label, *_ in buttons))


def _takes_any_text(turn: Turn, talk: Talk) -> bool:
    """Whether a command word may be meant as content: free text is asked for here, and was not left lying."""
    question = talk.place.current
    written_here = question is not None and question.field.free and not inside.on_the_page(turn, talk)
    if not written_here or not held.is_shown(turn, talk):
        return False
    return turn.now - talk.moved_at < LEFT_LYING


@result(LEFT)
def left(turn: Turn, outcome: dict[str, Any]) -> None:
    """Nothing can be sent to the address any more: its person has left or blocked the channel."""
    people.left(turn.db, turn.inbound.channel, turn.inbound.address, turn.now)


@action("as", right=Right.USE)
def act_as(turn: Turn, button: Button) -> None:
    """The sender chooses a post to act in, and what waited for that choice goes on."""
    if all(post.id != button.id for post in turn.actor.posts):
        turn.say("not_there")
        return
    people.act_in(turn.db, turn.actor.person_id, button.id)
    turn.actor.acts_in = button.id
    waiting = turn.actor.held
    if waiting is None or waiting["why"] != acting.WHICH_POST:
        turn.say("acting_as", Button("menu", primary=True), post=turn.actor.fitting(Right.USE)[0])
        return
    people.hold(turn.db, turn.actor.address_id, None)
    if waiting["press"] is not None:
        _on_press(turn, waiting["press"])
    else:
        _on_text(turn, waiting["text"])


@command("posts", right=Right.USE, ambiguous=False)
def change_post(turn: Turn, button: Button) -> None:
    """换身份: choose the post to act in from here on."""
    acting.ask(turn, "which_post", turn.actor.fitting(Right.USE))


__all__ = ["delivery", "dispatch", "moves"]
