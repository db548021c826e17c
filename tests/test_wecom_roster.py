"""Who is known by the roster, and what processes share, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from bot.actions import base36, parse
from bot.channels.web.calls import row_id
from bot.sharing import SharedByDatabase
from models import accounts, holders, lately, members, message_list, outgoing, people
from models.db import Database
from tests.world import BEGINNING, FrozenClock

CHANNEL = "wecom"


def with_accounts(database: Database, *accounts: str) -> list[int]:
    """People of the demo to whom the roster gives these accounts."""
    found = sorted({int(row.person_id) for row in database.read(holders.everyone)})[: len(accounts)]

    def note(db: Any) -> None:
        for person in found:
            db.session.get(people.Person, person).wecom_id = None
        db.session.flush()
        for person, account in zip(found, accounts, strict=True):
            db.session.get(people.Person, person).wecom_id = account or None

    database.write(note).result()
    return found


def joined(database: Database) -> int:
    return database.write(lambda db: accounts.join_all(db, CHANNEL)).result()


def test_everybody_on_the_roster_has_their_address_once(database: Database) -> None:
    first, second = with_accounts(database, "ZhangSan", "lisi")
    assert joined(database) == 2
    assert joined(database) == 0
    who = {name: database.read(lambda db, name=name: people.who(db, CHANNEL, name)) for name in ("zhangsan", "lisi")}
    assert who == {"zhangsan": first, "lisi": second}


def test_accounts_that_are_exchanged_go_to_whom_they_belong(database: Database) -> None:
    first, second = with_accounts(database, "zhangsan", "lisi")
    joined(database)
    with_accounts(database, "lisi", "ZHANGSAN")
    joined(database)
    assert database.read(lambda db: people.who(db, CHANNEL, "zhangsan")) == second
    assert database.read(lambda db: people.who(db, CHANNEL, "lisi")) == first


def test_whoever_writes_is_known_at_once_and_a_stranger_is_not(database: Database) -> None:
    (person,) = with_accounts(database, "ZhangSan")
    found = database.write(lambda db: accounts.who(db, CHANNEL, "zhangsan")).result()
    nobody = database.write(lambda db: accounts.who(db, CHANNEL, "nobody")).result()
    assert (found, nobody) == (person, None)


def test_what_is_unlinked_is_forgotten_by_the_roster(database: Database) -> None:
    (person,) = with_accounts(database, "ZhangSan")
    joined(database)

    def unlink(db: Any) -> None:
        members.unlink(db, members.place_at(db, CHANNEL, "zhangsan"), BEGINNING)

    database.write(unlink).result()
    assert joined(database) == 0
    assert database.read(lambda db: people.who(db, CHANNEL, "zhangsan")) is None
    assert database.read(lambda db: db.session.get(people.Person, person)).wecom_id is None


def test_the_newest_message_with_buttons(database: Database) -> None:
    (person,) = with_accounts(database, "zhangsan")

    def write(db: Any) -> list[int]:
        common = {"kind": "message", "channel": CHANNEL, "person_id": person, "address": "zhangsan", "urgency": 0}
        state = {"state": "done", "holder": None, "lease": 0, "lease_until": BEGINNING, "attempt": 0, "repeated": False}
        bodies: list[dict[str, Any]] = [{"parts": []}, {"parts": [], "buttons": [[["a", "b", False]]]}, {"parts": []}]
        rows = [common | state | {"created_at": BEGINNING, "done_at": BEGINNING, "body": body} for body in bodies]
        return [outgoing.insert(db, **row) for row in rows]

    ids = database.write(write).result()
    assert database.read(lambda db: message_list.newest_with_buttons(db, person, CHANNEL)) == ids[1]
    assert database.read(lambda db: message_list.newest_with_buttons(db, person, "web")) is None


def test_what_went_out_lately(database: Database) -> None:
    assert database.read(lambda db: lately.gone_out(db, CHANNEL, BEGINNING)) == []
    times = {"first": BEGINNING, "old": BEGINNING - timedelta(hours=2), "last": BEGINNING + timedelta(seconds=5)}
    told = {
        "kind": "message",
        "person_id": None,
        "channel": CHANNEL,
        "urgency": 0,
        "holder": None,
        "lease": 0,
        "lease_until": None,
        "attempt": 0,
    }
    rows = [
        told | {"state": state, "repeated": False, "body": {}, "address": name, "created_at": at, "done_at": at}
        for name, at in times.items() for state in ("done", "failed")
    ]  # fmt: skip
    database.write(lambda db: [outgoing.insert(db, **row) for row in rows]).result()
    found = database.read(lambda db: lately.gone_out(db, CHANNEL, BEGINNING - timedelta(hours=1)))
    assert [(row.address, row.done_at) for row in found] == [("first", times["first"]), ("last", times["last"])]
    assert database.read(lambda db: lately.gone_out(db, "web", BEGINNING)) == []


def test_no_number_that_people_can_send_is_too_large_for_a_row(database: Database) -> None:
    """A button or an address may be forged: what is no row's number is not asked for."""
    for number in (outgoing.LARGEST_ID, outgoing.LARGEST_ID + 1, 2**62):
        button, page = parse(f"nt.o-{base36(number)}-0"), row_id(str(number))
        assert (button is None, page is None) == (number > outgoing.LARGEST_ID,) * 2
    last = outgoing.LARGEST_ID
    assert database.read(lambda db: outgoing.row(db, last)) is None
    assert database.read(lambda db: message_list.before(db, 1, "web", last, 5)) == []
    assert database.read(lambda db: message_list.after(db, 1, "web", last, 5)) == []


def test_what_processes_share(database: Database) -> None:
    clock = FrozenClock()
    first, second = (SharedByDatabase(database, name, clock) for name in ("first", "second"))

    async def share() -> None:
        assert await first.take("work", timedelta(seconds=5))
        assert not await second.take("work", timedelta(seconds=5))
        await first.give_up("work")
        assert await second.take("work", timedelta(seconds=5))
        assert await first.read("value") is None
        for value in ("one", "two"):
            await first.keep("value", value, BEGINNING + timedelta(hours=1))
        assert await second.read("value") == ("two", BEGINNING + timedelta(hours=1))
        clock.pass_(hours=1)
        assert await second.read("value") is None

    asyncio.run(share())
