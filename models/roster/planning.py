"""Bringing a roster file (名册) in: compared with what is stored it makes a plan, and the plan is written in bulk.

Importing again updates and never duplicates. A post that stands is kept, and none is ended: that is a personnel change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from models import mergers
from models.db import Transaction
from models.people import Role, UnitKind
from models.roster.columns import HEADERS
from models.roster.matching import COLUMNS, Candidate, Matches, candidates_of, match
from models.roster.plans import Change, Key, Part, Plan
from models.roster.rows import PEOPLE, Fault, Parsed, PersonRow
from models.roster.stored import Stored, StoredPost, bureaus_of, load
from models.roster.tree import bureau_part

MOST_OFFICERS: Mapping[UnitKind, int] = {UnitKind.SECTION: 1, UnitKind.AFFILIATE: 2}
"""法治员 of a unit (闵人社发〔2023〕31号 三(一))."""

_KEPT_IF_EMPTY = ("wecom_id", "qualification", "education")
_HEADERS = HEADERS[PEOPLE]


def plan(db: Transaction, parsed: Parsed, scope: int | None, today: date) -> Plan:
    """What importing a file would do now. `scope`: the one bureau (id) it may be about, None for all.

    The changes are those of the right rows alone; a row that stands on a wrong one is wrong too.
    """
    stored_bureaus = bureaus_of(db)
    own = next((name for name, one in stored_bureaus.items() if one.id == scope), None)
    bureaus, faults = bureau_part(stored_bureaus, parsed.bureaus, own if scope is not None else None)
    known = {own} if own is not None else stored_bureaus.keys() | {change.key[0] for change in bureaus.new}
    merged = mergers.by_name(db)
    rows = [row for row in parsed.people if row.bureau in known and (row.bureau, row.unit) not in merged]
    strangers = [row for row in parsed.people if row.bureau not in known]
    code = "unknown_bureau" if own is None else "other_bureau_row"
    faults += [_fault(row, "bureau", code, **({} if own is None else {"own": own})) for row in strangers]
    faults += [
        _fault(row, "unit", "merged_unit", into=merger.into, day=merger.from_on.isoformat())
        for row in parsed.people
        if row.bureau in known and (merger := merged.get((row.bureau, row.unit))) is not None
    ]
    return _Planning(db, rows, today).plan(bureaus, parsed, faults)


class _Planning:
    """A plan being made, of rows whose bureaus are there or are being made."""

    def __init__(self, db: Transaction, rows: Sequence[PersonRow], today: date) -> None:
        self._stored: Stored = load(db, rows, today)
        self._today = today
        candidates = candidates_of(rows)
        self._matches: Matches = match(candidates, self._stored)
        self._people: dict[str, Candidate] = {mobile: candidates[mobile] for mobile in self._matches.people}
        self._rows = [row for one in self._people.values() for row in one.rows]

    def plan(self, bureaus: Part, parsed: Parsed, faults: Sequence[Fault]) -> Plan:
        """The plan, with the faults found before."""
        posts = self._posts()
        found = [*parsed.faults, *faults, *self._matches.faults]
        warnings = [*self._renamed(), *self._starting_later(), *self._unit_kinds(), *self._above_quota(posts)]
        return Plan(
            bureaus,
            self._units(),
            self._persons(),
            posts,
            self._released(),
            tuple(sorted(found, key=_place)),
            tuple(sorted(warnings, key=_place)),
            parsed.headings,
            self._absent(parsed),
        )

    def _units(self) -> Part:
        kinds = {(row.bureau, row.unit): row.kind.value for row in self._rows}
        new, changed = [], []
        for key, kind in sorted(kinds.items()):
            known = self._stored.units.get(key)
            if known is None:
                new.append(Change(key, None, {"kind": kind}, {}))
            elif known[1] != kind:
                changed.append(Change(key, known[0], {"kind": kind}, {"kind": known[1]}))
        return Part(tuple(new), tuple(changed), len(kinds) - len(new) - len(changed))

    def _persons(self) -> Part:
        new, changed = [], []
        for mobile, known in sorted(self._matches.people.items()):
            said = {column: self._people[mobile].value(column) for column in COLUMNS}
            if known is None:
                new.append(Change((mobile,), None, said, {}))
                continue
            differs = {
                column: value for column, value in said.items()
                if value != getattr(known, column) and not (value is None and column in _KEPT_IF_EMPTY)
            }  # fmt: skip
            if differs:
                changed.append(Change((mobile,), known.id, differs, {c: getattr(known, c) for c in differs}))
        return Part(tuple(new), tuple(changed), len(self._matches.people) - len(new) - len(changed))

    def _posts(self) -> Part:
        new, changed, unchanged = [], [], 0
        for row, role, known in self._each_post():
            key = (row.mobile, row.bureau, row.unit, role.value)
            if known is None:
                new.append(Change(key, None, {"starts_on": row.starts_on or self._today}, {}))
            elif row.starts_on in (None, known.starts_on) or self._would_end(row, known):
                unchanged += 1
            else:
                changed.append(Change(key, known.id, {"starts_on": row.starts_on}, {"starts_on": known.starts_on}))
        return Part(tuple(sorted(new, key=_key)), tuple(sorted(changed, key=_key)), unchanged)

    def _released(self) -> tuple[Change, ...]:
        return tuple(
            Change((), holder.id, {column: None}, {column: getattr(holder, column)})
            for holder, column in self._matches.released
        )

    def _each_post(self) -> Iterator[tuple[PersonRow, Role, StoredPost | None]]:
        """Every post that the right rows name, and as it is stored, if it is."""
        for row in self._rows:
            known = self._matches.people[row.mobile]
            unit = self._stored.units.get((row.bureau, row.unit))
            held = {post.role: post for post in known.posts if unit and post.unit_id == unit[0]} if known else {}
            for role in row.roles:
                yield row, role, held.get(role)

    def _would_end(self, row: PersonRow, known: StoredPost) -> bool:
        """A post that stands cannot begin some day to come: it would end until then."""
        return row.starts_on is not None and known.starts_on <= self._today < row.starts_on

    def _starting_later(self) -> Iterator[Fault]:
        late = [row for row, _, known in self._each_post() if known is not None and self._would_end(row, known)]
        yield from (_fault(row, "starts_on", "starts_later") for row in dict.fromkeys(late))

    def _renamed(self) -> Iterator[Fault]:
        for mobile, known in self._matches.people.items():
            row = self._people[mobile].rows[0]
            if known is not None and known.name != row.name:
                yield _fault(row, "name", "renamed", before=known.name, after=row.name)

    def _unit_kinds(self) -> Iterator[Fault]:
        """Units of one name that are 机关科室 here and 局属单位 there."""
        first: defaultdict[str, dict[UnitKind, PersonRow]] = defaultdict(dict)
        for row in self._rows:
            first[row.unit].setdefault(row.kind, row)
        for kinds in first.values():
            if len(kinds) > 1:
                one, other = kinds.values()
                yield _fault(other, "kind", "unit_kinds", bureau=one.bureau, rows=[one.row])

    def _above_quota(self, posts: Part) -> Iterator[Fault]:
        officer = Role.LEGAL_OFFICER
        kept = {post.id: post for one in self._stored.people.values() for post in one.posts}
        held = Counter(post.unit_id for post in kept.values() if post.role is officer)
        added = Counter(change.key[1:3] for change in posts.new if change.key[3] == officer)
        rows = {(row.bureau, row.unit): row for row in reversed(self._rows) if officer in row.roles}
        for key, row in rows.items():
            unit = self._stored.units.get(key)
            count = added[key] + (held[unit[0]] if unit else 0)
            if count > MOST_OFFICERS[row.kind]:
                yield _fault(row, "roles", "quota", count=count, most=MOST_OFFICERS[row.kind])

    def _absent(self, parsed: Parsed) -> int:
        bureaus = {row.bureau for row in self._rows}
        units = {
            the_id for key, (the_id, _) in self._stored.units.items() if key[0] in bureaus and parsed.concerns(*key)
        }
        held = {post.id for one in self._stored.people.values() for post in one.posts if post.unit_id in units}
        return len(held - {known.id for _, _, known in self._each_post() if known is not None})


def _fault(row: PersonRow, field: str, code: str, **params: Any) -> Fault:
    return Fault(PEOPLE, row.row, _HEADERS[field], code, params, row.bureau, row.unit)


def _place(fault: Fault) -> tuple[bool, int]:
    return fault.sheet == PEOPLE, fault.row


def _key(change: Change) -> Key:
    return change.key
