"""Reading rows once more just before they are sent: is there still somebody to be told, and still something to tell?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from bot import lots
from bot.assistant import Assistant
from bot.channels import Traits
from bot.outbox.lanes import only_asks
from bot.rows import Sent
from bot.turn import Turn
from models import outgoing
from models.db import Database, DatabaseDown, Transaction
from models.outgoing import Urgency, Why

StillTrue = Callable[[Turn, dict[str, Any]], "bool | datetime"]
"""Whether what a row's body reminds of is still to be done, or the moment before which it is not to be said; on a turn of
its reader that only reads."""


class Dropped(Exception):
    """A row is not to be sent any more."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class TooEarly(Exception):
    """A row is not to be sent before a moment."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(slots=True)
class _Asked:
    row: Sent
    traits: Traits
    answer: asyncio.Future[Sent]


def wanted(row: Sent, traits: Traits) -> bool:
    """Whether a row must be read once more, or something for it: a reply that goes out at once need not.

    Nor must what stands in a list, where its reader has seen it as soon as it was committed.
    """
    return _is_late(row, traits) or (traits.pushes and "edits" in row.body)


def _is_late(row: Sent, traits: Traits) -> bool:
    return (row.again or row.urgency != Urgency.REPLY) and not traits.lists


class Rereading:
    """Reads whatever rows ask for it meanwhile, together."""

    def __init__(self, database: Database, assistant: Assistant, holder: str, still_true: StillTrue) -> None:
        self._database = database
        self._assistant = assistant
        self._holder = holder
        self._still_true = still_true
        self._asked: list[_Asked] = []
        self._reading: asyncio.Task[None] | None = None

    async def read(self, row: Sent, traits: Traits) -> Sent:
        """The row as it is to be sent now. Raises Dropped, DatabaseDown."""
        asked = _Asked(row, traits, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return await asked.answer

    async def _read(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            for one, answer in zip(asked, await self._answers(asked), strict=True):
                if one.answer.cancelled():
                    continue
                if isinstance(answer, Exception):
                    one.answer.set_exception(answer)
                else:
                    one.answer.set_result(answer)
        self._reading = None

    async def _answers(self, asked: list[_Asked]) -> list[Sent | Exception]:
        try:
            return await asyncio.to_thread(self._database.read, partial(self._looked_at, asked=asked))
        except DatabaseDown as error:
            return [error for _ in asked]
        except Exception as error:
            # One of them broke it, which is of no concern to the others.
            return [error] if len(asked) == 1 else [(await self._answers([one]))[0] for one in asked]

    def _looked_at(self, db: Transaction, asked: list[_Asked]) -> list[Sent | Exception]:
        found: list[Sent | Exception] = []
        for one in asked:
            row = one.row
            if _is_late(row, one.traits):
                stands = outgoing.row(db, row.id)
                if (hindered := self._hindered(db, row, stands, one.traits)) is not None:
                    found.append(hindered)
                    continue
                row = replace(row, body=stands.body)  # type: ignore[union-attr]
            found.append(_editing(db, row) if one.traits.pushes else row)
        return found

    def _hindered(self, db: Transaction, row: Sent, stands: Any | None, traits: Traits) -> Dropped | TooEarly | None:
        """What keeps a row from being sent now, if anything does."""
        turn = self._assistant.reading(db, row.channel, row.address)
        if (why := self._gone(turn, row, stands, traits)) is not None:
            return Dropped(why)
        if not lots.goes_on(turn, stands.body):  # type: ignore[union-attr]
            return Dropped(Why.WITHDRAWN)
        # What changes in place makes no noise, whatever the hour.
        if row.urgency == Urgency.REMINDER and stands is not None and "edits" not in stands.body:
            holds = self._still_true(turn, stands.body)
            if holds is False:
                return Dropped(Why.DONE)
            if isinstance(holds, datetime) and row.again:  # at first it was told when it was to go out
                return TooEarly(holds)
        return None

    def _gone(self, turn: Turn, row: Sent, stands: Any | None, traits: Traits) -> Why | None:
        """Why a row is not to be sent any more, if so."""
        ours = (outgoing.RUNNING, self._holder, row.lease)
        if stands is None or (stands.state, stands.holder, stands.lease) != ours:
            return Why.WITHDRAWN
        if row.until is not None and turn.now >= row.until:
            return Why.PAST
        if row.person_id is not None:
            if not turn.recognise() or turn.actor.person_id != row.person_id:
                return Why.MOVED
            if turn.actor.gone_at is not None:
                return Why.BLOCKED
            if row.urgency != Urgency.REPLY and not turn.actor.posts and not stands.body.get("parting"):
                return Why.LEFT
        asks = traits.pushes and only_asks(stands.body)
        if asks and any("of" in body for body in outgoing.replies_behind(turn.db, row)):
            return Why.OVERTAKEN
        return None


def _editing(db: Transaction, row: Sent) -> Sent:
    """The row with the platform's id of the message that it is to replace, if that message is there."""
    body = row.body
    while "edits" in body and (edited := outgoing.row(db, body["edits"])) is not None:
        if edited.state == outgoing.FINISHED:
            return replace(row, replaces=edited.reference)
        if edited.state != outgoing.GONE:
            break
        body = edited.body  # it was overtaken: in its place stands what it would have replaced
    return row
