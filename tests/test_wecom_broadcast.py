"""Something told to many members while one is blocked, one unlicensed, WeCom says enough, an answer is lost, and we restart."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot.messages import Inbound
from models import holders, people
from models.outgoing import Urgency
from tests.emulators.wecom import Member
from tests.platform_service import BUREAU
from tests.wecom_service import Service, service

pytestmark = pytest.mark.anyio
SAID = "明天上午九时开会。"
BLOCKED, UNLICENSED, ENOUGH, LOST = 3, 5, 8, 11
TOO_SLOW, TOO_PATIENT = 0.25, 0.05


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def everybody(here: Service) -> dict[int, Member]:
    """All people of the bureau, by id, as members who may see the app."""
    known = sorted({one.person_id for one in here.database.read(holders.everyone) if one.bureau == BUREAU})

    def note(db: Any) -> None:
        for person in known:
            db.session.get(people.Person, person).wecom_id = f"m{person}"

    here.database.write(note).result()
    return {person: here.wecom.member(f"m{person}") for person in known}


def seen(here: Service) -> Counter[str]:
    return Counter(one.message.member for one in here.wecom.ledger.history if one.message.words == SAID)


async def test_a_broadcast_reaches_everybody_once_whatever_happens_in_the_middle(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        members = everybody(here)
        await here.app.join_by_roster()
        known = list(members)
        members[known[BLOCKED]].account.visible = False
        members[known[UNLICENSED]].account.licensed = False
        here.wecom.faults.fail(45009, "message/send", member=f"m{known[ENOUGH]}")
        here.wecom.faults.fail("cut", "message/send", member=f"m{known[LOST]}")
        hangs = here.wecom.faults.fail("hang", "message/send", member=f"m{known[-1]}")

        def tell(turn: Any) -> None:
            for person in members:
                turn.bring(person, {"parts": [("text", SAID)]}, Urgency.NOTICE)

        await asyncio.wrap_future(here.app.assistant.by_itself("test", tell))
        await here.until(lambda: len(here.wecom.faults.met) >= 2)
        await here.until(lambda: any(row[0] == "waiting" for row in here.rows()))
        hangs.release()
        await here.stop()  # what WeCom asked to wait for, waits; the next process looks after it
        await here.start()
        async with asyncio.timeout(20):
            while any(row[0] not in ("done", "gone") for row in here.rows()):
                here.clock.pass_(seconds=61)
                await here.app.outbox.sweep()
                await asyncio.sleep(0.01)
        reached = {f"m{person}" for place, person in enumerate(known) if place not in (BLOCKED, UNLICENSED)}
        assert seen(here) == Counter(dict.fromkeys(reached, 1))
        assert Counter(row[0] for row in here.rows()) == {"done": len(known) - 2, "gone": 2}


async def test_what_is_answered_too_late_comes_again_and_has_one_effect(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        slow = iter(range(2))

        async def take(inbound: Inbound) -> Any:
            found = await real(inbound)
            if next(slow, None) is not None:
                await asyncio.sleep(TOO_SLOW)
            return found

        real = here.app.assistant.take
        with (
            patch("tests.emulators.wecom.callbacks.ANSWERED_WITHIN", TOO_PATIENT),
            patch.object(here.app.assistant, "take", take),
        ):
            said = someone.say("菜单")
            await here.quiet()
        assert said.attempts == ["TimeoutError", "TimeoutError", 200]
        await here.until(lambda: someone.seen)
        await here.quiet()
        assert len(someone.seen) == 1
