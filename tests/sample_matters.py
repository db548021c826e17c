"""A matter as it stands in the database, with somebody asked to review it: for tests that are about something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from bot.clock import day_of
from models import evidence, holders
from models.db import Database, Transaction
from models.evidence import Purpose, Stage
from models.matters import assignments, files, matters
from models.matters.files import Kind
from models.matters.matters import Opening
from models.people import Post, Unit

BUREAU, UNIT = "示范区人社局", "就业促进科"
OPENER, REVIEWER, HEAD = f"{UNIT}法治联络员", f"{UNIT}法治员", f"{UNIT}负责人"
TITLE, FACTS = "某某采购合同", "金额一百万元，请审核付款条件"


def matter(
    database: Database, now: datetime, *, kind: str = "contract", route: str = "不经局长办公会审议", confidential: bool = False,
    opener: str = OPENER, reviewers: Sequence[str] = (REVIEWER,),
) -> int:  # fmt: skip
    """The id of a matter for UNIT in the first week of its time; those who review it have accepted."""
    by, *who = (person(database, one) for one in (opener, *reviewers))
    return database.write(lambda db: _made(db, now, kind, route, confidential, by, who)).result()


def person(database: Database, called: str) -> int:
    """The id of somebody of the bureau."""
    rows = database.read(holders.everyone)
    return next(int(row.person_id) for row in rows if (row.name, row.bureau) == (called, BUREAU))


def material(database: Database, now: datetime, the_id: int, by: str, name: str, sha256: str, mime: str) -> int:
    """The id of an attachment of a matter that somebody brought."""
    who = person(database, by)

    def put(db: Transaction) -> int:
        row: Any = matters.by_id(db, the_id)
        piece = evidence.announce(
            db,
            {
                "bureau_id": row.bureau_id, "unit_id": row.unit_id, "stage": Stage.RECEIVING.value, "name": name, "size": 9,
                "kind": "file", "upload": None, "dated": None, "person_id": who, "channel": "web", "created_at": now,
                "purpose": Purpose.MATTER,
            },
        )  # fmt: skip
        evidence.store(db, evidence.by_id(db, piece), mime=mime, sha256=sha256, size=9)
        files.add(db, the_id, Kind.MATERIAL, [piece], who, now)
        return piece

    return database.write(put).result()


def _made(
    db: Transaction, now: datetime, kind: str, route: str, confidential: bool, by: int, who: Sequence[int]
) -> int:  # fmt: skip
    post = _post(db, by)
    bureau = db.session.get_one(Unit, post.unit_id).bureau_id
    unit = db.session.exec(select(Unit).where(Unit.bureau_id == bureau, Unit.name == UNIT)).one()
    due = day_of(now) + timedelta(days=5)
    opening = Opening(bureau, unit.id, kind, TITLE, FACTS, due, route, confidential)
    the_id = matters.open_matter(db, opening, by, post.id, day_of(now), now)
    for one in who:
        made = assignments.Assignment(
            matter_id=the_id, person_id=one, unit_id=_post(db, one).unit_id, state=assignments.State.ACCEPTED, assigned_by=by,
            assigned_at=now, moved_by=one, moved_at=now,
        )  # fmt: skip
        db.session.add(made)
    if who:
        matters.move(db, matters.by_id(db, the_id), matters.State.WORKING, by, now)
    db.session.flush()
    return the_id


def _post(db: Transaction, person: int) -> Post:
    found = db.session.exec(select(Post).where(Post.person_id == person)).first()
    assert found is not None
    return found
