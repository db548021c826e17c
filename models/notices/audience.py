"""To whom a notice goes: worked out anew when it goes out, each person once whatever posts they hold (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from models import assessments
from models.db import Prepared, Transaction, table
from models.notices.receipts import Receipt
from models.outgoing import FAILED, GONE, Outgoing
from models.people import Address, Bureau, Level, Person, Post, Role, Unit


class Scope(StrEnum):
    """Among whom: the bureau's own people, some of them by name, the contacts of the bureaus below, or whom a notice reaches."""

    BUREAU = "bureau"
    NAMED = "named"
    BELOW = "below"
    REACHED = "reached"


class Lacking(StrEnum):
    """Of those, only who has not done something."""

    NOT_JOINED = "not_joined"
    CHECKLIST = "checklist"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant. `roles`, `units`: of the bureau's people only those, empty for any; `persons`: the named ones.

    `levels`, `under`: of the bureaus below only those of such levels (empty: any), below or being such a bureau (None: any).
    `lacking`: only who has not done that; `of`: of which notice, for RECEIPT and REACHED.
    """

    scope: Scope
    roles: tuple[Role, ...] = ()
    units: tuple[int, ...] = ()
    persons: tuple[int, ...] = ()
    levels: tuple[Level, ...] = ()
    under: int | None = None
    lacking: Lacking | None = None
    of: int | None = None

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def read(stored: dict[str, Any]) -> Audience:
    """An audience as it was stored."""
    return Audience(
        Scope(stored["scope"]), tuple(map(Role, stored["roles"])), tuple(stored["units"]), tuple(stored["persons"]),
        tuple(map(Level, stored["levels"])), stored["under"],
        Lacking(stored["lacking"]) if stored["lacking"] else None, stored["of"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is meant, and in which unit; `joined`: there is an address of theirs on some channel.

    `asked`: they may be asked to confirm it. 局领导 are asked nothing; who also works here in another role is.
    """

    person_id: int
    name: str
    bureau_id: int
    unit_id: int
    unit: str
    joined: bool
    asked: bool = True


_p, _post, _u, _a, _r, _o = (table(one) for one in (Person, Post, Unit, Address, Receipt, Outgoing))
_joined = sa.exists().where(_a.c.person_id == _p.c.id).label("joined")
_today = [
    _post.c.on_behalf_of.is_(None), _post.c.starts_on <= sa.bindparam("today"),
    sa.or_(_post.c.ends_on.is_(None), _post.c.ends_on > sa.bindparam("today")),
]  # fmt: skip
_PEOPLE = (
    sa.select(
        _p.c.id.label("person_id"), _p.c.name, _u.c.bureau_id, _u.c.id.label("unit_id"), _u.c.name.label("unit"),
        _post.c.role, _joined,
    )
    .join(_post, _post.c.person_id == _p.c.id)
    .join(_u, _u.c.id == _post.c.unit_id)
    .where(*_today)
    .order_by(_u.c.id, _post.c.id)
)  # fmt: skip
_OF_BUREAU = Prepared(_PEOPLE.where(_u.c.bureau_id == sa.bindparam("bureau")))
_REACHED = Prepared(
    sa.select(
        _p.c.id.label("person_id"), _p.c.name, _r.c.bureau_id, _r.c.unit_id, _u.c.name.label("unit"), _joined, _r.c.asked,
    )
    .join(_p, _p.c.id == _r.c.person_id)
    .join(_u, _u.c.id == _r.c.unit_id)
    .join(_o, _o.c.id == _r.c.outgoing_id)
    .where(
        _r.c.notice_id == sa.bindparam("notice"),
        sa.or_(_o.c.state.not_in([sa.literal_column(f"'{one}'") for one in (GONE, FAILED)]), _r.c.confirmed_at.is_not(None)),
    )
    .order_by(_r.c.unit_id, _p.c.id)
)  # fmt: skip
_UNCONFIRMED = Prepared(
    sa.select(_r.c.person_id).where(_r.c.notice_id == sa.bindparam("notice"), _r.c.confirmed_at.is_(None), _r.c.asked)
)


