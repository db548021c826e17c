"""The settings of a channel as they are read, and what `python3 run.py check` says of them, or else of its platform."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from bot.channels import Problem, Unset

S = TypeVar("S", bound=BaseSettings)


def read(kind: type[S], prefix: str) -> S:
    """The settings as they stand. Raises Unset with the names of those that cannot be meant at all."""
    try:
        return kind()
    except ValidationError as error:
        names = {str(one["loc"][0]).upper() for one in error.errors()}
        raise Unset(sorted(name if name == "PUBLIC_URL" else prefix + name for name in names)) from None


def found(
    load: Callable[[], S], wrong: Callable[[S], Iterable[tuple[str, str]]],
    asked: Callable[[S], Coroutine[Any, Any, list[Problem]]],
) -> list[Problem]:  # fmt: skip
    """What is wrong. `load`: the settings, or Unset; `wrong`: the code and name of each that will not do; `asked`: a platform is."""
    try:
        settings = load()
    except Unset as unset:
        return [("setting", {"name": name}) for name in unset.names]
    problems: list[Problem] = [(code, {"name": name}) for code, name in wrong(settings)]
    return problems or asyncio.run(asked(settings))
