"""The kinds of legal affairs in which 法治员 take part, read from catalogue/affairs.yaml (闵人社发〔2023〕31号 四).

Every kind is a row of steps, one after the other; only 合同协议签署 has several, and two routes to choose from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.people import Role

_FILE = Path(__file__).parent / "catalogue" / "affairs.yaml"
_UNIT = (Role.LIAISON, Role.HEAD)
"""Who speaks for the unit that a matter is for."""


class Scale(StrEnum):
    """What a point is answered with: one of some verdicts, lines of evidence, or free text."""

    LAWFUL = "lawful"
    FIT = "fit"
    GRID = "grid"
    OPINION = "opinion"


class By(StrEnum):
    """Who does a step: whom somebody chooses, the unit's own officers, the legal section, or another unit's officer."""

    CHOSEN = "chosen"
    OWN_OFFICER = "own_officer"
    LEGAL_SECTION = "legal_section"
    OTHER_UNIT = "officer_of_another_unit"


@dataclass(frozen=True, slots=True)
class Check:
    """One point of a kind, in the notice's order, from 1. `verdicts`: the good one first; none, where it takes no verdict."""

    number: int
    name: str
    scale: Scale
    verdicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One opinion on the way. `name`: empty where a kind has a single one. `accepted_by`: None, it counts as submitted.

    `titled_by`: the key of the setting that says what its document is called (`Affair.outputs`). `apart`: what tells that
    title from a later step's; empty, where it is told by itself. `optional`: the legal section decides whether there is
    such a step.
    """

    name: str
    by: By
    assigned_by: Role
    accepted_by: Role | None
    titled_by: str
    apart: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What is put down of an activity: its kinds, and the fields that are asked for."""

    kinds: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Affair:
    """One kind of matter. `routes`: its steps by the route's name, which is empty where there is no choice.

    `days`: working days until an opinion is due. `outputs`: what its documents are called, by the key of the setting that
    says so. `record`: it is put on record, and nobody writes an opinion. `may_add`: what may be noted on such a case
    besides. Days, outputs and some of `opened_by` are what a bureau starts with (models/matters/settings.py).
    """

    key: str
    number: str
    title: str
    scope: str
    opened_by: frozenset[Role]
    informed: frozenset[Role]
    checks: tuple[Check, ...]
    routes: Mapping[str, tuple[Step, ...]]
    days: int
    outputs: Mapping[str, str]
    record: Record | None
    may_add: tuple[str, ...]

    def step(self, route: str, number: int) -> Step | None:
        """A step of a route, from 0; None beyond the last."""
        steps = self.routes[route]
        return steps[number] if number < len(steps) else None

    @property
    def deciding(self) -> frozenset[Role]:
        """Who has to do with matters of this kind by their role, besides those who open them: assigns or accepts."""
        steps = [step for steps in self.routes.values() for step in steps]
        return frozenset(
            {step.assigned_by for step in steps} | {step.accepted_by for step in steps if step.accepted_by}
        )


@dataclass(frozen=True, slots=True)
class Affairs:
    """All kinds by key, in the notice's order, and where they are from."""

    source: str
    kinds: Mapping[str, Affair]


@cache
def affairs() -> Affairs:
    """The kinds that the program comes with, read once a process."""
    return read_affairs(_FILE.read_bytes())


def affair(key: str) -> Affair:
    """A kind. KeyError: there is none."""
    return affairs().kinds[key]


def read_affairs(data: bytes) -> Affairs:
    """The kinds in a file of this shape. KeyError, ValueError: it has another."""
    file = yaml.safe_load(data)
    scales = {Scale(name): words for name, words in file["verdicts"].items()}
    return Affairs(file["source"], {one["key"]: _affair(one, scales) for one in file["affairs"]})


def _affair(raw: dict[str, Any], scales: Mapping[Scale, Any]) -> Affair:
    record = raw.get("record")
    return Affair(
        key=raw["key"],
        number=raw["number"],
        title=raw["title"],
        scope=raw.get("scope", ""),
        opened_by=_roles(raw["opened_by"]),
        informed=_roles(raw.get("informed", [])),
        checks=tuple(_checks(raw.get("checks", []), scales)),
        routes=_routes(raw),
        days=raw["days"],
        outputs=_outputs(raw),
        record=Record(tuple(record["kinds"]), tuple(record["fields"])) if record else None,
        may_add=tuple(raw.get("may_add", [])),
    )


def _checks(raw: list[dict[str, str]], scales: Mapping[Scale, Any]) -> list[Check]:
    found = []
    for number, one in enumerate(raw, 1):
        ((name, scale),) = one.items()
        words = scales[Scale(scale)]
        found.append(Check(number, name, Scale(scale), tuple(words) if isinstance(words, list) else ()))
    return found


def _outputs(raw: dict[str, Any]) -> Mapping[str, str]:
    """The kind's own document, and those of steps that have another."""
    steps = [step for steps in raw.get("routes", {}).values() for step in enumerate(steps, 1)]
    others = {_titled_by(raw, number, step): step["output"] for number, step in steps if "output" in step}
    return {_titled_by(raw): raw["output"]} | others


def _titled_by(raw: dict[str, Any], number: int = 0, step: Mapping[str, Any] | None = None) -> str:
    return f"output_{raw['key']}_{number}" if step is not None and "output" in step else f"output_{raw['key']}"


def _routes(raw: dict[str, Any]) -> Mapping[str, tuple[Step, ...]]:
    if "routes" in raw:
        return {name: tuple(_steps(steps, raw)) for name, steps in raw["routes"].items()}
    by = raw.get("assigned_by", By.OWN_OFFICER.value)
    own = by == By.OWN_OFFICER
    assigned = Role.LEGAL_SECTION if own else Role(by)
    return {"": (Step("", By.OWN_OFFICER if own else By.CHOSEN, assigned, _accepted_by(raw), _titled_by(raw)),)}


def _steps(raw: list[dict[str, Any]], affair: dict[str, Any]) -> Iterator[Step]:
    titles = [_titled_by(affair, number, one) for number, one in enumerate(raw, 1)]
    for place, (one, title) in enumerate(zip(raw, titles, strict=True)):
        yield Step(
            name=one["step"],
            by=By(one["by"]),
            assigned_by=Role.LEGAL_SECTION,
            accepted_by=_accepted_by(one),
            titled_by=title,
            apart=f"（{one['step']}）" if title in titles[place + 1 :] else "",
            optional=one.get("optional", False),
        )


def _accepted_by(raw: Mapping[str, Any]) -> Role | None:
    return Role(raw["accepted_by"]) if "accepted_by" in raw else None


def _roles(raw: list[str]) -> frozenset[Role]:
    return frozenset(role for one in raw for role in (_UNIT if one == "unit" else (Role(one),)))
