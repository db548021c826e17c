"""A database to try rights in: the demo bureaus with everybody of the cast, and an object of every kind at every site."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import sqlalchemy as sa
from sqlmodel import col, select

from models import assessments
from models.campaigns import Campaign
from models.database import open_database
from models.db import Transaction
from models.people import Bureau, Post, Role, Unit
from tests.rights.objects import Builder, Objects, build_own
from tests.rights.people import CAST, CITY, SPOTS, STANDS_IN, STRANGER, UNIT, Actor, cast_actor
from tests.world import BEGINNING, demo_database


@dataclass(frozen=True)
class Made:
    """The database, and what is in it."""

    place: Path
    actors: Mapping[str, Actor]
    objects: Objects


@cache
def made() -> Made:
    """All of it, made once for all tests of a process; to be copied."""
    place = Path(mkdtemp(prefix="rights-")) / "template.sqlite3"
    shutil.copy(demo_database(), place)
    database = open_database(f"sqlite:///{place}")
    actors, objects = database.write(_fill).result()
    database.close()
    return Made(place, actors, objects)


def _fill(db: Transaction) -> tuple[dict[str, Actor], Objects]:
    units = {(bureau.name, unit.name): unit for unit, bureau in db.session.exec(select(Unit, Bureau).join(Bureau))}
    actors = {name: cast_actor(db, name, posts) for name, posts in CAST.items()}
    liaison = sa.update(Post).where(col(Post.person_id) == actors[STANDS_IN].person, col(Post.role) == Role.LIAISON)
    db.session.execute(liaison.values(on_behalf_of=actors["contact"].person))
    objects = Objects()
    for bureau in db.session.exec(select(Bureau).order_by(col(Bureau.id))).all():
        _assessment(db, bureau, actors["contact"].person if bureau.name == CITY else None)
    for site, spot in SPOTS.items():
        Builder(db, objects, units, site, spot).build()
    for actor in actors.values():
        if actor.name != STRANGER:
            build_own(db, objects, actor, units[CITY, UNIT].bureau_id)
    return actors, objects


def _assessment(db: Transaction, bureau: Bureau, contact: int | None) -> None:
    found = assessments.of_bureau(db, bureau.id)
    if found is None:
        campaign = db.session.exec(select(Campaign)).one()
        assessments.begin_now(db, campaign, bureau.id, contact, BEGINNING)  # type: ignore[arg-type]
    elif contact is not None:
        assessments.change_contact(db, found.id, contact)
