"""When a person may be written to: the bureau's working days, the quiet, the digest's hour, a deadline's last day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.clock import ZONE, day_of, local
from models.calendar import EVENING, MORNING, Calendar

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TONIGHT, NEXT_MORNING = time(18), time(9)
"""What 今晚 and 明天 mean in 稍后提醒."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A bureau's calendar and the time of its digest."""

    calendar: Calendar
    digest_at: time

    def held(self, moment: datetime, deadline: datetime | None, *, at_night: bool = True) -> bool:
        """Whether something waits for a better hour; in the last 24 hours of its deadline days off are none to wait for.

        `at_night`: nor is the night then, if this is False.
        """
        if not self.calendar.is_quiet(moment):
            return False
        if deadline is None or not deadline - DAY <= moment < deadline:
            return True
        return at_night and _is_night(moment)

    def decent(self, moment: datetime, deadline: datetime | None, *, at_night: bool = True) -> datetime:
        """The first moment from then on at which something is not held."""
        plain = self.calendar.decent(moment)
        if deadline is None or moment >= deadline:
            return plain
        opens = max(moment, deadline - DAY)
        if at_night:
            opens = _after_night(opens)
        return min(plain, opens) if opens < deadline else plain

    def digest_from(self, moment: datetime) -> datetime:
        """The first time of a digest at or after a moment."""
        here = local(moment)
        day = here.date() + DAY if here.time() > self.digest_at else here.date()
        return datetime.combine(self.calendar.on_or_after(day), self.digest_at, ZONE).astimezone(UTC)

    def digest_open(self, moment: datetime) -> bool:
        """Whether the day's digest may go out, on time or late."""
        here = local(moment)
        return self.calendar.works(here.date()) and self.digest_at <= here.time() < EVENING

    def is_digest_time(self, moment: datetime) -> bool:
        """Whether a moment is the very time of a digest."""
        return self.digest_from(moment) == moment

    def next_digest(self, now: datetime, last: date | None) -> datetime:
        """When the next digest can go out, the last one having gone on a day."""
        tomorrow = datetime.combine(day_of(now) + DAY, time(), ZONE)
        return self.digest_from(tomorrow if last is not None and last >= day_of(now) else now)

    def offers(self, now: datetime, deadline: datetime | None) -> Iterator[tuple[str, datetime]]:
        """The times that 稍后提醒 offers, all of them decent: what each is called, and when it is."""
        here = local(now)
        tonight = datetime.combine(here.date(), TONIGHT, ZONE)
        if not self.held(soon := _whole_minute(now + HOUR), deadline):
            yield "hour", soon
        if now + HOUR < tonight and not self.held(tonight, deadline):
            yield "tonight", tonight.astimezone(UTC)
        tomorrow = here.date() + DAY
        morning = datetime.combine(tomorrow, NEXT_MORNING, ZONE)
        if self.held(morning, deadline):
            morning = datetime.combine(self.calendar.on_or_after(tomorrow), NEXT_MORNING, ZONE)
        yield "tomorrow" if morning.date() == tomorrow else "working_day", morning.astimezone(UTC)


def _is_night(moment: datetime) -> bool:
    return not MORNING <= local(moment).time() < EVENING


def _after_night(moment: datetime) -> datetime:
    here = local(moment)
    if not _is_night(moment):
        return moment
    day = here.date() + DAY if here.time() >= EVENING else here.date()
    return datetime.combine(day, MORNING, ZONE).astimezone(UTC)


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
