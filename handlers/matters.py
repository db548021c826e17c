"""审核事项: what waits for the sender first; then what they see, open or closed, by kind or unit, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from handlers import matter_cards as shown
from handlers.matter_view import View
from handlers.menu import waits
from models.affairs import affairs
from models.matters import listing, settings
from models.matters.listing import CLOSED, Filter, Scope
from models.matters.matters import OPEN
from models.matters.parties import OF_UNIT, Parties
from models.people import Role
from models.rights import Right

PAGE = 8
WAITING, AT_WORK, DONE, KINDS, UNITS = "w", "o", "d", "k", "u"
"""What waits for the sender; what is open, and closed; the kinds and the units, of which one is chosen: k.contract, u.12."""


@shown.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """查看, where there is more of the facts than a card shows."""
    longer = not found.row.confidential and len(found.row.facts) > shown.LONGEST_FACTS
    if longer and shown.sees(turn, found.row, person):
        yield Button("mt.see", found.row.id)


@waits
def first(turn: Turn) -> Button | None:
    """审核事项 before everything else in the menu, while a matter asks something of the sender."""
    if turn.post is None or not turn.actor.may(Right.SEE_MATTER):
        return None
    if not listing.something_may_wait(turn.db, turn.post.bureau_id, turn.actor.person_id):
        return None
    return Button("mt") if next(waiting_for(turn, scope_of(turn)), None) is not None else None


@command("matters", right=Right.SEE_MATTER, ambiguous=False, instead="matters_opened")
@action("mt", right=Right.SEE_MATTER)
def reviewed(turn: Turn, button: Button) -> None:
    """审核事项, to whoever reviews, decides or steers."""
    show(turn, button)


@command("matters_opened", right=Right.ASSIGN_MATTER, ambiguous=False)
@action("mt.o", right=Right.ASSIGN_MATTER)
def opened(turn: Turn, button: Button) -> None:
    """送审进度, to whoever has matters opened for their unit."""
    show(turn, button)


@action("mt.see", right=Right.SEE_MATTER, load=shown.matter_at)
@action("mt.st", right=Right.ASSIGN_MATTER, load=shown.followed_at)
def see(turn: Turn, matter: Any, button: Button) -> None:
    """查看: how a matter stands, with all of its facts."""
    shown.show(turn, matter, whole=True)


def scope_of(turn: Turn) -> Scope:
    """What the sender sees of the matters of the bureau in which they act, in all of their posts there."""
    assert turn.post is not None
    bureau = turn.post.bureau_id
    posts = [post for post in turn.actor.posts if post.bureau_id == bureau]
    roles = {post.role for post in posts}
    concerned = {key: settings.roles_of(turn.db, bureau, kind) for key, kind in affairs().kinds.items()}

    def concerning(*which: Role) -> frozenset[str]:
        return frozenset(key for key, those in concerned.items() if those & set(which))

    def of_unit(unit: int) -> frozenset[str]:
        held = {post.role for post in posts if post.unit_id == unit} & set(OF_UNIT)
        return frozenset(affairs().kinds) if Role.HEAD in held else concerning(*held)

    return Scope(
        bureau, turn.actor.person_id, Role.LEGAL_SECTION in roles,
        concerning(*roles & {Role.OFFICE, Role.PARTY_SECTION}),
        tuple((unit, kinds) for unit in sorted({post.unit_id for post in posts}) if (kinds := of_unit(unit))),
    )  # fmt: skip


def filter_of(key: str) -> Filter | None:
    """Which matters a view's key means; None: it is no such key, or stands for a choice."""
    view, _, which = key.partition(".")
    if key in (AT_WORK, DONE):
        return Filter(OPEN if key == AT_WORK else CLOSED)
    if view == KINDS and which in affairs().kinds:
        return Filter(kind=which)
    if view == UNITS and which.isascii() and which.isdecimal():
        return Filter(unit=int(which[:12]))
    return None


