"""Now, and the zone in which days begin. Nothing else asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zlib import crc32

from models.zone import ZONE

__all__ = ["ZONE", "Clock", "day_of", "local", "off_the_hour"]


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


def off_the_hour(now: datetime, spread: timedelta, address: str) -> timedelta | None:
    """How long a message waits that would go out around the full or the half hour, spread by address; None: it need not.

    Platforms ask not to be met then by everybody at once (WeCom's advice on frequency).
    """
    minute = local(now).minute % 30
    if not spread or 1 < minute < 29:
        return None
    past = timedelta(minutes=2 - (minute - 30 if minute == 29 else minute))
    return past + spread * (crc32(address.encode()) % 1000) / 1000
