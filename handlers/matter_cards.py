"""A matter as people see it: what it says to whom, what each can do about it, and its cards, drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from bot import cards
from bot.actions import Target
from bot.messages import Button, Message
from bot.turn import Turn
from handlers.matter_view import Asks, View
from models import cards as kept
from models import people, posts, rights
from models.matters import assignments, matters, parties, settings
from models.people import Role
from models.rights import Place, Right

KIND = "matter"
FOLDER = "matter_cards"
TASK = "task"
"""The kind of reminder that is about one reviewer's part; KIND is about what a matter asks of everybody else."""
LONGEST_FACTS = 80
"""Characters of the facts that stand on a card; the whole is shown by 查看."""


Offer = Callable[[Turn, View, int], Iterable[Button]]
"""(turn, matter, person) → what that person can do about it now. The handler that does it judges it again when it is pressed."""

OFFERS: list[Offer] = []
ORDER = (
    "mt.in", "mt.acc", "mt.op", "mt.recd", "mt.rec", "mt.un", "mt.ext.y", "mt.ext.n", "mt.me", "mt.as", "mt.ok", "mt.back", "mt.pic",
    "mt.nx", "mt.end",
    "mt.add", "mt.res", "mt.res.w", "mt.ext", "mt.sus", "mt.doc", "mt.pre", "mt.crt", "mt.wd", "mt.see", "mt.st",
)  # fmt: skip
"""In which order a card shows its buttons: first what it asks for, last what is rare."""


LIKELY: Mapping[Asks, tuple[str, ...]] = {
    Asks.ANSWER: ("mt.in", "mt.acc"), Asks.WRITE: ("mt.op", "mt.recd"), Asks.ASSIGN: ("mt.me", "mt.as"), Asks.ACCEPT: ("mt.ok",),
    Asks.DECIDE: ("mt.nx",), Asks.BRING: ("mt.add",),
}  # fmt: skip
"""With what somebody does what a matter asks of them: it stands first."""


def offers(function: Offer) -> Offer:
    """Register what can be done about a matter; a code that is not in ORDER raises ValueError when a card is drawn."""
    OFFERS.append(function)
    return function


def matter_at(turn: Turn, the_id: int) -> Target | None:
    """A matter for whoever sees its content (Right.SEE_MATTER): it is the sender's own where they review it."""
    row = matters.by_id(turn.db, the_id)
    return None if row is None else Target(row, place_of(turn, row))


def opened_at(turn: Turn, the_id: int) -> Target | None:
    """A matter for whoever may open, and so withdraw, such ones (Right.ASSIGN_MATTER)."""
    row = matters.by_id(turn.db, the_id)
    return None if row is None else Target(row, opened_place(turn, row))


def assigned_at(turn: Turn, the_id: int) -> Target | None:
    """A matter for whoever assigns its present step (Right.ASSIGN_MATTER)."""
    row = matters.by_id(turn.db, the_id)
    return None if row is None else Target(row, _given_to(row, frozenset({parties.assigner(turn.db, row, turn.today)})))


def followed_at(turn: Turn, the_id: int) -> Target | None:
    """A matter for whoever has to do with it by their role, and follows how it goes (Right.ASSIGN_MATTER)."""
    row = matters.by_id(turn.db, the_id)
    return None if row is None else Target(row, followed_place(turn, row))


def assignment_at(turn: Turn, the_id: int) -> Target | None:
    """A reviewer's part in a matter, which is theirs alone, whatever has become of it (Right.WRITE_OPINION)."""
    row = assignments.by_id(turn.db, the_id)
    matter = matters.by_id(turn.db, row.matter_id) if row is not None else None
    if row is None or matter is None:
        return None
    return Target(row, Place(matter.bureau_id, unit=matter.unit_id, person=row.person_id))


def place_of(turn: Turn, matter: Any, person: int | None = None) -> Place:
    """Where a matter stands for somebody (the sender) who would see its content: their own, if they review it or have done so."""
    roles = settings.roles_of(turn.db, matter.bureau_id, matters.kind_of(matter))
    who = turn.actor.person_id if person is None else person
    own = who if assignments.reviews(turn.db, matter.id, who) else None
    return Place(matter.bureau_id, unit=matter.unit_id, person=own, roles=roles)


def followed_place(turn: Turn, matter: Any) -> Place:
    """Where a matter stands for whoever has to do with it by their role."""
    return _given_to(matter, settings.roles_of(turn.db, matter.bureau_id, matters.kind_of(matter)))


def opened_place(turn: Turn, matter: Any) -> Place:
    """Where a matter stands for whoever may open such ones."""
    return _given_to(matter, parties.opening_roles(turn.db, matter))


def sees(turn: Turn, matter: Any, person: int) -> bool:
    """Whether somebody may see a matter's content: facts, attachments, opinions."""
    return _may(turn, person, Right.SEE_MATTER, place_of(turn, matter, person))


def follows(turn: Turn, matter: Any, person: int) -> bool:
    """Whether somebody may know how a matter goes, by their role: who opens, assigns or accepts such ones."""
    return _may(turn, person, Right.ASSIGN_MATTER, followed_place(turn, matter))


def doer(turn: Turn, matter: Any) -> int:
    """Whose doing it is that a matter (a row) moves: the sender's; by itself, of whoever moved it last."""
    return turn.actor.person_id if turn.known else int(matter.moved_by)


def concerns(turn: Turn, matter: Any, person: int) -> bool:
    """Whether somebody sees a matter, or may follow it; nobody else is told how it goes on."""
    return sees(turn, matter, person) or follows(turn, matter, person)


