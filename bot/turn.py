"""A turn: what a handler works with, inside one transaction. It reads and writes rows; nothing here waits or sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot import actions, personal, reminding
from bot.channels import Traits
from bot.clock import day_of, off_the_hour
from bot.masking import masked
from bot.messages import Button, Inbound, Message, Piece
from bot.render import Words
from models import audit, cards, outgoing, people, rights
from models.db import Transaction
from models.outgoing import Urgency
from models.people import HeldPost
from models.rights import Place, Right
from models.vault import Vault

ECHO = "echo"
"""The kind of a row that only shows people what they said or brought themselves."""

_AT_ONCE = timedelta(0)


@dataclass(slots=True)
class Actor:
    """Whoever sent the delivery: the person, the posts held today, and what is on show at the address."""

    address_id: int
    person_id: int
    name: str
    posts: tuple[HeldPost, ...]
    acts_in: int | None
    """The post chosen last where several fitted."""
    shown_conversation: int | None
    shown_key: str | None
    shown_message: int | None
    held: dict[str, Any] | None
    informed: bool
    """Whether the person has been told what is kept of people, and why."""
    used_at: datetime | None = None
    """When the sender last wrote from this address, to the minute."""
    gone_at: datetime | None = None
    """Since when nothing could be sent to this address."""

    def fitting(self, right: Right, place: Place | None = None) -> list[HeldPost]:
        """The posts that give a right (over an object at a place), the one chosen last first."""
        found = rights.fitting(self.posts, right, self.person_id, place)
        return found if len(found) < 2 else sorted(found, key=lambda post: post.id != self.acts_in)

    def may(self, right: Right, place: Place | None = None) -> bool:
        """Whether some post gives a right (over an object at a place)."""
        return bool(self.fitting(right, place))


@dataclass(slots=True)
class Sent:
    """An outgoing row that this turn wrote, ready to be sent once the turn is committed: leased, where we run its channel."""

    id: int
    kind: str
    channel: str
    person_id: int | None
    address: str
    body: dict[str, Any]
    lease: int = 1
    """0: nobody holds it. An echo was done when it was written, and the channel is only told of it; another waits its turn."""
    attempt: int = 0
    repeated: bool = False
    urgency: int = Urgency.REPLY
    until: datetime | None = None
    """When it is past its use."""
    due: datetime | None = None
    """When it was to go out."""
    sender_id: int | None = None
    """Whose doing it is that somebody else is told."""
    again: bool = False
    """Taken up again: it was written some time ago, and is read once more before it is sent."""
    replaces: str | None = None
    """The platform's id of the message that it edits, filled in just before it is sent; None: it is a new one."""


@dataclass(frozen=True, slots=True)
class House:
    """What every turn of this process shares: the words, what each channel is like, and who holds the leases."""

    words: Words
    traits: Mapping[str, Traits]
    holder: str
    runs: frozenset[str]
    """The channels that this process sends on; rows for others are left for whoever runs them."""
    vault: Vault = field(default_factory=Vault.random)
    """Makes codes and links; by itself, such as only this process knows."""
    site: str | None = None
    """Where the web page is that one signs in on, without a slash at the end; None: there is none, as in a demo."""
    invitations: Callable[[str], list[str]] = field(default=lambda code: [])
    """The addresses on channels of this process that let one join there with a code."""


class _Within:
    """Speaking with the words of a folder for a while."""

    __slots__ = ("_before", "_folder", "_turn")

    def __init__(self, turn: Turn, folder: str) -> None:
        self._turn, self._folder = turn, folder

    def __enter__(self) -> None:
        self._before, self._turn.folder = self._turn.folder, self._folder

    def __exit__(self, *_: object) -> None:
        self._turn.folder = self._before


