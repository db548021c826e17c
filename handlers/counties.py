"""各县区报送日: the day by which a city's counties submit their self-assessments to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot import reminding
from bot.clock import ZONE
from bot.messages import Button
from bot.turn import Turn
from handlers.campaign_reminders import KIND as CAMPAIGN
from handlers.item_facts import may_still_answer
from handlers.items import due_at
from models import assessments, campaigns, deadlines, holders, people
from models.people import Level, Role


@dataclass(frozen=True, slots=True)
class Days:
    """The day as it stands, and the first and the last that it could be."""

    stands: date
    first: date
    last: date


def days(turn: Turn, bureau: int) -> Days | None:
    """The counties' day of a bureau; None: it is no city, or nothing is to be submitted to it any more."""
    newest = campaigns.newest(turn.db)
    if newest is None or people.bureau_of(turn.db, bureau).level != Level.CITY:
        return None
    file = campaigns.file_of(turn.db, newest)
    over = turn.now >= datetime.combine(turn.today, file.due_hour, ZONE)
    first = turn.today + timedelta(days=1) if over else turn.today
    return Days(deadlines.counties_day(turn.db, bureau, file), first, file.deadline) if first <= file.deadline else None


def moved(turn: Turn, city: int, before: date) -> None:
    """The day is another one than it was before: the counties are reminded by it, and those who work there are told.

    Only of what has not gone up: the legal section and the contact of each.
    """
    found = [assessments.of_bureau(turn.db, county) for county in people.counties_of(turn.db, city)]
    working = [one for one in found if one is not None and one.submitted_at is None]
    reminding.replan_all(turn, CAMPAIGN, {one.id for one in working})
    for one in working:
        told = set(holders.in_bureau(turn.db, one.bureau_id, Role.LEGAL_SECTION, turn.today))
        told |= may_still_answer(turn, [one.contact_id], one)
        turn.remind(told, "told_county_by", Button("go", primary=True), before=before, due=due_at(turn, one))
