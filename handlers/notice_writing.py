"""What writing a notice goes by: whom it can go to, when it would go out, and what comes of the answers so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from bot.clock import ZONE, local
from bot.fields import Instead, Option
from bot.messages import Message
from bot.turn import Turn
from handlers import notice_cards, notice_copies, notice_files, notice_reach, notice_sending
from handlers.notice_reach import Reached
from models import calendar
from models.calendar import Calendar
from models.notices import audience, choosing
from models.notices.audience import Audience, Lacking, Recipient, Scope
from models.notices.notices import HOLD, Draft
from models.people import Level, Role
from models.rights import Right

ALL, ROLES, UNITS, NAMED, UNDONE, BELOW = "all", "roles", "units", "named", "undone", "below"
"""To whom: everybody, by role, by unit, by name, who has not done something, the bureaus below."""
EVERY, CITY, COUNTY, ONE = "every", "city", "county", "one"
"""Which bureaus below: all, by level, or one with what is below it."""
EVERYONE = "everyone"
NOW, THEN = "now", "then"
WAIT, GO = "wait", "go"
"""At a quiet hour: it waits for a decent one, or 立即."""
NONE = "none"
USUAL_DAYS = 3
"""Working days that people usually have to confirm."""
MOST_NOTICES = 8
"""Earlier notices to choose from."""
LEVELS = {CITY: (Level.CITY,), COUNTY: (Level.COUNTY,)}


@dataclass(frozen=True)
class Writing:
    """A bureau's notice, as its legal section writes it. `row`: the scheduled one that is being changed; `of`: the one that is
    used again (rows)."""

    turn: Turn
    bureau: int
    row: Any | None = None
    of: Any | None = None
    _meant: dict[Audience, list[Recipient]] = field(default_factory=dict, repr=False)

    @cached_property
    def calendar(self) -> Calendar:
        """By which days are counted here."""
        return calendar.of_bureau(self.turn.db, self.bureau)

    @cached_property
    def people(self) -> dict[int, tuple[str, str]]:
        """The bureau's people by id: name and unit."""
        return {
            one.person_id: (one.name, one.unit)
            for one, _ in audience.people_of(self.turn.db, self.bureau, self.turn.today)
        }

    @cached_property
    def roles(self) -> list[Role]:
        """The roles that somebody holds here."""
        held = {role for _, role in audience.people_of(self.turn.db, self.bureau, self.turn.today)}
        return [role for role in Role if role in held]

    @cached_property
    def units(self) -> tuple[Option, ...]:
        """The bureau's units as choices."""
        return tuple(Option(str(row.id), row.name) for row in choosing.units(self.turn.db, self.bureau))

    @cached_property
    def persons(self) -> tuple[Option, ...]:
        """The bureau's people as choices."""
        return tuple(Option(str(one), f"{name}（{unit}）") for one, (name, unit) in self.people.items())

    @cached_property
    def below(self) -> list[Any]:
        """The bureaus below (rows), whose contacts may be written to."""
        return choosing.below(self.turn.db, self.bureau) if self.turn.actor.may(Right.NOTIFY_BELOW) else []

    @cached_property
    def asked(self) -> tuple[Option, ...]:
        """The notices of which it can be asked who has not confirmed."""
        rows = choosing.asked(self.turn.db, self.bureau, MOST_NOTICES)
        return tuple(Option(f"n{row.id}", notice_cards.called(self.turn, row)) for row in rows)

    def audience(self, a: Mapping[str, Any]) -> Audience:
        """Who is meant by the answers, those that stand for it being there."""
        lacking = None if a.get("lacking") in (None, EVERYONE) else Lacking(a["lacking"])
        of = int(a["of"][1:]) if lacking is Lacking.RECEIPT else None
        match a["to"]:
            case "roles":
                return Audience(Scope.BUREAU, roles=tuple(map(Role, a["roles"].items)), lacking=lacking, of=of)
            case "units":
                return Audience(Scope.BUREAU, units=tuple(map(int, a["units"].items)), lacking=lacking, of=of)
            case "named":
                return Audience(Scope.NAMED, persons=tuple(map(int, a["named"].items)), lacking=lacking, of=of)
            case "below":
                under = a["under"] if a["below"] == ONE else None
                return Audience(Scope.BELOW, levels=LEVELS.get(a["below"], ()), under=under, lacking=lacking, of=of)
            case _:
                return Audience(Scope.BUREAU, lacking=lacking, of=of)

    def recipients(self, a: Mapping[str, Any]) -> list[Recipient]:
        """Who would get it today."""
        meant = self.audience(a)
        if meant not in self._meant:
            author = self.turn.actor.person_id if self.row is None else self.row.author_id
            self._meant[meant] = audience.recipients(self.turn.db, self.bureau, meant, self.turn.today, author)
        return self._meant[meant]

    def wanted(self, a: Mapping[str, Any]) -> datetime:
        """From when it is to go out."""
        if a.get("when") != THEN or "time" not in a:
            return self.turn.now
        return datetime.combine(a["day"], a["time"], ZONE)

    def waits_until(self, a: Mapping[str, Any]) -> datetime | None:
        """The decent hour that it would wait for; None: it goes out when it is wanted."""
        wanted = max(self.wanted(a), self.turn.now + HOLD)
        at = notice_sending.goes_out_at(self.turn, self.bureau, wanted, at_once=False)
        return local(at) if at > wanted else None

    def goes_out(self, a: Mapping[str, Any]) -> datetime:
        """When it would really go out, as people here see it."""
        waits = self.waits_until(a) if a.get("at_once") != GO else None
        return waits or local(self.wanted(a))

    def usual_day(self, a: Mapping[str, Any]) -> date:
        """By when it is usually confirmed."""
        return self.calendar.after(self.goes_out(a).date(), USUAL_DAYS)

    @property
    def last_day(self) -> date:
        """As far ahead as a notice is planned."""
        return self.turn.today + timedelta(days=366)

    def reached(self, a: Mapping[str, Any]) -> Reached:
        """Whom it would reach, and how."""
        return notice_reach.reached(self.turn, self.recipients(a))

    def looks(self, a: Mapping[str, Any]) -> str:
        """What recipients would read, as far as it may be shown where the sender is."""
        return self.drawn(a, inside=self.turn.inside).text

    def drawn(self, a: Mapping[str, Any], *, inside: bool) -> Message:
        """What recipients would read. `inside`: what is 内部 may be shown."""
        draft = self.draft(a, tuple(range(len(a["files"].items))))
        return notice_copies.preview(self.turn, replace(draft, starts_at=self.goes_out(a)), inside=inside)

    def files(self, a: Mapping[str, Any]) -> list[str]:
        """What the attachments are called."""
        return notice_files.names(self.turn, a["files"])

    def names_of(self, a: Mapping[str, Any]) -> list[str]:
        """What the units, or the people, are called that were chosen."""
        choices = self.units if a["to"] == UNITS else self.persons
        return [option.label or "" for option in choices if option.key in a[a["to"]].items]

    def bureau_name(self, bureau: int) -> str:
        """What a bureau below is called."""
        return next((str(row.name) for row in self.below if row.id == bureau), "")

    def has_below(self, bureau: int) -> bool:
        """Whether a bureau below has some below it."""
        return any(row.parent_id == bureau for row in self.below)

    def place_of(self, one: Recipient) -> str:
        """Where somebody works, as the sender tells it apart."""
        return one.unit if one.bureau_id == self.bureau else f"{self.bureau_name(one.bureau_id)} {one.unit}"

    def notice_name(self, a: Mapping[str, Any]) -> str:
        """What the notice is called that was not confirmed."""
        return next((option.label or "" for option in self.asked if option.key == a["of"]), "")

    def draft(self, a: Mapping[str, Any], files: tuple[int, ...]) -> Draft:
        """The notice that the answers make."""
        asks = a["receipt"]
        question = a.get("question")
        return Draft(
            self.bureau, a["title"], a["text"], self.audience(a).stored(), self.wanted(a), confidential=a["confidential"],
            receipt=asks, receipt_by=a["by"] if asks else None,
            question=None if not asks or isinstance(question, Instead) else question,
            at_once=a.get("at_once") == GO, scheduled=a["when"] == THEN, files=files,
        )  # fmt: skip
