"""审核统计: done, in time, open and overdue by kind: of the bureau, of one's unit, or one's own, as one's posts reach."""

from __future__ import annotations

from datetime import date

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from models import affairs
from models.matters import figures
from models.matters.figures import Load, Span
from models.people import HeldPost, Role
from models.rights import TABLE, Reach, Right

WIDEST = (Reach.BUREAU, Reach.UNIT, Reach.SELF)
SEE_LOADS = (Role.LEGAL_SECTION, Role.HEAD)
"""Who sees what each reviewer has to do: whoever gives them work."""
BACK = 4
"""Years back that can be looked at."""


@command("matter_figures", right=Right.SEE_FIGURES, ambiguous=False)
@action("mt.fig", right=Right.SEE_FIGURES)
def show(turn: Turn, button: Button) -> None:
    """The figures of a year: as many years back as the button says."""
    post = _widest(turn)
    turn.post = post
    span = _span(turn.today, button.id)
    own = TABLE[Right.SEE_FIGURES][post.role]
    if own is Reach.BUREAU:
        found = figures.of_bureau(turn.db, post.bureau_id, span, turn.today)
    elif own is Reach.UNIT:
        found = figures.of_unit(turn.db, post.bureau_id, post.unit_id, span, turn.today)
    else:
        found = figures.of_person(turn.db, post.bureau_id, turn.actor.person_id, span, turn.today)
    now = not button.id
    kinds = [(affairs.affair(key).title, tally) for key, tally in found.items()]
    turn.say(
        "figures", _years(turn, button.id), _below(turn), Button("menu"), whose=own.value, post=post, span=span, kinds=kinds,
        total=figures.total(found), loads=_loads(turn, post) if now else [], now=now,
    )  # fmt: skip


@action("mt.fig.b", right=Right.COUNT_FIGURES)
def show_below(turn: Turn, button: Button) -> None:
    """下级各局: the totals of each bureau directly below, of this year."""
    assert turn.post is not None
    span = _span(turn.today, 0)
    found = figures.below(turn.db, turn.post.bureau_id, span, turn.today)
    turn.say("below", [Button("mt.fig"), Button("menu")], span=span, found=found)


def _widest(turn: Turn) -> HeldPost:
    """The post in which the sender sees the most, of those in the bureau in which they act."""
    assert turn.post is not None
    here = turn.post.bureau_id
    held = [post for post in turn.actor.fitting(Right.SEE_FIGURES) if post.bureau_id == here]
    return min(held, key=lambda post: WIDEST.index(TABLE[Right.SEE_FIGURES][post.role]))


def _span(today: date, back: int) -> Span:
    """A year, this one up to today."""
    year = today.year - min(back, BACK)
    return Span(date(year, 1, 1), min(date(year, 12, 31), today))


def _years(turn: Turn, back: int) -> list[Button]:
    """The year before, and the year after."""
    offered = [back + 1] if back < BACK else []
    offered += [min(back, BACK) - 1] if back else []
    return [Button("mt.fig", one, label=turn.text("year", year=turn.today.year - one)) for one in offered]


def _below(turn: Turn) -> list[Button]:
    """下级各局, to whoever counts them, where there are any."""
    posts = turn.actor.fitting(Right.COUNT_FIGURES)
    return [Button("mt.fig.b")] if any(figures.bureaus_below(turn.db, post.bureau_id) for post in posts) else []


def _loads(turn: Turn, post: HeldPost) -> list[Load]:
    if post.role not in SEE_LOADS:
        return []
    unit = post.unit_id if post.role is Role.HEAD else None
    return figures.loads(turn.db, post.bureau_id, turn.today, unit)
