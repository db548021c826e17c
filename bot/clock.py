"""Now, and the zone in which days begin. Nothing else asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, date, datetime

from models.zone import ZONE

__all__ = ["ZONE", "Clock", "day_of", "local"]


class Clock:
    """The real time."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """A moment as the people here see it."""
    return moment.astimezone(ZONE)


def day_of(moment: datetime) -> date:
    """The day here on which a moment falls."""
    return moment.astimezone(ZONE).date()
