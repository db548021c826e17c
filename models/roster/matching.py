"""Who the people of a roster file are: somebody known, or new. By 企业微信账号, else mobile, else bureau, unit and name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.roster.columns import HEADERS
from models.roster.rows import PEOPLE, Fault, PersonRow
from models.roster.stored import Stored, StoredPerson

COLUMNS = ("name", "title", "mobile", "wecom_id", "qualification", "education")
"""What a file says of a person; the last three keep what they are where it says nothing."""

UnitKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of the file, whom the mobile tells apart from all others there, with all rows."""

    mobile: str
    rows: tuple[PersonRow, ...]

    @property
    def name(self) -> str:
        """The name, the same in all rows."""
        return self.rows[0].name

    @property
    def units(self) -> set[UnitKey]:
        """The units (bureau, name) of the rows."""
        return {(row.bureau, row.unit) for row in self.rows}

    def value(self, column: str) -> Any:
        """What the file says in a column: in the one row that says it, or in all alike."""
        return next((value for row in self.rows if (value := getattr(row, column)) is not None), None)


@dataclass(frozen=True, slots=True)
class Matches:
    """Whom each candidate stands for, by mobile (None: somebody new), and what is wrong with the rows of the others."""

    people: dict[str, StoredPerson | None]
    faults: list[Fault]
    released: list[tuple[StoredPerson, str]]
    """People without posts, and the column (mobile, wecom_id) whose value is another's now."""


def candidates_of(rows: Iterable[PersonRow]) -> dict[str, Candidate]:
    """The people of rows, by mobile."""
    grouped: defaultdict[str, list[PersonRow]] = defaultdict(list)
    for row in rows:
        grouped[row.mobile].append(row)
    return {mobile: Candidate(mobile, tuple(own)) for mobile, own in grouped.items()}


def match(candidates: Mapping[str, Candidate], stored: Stored) -> Matches:
    """Find out who the candidates are. In what order they come does not matter: each step settles all of them."""
    matching = _Matching(candidates, stored)
    matching.by_account()
    matching.by_mobile()
    matching.by_name()
    matching.refuse_those_elsewhere()
    matching.refuse_taken_mobiles()
    return matching.result()


class _Matching:
    def __init__(self, candidates: Mapping[str, Candidate], stored: Stored) -> None:
        self._candidates = candidates
        self._stored = stored
        people = stored.people.values()
        self._accounts = {person.wecom_id: person for person in people if person.wecom_id}
        self._mobiles = {person.mobile: person for person in people if person.mobile}
        keys = {unit_id: key for key, (unit_id, _) in stored.units.items()}
        self._units = {one.id: {keys[post.unit_id] for post in one.posts if post.unit_id in keys} for one in people}
        self._known: defaultdict[tuple[UnitKey, str], list[StoredPerson]] = defaultdict(list)
        for one in people:
            for unit in self._units[one.id]:
                self._known[unit, one.name].append(one)
        self._named = {(unit, one.name) for one in candidates.values() for unit in one.units}
        self._found: dict[str, StoredPerson] = {}
        self._taken: set[int] = set()
        self._wrong: dict[str, tuple[str, str, dict[str, Any]]] = {}
        """By mobile: the field, the code and the params of the fault."""

    def by_account(self) -> None:
        """The account is somebody's: the same person, unless who had it has left and was called otherwise."""
        for one in self._candidates.values():
            known = self._accounts.get(one.value("wecom_id"))
            if known is not None and (known.name == one.name or not known.has_left):
                self._is(one, known)

    def by_mobile(self) -> None:
        """The number is somebody's of that name; or of another name, where only a misspelt name can explain it."""
        for one in self._open():
            known = self._mobiles.get(one.mobile)
            if (
                known is not None
                and known.id not in self._taken
                and (known.name == one.name or self._renamed(one, known))
            ):
                self._is(one, known)

    def by_name(self) -> None:
        """The only one of that name in the unit has another number now."""
        options = {
            one.mobile: {
                known.id: known
                for unit in one.units
                for known in self._known[unit, one.name]
                if known.id not in self._taken and not self._has_another_account(one, known)
            }
            for one in self._open()
        }
        claims = Counter(known for found in options.values() for known in found)
        for mobile, found in options.items():
            if len(found) == 1 and all(claims[known] == 1 for known in found):
                self._is(self._candidates[mobile], *found.values())
            elif found:
                self._wrong[mobile] = ("name", "ambiguous", {})

    def refuse_those_elsewhere(self) -> None:
        """Whoever has posts in other bureaus alone does not come here by a file."""
        for mobile, known in self._found.items():
            if known.posts and not self._is_here(known, self._candidates[mobile]):
                self._wrong[mobile] = ("mobile", "other_bureau", {})

    def refuse_taken_mobiles(self) -> None:
        """A number that somebody else keeps cannot be given; one that its holder changes in the same file can."""
        while True:
            moving = {known.id for mobile, known in self._found.items() if mobile not in self._wrong}
            kept = {
                one.mobile: holder
                for one in self._right()
                if (holder := self._mobiles.get(one.mobile)) is not None
                and not holder.has_left and holder.id not in moving
            }  # fmt: skip
            if not kept:
                return
            for mobile, holder in kept.items():
                here = self._is_here(holder, self._candidates[mobile])
                self._wrong[mobile] = (
                    ("mobile", "mobile_taken", {"name": holder.name}) if here else ("mobile", "other_bureau", {})
                )

    def result(self) -> Matches:
        """What came of it."""
        faults = [
            Fault(PEOPLE, row.row, HEADERS[PEOPLE][column], code, params, row.bureau, row.unit)
            for mobile, (column, code, params) in self._wrong.items()
            for row in self._candidates[mobile].rows
        ]
        released = [
            (holder, column)
            for one in self._right()
            for column, holders in (("mobile", self._mobiles), ("wecom_id", self._accounts))
            if (holder := holders.get(one.value(column))) is not None and holder.id not in self._taken
        ]
        return Matches({one.mobile: self._found.get(one.mobile) for one in self._right()}, faults, released)

    def _is(self, one: Candidate, known: StoredPerson) -> None:
        self._found[one.mobile] = known
        self._taken.add(known.id)

    def _open(self) -> list[Candidate]:
        return [one for mobile, one in self._candidates.items() if mobile not in self._found]

    def _right(self) -> list[Candidate]:
        return [one for mobile, one in self._candidates.items() if mobile not in self._wrong]

    def _renamed(self, one: Candidate, known: StoredPerson) -> bool:
        shared = one.units & self._units[known.id]
        return bool(shared) and not any(
            self._known[unit, one.name] or (unit, known.name) in self._named for unit in one.units | shared
        )

    def _has_another_account(self, one: Candidate, known: StoredPerson) -> bool:
        account = one.value("wecom_id")
        return account is not None and known.wecom_id is not None and account != known.wecom_id

    def _is_here(self, known: StoredPerson, one: Candidate) -> bool:
        bureaus = {self._stored.bureaus[row.bureau].id for row in one.rows if row.bureau in self._stored.bureaus}
        return any(post.bureau_id in bureaus for post in known.posts)