def view(turn: Turn, matter: Any) -> View:
    """A matter (a row) as it stands."""
    return View(turn, matter)


def buttons(turn: Turn, found: View, person: int) -> list[Button]:
    """What somebody can do about a matter, the likely thing first."""
    asks = found.asks(person)
    likely = LIKELY[asks] if asks is not None else ()
    offered = [button for offer in OFFERS for button in offer(turn, found, person)]
    offered.sort(key=lambda button: (button.code not in likely, ORDER.index(button.code)))
    if offered and asks is not None:
        offered[0].primary = True
    return offered


def message(turn: Turn, found: View, person: int) -> Message:
    """A matter's card, as somebody is to see it; where it does not concern them any more, what became of their part."""
    with turn.within(FOLDER):
        if not concerns(turn, found.row, person):
            return Message(_closed(turn, found, person))
        return Message(turn.text("card", **_told(turn, found, person)), turn.rendered([buttons(turn, found, person)]))


def redraw(turn: Turn, the_id: int) -> None:
    """Draw every card of a matter anew, as it is at the end of the turn; of people whom it leaves, for the last time."""

    @cache
    def found() -> View:
        return view(turn, matters.by_id(turn.db, the_id))

    def draw(person: int) -> Message:
        if not concerns(turn, found().row, person):
            kept.drop(turn.db, KIND, the_id, person)
        return message(turn, found(), person)

    cards.redraw(turn, KIND, the_id, draw)


def ask(turn: Turn, persons: Iterable[int], matter: Any, *, lead: str = "card", **more: Any) -> None:
    """Deal others the card of a matter at once: it asks something of them, or does not any more. The sender is left out.

    `lead`: the sentence of this folder that says it, which gets what `more` there is, besides what the card does.
    """
    _deal(turn, turn.remind, persons, matter, lead, more)


def tell(turn: Turn, persons: Iterable[int], matter: Any, *, lead: str = "card", **more: Any) -> None:
    """As `ask`, with the next digest: what asks nothing of them, or nothing that could not wait."""
    _deal(turn, turn.news, persons, matter, lead, more)


def show(turn: Turn, matter: Any, lead: str = "", *, whole: bool = False) -> None:
    """Deal the sender the card of a matter. `lead`: a rendered sentence to put before it; `whole`: with all of the facts."""
    me, found = turn.actor.person_id, view(turn, matter)
    told, ways = _told(turn, found, me), [list_button(turn), Button("menu")]
    with turn.within(FOLDER):
        if concerns(turn, matter, me):
            turn.say("shown", buttons(turn, found, me), ways, lead=lead, whole=whole, card=(KIND, matter.id), **told)
        else:
            turn.say_text(lead or _closed(turn, found, me), ways)


def show_stale(turn: Turn, matter: Any, assignment: Any | None = None) -> None:
    """What was pressed is settled, or no longer as it was: by whom and when, and how the matter stands.

    `assignment`: the sender's own part (a row), if it was about that; where it is another's by now, that is said.
    """
    found, me = view(turn, matter), turn.actor.person_id
    with turn.within(FOLDER):
        if assignment is None or assignment.state == assignments.State.ASKED:
            said = turn.text("moved_on", view=found, person=me)
        else:
            mover = people.name_of(turn.db, assignment.moved_by)
            said = turn.text("part_moved_on", view=found, assignment=assignment, mover=mover)
    show(turn, matter, said)


def list_button(turn: Turn) -> Button:
    """审核事项, to whoever reviews or decides; 送审进度, to whoever only has matters opened."""
    return Button("mt" if turn.actor.may(Right.SEE_MATTER) else "mt.o")


def _may(turn: Turn, person: int, right: Right, place: Place) -> bool:
    held = (
        turn.actor.posts if turn.known and turn.actor.person_id == person else posts.held(turn.db, person, turn.today)
    )
    return bool(rights.fitting(held, right, person, place))


def _closed(turn: Turn, found: View, person: int) -> str:
    """What is left to say to somebody whom a matter does not concern any more: what became of their part."""
    own = [one for one in assignments.of_matter(turn.db, found.row.id) if one.person_id == person]
    return turn.text("closed", view=found, state=own[-1].state if own else "")


def _given_to(matter: Any, roles: frozenset[Role]) -> Place:
    return Place(matter.bureau_id, unit=matter.unit_id, roles=roles)


def _told(turn: Turn, found: View, person: int) -> dict[str, Any]:
    return {
        "view": found, "asks": found.asks(person), "person": person, "sees": sees(turn, found.row, person),
    }  # fmt: skip


def _deal(
    turn: Turn, how: Callable[..., None], persons: Iterable[int], matter: Any, lead: str, more: dict[str, Any]
) -> None:  # fmt: skip
    found = view(turn, matter)
    sender = turn.actor.person_id if turn.known else None
    with turn.within(FOLDER):
        for person in sorted(set(persons) - {sender}):
            row, of = buttons(turn, found, person), _owed(found, person)
            how({person}, lead, row, of=of, card=(KIND, matter.id), **_told(turn, found, person), **more)


def _owed(found: View, person: int) -> tuple[str, int] | None:
    """The kind and object of the reminder that somebody owes something of; None: nothing is asked of them."""
    asks, mine = found.asks(person), found.mine(person)
    if asks is None:
        return None
    return (TASK, mine.id) if mine is not None and asks in (Asks.ANSWER, Asks.WRITE) else (KIND, found.row.id)
