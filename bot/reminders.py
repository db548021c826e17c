"""Reminders falling due while the assistant runs: a tick looks for what is due until nothing is; a new day plans anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import structlog

from bot import reminding
from bot.assistant import Assistant
from bot.clock import Clock, day_of
from bot.turn import Turn
from bot.waiting import commit
from models import leases, reminders
from models.db import Database, DatabaseDown
from models.reminders import WHOEVER, Reason

log = structlog.get_logger()

TICK_SECONDS = 20
CHANNEL = "schedule"
"""Where the audit says that it came from."""
WORK = "reminders"
"""The lease under which processes take turns."""
SPAN = timedelta(seconds=30)
MOST_OBJECTS = 50
"""Objects planned anew in one transaction."""
PUT_OFF = timedelta(minutes=10)
"""Until when what a fault keeps from falling due is left alone."""


class Reminders:
    """Lets reminders fall due, taking turns with other processes; ticks and the end of the process drive it."""

    def __init__(self, database: Database, assistant: Assistant, holder: str, clock: Clock) -> None:
        self._database = database
        self._assistant = assistant
        self._holder = holder
        self._clock = clock
        self._alone = asyncio.Lock()
        self._planned_on: date | None = None
        self._ending = False

    async def tick(self) -> None:
        """Queue whatever is due; before that, at the start and on each new day, bring the plan up to date."""
        async with self._alone:
            try:
                if self._planned_on != (today := day_of(self._clock.now())):
                    await self._replan()
                    self._planned_on = today
                await self._fall_due()
            except DatabaseDown as error:
                log.warning("database unavailable", reason=str(error))

    async def stop(self) -> None:
        """Finish the transaction that runs, and let other processes take over at once."""
        self._ending = True
        async with self._alone:
            try:
                give_up = partial(leases.give_up, name=WORK, holder=self._holder)
                await commit(self._database, give_up)
            except DatabaseDown as error:
                log.warning("database unavailable", reason=str(error))

    async def _replan(self) -> None:
        for kind in reminding.KINDS:
            try:
                await self._replan_kind(kind)
            except DatabaseDown:
                raise
            except Exception as error:
                log.error("reminders not planned", kind=kind, error=type(error).__name__)

    async def _replan_kind(self, kind: str) -> None:
        """Look first without holding anybody up: mostly there is nothing to change."""
        astray = await asyncio.to_thread(self._assistant.look_alone, partial(reminding.astray, kind=kind))
        for start in range(0, len(astray), MOST_OBJECTS):
            objects = set(astray[start : start + MOST_OBJECTS])
            await self._do(partial(reminding.replan_all, kind=kind, objects=objects))

    async def _fall_due(self) -> None:
        most = reminding.MOST
        while not self._ending:
            due = partial(reminders.who_is_due, now=self._clock.now(), most=most)
            who = await asyncio.to_thread(self._database.read, due)
            if not who:
                return
            try:
                if not await self._do(partial(reminding.fall_due, who=who, most=most)):
                    return
                most = reminding.MOST
            except DatabaseDown:
                raise
            except Exception as error:
                # One of them is at fault: they are dealt with one by one, and that one is put off.
                if most > 1:
                    most = 1
                    continue
                log.error("reminder failed", person=who[0], error=type(error).__name__)
                await self._do(partial(_put_off, person=who[0]))

    async def _do(self, work: Callable[[Turn], object]) -> bool:
        """Do some work in a transaction of its own; False: another process is at it."""
        ours = False

        def alone(turn: Turn) -> None:
            nonlocal ours
            ours = leases.take(turn.db, WORK, self._holder, turn.now, SPAN)
            if ours:
                work(turn)

        await asyncio.wrap_future(self._assistant.by_itself(CHANNEL, alone))
        return ours


def _put_off(turn: Turn, person: int) -> None:
    if person == WHOEVER:
        rows = reminders.for_whoever(turn.db, turn.now, 1)
    else:
        rows = reminders.of_person(turn.db, person, turn.now, reminding.MOST)
    reminders.wait(turn.db, [(row.id, turn.now + PUT_OFF, Reason.FAULT) for row in rows])
