"""Running a flow inside turns: asking, taking answers, going back, leaving and coming back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from bot import asking, fields, inside
from bot import flow as flows
from bot import talk as talks
from bot.fields import Ask, Gathering, Instead, Reading, Wrong
from bot.flow import Draft, Flow, Refuse
from bot.gathering import put_draft, taken
from bot.messages import Button, Piece
from bot.stored import gathered_so_far, has_value
from bot.talk import BACK, CLOSE, KEEP, SKIP, Talk, current, keep
from bot.turn import Turn
from models import conversations as kept
from models import people
from models.db import Transaction

SLOW_BYTES = 2_000_000
"""From here on a file takes so long that one is told it may be left to itself."""


def begin(
    turn: Turn, flow: Flow, subject: int = 0, *, at: str | None = None, replaces: Collection[str] = (), lead: str = "",
    picture: str | None = None,
) -> None:  # fmt: skip
    """Open a conversation, or the one left about the same subject, and ask its question.

    The one that was open comes back when this one is done, unless it is of a flow that this one `replaces`. `at`: the
    question to begin with. `lead`: a rendered sentence to put before it. `picture`: one to show.
    """
    talk = entered(turn, flow, subject, at=at, replaces=replaces)
    if talk is not None:
        ask(turn, talk, lead=lead, resumed=True, picture=picture)


def entered(
    turn: Turn, flow: Flow, subject: int = 0, *, at: str | None = None, replaces: Collection[str] = ()
) -> Talk | None:
    """As `begin`, but nothing is asked yet. None: the flow refused, which is said, and the open question asked again."""
    try:
        return talks.enter(turn, flow, subject, at=at, replaces=replaces)
    except Refuse as refusal:
        with turn.within(flow.name):
            reason = turn.text(refusal.reason, **refusal.params)
        talk = current(turn)
        if talk is None:
            turn.say_text(reason, Button("menu", label=turn.label("menu")))
        else:
            ask(turn, talk, lead=reason)
        return None


def ask(
    turn: Turn, talk: Talk, *, lead: str = "", heard: str | None = None, resumed: bool = False, edits: int | None = None,
    extra: Sequence[Button] = (), picture: str | None = None, taken: str | None = None,
) -> None:  # fmt: skip
    """Ask the question where the conversation stands (or show the summary, or finish), and keep where it stands.

    `lead`: a rendered sentence to put before it. `heard`: the key just answered, to be said back. `resumed`: the person
    comes (back) to it. `edits`: the message that this one replaces. `extra`: more buttons. `picture`: one to show.
    `taken`: the upload of which the lead says that it is being received.
    """
    question = talk.place.current
    if question is None and not talk.flow.summary:
        _finish(turn, talk)
        return
    more = turn.rendered([extra]) if extra else []
    with turn.within(talk.flow.name):
        message = asking.message(turn, talk, heard=heard, resumed=resumed)
        message.buttons += more
        message.text = f"{lead}\n{message.text}" if lead else message.text
        message.leads, message.edits, message.picture, message.taken = bool(lead), edits, picture, taken
        message_id = turn.send(message)
    keep(turn, talk)
    people.record_shown(turn.db, turn.actor.address_id, talk.id, talk.key, message_id)


def answer_text(turn: Turn, talk: Talk, text: str) -> None:
    """Take a typed text as the answer to the current question; a wrong one is asked again with what is expected."""
    question = talk.place.current
    if question is not None and (option := asking.choice_typed(turn, talk, text)) is not None:
        press(turn, talk, option)
        return
    if inside.withheld(turn, talk):
        turn.wipe()
    if inside.on_the_page(turn, talk):
        ask(turn, talk)
        return
    if question is None:
        _choose(turn, talk, text)
        return
    try:
        value = question.field.read(text, _reading(turn, talk))
    except Wrong as wrong:
        ask(turn, talk, lead=asking.wrong_answer(turn, talk, question, wrong))
        return
    if isinstance(question.field, fields.Files):
        gather(turn, talk, value)
    else:
        take(turn, talk, question, value)


def press(turn: Turn, talk: Talk, option: str) -> None:
    """Take a pressed choice of the current question, if the question offers it now."""
    question = talk.place.current
    assert question is not None
    field = question.field
    try:
        if option == BACK:
            go_back(turn, talk)
        elif option == KEEP and (question.assumed is not None or has_value(question, talk.draft.answers)):
            talk.move(Draft(talk.draft.answers, None))
            ask(turn, talk, heard=question.key)
        elif option not in asking.choices(talk):
            raise Wrong("gone")
        elif option == SKIP:
            take(turn, talk, question, None)
        elif isinstance(field, Gathering):
            _press_gathering(turn, talk, question, field, option)
        elif option in field.instead:
            take(turn, talk, question, Instead(option))
        else:
            take(turn, talk, question, field.chosen(option, _reading(turn, talk)))
    except Wrong as wrong:
        ask(turn, talk, lead=asking.wrong_answer(turn, talk, question, wrong))


def take(turn: Turn, talk: Talk, question: Ask, value: Any) -> None:
    """Take a value as the answer: judged by the flow's check, kept, and the next question asked."""
    check = talk.flow.checks.get(question.name)
    if check is not None and value is not None:
        talk.place.answers.asked = question.key
        try:
            check(turn, talk.place.answers, value)
        except Refuse as refusal:
            ask(turn, talk, lead=asking.wrong_answer(turn, talk, question, refusal))
            return
    talk.take(question, value)
    talk.stamp += 1
    if talk.flow.on_given is not None:
        with turn.within(talk.flow.name):
            talk.basis = talk.flow.on_given(turn, talk, question.key) or talk.basis
    ask(turn, talk, heard=question.key)


