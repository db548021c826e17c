"""The rows of the 备案汇总表 as people read them; columns in the order of templates/documents/roster_filing.j2."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any, NamedTuple

from bot.render import Words
from models.personnel.filing_table import Entry, FilingTable, UnitRoster

SAID = "documents/roster_filing.j2"


class PersonRow(NamedTuple):
    """Somebody in a role; or, without a number and a name, what a role lacks."""

    number: int | None
    unit: str
    kind: str
    name: str = ""
    title: str = ""
    role: str = ""
    mobile: str | None = None
    qualification: str | None = None
    education: str | None = None
    since: date | None = None
    remark: str = ""


class ChangeRow(NamedTuple):
    """One post of a change that was filed."""

    number: int
    unit: str
    kind: str
    role: str
    before: str
    after: str
    effective_on: date
    reason: str
    remark: str


def said(words: Words) -> Any:
    """The words that the rows, and what stands around them, are made of."""
    return words.environment.get_template(SAID).module


def people(words: Words, table: FilingTable) -> list[list[PersonRow]]:
    """The rows of each unit; those with a name are numbered throughout."""
    numbers = count(1)
    return [list(_of_unit(words, unit, numbers)) for unit in table.units]


def changes(words: Words, table: FilingTable) -> list[ChangeRow]:
    """The rows of the year's changes, numbered."""
    ours, roles = said(words), words.labels("common", "roles")
    return [
        ChangeRow(
            number, one.unit, ours.changes[one.kind], roles[one.role], one.before, one.after, one.effective_on,
            ours.reason(one), ours.change_remark(one, table.day),
        )
        for number, one in enumerate(table.changes, 1)
    ]  # fmt: skip


def _of_unit(words: Words, unit: UnitRoster, numbers: Iterator[int]) -> Iterator[PersonRow]:
    ours, roles = said(words), words.labels("common", "roles")
    place = (unit.name, ours.kinds[unit.kind])
    for row in unit.rows:
        role = roles[row.role]
        if isinstance(row, Entry):
            yield PersonRow(
                next(numbers), *place, row.name, row.title, role, row.mobile, row.qualification, row.education, row.since,
                ours.besides(unit.name, row.besides),
            )  # fmt: skip
        else:
            yield PersonRow(None, *place, role=role, remark=ours.vacancy(row.lacking))
