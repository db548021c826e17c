"""备案: the legal section accepts a change into the roster; posts are written, and everybody concerned is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.masking import masked
from bot.messages import Button
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers import personnel_effects
from handlers.personnel_cards import KIND
from handlers.personnel_reminders import watch
from models import people, quotas
from models.db import Changed
from models.people import Role, Unit
from models.personnel import changes, corrections, filing, waiting
from models.personnel.changes import State
from models.personnel.filing import NoPlace
from models.rights import Right


def file(turn: Turn, change: Any, *, note: str | None = None, exception: str | None = None) -> Any:
    """File a change, which takes effect at once if its day has come; the change as it stands then.

    `note`: why nobody recommends it; `exception`: why it may break a quota. Raises NoPlace (without such a reason),
    Obstacle, corrections.Taken.
    """
    hold(turn, change)
    correction = corrections.of(turn.db, change.id)
    if correction is not None:
        _put_right(turn, change, correction)
    else:
        _write_posts(turn, change, note, exception)
    filed = changes.by_id(turn.db, change.id)
    personnel_effects.settle(turn, filed)
    watch(turn, change.id)
    settled = changes.by_id(turn.db, change.id)
    shown.redraw(turn, change.id)
    with turn.within(shown.FOLDER):
        _tell(turn, settled)
    return settled


def hold(turn: Turn, change: Any) -> None:
    """Hold a change's unit until the transaction ends. Raises models.db.Changed if somebody was quicker to move the change."""
    quotas.lock(turn.db, change.unit_id)
    stands = changes.by_id(turn.db, change.id)
    if stands is None or stands.version != change.version:
        raise Changed(f"change {change.id}")


def say_filed(turn: Turn, change: Any, *, undo: bool = False) -> None:
    """Tell whoever filed it: how it stands, who is still to be invited, and what waits besides.

    `undo`: no card says that it may be taken back until its day.
    """
    new = [line.successor_id for line in changes.lines_of(turn.db, change.id) if line.successor_id is not None]
    invite = [
        Button("inv.one", one, label=_invite_label(turn, one)) for one in dict.fromkeys(new) if not _joined(turn, one)
    ]
    more = [Button("pc.list")] if something_waits(turn) else []
    back = shown.buttons(change, shown.UNDO) if undo and shown.may_undo(turn, change) else []
    shown.reply(turn, change, *invite, *back, *more)


def waiting_for(turn: Turn, unit: int | None = None) -> Iterator[Any]:
    """The changes, in the bureau of the post acted in or a unit of it, that ask something of the sender, the oldest first."""
    assert turn.post is not None
    for change in waiting.open_in(turn.db, bureau=turn.post.bureau_id, unit=unit):
        if shown.asked_of(turn, change, turn.actor.person_id):
            yield change


def something_waits(turn: Turn, unit: int | None = None) -> bool:
    """Whether there is any."""
    return next(waiting_for(turn, unit), None) is not None


def wants_the_sender(turn: Turn) -> bool:
    """Whether some change, wherever the sender has posts, is to be recommended, filed or mended by them."""
    held = turn.actor.fitting(Right.REPORT_CHANGE)
    whole = {post.bureau_id for post in held if post.role is Role.LEGAL_SECTION}
    where = {(post.bureau_id, None if post.bureau_id in whole else post.unit_id) for post in held}
    found = [change for bureau, unit in where for change in waiting.open_in(turn.db, bureau=bureau, unit=unit)]
    found.sort(key=lambda change: change.state == State.SUBMITTED)  # whom these wait for is longest in being found
    asked = (shown.asked_of(turn, change, turn.actor.person_id) for change in found)
    return any(one in (shown.RECOMMEND, shown.FILE, shown.MEND) for one in asked)


def _write_posts(turn: Turn, change: Any, note: str | None, exception: str | None) -> None:
    lines = changes.lines_of(turn.db, change.id)
    unit = turn.db.session.get_one(Unit, change.unit_id)
    try:
        filing.check(turn.db, unit, [changes.line_of(line) for line in lines], change.effective_on, turn.today)
    except NoPlace:
        if exception is None:
            raise
    else:
        exception = None
    changes.file(turn.db, change, turn.actor.person_id, turn.now, note=note, exception=exception)
    filing.write_posts(turn.db, change, lines)
    written = changes.lines_of(turn.db, change.id)
    ends = [line.post_id for line in written if line.post_id is not None]
    begins = [line.begun_id for line in written if line.begun_id is not None]
    after = {"state": State.FILED.value, "on": change.effective_on.isoformat(), "ends": ends, "begins": begins}
    turn.audit("personnel.file", KIND, change.id, change.state, after | _reasons(note, exception))


def _reasons(note: str | None, exception: str | None) -> dict[str, str]:
    return {name: said for name, said in (("note", note), ("exception", exception)) if said is not None}


def _put_right(turn: Turn, change: Any, correction: Any) -> None:
    changes.file(turn.db, change, turn.actor.person_id, turn.now)
    corrections.apply(turn.db, correction)
    before, value = masked(correction.before or ""), masked(correction.value or "")
    corrections.keep_masked(turn.db, change.id, before, value)
    turn.audit("personnel.file", KIND, change.id, change.state, State.FILED.value)
    turn.audit("correct", "person", correction.person_id, {correction.field: before}, {correction.field: value})


def _tell(turn: Turn, change: Any) -> None:
    """The reporter, and everybody whose post ends or begins by it: whose has begun was told so when it took effect."""
    others = {change.reporter_id} - {turn.actor.person_id}
    turn.remind(others, "done", Button("menu"), view=shown.view(turn, change))
    personnel_effects.tell_leavers(turn, change)
    if change.state == State.FILED:
        personnel_effects.tell_successors(turn, change)


def _joined(turn: Turn, person: int) -> bool:
    return bool(people.addresses_of(turn.db, person))


def _invite_label(turn: Turn, person: int) -> str:
    with turn.within(shown.FOLDER):
        return turn.text("invite", name=people.name_of(turn.db, person))
