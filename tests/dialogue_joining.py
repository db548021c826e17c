"""What happens in a dialogue to somebody's joining: who has not joined yet, and what is done on the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import col, select

from bot.channels.web import NAME as WEB
from bot.clock import day_of
from bot.messages import Inbound
from models.db import Transaction
from models.joining import CODE, Invitation
from models.people import Address, Person, Post
from models.sessions import LINK, OneTimeLink
from models.vault import name_of
from tests.dialogue_screens import Stage
from tests.world import VAULT

IN_A_GROUP = "有人在群里对助手说话"
_NOT_JOINED = re.compile("(.+)尚未加入，(?:手机尾号(\\d{4})|没有登记手机号)")
_SOON = re.compile("(.+?)(\\d+)天后任职")
_ON_THE_WEB = re.compile("(.+)在(手机|电脑)上(?:打开登录链接|凭邀请码加入网页，后四位(\\d{4}))")
_DEVICES = {"手机": "phone", "电脑": "computer"}


def happen(stage: Stage, text: str, person: Callable[[str], int]) -> bool:
    """Let it happen, if it is one of these; whether it is. `person`: the id of somebody so called."""
    if text == IN_A_GROUP:
        stage.receive(Inbound("terminal", "group", str(uuid4()), text="你好", group=True))
    elif found := _NOT_JOINED.fullmatch(text):
        stage.database.write(lambda db: _unjoin(db, person(found[1]), found[2])).result()
    elif found := _SOON.fullmatch(text):
        begins = day_of(stage.clock.now()) + timedelta(days=int(found[2]))
        later = sa.update(Post).where(col(Post.person_id) == person(found[1])).values(starts_on=begins)
        stage.database.write(lambda db: db.session.execute(later)).result()
    elif found := _ON_THE_WEB.fullmatch(text):
        _sign_in(stage, person(found[1]), _DEVICES[found[2]], found[3])
    else:
        return False
    return True


def _unjoin(db: Transaction, person: int, tail: str | None) -> None:
    db.session.execute(sa.delete(Address).where(col(Address.person_id) == person))
    mobile = f"1380000{tail}" if tail else None
    db.session.execute(sa.update(Person).where(col(Person.id) == person).values(mobile=mobile))


def _sign_in(stage: Stage, person: int, device: str, digits: str | None) -> None:
    """What the pages /enter and /join make of the link or code made last for somebody."""
    kind, proof = stage.database.read(lambda db: _made_last(db, person, digits))
    browser = {"session": f"{device} {stage.clock.now()}", "device": device, "replaces": None}
    stage.receive(Inbound(WEB, "n1", str(uuid4()), work=(kind, proof | browser)))


def _made_last(db: Transaction, person: int, digits: str | None) -> tuple[str, dict[str, Any]]:
    if digits is None:
        links = select(OneTimeLink).where(OneTimeLink.person_id == person)
        link = db.session.exec(links.order_by(col(OneTimeLink.id).desc())).first()
        assert link is not None
        return "enter", {"token": VAULT.token(name_of(LINK, link.id, link.made_at))}
    codes = select(Invitation).where(Invitation.person_id == person)
    invitation = db.session.exec(codes.order_by(col(Invitation.id).desc())).first()
    assert invitation is not None
    return "join", {"code": VAULT.code(name_of(CODE, invitation.id, invitation.issued_at)), "digits": digits}
