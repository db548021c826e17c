"""Answers as they are stored: in the form that their field gives them, passed over, instead of one, or gathered so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.fields import Ask, Files, Gathering, Instead, Json, Wrong

MISSING = object()
"""What stands for no answer where None is one: passed over."""


def dump(ask: Ask, value: Any) -> Json:
    """An answer as it is stored."""
    if value is None:
        return None
    if isinstance(value, Instead):
        return {"instead": value.key}
    return ask.field.dump(value)


def stored_value(ask: Ask, answers: Mapping[str, Json]) -> Any:
    """The value stored for a question; the marker for none, also where what is stored no longer fits."""
    stored = answers.get(ask.key, MISSING)
    if stored is MISSING:
        return MISSING
    if stored is None:
        return None if ask.skippable else MISSING
    if isinstance(stored, dict):
        if "draft" in stored:
            return MISSING
        if not isinstance(ask.field, Gathering):
            return Instead(stored["instead"]) if stored.get("instead") in ask.field.instead else MISSING
    try:
        return ask.field.load(stored)
    except (Wrong, ValueError, TypeError, KeyError, ArithmeticError):
        return MISSING


def has_value(ask: Ask, answers: Mapping[str, Json]) -> bool:
    """Whether a question has an answer that still fits."""
    return stored_value(ask, answers) is not MISSING


def gathered_so_far(ask: Ask, answers: Mapping[str, Json]) -> tuple[str, ...]:
    """The pieces of a gathering question, closed or not."""
    if isinstance(ask.field, Files) and ask.field.have is not None:
        return ask.field.have
    return pieces(answers.get(ask.key))


def pieces(stored: Json) -> tuple[str, ...]:
    """The pieces in what is stored of a gathering question, closed or not."""
    if isinstance(stored, dict):
        return tuple(stored["draft"] if "draft" in stored else stored.get("items") or ())
    return ()