def gather(turn: Turn, talk: Talk, piece: Piece | str) -> None:
    """Take a file (announced) or a link into the question that it belongs to."""
    question = talk.for_files
    assert question is not None
    assert isinstance(question.field, fields.Files)
    items = gathered_so_far(question, talk.draft.answers)
    try:
        key = taken(turn, talk, question, piece, items)
    except (Wrong, Refuse) as wrong:
        ask(turn, talk, lead=asking.wrong_answer(turn, talk, question, wrong))
        return
    if question.field.have is None and key not in items:
        put_draft(talk, question, (*items, key))
        talk.stamp += talk.place.current is None  # a summary that shows less of it is not confirmed
        keep(turn, talk)
    if question.field.have is None and not question.field.told:
        ask(turn, talk)
    elif isinstance(piece, Piece) and piece.size >= SLOW_BYTES and key not in items and (now := current(turn)):
        ask(turn, now, lead=turn.text("receiving", name=piece.name), taken=piece.upload)


def turn_away(turn: Turn, talk: Talk) -> None:
    """Take no file where the sender is: the conversation is private, and goes on on the page."""
    turn.wipe()
    ask(turn, talk, lead="" if inside.on_the_page(turn, talk) else turn.text("on_the_page"))


def go_back(turn: Turn, talk: Talk) -> None:
    """Ask the question before again; at the first, what the flow does there."""
    draft = talk.flow.back(talk.draft, talk.place)
    if draft is not None:
        talk.move(draft)
        ask(turn, talk)
    elif talk.flow.before_first is not None:
        with turn.within(talk.flow.name):
            talk.flow.before_first(turn, talk)
    else:
        ask(turn, talk, lead=turn.text("first_question"))


def edit(turn: Turn, talk: Talk, number: int) -> None:
    """Ask the question that stands at a number of the summary again."""
    keys = talk.flow.numbered(talk.place)
    if 1 <= number <= len(keys):
        talk.move(Draft(talk.draft.answers, keys[number - 1]))
        ask(turn, talk)
    else:
        ask(turn, talk, lead=turn.text("no_such_number", most=len(keys)))


def confirm(turn: Turn, talk: Talk) -> None:
    """The person has confirmed the summary as it stands."""
    _finish(turn, talk)


def leave(turn: Turn, talk: Talk, state: str) -> None:
    """End (cancelled) or put aside (paused) a conversation, its answers kept either way."""
    # A flow that keeps every answer has nothing to take back: 取消 only puts it aside.
    talk.state = state if talk.flow.on_leave is None else kept.PAUSED
    keep(turn, talk)
    if state == kept.CANCELLED and come_back(turn, turn.text("cancelled_between")):
        return
    with turn.within(talk.flow.name):
        if talk.flow.on_leave is not None:
            talk.flow.on_leave(turn, talk)
        else:
            turn.say(state, Button("un", talk.id), Button("menu"))


