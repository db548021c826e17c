"""What happens in a dialogue to units and to people elsewhere, without anybody reporting it."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlmodel import col, select

from bot.clock import day_of
from models import bureau_settings, holders, quotas
from models.db import Transaction
from models.people import Bureau, Person, Post, Role, Unit
from models.quotas import ROSTERS, Quota
from tests.dialogue_screens import Stage

_MERGED = re.compile("(.+)的人都到了(.+)，原部门不再设岗")
_ELSEWHERE = re.compile(r"(.+人社局) (.+)登记的手机是(\d+)")
_AWAY = re.compile("(.+)已调入(.+人社局)(.+科)")
NUMBERS = "本局允许在Telegram填写他人的手机号"
_LAWYER = re.compile("(.+)登记有法律职业资格")


def happen(stage: Stage, text: str, bureau: str) -> bool:
    """Let it happen, if it is one of these; whether it is."""
    if found := _MERGED.fullmatch(text):
        stage.database.write(lambda db: _merge(db, stage, bureau, found[1], found[2])).result()
    elif found := _ELSEWHERE.fullmatch(text):
        stage.database.write(lambda db: _set(db, found[2], found[1], mobile=found[3])).result()
    elif found := _AWAY.fullmatch(text):
        stage.database.write(lambda db: _send_away(db, stage, bureau, *found.groups())).result()
    elif found := _LAWYER.fullmatch(text):
        stage.database.write(lambda db: _set(db, found[1], bureau, qualification="有")).result()
    elif text == NUMBERS:
        stage.database.write(lambda db: _let_numbers_stand(db, stage, bureau)).result()
    else:
        return False
    return True


def _merge(db: Transaction, stage: Stage, bureau: str, name: str, into: str) -> None:
    """Everybody goes on in another unit, and the old one has no places any more."""
    today, now = day_of(stage.clock.now()), stage.clock.now()
    of = select(Unit.id).join(Bureau).where(Bureau.name == bureau)
    old, new = (db.session.exec(of.where(Unit.name == one)).one() for one in (name, into))
    for post in db.session.exec(select(Post).where(Post.unit_id == old)).all():
        db.session.add(Post(person_id=post.person_id, unit_id=new, role=post.role, starts_on=today))
    db.session.execute(sa.update(Post).where(col(Post.unit_id) == old).values(ends_on=today))
    somebody = db.session.exec(select(Person.id)).first()
    assert somebody is not None
    for role in ROSTERS:
        quotas.set_for(db, old, role, Quota(0, 0), somebody, now)


def _let_numbers_stand(db: Transaction, stage: Stage, bureau: str) -> None:
    where, somebody = (
        db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).one(),
        db.session.exec(select(Person.id)).first(),
    )
    assert somebody is not None
    channels = ("web", "wecom", "telegram")
    bureau_settings.change(db, where, "personal_channels", channels, somebody, stage.clock.now())


def _send_away(db: Transaction, stage: Stage, bureau: str, called: str, where: str, unit: str) -> None:
    who = next(row.person_id for row in holders.everyone(db) if (row.name, row.bureau) == (called, bureau))
    today = day_of(stage.clock.now())
    db.session.execute(sa.update(Post).where(col(Post.person_id) == who).values(ends_on=today))
    to = db.session.exec(select(Unit.id).join(Bureau).where(Bureau.name == where, Unit.name == unit)).one()
    db.session.add(Post(person_id=who, unit_id=to, role=Role.HEAD, starts_on=today))


def _set(db: Transaction, called: str, bureau: str, **values: str) -> None:
    who = next(row.person_id for row in holders.everyone(db) if (row.name, row.bureau) == (called, bureau))
    db.session.execute(sa.update(Person).where(col(Person.id) == who).values(values))