class Turn:
    """One delivery being dealt with. Facts come from `db` and `now` alone."""

    def __init__(self, db: Transaction, house: House, inbound: Inbound, now: datetime, *, reads: bool = False) -> None:
        self._reads = reads
        self.db = db
        self.house = house
        self.inbound = inbound
        self.now = now
        self.today: date = day_of(now)
        self.folder = "common"
        self.post: HeldPost | None = None
        """The post in which the sender acts, once the router or a conversation has found the right for it."""
        self.sent: list[Sent] = []
        self.in_conversation: bool | None = None
        """Whether the sender has a conversation open; None as long as nobody has looked."""
        self.was_ended = False
        """Whether the conversation that was open ended by itself in this turn, and has said why."""
        self.actor: Actor
        """Whoever sent the delivery. Unset for a stranger, whom the router has answered before any handler."""
        self.known = False
        """Whether whoever sent the delivery has been recognised."""
        self._audit: list[dict[str, Any]] = []
        self._said: dict[str, Any] | None = None
        """What the sender said, until it stands in the sender's list."""
        self._wipes: str | None = None
        """The platform's id of what the sender typed, until an answer takes it out of the chat."""
        self._reminded: set[int] = set()
        """Who was told something that may not wait for the next tick."""
        self._at_the_end: dict[Any, Callable[[], None]] = {}

    @property
    def inside(self) -> bool:
        """Whether what is said here stays within our own service: only there 内部 content is written and shown."""
        return self.house.traits[self.inbound.channel].inside

    def joined(self, address: str) -> None:
        """Go on as a turn of whoever has this address on the channel: the sender has just joined there."""
        self.inbound = replace(self.inbound, address=address)
        self.recognise()

    def recognise(self) -> bool:
        """Look up who sent the delivery; False for a stranger."""
        found = self._recognised()
        if found is None and self._is_on_the_roster():
            found = self._recognised()
        if found is None:
            return False
        row, posts = found
        self.actor = Actor(
            row.id, row.person_id, row.name, posts, row.acts_in, row.shown_conversation, row.shown_key,
            row.shown_message, row.held, row.informed_at is not None, row.used_at, row.gone_at,
        )  # fmt: skip
        self.known = True
        return True

    def _recognised(self) -> tuple[Any, tuple[HeldPost, ...]] | None:
        return people.recognise(self.db, self.inbound.channel, self.inbound.address, self.today, alone=not self._reads)

    def _is_on_the_roster(self) -> bool:
        """Whether the address is known from the roster, where the channel tells people by it: then they need not join."""
        traits = self.house.traits.get(self.inbound.channel)
        if traits is None or not traits.identifies or self._reads:
            return False
        return people.join_by_roster(self.db, self.inbound.channel, self.inbound.address)

    def within(self, folder: str) -> _Within:
        """Speak with the words of a folder meanwhile."""
        return _Within(self, folder)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo everything done and said inside if it raises."""
        sent, audited, said, wipes = len(self.sent), len(self._audit), self._said, self._wipes
        at_the_end = dict(self._at_the_end)
        try:
            with self.db.savepoint("attempt"):
                yield
        except BaseException:
            del self.sent[sent:], self._audit[audited:]
            self._said, self._wipes, self._at_the_end = said, wipes, at_the_end
            raise

    def text(self, name: str, /, **context: Any) -> str:
        """A sentence of the present folder."""
        return self.house.words.text(self.folder, name, **context)

    def say(
        self, name: str, /, *rows: Button | Sequence[Button], edits: int | None = None, card: tuple[str, int] | None = None,
        **context: Any,
    ) -> int:  # fmt: skip
        """Say a sentence of the present folder to the sender; the id of its row. `rows`: buttons, alone or in rows.

        `card`: the kind and id of what it is about, if it is to be drawn anew when that changes (bot/cards.py).
        """
        message = Message(self.text(name, **context), self.rendered(rows), edits=edits, card=card)
        return self.send(message)

    def label(self, code: str) -> str:
        """What an action is called on a button."""
        return self.house.words.label(self.folder, "actions", code)

    def say_text(
        self, text: str, *rows: Button | Sequence[Button], picture: str | None = None, file: dict[str, Any] | None = None
    ) -> int:  # fmt: skip
        """Say what is rendered already; the id of its row. `file`: name, size (bytes) and url of one to open."""
        return self.send(Message(text, self.rendered(rows), picture=picture, file=file))

    def send(self, message: Message) -> int:
        """Write a message to the sender as a row; its id."""
        body = message.body()
        if self._said is not None:
            body["said"], self._said = self._said, None
        if self._wipes is not None:
            body["wipes"], self._wipes = self._wipes, None
        return self._to_sender("message", body)

    def wipe(self) -> None:
        """Have what the sender typed taken out of the chat, with the first answer to it, as far as that can be done."""
        self._wipes = self.inbound.message

    def echo(self, text: str, **more: Any) -> None:
        """Put what the sender said into the sender's own list, on channels that keep none: with the first answer to it.

        Mobile numbers are masked there. `more`: what else the page is to know of it.
        """
        if self.house.traits[self.inbound.channel].echoes and text:
            self._said = {"parts": [("text", masked(text))], "delivery": self.inbound.key, **more}

    def echo_file(self, file: dict[str, Any], delivery: str | None) -> int | None:
        """Put a file that the sender brought into that list: its name, size and url, and the key its page knows it by.

        The id of its row; None: the channel keeps a list of its own.
        """
        if not self.house.traits[self.inbound.channel].echoes:
            return None
        return self._to_sender(ECHO, {"parts": [], "delivery": delivery or self.inbound.key, "file": file})

    def notify(
        self, persons: Iterable[int], name: str, /, *rows: Button | Sequence[Button], urgency: Urgency = Urgency.NOTICE,
        card: tuple[str, int] | None = None, **context: Any,
    ) -> None:  # fmt: skip
        """Tell others, each wherever a list is kept for them and on the pushing channel they used last. `card`: as of `say`."""
        body = self._told(name, rows, context, card)
        for person in sorted(persons):
            people.lock(self.db, person)
            self.bring(person, body, urgency)

    def remind(
        self, persons: Iterable[int], name: str, /, *rows: Button | Sequence[Button], of: tuple[str, int] | None = None,
        card: tuple[str, int] | None = None, **context: Any,
    ) -> None:  # fmt: skip
        """Tell others of something just assigned or returned to them: at once if that is decent, else merged later.

        `of`: the kind of reminder and the object that it is about; whoever owes nothing of it by then is not told. `card`: as of `say`.
        """
        body = self._told(name, rows, context, card)
        for person in sorted(persons):
            reminding.tell(self, person, body, of, urgent=True)
            self._reminded.add(person)

    def news(
        self, persons: Iterable[int], name: str, /, *rows: Button | Sequence[Button], of: tuple[str, int] | None = None,
        card: tuple[str, int] | None = None, **context: Any,
    ) -> None:  # fmt: skip
        """Put a line into others' next daily digest. `of`: as of `remind`; `card`: as of `say`."""
        body = self._told(name, rows, context, card)
        for person in sorted(persons):
            reminding.tell(self, person, body, of, urgent=False)

    def part(self, person: int, bureau: int, name: str, /, **context: Any) -> None:
        """Tell somebody whose last post in a bureau ends, once, at a decent hour: no reminder reaches them any more."""
        body = self._told(name, (), context, None) | {"parting": True}
        people.lock(self.db, person)
        self.bring(person, body, Urgency.NOTICE, wait=reminding.decent(self, bureau) - self.now)

    def bring(
        self,
        person: int,
        body: dict[str, Any],
        urgency: Urgency,
        until: datetime | None = None,
        wait: timedelta = _AT_ONCE,
    ) -> list[int]:
        """Write a message to a person, wherever a list is kept for them and on the pushing channel they used last.

        The ids of its rows, none where they can be reached nowhere. `until`: when it is past its use; `wait`: not before that.
        """
        return [
            self._write(
                "message", address.channel, person, address.address, body, urgency, wait=wait or None, until=until
            )
            for address in self.reach(person)
        ]

    def reach(self, person: int) -> list[Any]:
        """The addresses that a message to a person goes to: every list, and the pushing channel used last."""
        here = [one for one in people.addresses_of(self.db, person) if one.channel in self.house.traits]
        pushing = [one for one in here if self.house.traits[one.channel].pushes and one.gone_at is None]
        latest = max(pushing, key=lambda one: (one.used_at is not None, one.used_at, one.id), default=None)
        return [one for one in here if self.house.traits[one.channel].lists or one is latest]

    def at_the_end(self, key: Any, work: Callable[[], None]) -> None:
        """Do something once everything else of the turn is done; of what has the same key, the last."""
        self._at_the_end[key] = work

    def draw_anew(self, card: Any, message: Message) -> int | None:
        """Put a message in place of a card, if it still stands at an address of its person's (models/cards.py); its row's id."""
        if people.who(self.db, card.channel, card.address) == card.person_id:
            message.edits = card.outgoing_id
            return self._write("message", card.channel, card.person_id, card.address, message.body(), Urgency.REMINDER)
        return None

    def later(self, kind: str, body: dict[str, Any], result: str | None = None, wait: timedelta | None = None) -> int:
        """Ask for work to be done after the commit; what comes of it enters as a turn of the sender.

        `result`: the kind of result that it comes back as, where that is not the kind of work. `wait`: not before that.
        """
        return self._to_sender(kind, body if result is None else body | {"result": result}, wait)

    def fetch(self, piece: Piece, wait: timedelta | None = None) -> None:
        """Have a file brought that the platform holds, if it does; how that went comes back as a result of FETCH."""
        if piece.source is not None:
            where = {"channel": self.inbound.channel, "source": piece.source}
            self.later(actions.FETCH, {"upload": piece.upload, "size": piece.size, **where}, wait=wait)

    def acts(self, right: Right, place: Place | None = None) -> HeldPost | None:
        """Act in the post that gives a right (over an object at a place) from here on; None: no post does."""
        self.post = next(iter(self.actor.fitting(right, place)), None)
        return self.post

    def audit(self, what: str, kind: str, object_id: int, before: Any = None, after: Any = None) -> None:
        """Note a change of state: what happened to which object, its state before and after."""
        self._audit.append(
            {
                "at": self.now, "person_id": self._person_id(), "post_id": self.post.id if self.post else None,
                "channel": self.inbound.channel, "what": what, "object": kind, "object_id": object_id,
                "before": before, "after": after,
            }
        )  # fmt: skip

    def rendered(self, rows: Iterable[Button | Sequence[Button]]) -> list[list[tuple[str, str, bool]]]:
        """Buttons as (label, token, likely one), their labels from the words of the present folder."""
        return [
            [
                (self._label(button), actions.token(button), button.primary)
                for button in ((row,) if isinstance(row, Button) else row)
            ]
            for row in rows
            if row
        ]

    def finish(self) -> list[Sent]:
        """Write what was collected; the rows to be sent after the commit, whichever process runs their channels."""
        if self._said is not None:
            self._to_sender(ECHO, self._said)
        for work in self._at_the_end.values():
            work()
        if self._reminded:
            reminding.serve(self, sorted(self._reminded))
        audit.record(self.db, self._audit)
        return self.sent

    def _told(
        self,
        name: str,
        rows: Iterable[Button | Sequence[Button]],
        context: dict[str, Any],
        card: tuple[str, int] | None,
    ) -> dict[str, Any]:
        return Message(self.text(name, **context), self.rendered(rows), card=card).body() | {"news": True}

    def _label(self, button: Button) -> str:
        if button.label is not None:
            return button.label
        return self.house.words.label(
            self.folder, "actions", f"{button.code}.{button.arg}" if button.arg else button.code
        )

    def _to_sender(self, kind: str, body: dict[str, Any], wait: timedelta | None = None) -> int:
        return self._write(kind, self.inbound.channel, self._person_id(), self.inbound.address, body, wait=wait)

    def _person_id(self) -> int | None:
        return self.actor.person_id if self.known else None

    def _write(
        self,
        kind: str,
        channel: str,
        person: int | None,
        address: str,
        body: dict[str, Any],
        urgency: int = Urgency.REPLY,
        wait: timedelta | None = None,
        until: datetime | None = None,
    ) -> int:
        if kind == "message":
            body = personal.fit(self.db, body, person, channel, self.today)
        if wait is None and urgency != Urgency.REPLY and (traits := self.house.traits.get(channel)) is not None:
            wait = off_the_hour(self.now, traits.spreads, address)
        ours = channel in self.house.runs and wait is None
        done = kind == ECHO  # the page is told to look at its list, and there is nothing else to do
        # What is no reply waits for its slot in the database, where a channel has a pace: there may be thousands.
        leased = ours and not done and (urgency == Urgency.REPLY or self.house.traits[channel].pace is None)
        sender = self._person_id() if urgency != Urgency.REPLY else None
        row_id = outgoing.insert(
            self.db,
            {
                "kind": kind, "channel": channel, "person_id": person, "address": address, "urgency": int(urgency),
                "body": body,
                "state": _state(done=done, leased=leased, waits=wait is not None),
                "holder": self.house.holder if leased else None, "lease": int(leased),
                "lease_until": self.now + (outgoing.LEASE if leased else wait or _AT_ONCE), "attempt": 0, "repeated": False,
                "created_at": self.now, "done_at": self.now if done else None, "until": until,
                "sender_id": sender,
                "not_before": None if wait is None else self.now + wait,
            },
        )  # fmt: skip
        if person is not None and (about := body.get("card")):
            cards.add(self.db, row_id, about[0], about[1], person, channel, address)
        if wait is None:
            self.sent.append(
                Sent(
                    row_id, kind, channel, person, address, body, int(leased), urgency=int(urgency), until=until,
                    due=self.now, sender_id=sender,
                )
            )  # fmt: skip
        return row_id


def _state(*, done: bool, leased: bool, waits: bool) -> str:
    if done:
        return outgoing.FINISHED
    if waits:
        return outgoing.WAITING
    return outgoing.RUNNING if leased else outgoing.CREATED
