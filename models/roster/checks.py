"""What is wrong between the rows of a roster file, each row being right in itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from models.roster.columns import HEADERS
from models.roster.rows import BUREAUS, PEOPLE, RawRow

MOST_NAMED = 3
"""Other rows that a fault names."""

_PERSONAL = ("title", "wecom_id", "qualification", "education")
"""What must be the same in all rows of a person, where it is given."""


def check_bureaus(rows: Sequence[RawRow]) -> None:
    """Note bureaus that are listed twice."""
    for group in _groups(rows, lambda row: row.get("name")):
        if len(group) > 1:
            _note(group, HEADERS[BUREAUS]["name"], "bureau_twice")


def check_people(rows: Sequence[RawRow]) -> None:
    """Note what cannot be true of two rows at once: whose a mobile or an account is, what a unit is, a post twice."""
    for group in _groups(rows, lambda row: row.get("mobile")):
        if len(_values(group, "name")) > 1:
            _note(group, HEADERS[PEOPLE]["mobile"], "mobile_twice")
            continue
        for field in _PERSONAL:
            if len(_values(group, field)) > 1:
                given = [row for row in group if row.values.get(field)]
                _note(given, HEADERS[PEOPLE][field], "person_differs")
    for group in _groups(rows, _account):
        if len(_values(group, "mobile")) > 1:
            _note(group, HEADERS[PEOPLE]["wecom_id"], "wecom_id_twice")
    for group in _groups(rows, _unit):
        if len(_values(group, "kind")) > 1:
            _note(group, HEADERS[PEOPLE]["kind"], "unit_differs")
    _check_posts(rows)


def _check_posts(rows: Iterable[RawRow]) -> None:
    holders: defaultdict[Hashable, list[RawRow]] = defaultdict(list)
    for row in rows:
        person, unit = (row.values.get("mobile"), row.values.get("name")), _unit(row.values)
        for role in row.values.get("roles") or () if all(person) and unit is not None else ():
            holders[person, unit, role].append(row)
    noted: set[int] = set()
    for group in holders.values():
        fresh = [row for row in group if row.row not in noted]
        if len(group) > 1 and fresh:
            _note(group, HEADERS[PEOPLE]["roles"], "post_twice", only=fresh)
            noted.update(row.row for row in fresh)


def _account(values: dict[str, Any]) -> str | None:
    account = values.get("wecom_id")
    return account.lower() if account else None


def _unit(values: dict[str, Any]) -> tuple[str, str] | None:
    bureau, unit = values.get("bureau"), values.get("unit")
    return (bureau, unit) if bureau and unit else None


def _groups(rows: Iterable[RawRow], key: Callable[[dict[str, Any]], Hashable | None]) -> list[list[RawRow]]:
    """The rows that share a key; those without one are left out."""
    groups: defaultdict[Hashable, list[RawRow]] = defaultdict(list)
    for row in rows:
        if (shared := key(row.values)) is not None:
            groups[shared].append(row)
    return list(groups.values())


def _values(group: Iterable[RawRow], field: str) -> set[Any]:
    return {value for row in group if (value := row.values.get(field))}


def _note(group: Sequence[RawRow], column: str, code: str, *, only: Sequence[RawRow] | None = None) -> None:
    """The same fault in every row of a group, each naming some of the others."""
    first = [row.row for row in group[: MOST_NAMED + 1]]
    for row in group if only is None else only:
        row.wrong(column, code, rows=[other for other in first if other != row.row][:MOST_NAMED])
