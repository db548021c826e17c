"""What a reviewer's conversation is about, and how what they answer becomes what they say of each point, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.acting import theirs
from bot.fields import Instead
from bot.flow import Answers
from bot.turn import Turn
from handlers import matter_cards
from models import people
from models.affairs import Affair, Check, Scale, Step
from models.matters import assignments, files, matters, opinions
from models.matters.opinions import Line, Said
from models.rights import Right

ALL, EXCEPT, EACH, FILE = "all", "except", "each", "file"
"""How the points are gone through: all of them good, all but some, one by one; or a file says it."""
GOOD = "0"
"""The good verdict, as a choice: verdicts are chosen by their place."""
NO_MORE, DROP, MORE = "no_more", "drop", "more"
"""Of a grid: no further line (没有了); not this one (删去这一条); one more (增加一条)."""
ENOUGH, SHORT = "enough", "short"
MOST_LINES = 30


@dataclass
class Writing:
    """One reviewer's part of a matter. Rows: the assignment, the matter."""

    turn: Turn
    assignment: Any
    matter: Any

    @property
    def kind(self) -> Affair:
        """What kind of affair it is."""
        return matters.kind_of(self.matter)

    @property
    def step(self) -> Step:
        """The step that the opinion is for."""
        found = self.kind.step(self.matter.route, self.assignment.step)
        assert found is not None
        return found

    @property
    def bureau(self) -> int:
        """The id of the matter's bureau."""
        return int(self.matter.bureau_id)

    @property
    def hidden(self) -> bool:
        """Whether nothing of what is written may be shown where the sender is."""
        return bool(self.matter.confidential) and not self.turn.inside

    @property
    def late(self) -> bool:
        """Whether what is written counts for nothing any more: another has it, or the matter was withdrawn."""
        return not is_to_write(self.assignment, self.matter)

    @property
    def ended_by(self) -> str:
        """Who gave it to another, or withdrew the matter."""
        return people.name_of(self.turn.db, self.assignment.moved_by)

    @property
    def judged(self) -> tuple[Check, ...]:
        """The points that take a verdict."""
        return tuple(one for one in self.kind.checks if one.verdicts)

    @property
    def ways(self) -> tuple[str, ...]:
        """How the points can be gone through, the likely way first."""
        return (ALL, EXCEPT, EACH, FILE) if len(self.judged) > 1 else (EACH, FILE)

    @property
    def returned(self) -> Mapping[str, Any] | None:
        """What is asked again, and with what words (Assignment.returned); None: nothing was sent back."""
        back: Mapping[str, Any] | None = self.assignment.returned
        return back if self.assignment.state == assignments.State.RETURNED else None

    @cached_property
    def before(self) -> Any | None:
        """The opinion that was handed in last, a row; None: none was."""
        return opinions.latest(self.turn.db, self.assignment.id)

    @cached_property
    def materials(self) -> tuple[str, ...]:
        """What the attachments of the matter are called."""
        return tuple(files.names(self.turn.db, self.matter.id))

    def said_before(self, check: Check) -> Said | None:
        """What that one said of a point."""
        return opinions.points_of(self.before).get(check.number) if self.before is not None else None

    def lines_sent_back(self, check: Check) -> tuple[Line, ...]:
        """The lines of a grid that was sent back; nothing, where the point was not."""
        said = self.said_before(check) if self.returned is not None else None
        return said.lines if said is not None and check.number in (self.returned or {})["points"] else ()

    def line_label(self, place: int, line: Line) -> str:
        """What such a line is called, where one chooses; on a channel that shows no content, its number."""
        shows = "" if self.hidden else line.shows
        return self.turn.house.words.text("matter_opinion", "line_label", place=place, shows=shows)

    def check(self, key: str) -> Check:
        """The point that a question asks of."""
        return self.kind.checks[int(key[1:].partition("_")[0]) - 1]

    def verdict(self, check: Check, a: Mapping[str, Any]) -> str:
        """The verdict on a point, in the kind's own words; empty as long as there is none."""
        chosen = a.get(f"v{check.number}")
        return check.verdicts[int(chosen)] if chosen is not None else ""

    def said(self, a: Answers) -> list[Said]:
        """What the answers say of each point, in order; nothing, where a file says it."""
        return [] if a.way == FILE else [self._said(check, a) for check in self.kind.checks]

    def by_number(self, a: Answers) -> dict[int, Said]:
        """The same by the point's number."""
        return {one.check: one for one in self.said(a)}

    def _said(self, check: Check, a: Answers) -> Said:
        n = check.number
        if check.scale is Scale.GRID:
            return Said(n, lines=tuple(grid_lines(a, n)))
        if check.scale is Scale.OPINION:
            return Said(n, text=a[f"o{n}"])
        return Said(n, self.verdict(check, a), a.get(f"w{n}", ""))

    def stored(self) -> dict[str, Any]:
        """The answers, as they are stored, to begin with: those that were not sent back."""
        if self.returned is None or self.before is None or self.before.evidence_id is not None:
            return {}
        found: dict[str, Any] = {"way": EACH}
        for check in self.kind.checks:
            said = self.said_before(check)
            if said is not None and (check.number not in self.returned["points"] or said.lines):
                found |= _stored(check, said)
        if not self.returned["overall"]:
            found |= {"conclusion": self.before.conclusion, "text": self.before.text}
        return found


def own_part(turn: Turn, the_id: int) -> tuple[Any, Any]:
    """A reviewer's own assignment and its matter (rows). Refuse: it is none of the sender's."""
    assignment = theirs(turn, Right.WRITE_OPINION, matter_cards.assignment_at(turn, the_id))
    matter = matters.by_id(turn.db, assignment.matter_id)
    assert matter is not None
    return assignment, matter


def is_to_write(assignment: Any, matter: Any) -> bool:
    """Whether an opinion is (still) wanted of whoever has an assignment (a row) of a matter (a row)."""
    stands = (matters.State.WORKING, matters.State.SUSPENDED)
    return assignment.step == matter.step and matter.state in stands and assignment.state in assignments.TO_WRITE


def grid_lines(a: Mapping[str, Any], number: int) -> Iterator[Line]:
    """The lines of a grid as far as they are answered."""
    for place in range(1, MOST_LINES + 1):
        shows, enough = a.get(f"s{number}_{place}"), a.get(f"e{number}_{place}")
        if shows is None or isinstance(shows, Instead) or enough is None:
            return
        yield Line(shows, a[f"b{number}_{place}"], enough == ENOUGH)


def _stored(check: Check, said: Said) -> dict[str, Any]:
    n = check.number
    if check.scale is Scale.OPINION:
        return {f"o{n}": said.text}
    if check.scale is not Scale.GRID:
        return {f"v{n}": str(check.verdicts.index(said.verdict)), f"w{n}": said.text}
    found: dict[str, Any] = {}
    for place, line in enumerate(said.lines, 1):
        enough = ENOUGH if line.enough else SHORT
        found |= {f"s{n}_{place}": line.shows, f"b{n}_{place}": line.by, f"e{n}_{place}": enough}
    return found | {f"s{n}_{len(said.lines) + 1}": {"instead": NO_MORE}}