def recipients(db: Transaction, bureau: int, audience: Audience, today: date, author: int) -> list[Recipient]:
    """Who is meant today, each person once, unit by unit; the author only where named, for they know what they wrote."""
    if audience.scope is Scope.REACHED:
        rows = db.all(_REACHED, notice=audience.of)
        return [_recipient(row, asked=bool(row.asked)) for row in rows]
    if audience.scope is Scope.BELOW:
        found = contacts(db, bureaus_below(db, bureau, audience), today)
    else:
        found = [one for one, role in people_of(db, bureau, today) if _meant(audience, one, role)]
    if audience.lacking is not None:
        owing = _lacking(db, bureau, audience, found, today)
        found = [one for one in found if one.person_id in owing]
    once = list({one.person_id: one for one in reversed(found)}.values())[::-1]
    return [one for one in once if one.person_id != author or audience.scope is Scope.NAMED]


def bureaus_below(db: Transaction, bureau: int, audience: Audience) -> list[int]:
    """The bureaus below one that an audience names, at any depth, city by city."""
    rows = db.session.execute(sa.select(table(Bureau)).order_by(table(Bureau).c.id)).all()
    children: dict[int | None, list[Any]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)

    def walk(one: int, inside: bool) -> Iterable[int]:
        for child in children.get(one, []):
            meant = inside or child.id == audience.under
            if meant and (not audience.levels or Level(child.level) in audience.levels):
                yield child.id
            yield from walk(child.id, meant)

    return list(walk(bureau, audience.under is None))


def contacts(db: Transaction, bureaus: Sequence[int], today: date) -> list[Recipient]:
    """Who speaks for each bureau to those above: the contact of its newest self-assessment; else its legal section."""
    rows = db.session.execute(_PEOPLE.where(_u.c.bureau_id.in_(bureaus)), {"today": today}).all()
    named = assessments.contacts_of(db, bureaus)
    found: list[Recipient] = []
    for bureau in bureaus:
        everybody = _with_roles([row for row in rows if row.bureau_id == bureau])
        contact = [one for one, _ in everybody if one.person_id == named.get(bureau)]
        found += contact[:1] or [one for one, role in everybody if role is Role.LEGAL_SECTION]
    return found


def people_of(db: Transaction, bureau: int, today: date) -> list[tuple[Recipient, Role]]:
    """The people of a bureau today, unit by unit: once for each of their posts, with its role."""
    return _with_roles(db.all(_OF_BUREAU, bureau=bureau, today=today))


def _with_roles(rows: Sequence[Any]) -> list[tuple[Recipient, Role]]:
    working = {row.person_id for row in rows if row.role != Role.LEADER}
    return [(_recipient(row, asked=row.person_id in working), Role(row.role)) for row in rows]


def _recipient(row: Any, *, asked: bool) -> Recipient:
    return Recipient(row.person_id, row.name, row.bureau_id, row.unit_id, row.unit, bool(row.joined), asked)


def _meant(audience: Audience, one: Recipient, role: Role) -> bool:
    if audience.scope is Scope.NAMED:
        return one.person_id in audience.persons
    return (not audience.roles or role in audience.roles) and (not audience.units or one.unit_id in audience.units)


def _lacking(db: Transaction, bureau: int, audience: Audience, found: list[Recipient], today: date) -> set[int]:
    from models import owed  # noqa: PLC0415  (only where it is asked for)

    match audience.lacking:
        case Lacking.NOT_JOINED:
            return {one.person_id for one in found if not one.joined}
        case Lacking.RECEIPT:
            return {row.person_id for row in db.all(_UNCONFIRMED, notice=audience.of)}
        case _:
            bureaus = {one.bureau_id for one in found} or {bureau}
            running = [assessments.of_bureau(db, one) for one in sorted(bureaus)]
            open_ = [one for one in running if one is not None and one.submitted_at is None]
            return {part.person for one in open_ for part in owed.parts(db, one, today)}
