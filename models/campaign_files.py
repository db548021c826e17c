"""A campaign as a file of dates (the shape of catalogue/campaign-2022.yaml), and the same campaign in another year.

The dates of the 2022 file are those of 闽人社函〔2022〕267号, parts 二 and 四.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from typing import NamedTuple

from models.catalogue_types import Period
from models.catalogues import read_period
from models.people import Role
from models.yaml_fields import Fields, iso_day, read_yaml

COUNTY_BY = "county_by"
PARTIES = ("applicant", "city", "province", "ministry")


@dataclass(frozen=True, slots=True)
class Quota:
    """How many bureaus a province and each of its cities may put forward."""

    province: int
    city: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The greatest 字数 of 自评报告 and 主要先进事迹."""

    self_report: int
    deeds: int


class Rung(NamedTuple):
    """A reminder so many days from the deadline's day (0 or negative), at a time of day."""

    days: int
    at: time


@dataclass(frozen=True, slots=True)
class Overdue:
    """When to remind of what is overdue, and which roles to tell."""

    at: time
    escalate_to: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the campaign, from a day to another, or else after the milestone of the key `after`.

    `by` is applicant, city, province or ministry. `to` is only a target where `deadline` is false; `at_county_by` says
    that it is the day a city sets for its counties. `deliver` is what is handed in, as the file names it.
    `working_days` is how long the step lasts from its real start.
    """

    key: str
    title: str
    from_: date | None
    to: date | None
    by: str
    deadline: bool
    at_county_by: bool
    deliver: tuple[str, ...]
    working_days: int | None
    after: str | None


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """A campaign as its file has it. `catalogue` is the id of the catalogue of indicators that it goes by."""

    id: str
    title: str
    source: str
    catalogue: str
    period: Period
    award: str
    quota: Quota
    directly_under_province: tuple[str, ...]
    due_hour: time
    county_by: date
    milestones: tuple[Milestone, ...]
    limits: Limits
    reminders: tuple[Rung, ...]
    overdue: Overdue

    @property
    def deadline(self) -> date:
        """The city's day at the 省厅: the last day of the latest milestone that is a deadline."""
        return max(milestone.to for milestone in self.milestones if milestone.deadline and milestone.to)


def read_campaign(data: bytes) -> CampaignFile:
    """The campaign in a file. Raises CatalogueError with everything that is wrong in it."""
    return read_yaml(data, _campaign)


def shift(campaign: CampaignFile, years: int) -> CampaignFile:
    """The same campaign so many years later; 29 February becomes 28 February where the year has none.

    Raises ValueError where a date would leave the years 1 to 9999.
    """
    return replace(
        campaign,
        period=Period(_later(campaign.period.first, years), _later(campaign.period.last, years)),
        county_by=_later(campaign.county_by, years),
        milestones=tuple(
            replace(
                milestone,
                from_=milestone.from_ and _later(milestone.from_, years),
                to=milestone.to and _later(milestone.to, years),
            )
            for milestone in campaign.milestones
        ),
    )


def years_ahead(campaign: CampaignFile, today: date) -> int:
    """The least shift, 0 or more, after which the city's deadline is today or still to come."""
    years = max(0, today.year - campaign.deadline.year)
    return years if _later(campaign.deadline, years) >= today else years + 1


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _campaign(fields: Fields) -> CampaignFile:
    steps = _Steps(fields.day(COUNTY_BY))
    direct = "directly_under_province"
    return CampaignFile(
        id=fields.id("id"),
        title=fields.text("title"),
        source=fields.text("source"),
        catalogue=fields.id("catalogue"),
        period=fields.mapping("period", read_period),
        award=fields.text("award"),
        quota=fields.mapping("quota", lambda of: Quota(of.integer("province", 1, 1000), of.integer("city", 1, 1000))),
        directly_under_province=fields.texts(direct) if fields.has(direct) else (),
        due_hour=fields.clock("due_hour"),
        county_by=steps.county_by,
        milestones=steps.all(fields),
        limits=fields.mapping("limits", _limits),
        reminders=fields.items("reminders", lambda rung: Rung(rung.integer("days", -366, 0), rung.clock("at"))),
        overdue=fields.mapping("overdue", _overdue),
    )


def _limits(fields: Fields) -> Limits:
    return Limits(fields.integer("self_report", 1, 1_000_000), fields.integer("deeds", 1, 1_000_000))


def _overdue(fields: Fields) -> Overdue:
    roles = fields.texts("escalate_to", least=1, allowed=tuple(Role))
    return Overdue(fields.clock("at"), tuple(Role(role) for role in roles if role))


class _Steps:
    """The milestones as they are read, and what has to be remembered of the earlier ones."""

    def __init__(self, county_by: date) -> None:
        self.county_by = county_by
        self.keys: set[str] = set()

    def all(self, fields: Fields) -> tuple[Milestone, ...]:
        milestones = fields.items("milestones", self.one, least=1)
        if milestones and not any(milestone.deadline for milestone in milestones):
            fields.fault("milestones", "no_deadline")
        return milestones

    def one(self, fields: Fields) -> Milestone:
        key = fields.key("key")
        if key in self.keys:
            fields.fault("key", "repeated", value=key)
        after = self.after(fields) if fields.has("after") else None
        from_, to, at_county_by = self.days(fields) if after is None else (None, None, False)
        self.keys.update({key} - {""})
        return Milestone(
            key=key,
            title=fields.text("title"),
            from_=from_,
            to=to,
            by=fields.choice("by", PARTIES),
            # Only a day can be a deadline: where there is none, the key is not asked for, and so refused.
            deadline=after is None and fields.has("deadline") and fields.flag("deadline"),
            at_county_by=at_county_by,
            deliver=fields.texts("deliver") if fields.has("deliver") else (),
            working_days=fields.integer("working_days", 1, 100) if fields.has("working_days") else None,
            after=after,
        )

    def after(self, fields: Fields) -> str:
        key = fields.key("after")
        if key and key not in self.keys:
            fields.fault("after", "no_such_milestone", value=key)
        return key

    def days(self, fields: Fields) -> tuple[date, date, bool]:
        from_ = fields.day("from")
        to, at_county_by = fields.parsed("to", self.end, (date.min, False), wanted="date")
        if date.min < to < from_:
            fields.fault("to", "reversed", value=to, first=from_)
        return from_, to, at_county_by

    def end(self, text: str) -> tuple[date, bool]:
        return (self.county_by, True) if text == COUNTY_BY else (iso_day(text), False)
