"""A notice as the answers that it was made of, so that it can be changed or used again."""

from __future__ import annotations

from typing import Any

from bot.clock import local
from bot.turn import Turn
from handlers.notice_writing import ALL, BELOW, CITY, COUNTY, EVERY, GO, LEVELS, NAMED, ONE, ROLES, THEN, UNITS, WAIT
from models.notices import audience, files
from models.notices.audience import Audience, Scope


def answers_of(turn: Turn, row: Any, *, timed: bool) -> dict[str, Any]:
    """The stored answers to the questions about a notice (a row). `timed`: and when it goes out, and is to be confirmed."""
    pieces = [f"e{piece.id}" for piece in files.of_notice(turn.db, row.id)]
    answers: dict[str, Any] = {
        "confidential": _yes(row.confidential), "title": row.title, "text": row.text, "receipt": _yes(row.receipt),
    }  # fmt: skip
    answers |= {"files": {"items": pieces, "instead": None}} if pieces else {}
    answers |= {"question": row.question} if row.question else {}
    if timed:
        at = local(row.starts_at)
        answers |= {"when": THEN, "day": at.date().isoformat(), "time": at.time().isoformat("minutes")}
        answers |= {"at_once": GO if row.at_once else WAIT}
        answers |= {"by": row.receipt_by.isoformat()} if row.receipt_by else {}
    return answers | _whom(audience.read(row.audience))


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _whom(meant: Audience) -> dict[str, Any]:
    """The answers that name an audience; none where it was not chosen by these questions."""
    lacking: dict[str, Any] = {"lacking": meant.lacking.value} if meant.lacking else {}
    lacking |= {"of": f"n{meant.of}"} if meant.of is not None else {}
    if meant.scope is Scope.BUREAU:
        for key, chosen in ((ROLES, meant.roles), (UNITS, meant.units)):
            if chosen:
                return {"to": key, key: {"items": [str(one) for one in chosen], "instead": None}} | lacking
        return {"to": ALL} | lacking
    if meant.scope is Scope.NAMED:
        return {"to": NAMED, NAMED: {"items": [str(one) for one in meant.persons], "instead": None}} | lacking
    if meant.scope is Scope.BELOW:
        levels = next((key for key in (CITY, COUNTY) if LEVELS[key] == meant.levels), EVERY)
        one = {"below": levels} if meant.under is None else {"below": ONE, "under": str(meant.under)}
        return {"to": BELOW} | one | lacking
    return {}
