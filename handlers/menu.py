"""菜单, 帮助: what one can do here."""

from __future__ import annotations

from collections.abc import Callable

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from models.rights import Place, Right

OFFERS: tuple[tuple[Right, str], ...] = (
    (Right.ANSWER, "go"),
    (Right.ACCEPT, "sa"),
    (Right.SEE_ANSWERS, "ov"),
    (Right.ANSWER, "bx"),
    (Right.ANSWER, "lg"),
    (Right.SEE_MATTER, "mt"),
    (Right.ASSIGN_MATTER, "mt.new"),
    (Right.WRITE_NOTICE, "nt.new"),
    (Right.SEE_RECEIPTS, "nt"),
    (Right.REPORT_CHANGE, "pc"),
    (Right.SEE_ROSTER, "ros"),
    (Right.SEE_LEGAL_OFFICERS, "lo"),
    (Right.MANAGE, "office"),
)
"""What can be begun from the menu, the likely thing first, and the right that it needs."""
OF_THE_WHOLE: tuple[tuple[Right, str], ...] = ((Right.SEE_PROGRESS, "pg"), (Right.SEE_FIGURES, "mt.fig"))
"""As OFFERS, for those whose right reaches over the whole bureau."""
OF_THE_SELF_ASSESSMENT = ("rv", "so", "ov", "pg", "gate", "con", "bx", "lg")
"""What the legal section does about the self-assessment, under 自评管理."""
OF_THE_OFFICE = ("ri", "inv", "mb.find", "pd", "cal", "yr", "bd", "set", "mt.set")
"""What the legal section does for its bureau, under 本局管理."""
WAITING: list[Callable[[Turn], Button | None]] = []
"""What waits for the sender, if anything does: it is offered before everything else."""


def waits(function: Callable[[Turn], Button | None]) -> Callable[[Turn], Button | None]:
    """Register what may wait for somebody."""
    WAITING.append(function)
    return function


@command("menu", right=Right.USE)
@action("menu", right=Right.USE)
def menu(turn: Turn, button: Button) -> None:
    """菜单: what this person can do."""
    turn.say("menu", offered(turn), [Button("help"), Button("me")], posts=turn.actor.posts)


def offered(turn: Turn) -> list[Button]:
    """What the sender's posts let them begin."""
    whole = [Place(post.bureau_id) for post in turn.actor.posts]
    codes = [code for right, code in OFFERS if turn.actor.may(right)]
    codes += [code for right, code in OF_THE_WHOLE if any(turn.actor.may(right, place) for place in whole)]
    if turn.actor.may(Right.ACCEPT):
        codes = [code for code in codes if code not in OF_THE_SELF_ASSESSMENT]
    waiting = [one for one in (find(turn) for find in WAITING) if one is not None]
    first = list(dict.fromkeys([*(one.code for one in waiting), *codes]))
    return [Button(code, primary=not number) for number, code in enumerate(first)]


@command("self_assessment", right=Right.ACCEPT, ambiguous=False)
@action("sa", right=Right.ACCEPT)
def self_assessment(turn: Turn, button: Button) -> None:
    """自评管理: who answers what, what waits to be accepted, how far it is, and whether it can go up."""
    turn.say("self_assessment", [Button(code, primary=not number) for number, code in enumerate(OF_THE_SELF_ASSESSMENT)],
             Button("menu"))  # fmt: skip


@command("office", right=Right.MANAGE, ambiguous=False)
@action("office", right=Right.MANAGE)
def office(turn: Turn, button: Button) -> None:
    """本局管理: the roster, who joins, settings."""
    turn.say("office", [Button(code) for code in OF_THE_OFFICE], Button("menu"))


@command("help", right=Right.USE)
@action("help", right=Right.USE)
def help_(turn: Turn, button: Button) -> None:
    """帮助: the words that work anywhere."""
    turn.say("help", [Button("resume", primary=True), Button("menu")])