def waiting_for(turn: Turn, scope: Scope) -> Iterator[Any]:
    """What asks something of the sender now, the next due first."""
    known = Parties(turn.db, turn.today)
    for row in listing.perhaps_waiting(turn.db, scope):
        if View(turn, row, known).asks(turn.actor.person_id) is not None:
            yield row


def show(turn: Turn, button: Button) -> None:
    """The view that a button names, a page of it, or what there is to choose from; without one, what waits for the sender."""
    scope, key = scope_of(turn), button.arg
    wanted = filter_of(key)
    with turn.within("matters"):
        if key in (KINDS, UNITS):
            _choose(turn, scope, key)
        elif wanted is not None:
            total = listing.count(turn.db, scope, wanted)
            start = button.id if button.id < total else 0
            _list(turn, scope, key, listing.page(turn.db, scope, wanted, start, PAGE), start, total)
        else:
            found = list(waiting_for(turn, scope))
            start = button.id if button.id < len(found) else 0
            _list(turn, scope, WAITING, found[start : start + PAGE], start, len(found))


def _list(turn: Turn, scope: Scope, key: str, rows: Sequence[Any], start: int, total: int) -> None:
    """A page of matters, each to be opened, and the ways to look at others."""
    me = turn.actor.person_id
    listed = [(found, found.asks(me)) for found in (shown.view(turn, row) for row in rows)]
    opens = [
        Button(_code(turn, row), row.id, label=turn.text("open_label", number=number))
        for number, row in enumerate(rows, start + 1)
    ]
    counts = listing.by_state(turn.db, scope)
    others = [_view(turn, one) for one in (WAITING, AT_WORK, DONE, KINDS, UNITS) if one != key]
    ways = [Button("mt.new")] if turn.actor.may(Right.ASSIGN_MATTER) else []
    ways += [Button("mt.x")] if turn.actor.may(Right.SEE_MATTER) else []
    turn.say("listed", opens, _turned(turn, key, start, total), others, [*ways, Button("menu")], listed=listed, start=start,
             total=total, view=key, at_work=sum(counts.get(one, 0) for one in OPEN),
             done=sum(counts.get(one, 0) for one in CLOSED), unit=_unit_name(rows))  # fmt: skip


def _choose(turn: Turn, scope: Scope, view: str) -> None:
    """The kinds, or the units, that there are matters of."""
    if view == KINDS:
        named = [
            (f"{KINDS}.{key}", affairs().kinds[key].title, *many)
            for key, many in listing.by_kind(turn.db, scope).items()
        ]
    else:
        named = [(f"{UNITS}.{unit}", *about) for unit, about in listing.by_unit(turn.db, scope).items()]
    named.sort(key=lambda one: list(affairs().kinds).index(one[0][2:]) if view == KINDS else 0)
    code = shown.list_button(turn).code
    buttons = [Button(code, arg=key, label=name) for key, name, _, _ in named]
    turn.say("choose", buttons, [_view(turn, WAITING), Button("menu")], named=named, view=view)


def _view(turn: Turn, key: str) -> Button:
    return Button(shown.list_button(turn).code, arg=key, label=turn.label(f"mt.{key}"))


def _turned(turn: Turn, key: str, start: int, total: int) -> list[Button]:
    """The pages before and after."""
    code, before, after = shown.list_button(turn).code, turn.label("page.before"), turn.label("page.after")
    found = [Button(code, max(0, start - PAGE), arg=key, label=before)] if start else []
    return [*found, Button(code, start + PAGE, arg=key, label=after)] if start + PAGE < total else found


def _code(turn: Turn, row: Any) -> str:
    """The action by which the sender looks at a matter: with its content, or from outside."""
    return "mt.see" if shown.sees(turn, row, turn.actor.person_id) else "mt.st"


def _unit_name(rows: Sequence[Any]) -> str:
    return str(rows[0].unit) if rows else ""
