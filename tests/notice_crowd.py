"""Hundreds or thousands of people who get one notice by an emulated Telegram, and what every report of it must say then."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook

from bot.documents import receipts as workbook
from bot.render import Words
from models.database import open_database
from models.db import Transaction
from models.notices import copies, notices
from models.notices.copies import Copy, Figures, Status
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram.calls import bad

FIRST = 100_001
"""The number of the first of them, as a person and as a chat."""
BLOCKED, FAILING = 0.02, 0.01
"""Shares of those who have blocked the assistant, and of those whose messages Telegram refuses."""


def join(place: Path, unit: int, people: int) -> range:
    """Let so many more people of a unit be on Telegram, and nowhere else; their numbers."""
    numbers = range(FIRST, FIRST + people)
    with closing(sqlite3.connect(place)) as connection, connection:
        for columns, values in (
            ("person (id, name, title)", "?1, '第' || ?1 || '号', ''"),
            ("post (person_id, unit_id, role, starts_on)", f"?1, {unit}, 'legal_officer', '2020-01-01'"),
            ("address (person_id, channel, address)", "?1, 'telegram', ?1"),
        ):
            connection.executemany(f"INSERT INTO {columns} VALUES ({values})", [(one,) for one in numbers])
    return numbers


@dataclass(frozen=True)
class Fates:
    """Who cannot be reached."""

    blocked: frozenset[int]
    failing: frozenset[int]


def fates(telegram: TelegramEmulator, numbers: range) -> Fates:
    """Let everybody have begun a chat; some have blocked it since, and of some Telegram takes no message."""
    for one in numbers:
        telegram.person(one).chat.opened = True
    blocked = frozenset(numbers[:: round(1 / BLOCKED)])
    failing = frozenset(numbers[1 :: round(1 / FAILING)])
    for one in blocked:
        telegram.person(one).chat.blocked = True
    for one in failing:
        telegram.faults.fail(bad("message is not taken"), "sendMessage", chat_id=one, times=1_000_000)
    return Fates(blocked, failing)


@dataclass(frozen=True)
class Report:
    """What the assistant says of a notice, in figures and by name."""

    figures: Figures
    listed: list[Copy]
    sheet: list[tuple[object, ...]]
    """The workbook's rows below its head."""


def report(url: str, notice: int, words: Words) -> Report:
    """What the assistant says now."""
    database = open_database(url)

    def look(db: Transaction) -> Report:
        row = notices.by_id(db, notice)
        listed = copies.all_of(db, row)
        made = workbook.xlsx(words, workbook.Sheet("通知", row.written_at, bool(row.receipt), "", listed))  # type: ignore[union-attr]
        sheet = load_workbook(BytesIO(made), read_only=True).worksheets[0]
        return Report(copies.figures(db, row), listed, list(sheet.iter_rows(min_row=4, values_only=True)))

    try:
        return database.read(look)
    finally:
        database.close()


def differences(told: Report, telegram: TelegramEmulator, title: str, meant: Fates) -> list[str]:
    """Where a report differs from what people on Telegram have really seen, or does not add up."""
    seen = Counter(one.chat_id for one in telegram.effects("sendMessage") if title in one.text and one.chat_id >= FIRST)
    by_number = {one.person_id: one for one in told.listed if one.person_id >= FIRST}
    figures = told.figures
    found = []
    if figures.sent + figures.failed + figures.stopped + figures.nowhere != figures.total or figures.underway:
        found.append(f"does not add up: {figures}")
    if copies.counted(told.listed) != figures:
        found.append("the names are not the figures")
    for number, copy in by_number.items():
        if (copy.status is Status.SENT) != (number in seen):
            found.append(f"{number}: {copy.status} but seen {seen[number]} times")
        if seen[number] > 1 and not copy.repeated:
            found.append(f"{number}: seen {seen[number]} times and not marked")
        hindered = number in meant.blocked | meant.failing
        if hindered and copy.status not in (Status.FAILED, Status.STOPPED):
            found.append(f"{number}: cannot be reached, and is {copy.status}")
        if copy.status is Status.FAILED and not hindered:
            found.append(f"{number}: failed though it can be reached")
    if len(told.sheet) != figures.total:
        found.append("the workbook has other rows")
    said = Counter(str(row[4]).startswith("已发出") for row in told.sheet)
    if said[True] != figures.sent:
        found.append(f"the workbook says {said[True]} of {figures.sent} were sent")
    return found
