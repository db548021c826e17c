"""Receipts by name: who has confirmed a notice, who has not, whom it did not reach and why; a page at a time, and as .xlsx."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.actions import Made, Target, action, download
from bot.messages import Button
from bot.turn import Turn
from handlers import notice_cards as cards
from handlers.notice_cards import KIND, View
from handlers.notice_content import may_show
from models.notices import copies, notices
from models.notices.copies import Copy, Status
from models.notices.notices import State
from models.people import Role
from models.rights import Place, Right

PAGE = 10
UNCONFIRMED, CONFIRMED, UNASKED, UNSENT, SENT = "u", "c", "n", "f", "s"
"""The lists that there are, as buttons carry them."""
OF: Mapping[str, Callable[[Copy], bool]] = {
    UNCONFIRMED: lambda one: one.asked and _had(one),
    UNASKED: lambda one: not one.asked and _had(one),
    CONFIRMED: lambda one: one.confirmed_at is not None,
    UNSENT: lambda one: one.confirmed_at is None and one.status in (Status.FAILED, Status.STOPPED, Status.NOWHERE),
    SENT: lambda one: one.status is Status.SENT,
}


def _had(one: Copy) -> bool:
    return one.confirmed_at is None and one.status in (Status.SENT, Status.UNDERWAY, Status.WAITING)


@dataclass(frozen=True, slots=True)
class Lists:
    """The copies of a notice that the sender may see: all of them, or those of one's own unit."""

    notice: Any
    whole: bool
    copies: Sequence[Copy]

    def of(self, kind: str) -> list[Copy]:
        """One of the lists."""
        return [one for one in self.copies if OF[kind](one)]

    def kinds(self) -> list[str]:
        """The lists that say something of this notice."""
        return [UNCONFIRMED, CONFIRMED, UNASKED, UNSENT] if self.notice.receipt else [SENT, UNSENT]


def receipts_at(turn: Turn, the_id: int) -> Target | None:
    """A notice that has gone out, for who may see receipts: the bureau's legal section, and heads of units that have copies."""
    row = notices.by_id(turn.db, the_id)
    if row is None or row.state in (State.HELD, State.SCHEDULED):
        return None
    headed = [post.unit_id for post in turn.actor.posts if post.role is Role.HEAD and post.bureau_id == row.bureau_id]
    reached = copies.units_of(turn.db, the_id) if headed else set()
    return Target(row, Place(row.bureau_id, unit=next((unit for unit in headed if unit in reached), None)))


def lists(turn: Turn, row: Any) -> Lists:
    """What the sender, in the post in which they act, may see of a notice's copies."""
    assert turn.post is not None
    whole = turn.post.role is not Role.HEAD
    return Lists(row, whole, copies.all_of(turn.db, row, None if whole else turn.post.unit_id))


@cards.offers
def offers(turn: Turn, found: View, person: int) -> list[Button]:
    """名单, once there is one."""
    shown = found.row.state not in (State.HELD, State.SCHEDULED) and found.figures.total
    return [Button("nt.r", found.row.id)] if shown else []


@action("nt.r", right=Right.SEE_RECEIPTS, load=receipts_at)
def names(turn: Turn, row: Any, button: Button) -> None:
    """名单: the list and the place in it that the button carries, else the first that has anybody."""
    found = lists(turn, row)
    kind, _, place = button.arg.partition(".")
    if kind not in found.kinds():
        kind = next((one for one in found.kinds() if found.of(one)), found.kinds()[0])
    chosen = found.of(kind)
    start = int(place) if place.isdecimal() and int(place) < len(chosen) else 0
    others = [
        Button("nt.r", row.id, arg=one, label=turn.text("list_label", kind=one, people=len(found.of(one))))
        for one in found.kinds() if one != kind and found.of(one)
    ]  # fmt: skip
    onward = [
        Button("nt.r", row.id, arg=f"{kind}.{start + PAGE}", label=turn.text("next_page"), primary=True)
    ] if len(chosen) > start + PAGE else []  # fmt: skip
    back = [Button("nt.see", row.id)] if turn.actor.may(Right.WRITE_NOTICE, Place(row.bureau_id)) else [Button("nt")]
    turn.say(
        "names", [*onward, *others], [Button("nt.x", row.id), *back],
        name=cards.called(turn, row), kind=kind, people=chosen[start : start + PAGE], start=start, total=len(chosen),
        figures=copies.counted(found.copies), whole=found.whole, shows=may_show(turn, row),
        several=len({one.bureau for one in found.copies}) > 1,
    )  # fmt: skip


@action("nt.x", right=Right.SEE_RECEIPTS, load=receipts_at)
def offer_file(turn: Turn, row: Any, button: Button) -> None:
    """下载名单, as it stands when it is downloaded; of an 内部 notice on our own page, for what was answered is in it."""
    if not may_show(turn, row):
        turn.say("on_the_page", Button("si.web", primary=True), name=cards.called(turn, row))
        return
    name = turn.text("file_name", name=cards.called(turn, row), day=turn.today)
    file = {"name": name, "size": None, "url": f"/api/files/notice_xlsx/{row.id}"}
    turn.audit("notice.export", KIND, row.id)
    turn.say_text(turn.text("offered", name=cards.called(turn, row)), file=file)


@download("notice_xlsx", right=Right.SEE_RECEIPTS)
def workbook(turn: Turn, the_id: int) -> Target | None:
    """The lists as a workbook."""
    from bot.documents import receipts as made  # noqa: PLC0415  (a start should not wait for the library)

    found = receipts_at(turn, the_id)
    if found is None or turn.acts(Right.SEE_RECEIPTS, found.place) is None or not may_show(turn, found.value):
        return None
    seen, name = lists(turn, found.value), cards.called(turn, found.value)
    with turn.within("notice_receipts"):
        file = turn.text("file_name", name=name, day=turn.today)
    sheet = made.Sheet(name, turn.now, bool(found.value.receipt), found.value.question or "", seen.copies)
    return Target(Made(made.xlsx(turn.house.words, sheet), file, made.MIME), found.place)
