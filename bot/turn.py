"""A turn: what a handler works with, inside one transaction. It reads and writes rows; nothing here waits or sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot import actions, reminding
from bot.actor import Actor, actor_at
from bot.clock import day_of
from bot.house import House
from bot.masking import masked
from bot.messages import Button, Inbound, Message, Piece
from bot.rows import ECHO, Rows, Sent
from models import audit, burden, people
from models.db import Transaction
from models.outgoing import Urgency
from models.people import HeldPost
from models.rights import Place, Right

_AT_ONCE = timedelta(0)


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
        self._rows = Rows(db, house, now)
        self.sent = self._rows.sent
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
        found = actor_at(self.db, self.house, self.inbound, self.today, reads=self._reads)
        if found is None:
            return False
        self.actor, self.known = found, True
        return True

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
        places = self.reach(person)
        if places and urgency is not Urgency.REPLY:
            burden.count(self.db, person, day_of(self.now + wait))
        return [
            self._write("message", one.channel, person, one.address, body, urgency, wait=wait or None, until=until)
            for one in places
        ]

    def reach(self, person: int) -> list[Any]:
        """The addresses that a message to a person goes to: every list, and the pushing channel used last."""
        return self.reached(people.addresses_of(self.db, person))

    def reached(self, addresses: Iterable[Any]) -> list[Any]:
        """Those of a person's addresses (rows) that a message to them goes to."""
        here = [one for one in addresses if one.channel in self.house.traits]
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
        urgency: Urgency = Urgency.REPLY,
        wait: timedelta | None = None,
        until: datetime | None = None,
    ) -> int:
        sender = self._person_id() if urgency is not Urgency.REPLY else None
        return self._rows.write(kind, channel, person, address, body, urgency, wait, until, sender)
