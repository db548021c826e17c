"""People who are not known yet, for the tests of joining: each writes from a chat of their own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import col

from models import joining
from models.people import Address, Person
from tests.world import VAULT, Phone, World, text_of

HEAD, SECTION = "就业促进科负责人", "法制科科长"
DIGITS = "5678"
WRONG = "K7QF-2M8X-PD4C"


def invited(world: World, called: str = HEAD, digits: str = DIGITS) -> str:
    """A code for somebody who has joined nowhere, and whose mobile ends so."""
    person = world.person(called)

    def work(db: joining.Transaction) -> str:
        mobile = f"1{person:06}{digits}"
        db.session.execute(sa.update(Person).where(col(Person.id) == person).values(mobile=mobile))
        db.session.execute(sa.delete(Address).where(col(Address.person_id) == person))
        return joining.issue(db, VAULT, person, None, world.clock.now())

    return VAULT.code(world.database.write(work).result())


def stranger(world: World, number: int = 1) -> Phone:
    """A chat in which nobody is known."""
    return Phone(world, "terminal", f"stranger {number}")


def said_to(phone: Phone, text: str) -> str:
    """What comes back for a text; empty if nothing does."""
    return text_of(phone.say(text))


def is_in(phone: Phone) -> bool:
    """Whether somebody is known in this chat now."""
    return "请选择要办理的事项" in said_to(phone, "菜单")
