"""Bringing deliveries in, one by one or all at once, and looking at what the writer does with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from bot.messages import Inbound
from bot.rows import Sent
from models.db import Transaction
from tests.world import Phone, World

PATIENCE = 10
"""Seconds after which a test gives up on what should take milliseconds."""
CONTACT = "法制科法治联络员"
BUREAUS = ("东江市人社局", "西河市人社局", "示范区人社局", "临港县人社局", "青山县人社局")


def typed(phone: Phone, text: str, key: str | None = None) -> Inbound:
    return Inbound(phone.channel, phone.address, key or text, text=text)


def contacts(world: World) -> list[Phone]:
    return [world.phone(CONTACT, bureau=bureau) for bureau in BUREAUS]


@contextmanager
def writer_held(world: World) -> Iterator[None]:
    """The writer is kept busy meanwhile, so that what comes in waits and becomes one batch."""
    busy, release = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        busy.set()
        release.wait(PATIENCE)

    held = world.database.write(hold)
    assert busy.wait(PATIENCE)
    try:
        yield
    finally:
        release.set()
        held.result(PATIENCE)


def all_at_once(world: World, inbounds: list[Inbound]) -> list[Future[list[Sent]]]:
    with writer_held(world):
        return [world.assistant.receive(inbound) for inbound in inbounds]


def traced(world: World) -> list[str]:
    """Every statement that the writer runs from now on, as it was run."""
    statements: list[str] = []

    def listen(db: Transaction) -> None:
        driver: Any = db.session.connection().connection.driver_connection
        driver.set_trace_callback(statements.append)

    world.database.write(listen).result(PATIENCE)
    statements.clear()
    return statements


def counts(world: World) -> dict[str, int]:
    """How many rows each table has that a turn writes to."""
    tables = ("delivery", "outgoing", "conversation", "answerversion", "auditentry", "meta")
    return {table: world.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}
