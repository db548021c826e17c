"""What one transaction finds out about reminders, each thing once: who owes what, and a bureau's hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.reminding.hours import Hours
from bot.reminding.limits import Thing
from bot.reminding.registry import KINDS, Owed
from models import bureau_settings, calendar, reminders
from models.bureau_settings import DIGEST_AT

if TYPE_CHECKING:
    from bot.turn import Turn


class Knowledge:
    """What is known in a turn; it holds as long as nothing of it is changed there."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._hours: dict[int, Hours] = {}
        self._all: dict[tuple[str, int], dict[int, list[Owed]]] = {}
        self._asked: set[tuple[str, int]] = set()

    def hours(self, bureau: int) -> Hours:
        """A bureau's calendar, and when its digest goes out."""
        if bureau not in self._hours:
            at = bureau_settings.value_of(self.turn.db, bureau, DIGEST_AT)
            self._hours[bureau] = Hours(calendar.of_bureau(self.turn.db, bureau), at)
        return self._hours[bureau]

    def owed_by(self, kind: str, object_id: int, person: int) -> list[Owed]:
        """What a person owes of an object. KeyError: there is no such kind."""
        about = kind, object_id
        # Whoever is asked for a second person is likely to be asked for more: then all are looked up at once.
        if about in self._all or about in self._asked:
            return self.owed_by_all(kind, object_id).get(person, [])
        self._asked.add(about)
        return self._owing(kind, object_id, person)

    def owed_by_all(self, kind: str, object_id: int) -> dict[int, list[Owed]]:
        """Who owes what of an object. KeyError: there is no such kind."""
        about = kind, object_id
        if about not in self._all:
            found: dict[int, list[Owed]] = defaultdict(list)
            for one in self._owing(kind, object_id, None):
                found[one.person].append(one)
            self._all[about] = dict(found)
        return self._all[about]

    def riding(self, person: int, besides: Iterable[Thing]) -> list[Thing]:
        """What is overdue for a person and has had its messages: lines of whatever digest goes out, besides these."""
        said = {(thing.leader.kind, thing.leader.object_id) for thing in besides}
        alike: dict[tuple[str, int], list[Any]] = {}
        for row in reminders.riding(self.turn.db, person):
            alike.setdefault((row.kind, row.object_id), []).append(row)
        found = []
        for about, rows in alike.items():
            owed = self.owed_by(*about, person) if about[0] in KINDS else []
            if not owed:
                reminders.alight(self.turn.db, [row.id for row in rows])
            elif about not in said:
                found.append(Thing(rows, owed, rides=True))
        return found

    def _owing(self, kind: str, object_id: int, person: int | None) -> list[Owed]:
        known = KINDS[kind]
        with self.turn.within(known.folder):
            return list(known.owing(self.turn, object_id, person))
