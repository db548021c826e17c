"""Sending a notice: held for second thoughts, then queued a portion at a time, and stopped at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot import lots
from bot.actions import action
from bot.due import due
from bot.lots import LOT
from bot.messages import Button
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers import notice_copies
from handlers.notice_cards import KIND, View
from models import calendar, people
from models.db import Changed
from models.notices import audience, copies, notices, receipts
from models.notices.notices import HOLD, Draft, Portions, State
from models.rights import Right

log = structlog.get_logger()

MOST = 200
"""Copies that are queued, or drawn anew, in one transaction: others are answered in between."""
STILL_SENT = timedelta(days=30)
"""So long after a notice has gone out, whoever joins gets it."""
DRAWN_EVERY = timedelta(seconds=20)
"""So seldom at most, cards are drawn anew because the figures move."""


def goes_out_at(turn: Turn, bureau: int, wanted: datetime, *, at_once: bool) -> datetime:
    """When a notice of a bureau that is to go out at a moment really does: at a decent hour, unless it is 立即."""
    return wanted if at_once else calendar.of_bureau(turn.db, bureau).decent(wanted)


def send(turn: Turn, draft: Draft) -> None:
    """Put what the sender has written on its way, and show its card: until it goes out it can be called back."""
    assert turn.post is not None
    the_id = notices.write(turn.db, timed(turn, draft), turn.actor.person_id, turn.post.id, turn.now)
    row = notices.by_id(turn.db, the_id)
    turn.audit("notice.write", KIND, the_id, None, row.state if row is not None else None)
    put(turn, row, draft)


def timed(turn: Turn, draft: Draft) -> Draft:
    """A draft with the moment at which it really goes out, after the time for second thoughts at the earliest."""
    held = turn.now + HOLD
    at = goes_out_at(turn, draft.bureau, max(draft.starts_at, held), at_once=draft.at_once)
    return replace(draft, starts_at=at, scheduled=draft.scheduled or at > held)


def put(turn: Turn, row: Any, draft: Draft) -> None:
    """Show the card of what a draft has become, and say so where it goes out later than was wanted."""
    with turn.within("notice_sending"):
        lead = turn.text("waits", at=row.starts_at) if row.starts_at > max(draft.starts_at, turn.now + HOLD) else ""
    cards.show(turn, row, lead)


@cards.offers
def offers(turn: Turn, found: View, person: int) -> list[Button]:
    """撤回 before it goes out, 停止发送 while it does."""
    if found.row.state in (State.HELD, State.SCHEDULED):
        return [Button("nt.un", found.row.id, found.row.version)]
    return [Button("nt.stop", found.row.id, found.row.version)] if found.moves else []


@action("nt.un", right=Right.WRITE_NOTICE, load=cards.notice_at)
def call_back(turn: Turn, row: Any, button: Button) -> None:
    """撤回, as long as nothing has gone out."""
    if row.state not in (State.HELD, State.SCHEDULED):
        cards.show_stale(turn, row)
        return
    moved = notices.move(turn.db, row, State.WITHDRAWN, turn.actor.person_id, turn.now, done=True)
    turn.audit("notice.call_back", KIND, row.id, row.state, moved.state)
    _moved(turn, moved)


@action("nt.stop", right=Right.WRITE_NOTICE, load=cards.notice_at)
def stop(turn: Turn, row: Any, button: Button) -> None:
    """停止发送: nobody gets it from this moment on; what waits in a list unread is taken back there."""
    if not cards.view(turn, row).moves:
        cards.show_stale(turn, row)
        return
    moved = notices.move(
        turn.db, row, State.STOPPED, turn.actor.person_id, turn.now, done=True, portions=Portions.RECALL
    )
    receipts.stop(turn.db, row.id, turn.now)
    turn.audit("notice.stop", KIND, row.id, row.state, moved.state)
    _moved(turn, moved)


def _moved(turn: Turn, row: Any) -> None:
    cards.redraw(turn, row.id)
    cards.show(turn, row)


@lots.lot(KIND)
def goes_on(turn: Turn, the_id: int) -> bool:
    """Whether nobody has stopped or withdrawn it."""
    return notices.goes_out(turn.db, the_id)


@due
def go_out(turn: Turn) -> bool:
    """Some of the notice that has waited longest."""
    return one_of(turn, notices.due(turn.db, turn.now), _go_out)


def one_of(turn: Turn, rows: Iterable[Any], work: Callable[[Turn, Any], None]) -> bool:
    """Do something for the first of some notices for which it can be done: what fails keeps no other waiting."""
    for row in rows:
        try:
            with turn.attempt():
                work(turn, row)
        except Changed:
            raise
        except Exception as error:
            log.error("notice not dealt with", notice=row.id, work=work.__name__, error=type(error).__name__)
        else:
            return True
    return False


def _go_out(turn: Turn, row: Any) -> None:
    _queue(turn, row) if row.state == State.SENDING else _begin(turn, row)


@due
def catch_up(turn: Turn) -> bool:
    """Who had joined nowhere when a notice went out, and has since, gets it then."""
    rows = [row for one in _late(turn) if (row := notices.by_id(turn.db, one)) is not None]
    decent = [one for one in rows if goes_out_at(turn, one.bureau_id, turn.now, at_once=one.at_once) <= turn.now]
    return one_of(turn, decent, _catch_up)


@due
def keep_up(turn: Turn) -> bool:
    """Draw the cards of a notice anew if its figures have moved."""
    row = notices.watched(turn.db, turn.now - DRAWN_EVERY)
    if row is None:
        return False
    figures = copies.figures(turn.db, row)
    moved = figures.listed() != row.drawn
    if moved:
        cards.redraw(turn, row.id)
    notices.looked(turn.db, row.id, figures.listed(), turn.now, moves=moved or figures.underway > 0)
    return True


def _begin(turn: Turn, row: Any) -> None:
    """Now it is worked out who gets it, each once; at a quiet hour it waits on."""
    row = notices.lock(turn.db, row.id)
    if row.state not in (State.HELD, State.SCHEDULED):
        return
    at = goes_out_at(turn, row.bureau_id, turn.now, at_once=row.at_once)
    if at > turn.now:
        notices.move(turn.db, row, State.SCHEDULED, row.author_id, turn.now, starts_at=at)
        cards.redraw(turn, row.id)
        return
    meant = audience.recipients(turn.db, row.bureau_id, audience.read(row.audience), turn.today, row.author_id)
    receipts.prepare(turn.db, row.id, meant)
    notices.move(turn.db, row, State.SENDING, row.author_id, turn.now)
    turn.audit("notice.send", KIND, row.id, row.state, len(meant))


def _queue(turn: Turn, row: Any) -> None:
    """The next copies become rows of the outbox; after the last, it has been sent as far as that depends on us."""
    persons = receipts.to_queue(turn.db, row.id, MOST)
    for person in persons:  # people first, then what is theirs: all that change both hold them in this order
        people.lock(turn.db, person)
    row = notices.lock(turn.db, row.id)
    if row.state != State.SENDING:
        return
    if not persons:
        notices.move(turn.db, row, State.SENT, row.author_id, turn.now, done=True)
        return
    waiting = receipts.to_queue(turn.db, row.id, MOST)
    _bring(turn, row, {person: asked for person, asked in persons.items() if person in waiting})


def _late(turn: Turn) -> dict[int, dict[int, bool]]:
    """Some of those who have joined since a notice went out: notice → person → whether they are asked to confirm it."""
    found: dict[int, dict[int, bool]] = {}
    for one in receipts.joined_since(turn.db, turn.now - STILL_SENT, MOST):
        if turn.reach(one.person_id):
            found.setdefault(one.notice_id, {})[one.person_id] = bool(one.asked)
    return found


def _catch_up(turn: Turn, row: Any) -> None:
    for person in _late(turn).get(row.id, ()):
        people.lock(turn.db, person)
    row = notices.lock(turn.db, row.id)
    if row.state == State.SENT:
        _bring(turn, row, _late(turn).get(row.id, {}))
        notices.watch(turn.db, row.id)


def _bring(turn: Turn, row: Any, persons: Mapping[int, bool]) -> None:
    """Copies become rows of the outbox. `persons`: whether each is asked to confirm it."""
    known = {"news": True, LOT: [KIND, row.id]}
    bodies = {asked: notice_copies.message(turn, row, asked=asked).body() | known for asked in {*persons.values()}}
    for person, asked in persons.items():
        written = notice_copies.bring(turn, person, bodies[asked])
        receipts.queued(turn.db, row.id, person, *written, turn.now)
