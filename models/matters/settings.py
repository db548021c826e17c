"""What holds in a bureau for its matters: its own settings, where it has any, else what the kinds start with."""

from __future__ import annotations

from dataclasses import dataclass

from models import bureau_settings, people
from models.affairs import Affair, Step
from models.db import Transaction
from models.matters import defaults
from models.people import Role


@dataclass(frozen=True, slots=True)
class Paper:
    """What a bureau's documents are written on. `red`: with a red head; `issuer`: who stands in it; `code`: 文号代字."""

    red: bool
    issuer: str
    code: str


def output_of(db: Transaction, bureau: int, step: Step) -> str:
    """What the document of a step is called; one that a later step's is called alike names its step, as （初审）."""
    return f"{bureau_settings.value_of(db, bureau, step.titled_by)}{step.apart}"


def opened_by(db: Transaction, bureau: int, kind: Affair) -> frozenset[Role]:
    """Who may open a matter of a kind."""
    if kind.key not in defaults.OPENED_AS_SET:
        return kind.opened_by
    return frozenset(map(Role, bureau_settings.value_of(db, bureau, defaults.openers_key(kind.key))))


def roles_of(db: Transaction, bureau: int, kind: Affair) -> frozenset[Role]:
    """Who has to do with matters of a kind by their role: opens, assigns or accepts them."""
    return opened_by(db, bureau, kind) | kind.deciding


def paper_of(db: Transaction, bureau: int) -> Paper:
    """What a bureau's documents are written on from now on."""
    issuer = bureau_settings.value_of(db, bureau, defaults.ISSUER) or people.bureau_of(db, bureau).name
    return Paper(
        bureau_settings.value_of(db, bureau, defaults.PAPER) == defaults.RED, issuer,
        bureau_settings.value_of(db, bureau, defaults.CODE),
    )  # fmt: skip
