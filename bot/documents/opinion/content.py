"""What a review's document says, in the words in which people read it, ready to be laid out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from bot.clock import day_of
from bot.render import Words
from models.affairs import Check, Scale
from models.matters import matters
from models.matters.opinions import Part, Said, Sheet

SAID = "documents/opinion.j2"


@dataclass(frozen=True, slots=True)
class Saying:
    """What one reviewer says of a point. `lines`: of an evidence grid (what is to be shown, by which item, enough or not)."""

    who: str
    verdict: str
    paragraphs: tuple[str, ...]
    lines: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A point with what each reviewer says of it. `good`: its good verdict; empty, where it takes none."""

    number: int
    name: str
    good: str
    said: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Points in a row that are laid out alike: VERDICTS in one table, GRID with a table each, TEXT in paragraphs."""

    layout: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """What one reviewer says of the whole, and when. `file`: a sentence on the file that says it instead of points."""

    who: str
    conclusion: str
    paragraphs: tuple[str, ...]
    file: str
    on: date


@dataclass(frozen=True, slots=True)
class Content:
    """The whole document. `about`: what it is about, by label, in paragraphs. `several`: of more than one reviewer.

    `accepted_by`: empty, where nobody has accepted it yet, or nobody but the reviewer has to.
    """

    bureau: str
    issuer: str
    red: bool
    title: str
    number: str
    about: tuple[tuple[str, tuple[str, ...]], ...]
    blocks: tuple[Block, ...]
    wholes: tuple[Whole, ...]
    several: bool
    accepted_by: str
    accepted_on: date | None


VERDICTS, GRID, TEXT = "verdicts", "grid", "text"
_LAYOUTS = {Scale.LAWFUL: VERDICTS, Scale.FIT: VERDICTS, Scale.GRID: GRID, Scale.OPINION: TEXT}


def content(words: Words, sheet: Sheet) -> Content:
    """What a step's document says."""
    said = _said(words)
    return Content(
        bureau=sheet.bureau,
        issuer=sheet.paper.issuer,
        red=sheet.paper.red,
        title=sheet.title,
        number=said.number(sheet.paper, sheet.number),
        about=tuple(_about(said, sheet)),
        blocks=tuple(_blocks(said, sheet)),
        wholes=tuple(_whole(said, part) for part in sheet.parts),
        several=len(sheet.parts) > 1,
        accepted_by=sheet.accepted_by,
        accepted_on=sheet.accepted_on,
    )


def file_name(words: Words, sheet: Sheet) -> str:
    """What the document is called as a file."""
    return str(_said(words).file_name(sheet.title, sheet.number, sheet.matter, sheet.paper))


def paragraphs(text: str) -> tuple[str, ...]:
    """The lines of a text that people wrote, empty ones left out."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _said(words: Words) -> Any:
    return words.environment.get_template(SAID).module


def _about(said: Any, sheet: Sheet) -> Iterator[tuple[str, tuple[str, ...]]]:
    matter = sheet.matter
    values = {
        "title": (matter.title,), "kind": (said.kind(matters.kind_of(matter), matter.route),), "unit": (sheet.unit,),
        "task": (said.task(matter),), "facts": paragraphs(matter.facts), "materials": sheet.materials,
    }  # fmt: skip
    for key, value in values.items():
        if value:
            yield said.groups[key], tuple(value)


def _blocks(said: Any, sheet: Sheet) -> Iterator[Block]:
    for layout, checks in groupby(sheet.checks, key=lambda check: _LAYOUTS[check.scale]):
        points = [_point(said, check, sheet.parts) for check in checks]
        if any(point.said for point in points):
            yield Block(layout, tuple(points))


def _point(said: Any, check: Check, parts: tuple[Part, ...]) -> Point:
    found = [_saying(said, part, part.said[check.number]) for part in parts if check.number in part.said]
    return Point(check.number, check.name, next(iter(check.verdicts), ""), tuple(found))


def _saying(said: Any, part: Part, of: Said) -> Saying:
    lines = tuple((line.shows, line.by, str(said.enough(line))) for line in of.lines)
    return Saying(said.who(part), of.verdict, paragraphs(of.text), lines)


def _whole(said: Any, part: Part) -> Whole:
    file = said.file(part) if part.file else ""
    return Whole(said.who(part), said.conclusion(part), paragraphs(part.text), file, day_of(part.at))
