"""Writing what a roster plan says: a handful of statements, however many people, and an audit entry for each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models import audit
from models.db import Prepared, Transaction, table
from models.people import Bureau, Person, Post, Unit
from models.roster.matching import COLUMNS, UnitKey
from models.roster.plans import Plan
from models.roster.stored import bureaus_of, ids_by_mobile, units_of

_bureau, _unit, _person, _post = (table(model) for model in (Bureau, Unit, Person, Post))
WHAT = "roster.import"
"""What the audit log calls it."""

_ID: sa.BindParameter[int] = sa.bindparam("the_id")

_HOLD = Prepared(sa.select(_bureau.c.id).order_by(_bureau.c.id).with_for_update())
_ADD_BUREAU = Prepared(sa.insert(_bureau), "name", "level")
_SET_BUREAU = Prepared(sa.update(_bureau).where(_bureau.c.id == _ID), "level", "parent_id")
_ADD_UNIT = Prepared(sa.insert(_unit), "bureau_id", "name", "kind")
_SET_UNIT = Prepared(sa.update(_unit).where(_unit.c.id == _ID), "kind")
_ADD_PERSON = Prepared(sa.insert(_person), *COLUMNS)
_SET_PERSON = {column: Prepared(sa.update(_person).where(_person.c.id == _ID), column) for column in COLUMNS}
_ADD_POST = Prepared(sa.insert(_post), "person_id", "unit_id", "role", "starts_on")
_SET_POST = Prepared(sa.update(_post).where(_post.c.id == _ID), "starts_on")


@dataclass(frozen=True, slots=True)
class By:
    """Who imports: the person and the post (None: an operator), and on which channel."""

    person: int | None
    post: int | None
    channel: str


def hold(db: Transaction) -> None:
    """Keep other imports from the roster until the transaction ends; to be called before the plan is made."""
    db.all(_HOLD)


def apply(db: Transaction, plan: Plan, now: datetime, by: By, *, skip_wrong: bool = False) -> None:
    """Write a plan that was made in this transaction, and note each change in the audit log.

    ValueError: rows are wrong, and `skip_wrong` does not say to leave them out.
    """
    if plan.faults and not skip_wrong:
        raise ValueError(f"{plan.wrong_rows} rows are wrong")
    _Writing(db, plan).write(now, by)


class _Writing:
    def __init__(self, db: Transaction, plan: Plan) -> None:
        self._db = db
        self._plan = plan
        self._befores: defaultdict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
        self._afters: defaultdict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
        """What is to be noted, by object and id."""

    def write(self, now: datetime, by: By) -> None:
        """Write everything, from the bureaus down to the posts."""
        self._bureaus()
        units = self._units()
        self._posts(self._people(), units)
        entries = [
            {
                "at": now, "person_id": by.person, "post_id": by.post, "channel": by.channel, "what": WHAT,
                "object": kind, "object_id": the_id, "before": self._befores.get((kind, the_id)), "after": after,
            }
            for (kind, the_id), after in self._afters.items()
        ]  # fmt: skip
        audit.record(self._db, entries)

    def _bureaus(self) -> None:
        part = self._plan.bureaus
        self._db.many(_ADD_BUREAU, [{"name": one.key[0], "level": one.values["level"]} for one in part.new])
        ids = {name: one.id for name, one in bureaus_of(self._db).items()} if part.new or part.changed else {}
        places = []
        for one in (*part.new, *part.changed):
            the_id, parent = ids[one.key[0]], one.values["parent"]
            places.append(
                {"the_id": the_id, "level": one.values["level"], "parent_id": ids[parent] if parent else None}
            )
            self._note("bureau", the_id, one.before, {"name": one.key[0]} | one.values)
        self._db.many(_SET_BUREAU, places)

    def _units(self) -> dict[UnitKey, int]:
        """Write the units; the ids of those in which posts begin."""
        part = self._plan.units
        named = {one.key[0] for one in (*part.new, *part.changed)} | {one.key[1] for one in self._plan.posts.new}
        bureaus = {name: one.id for name, one in bureaus_of(self._db).items() if name in named}
        rows = [{"bureau_id": bureaus[one.key[0]], "name": one.key[1], "kind": one.values["kind"]} for one in part.new]
        self._db.many(_ADD_UNIT, rows)
        self._db.many(_SET_UNIT, [{"the_id": one.id, "kind": one.values["kind"]} for one in part.changed])
        ids = {key: the_id for key, (the_id, _) in units_of(self._db, bureaus).items()}
        for one in (*part.new, *part.changed):
            self._note("unit", ids[one.key[0], one.key[1]], one.before, {"name": one.key[1]} | one.values)
        return ids

    def _people(self) -> dict[str, int]:
        """Write the people; the ids of those who are new or get posts, by mobile."""
        part = self._plan.people
        changed = [*self._plan.released, *part.changed]
        for column in ("mobile", "wecom_id"):  # two may exchange theirs, so nobody keeps an old one meanwhile
            self._set(column, [(one.id, None) for one in changed if column in one.values])
        for column in COLUMNS:
            self._set(column, [(one.id, one.values[column]) for one in changed if one.values.get(column) is not None])
        self._db.many(_ADD_PERSON, [dict(one.values) for one in part.new])
        ids = ids_by_mobile(
            self._db, {one.key[0] for one in (*part.new, *self._plan.posts.new, *self._plan.posts.changed)}
        )
        for one in changed:
            self._note("person", one.id, one.before, one.values)
        for one in part.new:
            self._note("person", ids[one.key[0]], {}, {name: value for name, value in one.values.items() if value})
        return ids

    def _set(self, column: str, values: Iterable[tuple[int | None, Any]]) -> None:
        self._db.many(_SET_PERSON[column], [{"the_id": the_id, column: value} for the_id, value in values])

    def _posts(self, people: Mapping[str, int], units: Mapping[UnitKey, int]) -> None:
        part = self._plan.posts
        rows = []
        for one in part.new:
            mobile, bureau, unit, role = one.key
            person = people[mobile]
            rows.append({"person_id": person, "unit_id": units[bureau, unit], "role": role, **one.values})
        self._db.many(_ADD_POST, rows)
        self._db.many(_SET_POST, [{"the_id": one.id, **one.values} for one in part.changed])
        for one in (*part.new, *part.changed):
            noted = {"/".join(one.key[1:]): one.values["starts_on"]}
            self._afters["person", people[one.key[0]]].setdefault("posts", {}).update(noted)
            if one.before:
                before = {"/".join(one.key[1:]): one.before["starts_on"]}
                self._befores["person", people[one.key[0]]].setdefault("posts", {}).update(before)

    def _note(self, kind: str, the_id: int | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        assert the_id is not None
        if before:
            self._befores[kind, the_id].update(before)
        self._afters[kind, the_id].update(after)
