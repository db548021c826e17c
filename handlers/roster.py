"""花名册: a bureau's two rosters, by unit, role, vacancy or qualification, a page at a time; names, and counts below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from handlers import roster_unit
from handlers.units import day_key, day_of_key, sees_all
from models.people import Role, Unit
from models.personnel import listing
from models.personnel.listing import Page
from models.rights import Right

PAGE = 8
BY_UNIT, LIAISONS, OFFICERS, QUALIFIED, VACANT = "u", "l", "o", "q", "v"
FOLDER = "roster"

Find = Callable[[Turn, int, date, int], Page]
"""(turn, bureau, day, how many to pass over) → a page."""

VIEWS: Mapping[str, Find] = {
    BY_UNIT: lambda turn, bureau, day, start: listing.by_unit(turn.db, bureau, day, start, PAGE, over=day < turn.today),
    LIAISONS: lambda turn, bureau, day, start: listing.in_role(turn.db, bureau, Role.LIAISON, day, start, PAGE),
    OFFICERS: lambda turn, bureau, day, start: listing.in_role(turn.db, bureau, Role.LEGAL_OFFICER, day, start, PAGE),
    QUALIFIED: lambda turn, bureau, day, start: listing.qualified(turn.db, bureau, day, start, PAGE),
    VACANT: lambda turn, bureau, day, start: listing.vacant(turn.db, bureau, turn.today, start, PAGE),
}


@command("roster", right=Right.SEE_ROSTER, ambiguous=False, instead="legal_officers")
@action("ros", right=Right.SEE_ROSTER)
def roster(turn: Turn, button: Button) -> None:
    """花名册: the bureau in numbers, and the ways to look at it; whoever sees one unit alone is shown that unit."""
    assert turn.post is not None
    if not sees_all(turn):
        roster_unit.show(turn, turn.db.session.get_one(Unit, turn.post.unit_id), turn.today)
        return
    counts = listing.counts(turn.db, turn.post.bureau_id, turn.today)
    views = [
        Button("ros.v", 0, arg=f"{view}.{day_key(turn.today)}", label=turn.label(f"ros.v.{view}"), primary=view == BY_UNIT)
        for view in VIEWS if view != VACANT or counts.lacking
    ]  # fmt: skip
    below = [Button("ros.b")] if turn.actor.may(Right.COUNT_ROSTER) else []
    ways = [Button("ros.find"), Button("ros.day"), Button("ros.f")]
    turn.say("home", views, ways, [*below, Button("menu")], bureau=turn.post.bureau, today=turn.today, counts=counts)


@action("ros.v", right=Right.SEE_ROSTER)
def page(turn: Turn, button: Button) -> None:
    """A page of one of the lists, as of a day."""
    view, _, key = button.arg.partition(".")
    if sees_all(turn) and view in VIEWS:
        show(turn, view, day_of_key(key, turn.today), button.id)
    else:
        roster(turn, button)


@action("ros.b", right=Right.COUNT_ROSTER)
def below(turn: Turn, button: Button) -> None:
    """下级局: the bureaus directly below, in numbers alone."""
    assert turn.post is not None
    found = listing.below(turn.db, turn.post.bureau_id, turn.today)
    start = button.id if button.id < len(found) else 0
    lines = found[start : start + PAGE]
    turn.say("below", _turned(turn, "ros.b", "", start, len(found)), [Button("ros"), Button("menu")], lines=lines,
             start=start, total=len(found))  # fmt: skip


@command("legal_officers", right=Right.SEE_LEGAL_OFFICERS, ambiguous=False)
@action("lo", right=Right.SEE_LEGAL_OFFICERS)
def names(turn: Turn, button: Button) -> None:
    """法治员名单: names alone, for those who may invite legal officers."""
    assert turn.post is not None
    found = listing.in_role(turn.db, turn.post.bureau_id, Role.LEGAL_OFFICER, turn.today, button.id, PAGE)
    note(turn, turn.post.bureau_id, "names", turn.today, button.id)
    turn.say("names", _turned(turn, "lo", "", button.id, found.total), Button("menu"), lines=found.lines, start=button.id,
             total=found.total)  # fmt: skip


def show(turn: Turn, view: str, day: date, start: int) -> None:
    """A page of a list of the bureau in which the sender acts; it is noted that the roster was looked at."""
    assert turn.post is not None
    found = VIEWS[view](turn, turn.post.bureau_id, day, start)
    note(turn, turn.post.bureau_id, view, day, start)
    key = day_key(day)
    with turn.within(FOLDER):
        opens = [
            Button("ros.u", line.unit_id, arg=key, label=turn.text("open_label", number=number, line=line))
            for number, line in enumerate(found.lines, start + 1)
        ]
        turned = _turned(turn, "ros.v", f"{view}.{key}", start, found.total)
        turn.say(f"list_{view}", opens, turned, [Button("ros"), Button("menu")], lines=found.lines, start=start,
                 total=found.total, day=day, today=turn.today)  # fmt: skip


def _turned(turn: Turn, code: str, arg: str, start: int, total: int) -> list[Button]:
    """The pages before and after."""
    before, after = turn.label("page.before"), turn.label("page.after")
    found = [Button(code, max(0, start - PAGE), arg=arg, label=before)] if start else []
    return [*found, Button(code, start + PAGE, arg=arg, label=after)] if start + PAGE < total else found


def note(turn: Turn, bureau: int, view: str, day: date, start: int) -> None:
    """Have the audit say that the full roster was looked at: which list, of which day, from which line on."""
    turn.audit("roster.view", "bureau", bureau, None, {"list": view, "day": day.isoformat(), "from": start + 1})