def resume(turn: Turn) -> bool:
    """Come back to where the sender was; False if there is nothing to come back to."""
    talk = current(turn) or _taken_up(turn, kept.last_left)
    if talk is None:
        return False
    lead = ""
    if talk.flow.on_resume is not None:
        with turn.within(talk.flow.name):
            lead = talk.flow.on_resume(turn, talk)
    _judge_again(turn, talk, lead)
    return True


def come_back(turn: Turn, lead: str = "", extra: Sequence[Button] = ()) -> bool:
    """After something that came between: ask again where it had interrupted; False if it interrupted nothing."""
    talk = _taken_up(turn, kept.last_suspended)
    if talk is None:
        return False
    _judge_again(turn, talk, lead, resumed=False, extra=extra)
    return True


def reopen(turn: Turn, conversation: int) -> bool:
    """Open again a conversation of the sender's that was cancelled or put aside; False if there is none."""
    row = kept.by_id(turn.db, conversation)
    if row is None or row.person_id != turn.actor.person_id or row.state in (kept.OPEN, kept.DONE):
        return False
    try:
        talk = talks.take_up(turn, row)
    except Refuse:
        return False
    ask(turn, talk, resumed=True)
    return True


def _taken_up(turn: Turn, find: Callable[[Transaction, int], Any]) -> Talk | None:
    """The conversation found, opened; those that their flows do not open any more are ended and passed over."""
    while (row := find(turn.db, turn.actor.person_id)) is not None:
        try:
            return talks.take_up(turn, row)
        except Refuse:
            kept.set_state(turn.db, row.id, kept.CANCELLED, turn.now)
    return None


def _finish(turn: Turn, talk: Talk) -> None:
    refusal = _refused(turn, talk)
    if refusal is None:
        talk.state = kept.DONE
        try:
            with turn.attempt(), turn.within(talk.flow.name):
                keep(turn, talk)
                talk.flow.on_done(turn, talk)
        except Refuse as late:
            refusal, talk.state = late, kept.OPEN
        else:
            if not turn.in_conversation:
                come_back(turn)
            return
    reason = asking.refusal(turn, talk, refusal)
    talk.move(Draft(talk.draft.answers, refusal.key))
    if talk.place.current is None and not talk.flow.summary:  # there is no question to ask again
        talk.state = kept.PAUSED
        keep(turn, talk)
        turn.say_text(reason, Button("resume", label=turn.label("resume")), Button("menu", label=turn.label("menu")))
        return
    ask(turn, talk, lead=reason)


def _judge_again(turn: Turn, talk: Talk, lead: str = "", resumed: bool = True, extra: Sequence[Button] = ()) -> None:
    """On resuming: answers that no longer fit the facts are named, and only they are asked again."""
    for question in flows.unfit(talk.flow, talk.draft, talk.facts):
        lead = turn.text("no_longer_fits", called=talk.called(turn, question.key))
    refused = _refused(turn, talk)
    if refused is not None:
        talk.move(Draft(talk.draft.answers, refused.key))
        lead = asking.refusal(turn, talk, refused)
    ask(turn, talk, lead=lead, resumed=resumed, extra=extra)


def _refused(turn: Turn, talk: Talk) -> Refuse | None:
    for question in talk.place.path:
        check = talk.flow.checks.get(question.name)
        value = talk.place.answers.get(question.key)
        if check is not None and value is not None:
            talk.place.answers.asked = question.key
            try:
                check(turn, talk.place.answers, value)
            except Refuse as refusal:
                return Refuse(question.key, refusal.reason, **refusal.params)
    return None


def _press_gathering(turn: Turn, talk: Talk, question: Ask, field: Gathering, option: str) -> None:
    items = gathered_so_far(question, talk.draft.answers)
    if option == CLOSE:
        take(turn, talk, question, field.closed(items, None))
    elif option in field.instead:
        take(turn, talk, question, field.closed(items, option))
    else:
        put_draft(talk, question, field.toggled(items, option))
        ask(turn, talk, edits=turn.actor.shown_message)


def _reading(turn: Turn, talk: Talk) -> Reading:
    assert talk.place.current is not None
    return Reading(turn.today, asking.labels_of(turn, talk.flow, talk.place.current))


def _choose(turn: Turn, talk: Talk, text: str) -> None:
    """A typed answer to the summary: only the label of its button confirms."""
    labels = turn.house.words.labels(talk.flow.name, "actions")
    if text == labels["sum"]:
        confirm(turn, talk)
    else:
        with turn.within(talk.flow.name):
            lead = turn.text("confirm_expected")
        ask(turn, talk, lead=lead)
